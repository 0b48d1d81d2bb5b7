"""What tests of several packages share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mnist_home() -> Path:
    """A data home with the four files of MNIST, perhaps read-only."""
    beside_project = Path(__file__).parents[2] / "shared" / "data"
    home = Path(os.environ.get("SKDIGITS_DATA") or beside_project)
    if not (home / "mnist").is_dir():
        pytest.skip(f"MNIST is not in '{home}'; set SKDIGITS_DATA to a folder with it")
    return home
