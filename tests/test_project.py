"""The project itself: docstrings, README, examples and the wheel."""

import contextlib
import inspect
import io
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from numpydoc.validate import validate

import skdigits

ROOT = Path(__file__).parents[1]

# Left to judgement: longer summaries, "See Also" and examples of every method, and
# the names of returned values, which scikit-learn's docstrings have too.
NOT_ENFORCED = {"ES01", "EX01", "RT02", "SA01"}


def python(*arguments, executable=sys.executable, cwd=None):
    return subprocess.run(
        [executable, *arguments], check=True, capture_output=True, text=True, cwd=cwd
    )


def public_objects():
    for name in skdigits._SUBPACKAGES:
        package = getattr(skdigits, name)
        for member in package.__all__:
            path = f"skdigits.{name}.{member}"
            yield path
            if inspect.isclass(getattr(package, member)):
                for method, function in vars(getattr(package, member)).items():
                    if not method.startswith("_") and inspect.isfunction(function):
                        yield f"{path}.{method}"


@pytest.mark.parametrize("name", list(public_objects()))
def test_docstrings_follow_numpydoc(name):
    errors = [
        error for error in validate(name)["errors"] if error[0] not in NOT_ENFORCED
    ]
    assert errors == []


def test_import_is_cheap():
    modules = python("-c", "import sys, skdigits; print(*sys.modules)").stdout.split()
    heavy = {
        "PIL",
        "keras",
        "matplotlib",
        "numba",
        "onnxruntime",
        "pandas",
        "sklearn",
        "tensorflow",
    }
    assert heavy.isdisjoint(modules)


def test_names_resolve_lazily():
    code = "import skdigits; print(skdigits.preprocessing.PixelScaler(), dir(skdigits))"
    assert (
        "PixelScaler() ['__version__', 'app', 'augmentation'"
        in python("-c", code).stdout
    )
    with pytest.raises(AttributeError, match="no attribute 'digits'"):
        _ = skdigits.digits


def test_everything_but_fit_of_networks_does_without_tensorflow():
    code = """
import sys
import skdigits.cli, skdigits._commands._demo
from sklearn.base import clone
from skdigits.neural_network import KerasCNNClassifier
clone(KerasCNNClassifier()).get_params()
print(KerasCNNClassifier())
assert not {"keras", "tensorflow"} & set(sys.modules)
"""
    assert "KerasCNNClassifier()" in python("-c", code).stdout


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.tensorflow
def test_readme_snippet_prints_what_it_says():
    snippet, printed = re.search(
        r"```python\n(.*?)```\n\n```\n(.*?)```", readme(), re.DOTALL
    ).groups()
    assert len([line for line in snippet.splitlines() if line]) == 10
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        exec(snippet, {"__name__": "__main__"})
    assert shown.getvalue() == printed


def test_readme_is_short_and_ci_runs_its_test_command():
    assert len(readme().splitlines()) < 120
    for path in re.findall(r"\]\(([^)]+)\)", readme()):
        assert (ROOT / path).stat().st_size < 100_000, path
    commands = re.findall(r"^python3 -m venv .*$", readme(), re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("skdigits demo")
    last_line = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert last_line == commands[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def test_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    info = f"skdigits-{skdigits.__version__}.dist-info"
    assert tops == {"skdigits", info}
    files = {
        str(path.relative_to(ROOT))
        for pattern in (
            "**/*.py",
            "**/*.skops",
            "app/*/*.*",
            "app/*.j2",
            "report/report.*",
        )
        for path in (ROOT / "skdigits").glob(pattern)
        if "__pycache__" not in path.parts
    }
    files |= {"skdigits/py.typed", "skdigits/reading/ink.npz"}
    files |= {"skdigits/reading/signs.csv"}
    assert files == {n for n in names if "/" in n} - {
        name for name in names if name.startswith(info)
    }
    assert f"{info}/licenses/LICENSE" in names
    metadata = zipfile.ZipFile(wheel).read(f"{info}/METADATA").decode()
    assert "License-Expression: BSD-3-Clause" in metadata


@pytest.mark.tensorflow
@pytest.mark.slow
def test_demo_runs_from_the_wheel_alone(wheel, tmp_path):
    """In an environment of its own that borrows the dependencies of this one."""
    python("-m", "venv", "--without-pip", str(tmp_path / "env"))
    environment = tmp_path / "env"
    paths = sysconfig.get_paths(vars={"base": str(environment)})
    site = Path(paths["purelib"].replace(sys.prefix, str(environment)))
    # Lines of a .pth file are added as they are: editable installs in there stay out.
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"])
    options = ["--quiet", "--no-deps", "--no-index", "--ignore-installed"]
    pip = ["-m", "pip", "--python", str(environment)]
    python(*pip, "install", *options, str(wheel))
    where = "import skdigits; print(skdigits.__file__)"
    interpreter = environment / "bin" / "python"
    found = python("-c", where, executable=interpreter, cwd=tmp_path)
    assert found.stdout.startswith(str(environment))
    subprocess.run(
        [environment / "bin" / "skdigits", "demo", "--train-size", "200"],
        cwd=tmp_path,
        check=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert (tmp_path / "skdigits-demo.skops").stat().st_size > 1000
