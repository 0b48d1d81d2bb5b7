"""Pictures that are drawn to take time and memory, sent to the drawing page."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# Of 800 x 800 pixels; a browser's drawing has half as many.
POST_EACH = """
import sys
sys.path.insert(0, sys.argv[1])
from hostile_pictures import KINDS, encode, megabytes
from skdigits.app import create_app

client = create_app().test_client()
before = megabytes("VmRSS")
for name in sys.argv[2:]:
    picture = encode(KINDS[name], 800)
    answer = client.post("/api/read", data=picture, content_type="image/png")
    print(answer.status_code, answer.json.get("error", ""), sep="\\t")
print(megabytes("VmHWM") - before, megabytes("VmRSS") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_the_page_answers_or_refuses_and_gives_its_memory_back():
    kinds = ("blobs 4", "digits 26 that touch")
    run = subprocess.run(
        [sys.executable, "-c", POST_EACH, TESTS, *kinds],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    *answers, megabytes = run.stdout.splitlines()
    assert answers[0] == "200\t"
    assert answers[1].startswith("400\tThe image cannot be read: The picture has ")
    assert answers[1].endswith("Crop it to the part with the numbers.")
    peak, kept = map(float, megabytes.split())
    assert peak < 500
    assert kept < 250
