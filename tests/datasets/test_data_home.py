from pathlib import Path

import pytest

from skdigits.datasets import get_data_home


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # what ~ means on Windows
    monkeypatch.setenv("SKDIGITS_DATA", "~/ours")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", "~/theirs")


@pytest.mark.parametrize("argument", ["~/given", Path("~/given")])
def test_argument_wins(tmp_path, argument):
    assert get_data_home(argument) == tmp_path / "given"


def test_own_variable_comes_before_that_of_scikit_learn(tmp_path):
    assert get_data_home() == tmp_path / "ours"


@pytest.mark.parametrize("value", [None, ""])
def test_falls_back_to_scikit_learn(monkeypatch, tmp_path, value):
    if value is None:
        monkeypatch.delenv("SKDIGITS_DATA")
    else:
        monkeypatch.setenv("SKDIGITS_DATA", value)
    assert get_data_home() == tmp_path / "theirs" / "skdigits"


def test_default_is_in_the_folder_of_scikit_learn(monkeypatch, tmp_path):
    from sklearn.datasets import get_data_home as sklearn_data_home

    monkeypatch.delenv("SKDIGITS_DATA")
    monkeypatch.delenv("SCIKIT_LEARN_DATA")
    home = get_data_home()
    assert home == tmp_path / "scikit_learn_data" / "skdigits"
    # Only now, because scikit-learn creates the folder.
    assert home.parent == Path(sklearn_data_home())


def test_creates_nothing(tmp_path):
    get_data_home()
    get_data_home("~/given")
    assert list(tmp_path.iterdir()) == []


def test_refuses_what_is_not_a_path():
    with pytest.raises(ValueError, match="'data_home' parameter"):
        get_data_home(3)
