"""The forms in which people have CSV files: what loads, and what is refused."""

import gzip
import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from skdigits.datasets import load_csv

# Four images of 2x2 whose first pixels are black.
X = np.array([[0, 9, 255, 3], [0, 8, 1, 0], [0, 7, 2, 12], [0, 0, 0, 0]], np.uint8)
Y = np.array([7, 1, 7, 3])
NAMES = [f"pixel{i}" for i in range(4)]


def text(names, *columns, end="", sep=","):
    rows = np.column_stack([np.array(column, object) for column in columns]).tolist()
    lines = [names] * (names is not None) + rows
    return "".join(sep.join(map(str, line)) + end + "\n" for line in lines)


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


KAGGLE = text(["label", *NAMES], Y, X)
FRAME = pd.DataFrame(X, columns=NAMES).assign(label=Y)
WORDS = np.array(["seven", "one", "seven", "three"])
IDS = [f"scan_{i}.png" for i in range(4)]
# Numbers of rows that no 62 labels can be.
MANY = range(1, 71)

LOADED = {
    "Kaggle's": (KAGGLE, {}),
    "quoted": (re.sub(r"\w+", r'"\g<0>"', KAGGLE), {}),
    "semicolons": (KAGGLE.replace(",", ";"), {}),
    "tabs": (KAGGLE.replace(",", "\t"), {}),
    "bars": (KAGGLE.replace(",", "|"), {}),
    "lines of Windows": (KAGGLE.replace("\n", "\r\n"), {}),
    "commas at the end": (KAGGLE.replace("\n", ",\n"), {}),
    "commas at the end but of the names": (
        KAGGLE.replace("\n", ",,\n").replace(",,\n", "\n", 1),
        {},
    ),
    "a comma at the end of the names": (KAGGLE.replace("\n", ",\n", 1), {}),
    "label last": (text([*NAMES, "label"], X, Y), {}),
    "label named class": (text([*NAMES, "class"], X, Y), {}),
    "label named Target": (text(["Target", *NAMES], Y, X), {}),
    "label named by the user": (
        text(["kind", *NAMES], Y, X),
        {"label_column": "kind"},
    ),
    "label by position": (text([*NAMES, "kind"], X, Y), {"label_column": -1}),
    "floats": (text(["label", *NAMES], Y, X.astype(float)), {}),
    "labels as floats": (text(["label", *NAMES], Y.astype(float), X), {}),
    "exponents": (
        text(None, Y, [[f"{v:.18e}" for v in row] for row in X]),
        {"label_column": 0},
    ),
    "pixel_0": (KAGGLE.replace("pixel", "pixel_"), {}),
    "Pixel 0": (KAGGLE.replace("pixel", "Pixel "), {}),
    "pixel_0_0": (
        text(["pixel_0_0", "pixel_0_1", "pixel_1_0", "pixel_1_1", "target"], X, Y),
        {},
    ),
    "names that are numbers": (text(["label", 0, 1, 2, 3], Y, X), {}),
    "index of pandas": (FRAME.to_csv(), {}),
    "index of pandas, twice": (
        pd.read_csv(io.StringIO(FRAME.to_csv())).to_csv(),
        {},
    ),
    "Kaggle's ImageId": (text(["ImageId", "label", *NAMES], IDS, Y, X), {}),
    "a column of files": (text(["label", *NAMES, "filename"], Y, X, IDS), {}),
    "ids named by the user": (
        text(["who", "label", *NAMES], IDS, Y, X),
        {"index_col": "who"},
    ),
    "no names, label first": (text(None, Y, X), {"label_column": 0}),
    "no names, label plainly last": (text(None, X, Y), {}),
    "no names, labels are text": (text(None, X, WORDS), {}),
    "no names, ids and label": (text(None, IDS, X, Y), {}),
    "gzip": (gzip.compress(KAGGLE.encode()), {}),
    "zip": (zipped(train_csv=KAGGLE, readme_md="Digits."), {}),
    "UTF-8 with its mark": (KAGGLE.encode("utf-8-sig"), {}),
    "UTF-16": (KAGGLE.encode("utf-16"), {}),
    "UTF-16 without its mark": (KAGGLE.encode("utf-16-be"), {}),
    "UTF-16 and gzip": (gzip.compress(KAGGLE.encode("utf-16")), {}),
}

