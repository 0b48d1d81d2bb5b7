"""CSV files in the layout of Kaggle, and everything that can be wrong with them."""

import csv
import os
import re
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.testing import assert_array_equal

from skdigits.datasets import load_csv, load_digits

PIXELS = [f"pixel{i}" for i in range(4)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "digits.csv"


def write(path, header, *rows):
    lines = [",".join(map(str, line)) for line in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def refusal(path, **kwargs):
    with pytest.raises(ValueError, match=re.escape(f"'{path}'")) as info:
        load_csv(path, **kwargs)
    return str(info.value)


def test_digits_written_by_pandas(path):
    digits = load_digits(as_frame=True)
    frame = digits.frame.rename(columns={"target": "label"})
    frame.to_csv(path, index=False)
    loaded = load_csv(path)
    assert_array_equal(loaded.images, digits.images)
    assert loaded.data.dtype == np.uint8
    assert loaded.data.flags.c_contiguous
    assert np.shares_memory(loaded.data, loaded.images)
    assert_array_equal(loaded.target, digits.target)
    assert loaded.target.dtype == np.int64
    assert_array_equal(loaded.target_names, range(10))
    as_frame = load_csv(path, as_frame=True)
    pd.testing.assert_frame_equal(as_frame.frame, digits.frame)


def test_without_labels(path):
    write(path, PIXELS, [0, 1, 2, 255])
    digits = load_csv(path)
    assert digits.target is None
    assert digits.target_names is None
    assert list(load_csv(path, as_frame=True).frame) == PIXELS
    X, y = load_csv(path, return_X_y=True)
    assert_array_equal(X, [[0, 1, 2, 255]])
    assert y is None


def test_columns_are_found_by_name(path):
    write(path, ["pixel2", "digit", "pixel0", "pixel3", "pixel1"], [12, 7, 10, 13, 11])
    digits = load_csv(path, label_column="digit")
    assert_array_equal(digits.data, [[10, 11, 12, 13]])
    assert digits.target.tolist() == [7]


def test_eleven_comes_after_two(path):
    names = [f"pixel{i}" for i in range(16)]
    write(path, sorted(names), [int(name[5:]) for name in sorted(names)])
    assert_array_equal(load_csv(path).data, [range(16)])


def test_names_may_count_from_one_or_tell_row_and_column(path):
    write(path, ["label", *(f"pixel{i}" for i in range(1, 5))], [3, 0, 1, 2, 3])
    assert_array_equal(load_csv(path).images, [[[0, 1], [2, 3]]])
    names = [f"{row}x{column}" for row in (1, 2) for column in (1, 2, 3)]
    write(path, ["label", *names], [3, 0, 1, 2, 3, 4, 5])
    assert_array_equal(load_csv(path).images, [[[0, 1, 2], [3, 4, 5]]])
    assert "has 6 pixels" not in refusal(path, image_shape=(3, 2))


def test_images_that_are_not_square(path):
    names = [f"pixel{i}" for i in range(6)]
    write(path, names, range(6))
    assert "6 columns of pixels, which do not make a square" in refusal(path)
    digits = load_csv(path, image_shape=(2, 3))
    assert_array_equal(digits.images, [[[0, 1, 2], [3, 4, 5]]])
    assert "has 4 pixels" in refusal(path, image_shape=(2, 2))
    assert "two positive integers" in refusal(path, image_shape=(6,))


@given(
    pixels=npst.arrays(np.uint8, st.tuples(st.integers(1, 5), st.just(9))),
    quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    data=st.data(),
)
def test_round_trip(tmp_path_factory, pixels, quoted, end, mark, data):
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    labels = data.draw(npst.arrays(np.uint8, len(pixels)))
    order = data.draw(st.permutations(range(10)))
    names = np.array([*(f"pixel{i}" for i in range(9)), "label"])[order]
    table = np.column_stack([pixels, labels])[:, order]
    encoding = "utf-8-sig" if mark else "utf-8"
    with path.open("w", encoding=encoding, newline="") as file:
        quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        writer = csv.writer(file, lineterminator=end, quoting=quoting)
        writer.writerows([names, *table.tolist()])
    X, y = load_csv(path, return_X_y=True)
    assert_array_equal(X, pixels)
    assert_array_equal(y, labels)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.text('pixel0123label,x\n"-. e', max_size=60).map(str.encode),
        st.text('0123,\n"-.#e', max_size=30).map(
            lambda text: b"label,pixel0\n" + text.encode()
        ),
    )
)
def test_any_bytes_give_images_or_a_reason(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        found = load_csv(path).data
    except ValueError as error:
        found = str(error)
    if isinstance(found, str):
        assert f"'{path}'" in found
    else:
        assert found.dtype == np.uint8
        assert len(found)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("-1", "'-1'"),
        ("256", "'256'"),
        ("10000255", "'10000255'"),
        ("1.5", "'1.5'"),
        ("seven", "'seven'"),
        ("", "''"),
        ("nan", "'nan'"),
        ("#5", "'#5'"),
        ("9" * 5000, "'999"),
    ],
)
@pytest.mark.parametrize("name", ["label", "pixel2"])
def test_wrong_cell(path, cell, shown, name):
    header = ["label", *PIXELS]
    row = ["1"] * 5
    row[header.index(name)] = cell
    write(path, header, [5, 0, 1, 2, 3], row)
    message = refusal(path)
    assert f"line 3, column '{name}': expected a whole number from 0 to 255" in message
    assert f"found {shown}" in message


