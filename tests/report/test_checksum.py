import copy
import pickle
from collections import OrderedDict
from pickle import PicklingError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch
from skops.io import dumps, get_untrusted_types, loads

from skdigits.datasets import load_digits
from skdigits.preprocessing import PixelScaler
from skdigits.report import checksum

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
THINGS = st.recursive(
    SCALARS, lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=20
)


@given(THINGS)
def test_copies_have_the_same_sum(thing):
    assert checksum(pickle.loads(pickle.dumps(thing))) == checksum(thing)


@given(THINGS, THINGS)
def test_different_things_have_different_sums(one, other):
    assert (checksum(one) == checksum(other)) == (repr_of(one) == repr_of(other))


def repr_of(thing):
    """Like repr, but for the order of dicts."""
    if isinstance(thing, dict):
        return f"{{{sorted((key, repr_of(value)) for key, value in thing.items())}}}"
    if isinstance(thing, list):
        return f"[{[repr_of(value) for value in thing]}]"
    return repr(thing)


@pytest.mark.parametrize(
    "classifier",
    [RandomForestClassifier(5, random_state=0), GaussianNB()],
)
def test_a_model_and_its_copies_from_files(classifier):
    X, y = load_digits(return_X_y=True)
    model = make_pipeline(PixelScaler(), classifier).fit(X, y)
    expected = checksum(model)
    assert checksum(copy.deepcopy(model)) == expected
    assert checksum(pickle.loads(pickle.dumps(model))) == expected
    saved = dumps(model)
    assert checksum(loads(saved, trusted=get_untrusted_types(data=saved))) == expected
    assert checksum(make_pipeline(PixelScaler(), classifier).fit(X, y)) == expected
    model[-1].classes_[0] = 5
    assert checksum(model) != expected


def test_arrays():
    array = np.arange(6.0).reshape(2, 3)
    sums = {
        checksum(other)
        for other in (
            array,
            array.T,
            array.ravel(),
            array.astype(np.float32),
            array + 1,
            array[:0],
            array.astype(object),
        )
    }
    assert len(sums) == 7
    assert checksum(np.asfortranarray(array)) == checksum(array)
    assert checksum(array[::-1][::-1]) == checksum(array)


def test_gaps_between_fields_do_not_count():
    dtype = np.dtype([("a", "i1"), ("b", "i8")], align=True)
    gaps = [
        np.frombuffer(bytes([1]) + gap * 7 + bytes(8), dtype) for gap in (b"0", b"1")
    ]
    assert gaps[0].tobytes() != gaps[1].tobytes()
    assert checksum(gaps[0]) == checksum(gaps[1])


def test_what_holds_itself_and_what_reduces_to_items():
    loop = [1]
    loop.append(loop)
    assert checksum(loop) != checksum([1, [1]])
    assert checksum({1, 2}) == checksum({2, 1}) != checksum({1})
    assert checksum(OrderedDict(a=1)) != checksum(OrderedDict(a=2))
    assert checksum(np.sum) != checksum(np.prod)
    assert checksum(len) != checksum(max) != checksum(checksum)
    assert checksum(dict) != checksum(list)
    assert checksum(Bunch(a=1)) != checksum({"a": 1})


def test_what_is_found_often_is_summed_once():
    """Otherwise 2 ** 100 sums would be computed here."""
    shared, copied = [1.5], [1.5]
    for _ in range(100):
        shared = [shared, shared]
    for _ in range(5):
        copied = [copied, copy.deepcopy(copied)]
    assert len(checksum(shared)) == 64
    for _ in range(95):
        shared = shared[0]
    assert checksum(shared) == checksum(copied)


def test_what_has_no_sum():
    with pytest.raises(TypeError):
        checksum(iter(x for x in "ab"))
    with pytest.raises(PicklingError, match="lambda"):
        checksum([lambda x: x])
