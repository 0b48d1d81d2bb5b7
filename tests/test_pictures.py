"""The one room that opens pictures."""

import os
import subprocess
import sys
from io import BytesIO
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from skdigits._pictures.files import list_folder, unsupported_pictures
from skdigits._pictures.grey import read_grey
from skdigits._pictures.opening import TooLargeError, UnknownFormatError, open_picture
from skdigits.reading._loading import load


def png(picture, **arguments):
    file = BytesIO()
    picture.save(file, "PNG", **arguments)
    return file.getvalue()


@pytest.fixture
def levels():
    return np.random.default_rng(0).integers(0, 256, (9, 7), dtype=np.uint8)


def test_bytes_are_opened_as_files_are(levels):
    with open_picture(png(Image.fromarray(levels))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), levels)


def test_errors_name_the_file_or_the_image(levels, tmp_path):
    content = png(Image.fromarray(levels))
    path = tmp_path / "a.png"
    path.write_bytes(content)
    for source, name in ((content, "The image"), (path, f"'{path}'")):
        with (
            pytest.raises(TooLargeError, match=r"7 x 9 pixels, .*=62\. Cut") as told,
            open_picture(source, 62, "Cut it."),
        ):
            pass
        assert str(told.value).startswith(f"{name} has")
        with (
            pytest.raises(UnknownFormatError, match=r"known format \(BMP\)") as told,
            open_picture(source, formats=("BMP",)),
        ):
            pass
        assert str(told.value).startswith(f"{name} is not")


def test_an_image_of_pillow_is_refused_before_it_is_decoded():
    """Decoding would fail: the file ends where the pixels should begin."""
    header = b"IHDR" + np.array([11_000, 10_000], ">u4").tobytes() + bytes([8, 0, 0, 0])
    header += b"\0"
    file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + header + crc32(header).to_bytes(4, "big")
    with pytest.warns(Image.DecompressionBombWarning):
        picture = Image.open(BytesIO(file + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"))
    with pytest.raises(TooLargeError, match="11000 x 10000 pixels"):
        load(picture, 100)


def test_readers_of_files_and_of_photos_see_the_same_grey(levels, tmp_path):
    wide = Image.fromarray(levels.astype(np.uint16) * 257)
    level = 257 * int(levels[0, 0])
    ink = Image.fromarray(np.dstack([levels] * 3 + [255 - levels]))
    files = {
        "grey": png(Image.fromarray(levels)),
        "two levels": png(Image.fromarray(levels > 99)),
        "16 bits": png(wide),
        "16 bits, one level transparent": png(wide, transparency=level),
        "one level transparent": png(Image.fromarray(levels), transparency=3),
        "alpha": png(ink),
        "grey and alpha": png(ink.convert("LA")),
        "palette and alpha": png(ink.convert("P"), transparency=bytes(range(256))),
    }
    for name, content in files.items():
        path = tmp_path / "a.png"
        path.write_bytes(content)
        found, size = load(path, 100)
        assert size == (7, 9)
        np.testing.assert_array_equal(found[..., 0], read_grey(path), err_msg=name)


def test_files_of_a_folder_are_in_natural_order(tmp_path):
    for name in ("b10.PNG", "b9.png", "c.heic", ".d.png", "e.txt"):
        (tmp_path / name).touch()
    (tmp_path / "f.png").mkdir()
    images, folders, others = list_folder(str(tmp_path), os.path.realpath(tmp_path))
    assert images == [str(tmp_path / "b9.png"), str(tmp_path / "b10.PNG")]
    assert folders == [str(tmp_path / "f.png")]
    assert unsupported_pictures(others) == [str(tmp_path / "c.heic")]


def test_pillow_is_imported_when_a_picture_is_opened():
    code = """
import sys
import skdigits._pictures.files
assert not {"PIL", "numpy"} & set(sys.modules)
import skdigits.datasets, skdigits.reading
assert "PIL" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_files_of_countless_small_parts_are_refused(levels):
    """Each part takes Pillow microseconds; a file of 10 MB took ten seconds."""
    picture = Image.fromarray(levels)
    content = png(picture)
    comment = b"\0\0\0\3tEXta\0b" + crc32(b"tEXta\0b").to_bytes(4, "big")
    file = BytesIO()
    picture.save(file, "JPEG")
    jpeg = file.getvalue()
    for few, many in (
        (content[:33] + comment + content[33:], content[:33] + 9999 * comment),
        (jpeg[:2] + 9 * b"\xff" + jpeg[2:], jpeg[:2] + 20_000 * b"\xff" + jpeg[2:]),
    ):
        with open_picture(few) as opened:
            opened.load()
        with (
            pytest.raises(ValueError, match="too many parts, such as comments"),
            open_picture(many),
        ):
            pass


@pytest.mark.parametrize(("kind", "n_copies"), [("WEBP", 4), ("TIFF", 2), ("PNG", 1)])
def test_formats_whose_decoders_take_more_memory_may_be_smaller(kind, n_copies):
    file = BytesIO()
    Image.new("RGB", (10, 10)).save(file, kind)
    with open_picture(file.getvalue(), 100 * n_copies):
        pass
    with (
        pytest.raises(TooLargeError, match="10 x 10 pixels"),
        open_picture(file.getvalue(), 100 * n_copies - 1),
    ):
        pass


def test_pictures_of_the_caller_stay_as_they_are(levels):
    file = BytesIO()
    Image.fromarray(np.tile(levels, (400, 400))).save(file, "JPEG")
    with Image.open(file) as picture:
        load(picture, 100)
        assert picture.size == (2800, 3600)