@pytest.mark.parametrize("row", [[1, 2, 3, 4], [1, 2, 3, 4, 5, 6]])
def test_lines_of_another_length(path, row):
    write(path, ["label", *PIXELS], row)
    assert f"line 2, has {len(row)} columns" in refusal(path)
    write(path, ["label", *PIXELS], [5, 0, 1, 2, 3], row)
    assert f"line 3, has {len(row)} columns" in refusal(path)


def test_783_columns(path):
    header = ["label", *(f"pixel{i}" for i in range(784))]
    del header[-1]
    write(path, header, [1] * 784)
    assert "783 columns of pixels, which do not make a square" in refusal(path)
    header = ["label", *(f"pixel{i}" for i in range(784))]
    del header[100]
    write(path, header, [1] * 784)
    message = refusal(path)
    assert "783 columns of pixels, but no column 'pixel99'" in message
    del header[1:10]
    write(path, header, [1] * len(header))
    assert "no column 'pixel1'" in refusal(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["label", "pixel0", "pixel0"], "several columns 'pixel0'"),
        (["label", "label", "pixel0"], "several columns 'label'"),
        (["pixel1", "pixel01"], "several columns for a pixel: 'pixel1' and 'pixel01'"),
        (["label", "pixel0", "pixel0_std"], "the columns 'pixel0_std'"),
        (["kind", "label", "pixel0"], "the columns 'kind'; expected pixel0"),
        (["label", "pixel0", "pixel999999999"], "no column 'pixel1'"),
        (["label", "0x0", "999999999x999999999"], "no column '0x1'"),
        (["label", "pixel0", "1x1"], "expected one kind"),
        (["label"], "the columns 'label'; expected pixel0"),
        ([f"c{i}" for i in range(9)], "'c0', 'c1', 'c2', 'c3', 'c4' and 4 more"),
        (
            ["5", "0", "0"],
            "holds 3 numbers, which are not the pixels of a square image",
        ),
    ],
)
def test_wrong_header(path, header, message):
    write(path, header, [1] * len(header))
    assert re.search(message, refusal(path))


def test_blank_lines_are_nothing(path):
    path.write_text("\n\nlabel,pixel0\n\n7,1\n\n8,2\n")
    X, y = load_csv(path, return_X_y=True)
    assert X.tolist() == [[1], [2]]
    assert y.tolist() == [7, 8]
    path.write_text("\n\nlabel,pixel0\n\n7,1\n\n8,x\n")
    assert "line 7, column 'pixel0'" in refusal(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty|has the columns ''"),
        (b"label,pixel0\n", "no image follows"),
        (b"label,pixel0\n\n", "no image follows"),
        (b"\x1f\x8b\x08\x00\xff\xfe", "compressed, but damaged or cut off"),
        (b"label,pixel0\n1,\xff\n", "not a text file in UTF-8"),
    ],
)
def test_not_a_table(path, content, message):
    path.write_bytes(content)
    assert re.search(message, refusal(path))