REFUSED = {
    "counting names": (
        text([0, 1, 2, 3], X),
        "counts from 0 to 3: that may be the names of the columns or an image. Pass "
        "header=0 if they are names, or header=None",
    ),
    "two labels": (
        text(["label", "class", *NAMES], Y, Y, X),
        "may hold labels: 'label', 'class'. Pass label_column='label' or "
        "label_column='class'",
    ),
    "two ids": (
        text(["id", "filename", *NAMES], IDS, IDS, X),
        "may hold ids: 'id', 'filename'. Pass index_col='id' or index_col='filename'",
    ),
    "label first or last": (
        text(None, Y, X[:, ::-1] + 1),
        "no line of names, and 5 columns. Some of them are not pixels: several may "
        "hold the labels or the ids. Pass label_column=0 or label_column=-1.",
    ),
    "label or index": (
        text(None, range(4), X * [[1, 1, 1, 0]]),
        "Pass label_column=0 or index_col=0.",
    ),
    "two separators": (
        KAGGLE.replace("label,pixel0", "label;pixel0"),
        "has a first line of 4 columns, by commas or 2 columns, by semicolons",
    ),
    "two files": (
        zipped(train_csv=KAGGLE, test_csv=KAGGLE),
        "is a zip archive of 'train.csv', 'test.csv'; expected one CSV file",
    ),
    "shares of 1": (
        text(["label", *NAMES], Y, X / 255),
        "line 2, column 'pixel1': expected a whole number from 0 to 255, found '0.03",
    ),
    "comma for point": (
        text(["label", *NAMES], Y, X, sep=";").replace(";9;", ";9,5;"),
        "line 2, column 'pixel1': expected a whole number from 0 to 255, found '9,5'",
    ),
    "a name among numbers": (
        KAGGLE.replace("\n1,", "\none,"),
        "line 3, column 'label': expected a whole number from 0 to 255, or a name if "
        "all labels are names, found 'one'",
    ),
    "a label missing": (KAGGLE.replace("\n1,", "\n,"), "line 3, column 'label'"),
    "cells behind the last column": (
        KAGGLE.replace("\n", ",\n").replace("12,\n", "12,5\n"),
        "line 4, column '': expected nothing, found '5'",
    ),
    "unknown columns": (
        text(["kind", *NAMES], Y, X),
        "has the columns 'kind'; expected pixel0, pixel1 and so on, and perhaps labels "
        "(label_column=) and ids (index_col=).",
    ),
    "half a gzip file": (
        gzip.compress(KAGGLE.encode())[:-12],
        "is compressed, but damaged or cut off",
    ),
    "half a zip archive": (
        zipped(train_csv=KAGGLE)[:-12],
        "starts like a zip archive but cannot be unpacked",
    ),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "digits.csv"


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("form", LOADED)
def test_loaded(path, form):
    content, options = LOADED[form]
    digits = load_csv(write(path, content), **options)
    assert_array_equal(digits.data, X)
    assert digits.data.dtype == np.uint8
    if "text" in form:
        assert_array_equal(digits.target_names[digits.target], WORDS)
    else:
        assert_array_equal(digits.target, Y)
        assert digits.target_names.tolist() == [1, 3, 7]
    if IDS[0] in str(content):
        assert digits.ids.tolist() == IDS
    elif "pandas" in form:
        assert digits.ids.tolist() == [0, 1, 2, 3]
    else:
        assert digits.ids is None


@pytest.mark.parametrize("form", REFUSED)
def test_refused(path, form):
    content, message = REFUSED[form]
    with pytest.raises(ValueError, match=re.escape(message)) as told:
        load_csv(write(path, content))
    assert str(path) in str(told.value)
    assert len(str(told.value)) < 400 + len(str(path))


def test_what_a_message_asks_for_loads(path):
    write(path, text([0, 1, 2, 3], X))
    assert_array_equal(load_csv(path, header=0).data, X)
    assert_array_equal(load_csv(path, header=None).data, [[0, 1, 2, 3], *X])
    write(path, text(None, range(4), X * [[1, 1, 1, 0]]))
    assert load_csv(path, label_column=0).target.tolist() == [0, 1, 2, 3]
    assert load_csv(path, index_col=0).ids.tolist() == [0, 1, 2, 3]
    assert load_csv(path, index_col=0).target is None
    write(path, text(None, Y, X[:, ::-1] + 1))
    assert_array_equal(load_csv(path, label_column=0).target, Y)
    assert_array_equal(load_csv(path, label_column=-1).data[:, 0], Y)
    write(path, text(["label", "class", *NAMES], Y, Y + 1, X))
    assert_array_equal(load_csv(path, label_column="class").target, Y + 1)


def test_an_index_counts_further_than_labels_can(path):
    pixels = np.zeros((len(MANY), 4), int)
    digits = load_csv(write(path, text(None, MANY, pixels)))
    assert digits.ids.tolist() == list(MANY)
    assert digits.target is None


def test_ids_are_the_index_of_the_frame(path):
    write(path, text(["id", "label", *NAMES], IDS, Y, X))
    assert load_csv(path, as_frame=True).frame.index.tolist() == IDS


def test_letters_beside_digits(path):
    write(path, text(["label", *NAMES], ["7", "A", "b", "A"], X))
    digits = load_csv(path)
    assert digits.target_names.tolist() == ["7", "A", "b"]
    assert digits.target.tolist() == [0, 1, 2, 1]


def test_a_column_that_is_not_there(path):
    write(path, KAGGLE)
    with pytest.raises(ValueError, match="5 columns, so there is no column 5"):
        load_csv(path, label_column=5)
    with pytest.raises(ValueError, match="has no column 'row'"):
        load_csv(path, index_col="row")
    write(path, text(None, X, Y))
    with pytest.raises(ValueError, match="has no line of names, so there is no"):
        load_csv(path, label_column="digit")


def test_what_is_unpacked_has_a_limit(path):
    for packed in (gzip.compress(KAGGLE.encode()), zipped(a_csv=KAGGLE)):
        write(path, packed)
        assert len(load_csv(path, max_bytes=len(KAGGLE)).data) == 4
        with pytest.raises(ValueError, match="more than 50 bytes once it is unpacked"):
            load_csv(path, max_bytes=50)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=40).map(lambda junk: gzip.compress(junk)),
        st.binary(max_size=40).map(lambda junk: b"PK\3\4" + junk),
        st.text('0123.,;\n "ab', max_size=40).map(lambda t: t.encode("utf-16")),
        st.text("0127.,\n", max_size=40).map(str.encode),
    )
)
def test_anything_gives_images_or_a_reason(tmp_path_factory, content):
    path = write(tmp_path_factory.getbasetemp() / "anything.csv", content)
    try:
        found = load_csv(path).data
    except ValueError as error:
        found = str(error)
    if isinstance(found, str):
        assert "anything.csv" in found
    else:
        assert found.dtype == np.uint8
        assert len(found)
