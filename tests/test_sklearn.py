"""Private names of scikit-learn that another version might not have."""

import subprocess
import sys

import pytest
import sklearn

from skdigits._sklearn import NEWEST_TESTED, private_names


def stderr_of(code):
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.returncode == 1
    return found.stderr


def test_error_names_what_was_renamed_and_what_to_install():
    stderr = stderr_of("""
import sklearn.utils.validation
sklearn.utils.validation._num_samples_ = sklearn.utils.validation._num_samples
import sklearn.model_selection
del sklearn.utils.validation._num_samples
import skdigits.inspection
""")
    assert (
        "ImportError: skdigits needs a private name that scikit-learn "
        f"{sklearn.__version__} does not have: cannot import name '_num_samples' from "
        "'sklearn.utils.validation'" in stderr
    )
    assert f'python -m pip install "scikit-learn=={NEWEST_TESTED}.*"' in stderr


def test_error_names_a_module_that_is_gone():
    stderr = stderr_of("""
import sys
import sklearn.base
sys.modules["sklearn.utils._param_validation"] = None
import skdigits.preprocessing
""")
    assert "ImportError: skdigits needs a private name" in stderr
    assert "sklearn.utils._param_validation" in stderr.splitlines()[-1]


def test_other_missing_modules_are_none_of_scikit_learns_names():
    with (
        pytest.raises(ImportError, match=r"^No module named 'no_such_module'$"),
        private_names("A test"),
    ):
        import no_such_module  # noqa: F401
