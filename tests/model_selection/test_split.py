import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array

from skdigits.datasets import load_digits
from skdigits.model_selection import train_val_test_split


def test_sixty_twenty_twenty():
    X, y = load_digits(return_X_y=True)
    parts = train_val_test_split(X, y, stratify=y, random_state=0)
    assert [len(part) for part in parts] == [1077, 360, 360] * 2
    for labels in parts[3:]:
        share = np.bincount(labels) / len(labels)
        np.testing.assert_allclose(share, np.bincount(y) / len(y), atol=0.003)
    # Rows stay with their labels, and none is lost or taken twice.
    together = np.column_stack([np.concatenate(parts[:3]), np.concatenate(parts[3:])])
    everything = np.column_stack([X, y])
    assert_array_equal(
        together[np.lexsort(together.T)], everything[np.lexsort(everything.T)]
    )


@given(
    n_rows=st.integers(3, 60),
    sizes=st.tuples(
        *[st.one_of(st.floats(0.01, 0.99), st.integers(1, 60)) for _ in range(2)]
    ),
    seed=st.integers(0, 99),
)
def test_every_row_is_in_one_part(n_rows, sizes, seed):
    counts = [
        size if isinstance(size, int) else int(np.ceil(round(size * n_rows, 6)))
        for size in sizes
    ]
    kwargs = {"val_size": sizes[0], "test_size": sizes[1], "random_state": seed}
    rows = np.arange(n_rows)
    if sum(counts) >= n_rows:
        with pytest.raises(ValueError, match="none remains for training"):
            train_val_test_split(rows, **kwargs)
        return
    parts = train_val_test_split(rows, **kwargs)
    assert [len(part) for part in parts] == [n_rows - sum(counts), *counts]
    assert_array_equal(np.sort(np.concatenate(parts)), rows)


def test_fractions_are_not_rounded_up_by_a_rounding_error():
    _, val, test = train_val_test_split(range(100), val_size=0.07, test_size=0.14)
    assert (len(val), len(test)) == (7, 14)


def test_types_are_kept():
    n = 10
    frame = pd.DataFrame({"a": range(n)}, index=list("abcdefghij"))
    given = [
        np.arange(n),
        list(range(n)),
        frame,
        frame["a"],
        csr_array(np.eye(n)),
        [np.full((k + 1, 2), k) for k in range(n)],  # images of different sizes
    ]
    parts = train_val_test_split(*given, random_state=1)
    assert len(parts) == 3 * len(given)
    rows = parts[0]
    for array, train in zip(given, parts[::3], strict=True):
        assert type(train) is type(array)
    assert parts[3] == rows.tolist()
    assert parts[6]["a"].tolist() == rows.tolist()
    assert parts[6].index.tolist() == [frame.index[row] for row in rows]
    assert_array_equal(parts[12].toarray(), np.eye(n)[rows])
    assert [image[0, 0] for image in parts[15]] == rows.tolist()


def test_index_arrays():
    train, val, test = train_val_test_split(np.arange(5), random_state=0)
    assert sorted([*train, *val, *test]) == [0, 1, 2, 3, 4]


def test_seed():
    first, same, other = (
        train_val_test_split(np.arange(100), random_state=seed)[0] for seed in (3, 3, 4)
    )
    assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    drawn = np.random.RandomState(3)
    assert_array_equal(
        train_val_test_split(np.arange(100), random_state=drawn)[0], first
    )
    again = train_val_test_split(np.arange(100), random_state=drawn)[0]
    assert not np.array_equal(again, first)


def test_parts_of_a_seed_stay_the_same():
    parts = train_val_test_split(np.arange(10), random_state=0)
    assert [part.tolist() for part in parts] == [
        [1, 5, 3, 4, 0, 7],
        [6, 9],
        [2, 8],
    ]


def test_numpy_integers_do_not_overflow():
    sizes = {"val_size": np.uint8(200), "test_size": np.uint8(100)}
    with pytest.raises(ValueError, match=r"take 200 \+ 100 of the 250 rows"):
        train_val_test_split(np.arange(250), **sizes)


@pytest.mark.parametrize("labels", [list("ab") * 20, pd.Series(list("ab") * 20)])
def test_stratify_accepts_any_labels(labels):
    parts = train_val_test_split(labels, stratify=labels, random_state=0)
    assert [list(part).count("a") for part in parts] == [12, 4, 4]


@pytest.mark.parametrize(
    ("arrays", "kwargs", "message"),
    [
        ([], {}, "at least one array"),
        ([[1, 2, 3], [1, 2]], {}, "inconsistent numbers of samples"),
        ([[1, 2, 3]], {"stratify": [0, 1]}, "inconsistent numbers of samples"),
        ([[1, 2]], {}, "none remains for training"),
        ([[1, 2, 3]], {"val_size": 0.0}, "'val_size' parameter"),
        ([[1, 2, 3]], {"test_size": 1.0}, "'test_size' parameter"),
        ([[1, 2, 3]], {"test_size": 0}, "'test_size' parameter"),
        ([[1, 2, 3]], {"random_state": "x"}, "'random_state' parameter"),
        ([list(range(6))], {"stratify": [0, 1, 1, 1, 1, 1]}, "at least 2|too few"),
    ],
)
def test_refusals(arrays, kwargs, message):
    with pytest.raises(ValueError, match=message):
        train_val_test_split(*arrays, **kwargs)