def test_header_of_several_lines(path):
    path.write_text('"label\n","pixel0"\n7,1\n')
    assert load_csv(path).target.tolist() == [7]
    path.write_text('"label\n","pixel0"\n7,1\n7,x\n')
    assert "line 4, column 'pixel0'" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipe(path):
    os.mkfifo(path)

    def write_later(lines):
        threading.Thread(target=path.write_text, args=(lines,)).start()

    write_later("label,pixel0\n7,1\n")
    assert load_csv(path).target.tolist() == [7]
    write_later("label,pixel0\n7,x\n")
    assert "'x'" in refusal(path)


ENDLESS = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
from skdigits.datasets import load_csv
try:
    load_csv(sys.argv[1])
except ValueError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.parametrize("before", [b"", b"label,pixel0\n", b"label,pixel0\n7,1\n"])
def test_an_endless_line_does_not_fill_the_memory(path, before):
    with path.open("wb") as file:
        file.write(before)
        file.truncate(4 * 10**9)  # zeros that take no room on the disk
    said = subprocess.run(
        [sys.executable, "-c", ENDLESS, path],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert said.stdout.startswith(f"'{path}' has a line of more than 20,000,000 char")


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.parametrize("before", [b"", b"label,pixel0\n", b"label,pixel0\n7,1\n"])
@pytest.mark.parametrize(("begin", "line"), [(b"", b'"\n",'), (b'"', b"1\n")])
def test_quotation_marks_join_no_endless_lines(path, before, begin, line):
    path.write_bytes(before + begin + line * (21_000_000 // len(line)))
    said = subprocess.run(
        [sys.executable, "-c", ENDLESS, path],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert re.search("has a line of more than|field larger than", said.stdout)


def test_names_of_too_many_columns(path):
    path.write_text("a," * 1_000_001 + "\n")
    assert "1,000,001 columns" in refusal(path)


def test_missing_file(path):
    with pytest.raises(FileNotFoundError, match=r"digits\.csv"):
        load_csv(path)


@pytest.mark.parametrize(
    "kwargs",
    [
        {"path": 3},
        {"label_column": 0.5},
        {"image_shape": 28},
        {"return_X_y": "yes"},
        {"as_frame": None},
        {"header": 1},
        {"index_col": 0.0},
        {"max_bytes": -1},
    ],
)
def test_wrong_parameters(path, kwargs):
    (name,) = kwargs
    with pytest.raises(ValueError, match=f"'{name}' parameter of load_csv"):
        load_csv(**{"path": path, **kwargs})


def test_long_cells_and_names_are_not_quoted_in_full(tmp_path):
    path = tmp_path / "a.csv"
    for text in (f"label,pixel0\n{'x' * 5000},0\n", f"{'x' * 5000},pixel0\n1,0\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"x'\.\.\. \(5,000 characters\)") as told:
            load_csv(path)
        assert len(str(told.value)) < 300


# A matrix of pixels, without names


def test_a_matrix_of_pixels(path):
    path.write_text("\n0,1,2,4\n4,5,6,255\n")
    digits = load_csv(path)
    assert_array_equal(digits.images, [[[0, 1], [2, 4]], [[4, 5], [6, 255]]])
    assert digits.target is None
    assert load_csv(path, image_shape=(1, 4)).images.shape == (2, 1, 4)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0,1,2,256"], "line 1, column 'pixel3': expected a whole number from 0"),
        (["0,1,2,4", "0,1,,3"], "line 2, column 'pixel2': expected a whole number"),
        (["0,1,2,4", "0,1,2"], "line 2, has 3 columns, but the first line has 4"),
    ],
)
def test_wrong_cells_of_a_matrix(path, lines, message):
    path.write_text("\n".join(lines))
    assert message in refusal(path)


def test_pandas_numbers_of_columns_are_names_if_that_is_said(path):
    X = np.arange(128, dtype=np.uint8).reshape(2, 64) % 17
    pd.DataFrame(X).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"Pass header=0 if they are names"):
        load_csv(path)
    assert_array_equal(load_csv(path, header=0).data, X)


def test_a_matrix_that_is_not_of_the_shape(path):
    path.write_text("0,1,2,4")
    with pytest.raises(ValueError, match="4"):
        load_csv(path, image_shape=(2, 3))
