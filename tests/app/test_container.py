"""The container of the drawing page, as far as it can be tested without Docker."""

import json
import re
from pathlib import Path
from urllib.error import HTTPError

import pytest
from typer.testing import CliRunner

from skdigits.cli import app

ROOT = Path(__file__).parents[2]


def read_stages():
    """Return the instructions of each stage of the Dockerfile: (name, argument)."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "")
    stages = []
    for line in text.splitlines():
        name, _, argument = line.partition(" ")
        if name == "FROM":
            stages.append([])
        if name:
            stages[-1].append((name, argument.strip()))
    return stages


BUILD, RUN = (dict(stage) for stage in read_stages())


def test_the_image_holds_nothing_but_the_installed_package():
    copied = [argument for name, argument in read_stages()[0] if name == "COPY"]
    sources = [source for argument in copied for source in argument.split()[:-1]]
    assert all((ROOT / source).exists() for source in sources)
    # What pyproject.toml needs to build the package.
    assert {"pyproject.toml", "README.md", "LICENSE", "skdigits"} == set(sources)
    assert ".[serve]" in BUILD["RUN"]
    assert RUN["COPY"] == "--from=build /venv /venv"


def test_the_user_is_not_root():
    user, group = map(int, RUN["USER"].split(":"))
    assert user > 0
    assert group > 0


def test_the_command_has_the_options_that_are_used():
    command, *arguments = json.loads(RUN["ENTRYPOINT"])
    assert (command, arguments[0]) == ("skdigits", "serve")
    shown = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"})
    options = [argument for argument in arguments if argument.startswith("--")]
    assert options
    assert all(option in shown.output for option in options)
    port = arguments[arguments.index("--port") + 1]
    assert port == RUN["EXPOSE"]
    assert f"127.0.0.1:{port}/healthz" in RUN["HEALTHCHECK"]


def test_ctrl_c_stops_it():
    assert RUN["STOPSIGNAL"] == "SIGINT"


def test_the_health_check(url):
    program, flag, code = json.loads(RUN["HEALTHCHECK"].partition("CMD ")[2])
    assert (program, flag) == ("python", "-c")
    code = code.replace("http://127.0.0.1:8000/", url)
    assert url in code
    exec(code, {})
    with pytest.raises(HTTPError):
        exec(code.replace("healthz", "no"), {})
