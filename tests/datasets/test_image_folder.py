import os
import re
import subprocess
import sys
import tracemalloc
import warnings
import zlib
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from skdigits.datasets import _image_folder as module
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.datasets._image_folder import load_image_folder

links = pytest.mark.skipif(sys.platform == "win32", reason="links need privileges")

GREY = np.arange(0, 240, 4, dtype=np.uint8).reshape(6, 10)
ORIENTATION = 0x0112
# What each orientation makes of the stored pixels, by the EXIF standard.
ORIENTED = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.T,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].T,
    8: lambda stored: np.rot90(stored),
}


def save(path, pixels=GREY, mode=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(pixels))
    (image if mode is None else image.convert(mode)).save(path, **options)
    return path


def load_one(path, **kwargs):
    (image,) = load_image_folder(path.parent, **kwargs).images
    return image


def names(digits):
    return [Path(name).name for name in digits.filenames]


def refusal(folder, *, error=ValueError, **kwargs):
    with pytest.raises(error, match=re.escape(f"'{folder}")) as info:
        load_image_folder(folder, **kwargs)
    return str(info.value)


# Labels, order and the form of the result


@pytest.fixture
def digit_folder(tmp_path):
    """The first 30 bundled digits, a sub-folder for each label."""
    X, y = load_digits(return_X_y=True)
    for i in range(30):
        save(tmp_path / str(y[i]) / f"img{i}.png", 15 * X[i].reshape(8, 8))
    return tmp_path


@pytest.mark.parametrize("as_type", [str, Path])
def test_bunch(digit_folder, as_type):
    digits = load_image_folder(as_type(digit_folder))
    X, y = load_digits(return_X_y=True)
    order = np.argsort(y[:30], kind="stable")
    np.testing.assert_array_equal(digits.data, 15 * X[order])
    np.testing.assert_array_equal(digits.target, y[order])
    assert digits.data.dtype == np.uint8
    assert digits.target.dtype == np.int64
    assert digits.data.flags.writeable
    assert digits.images.shape == (30, 8, 8)
    assert np.shares_memory(digits.images, digits.data)
    np.testing.assert_array_equal(digits.target_names, np.arange(10))
    assert digits.feature_names[-1] == "pixel63"
    assert digits.frame is None
    assert digits.filenames[0] == os.path.join(digit_folder, "0", "img0.png")
    assert names(digits)[:4] == ["img0.png", "img10.png", "img20.png", "img1.png"]
    assert "30 images of 8x8 pixels from" in digits.DESCR


def test_return_X_y_and_as_frame(digit_folder):
    digits = load_image_folder(digit_folder)
    X, y = load_image_folder(digit_folder, return_X_y=True)
    np.testing.assert_array_equal(X, digits.data)
    np.testing.assert_array_equal(y, digits.target)
    X, y = load_image_folder(digit_folder, return_X_y=True, as_frame=True)
    assert list(X) == digits.feature_names
    assert y.name == "target"
    frame = load_image_folder(digit_folder, as_frame=True).frame
    assert list(frame) == [*digits.feature_names, "target"]


def test_flat_folder_has_no_labels(tmp_path):
    for i in (10, 2, 1):
        save(tmp_path / f"img{i}.png")
    digits = load_image_folder(tmp_path)
    assert digits.target is None
    assert digits.target_names is None
    assert names(digits) == ["img1.png", "img2.png", "img10.png"]
    X, y = load_image_folder(tmp_path, return_X_y=True)
    assert X.shape == (3, 60)
    assert y is None
    frame = load_image_folder(tmp_path, as_frame=True).frame
    assert frame.shape == (3, 60)


def test_numbers_as_folder_names_are_the_labels(tmp_path):
    for name in ("10", "7", "007", "2"):
        save(tmp_path / name / "a.png")
    digits = load_image_folder(tmp_path)
    assert digits.target.tolist() == [2, 7, 7, 10]
    assert digits.target_names.tolist() == [2, 7, 10]


@pytest.mark.parametrize("other", ["seven", "7b", "-1", "9" * 19])
def test_other_folder_names_are_indexed(tmp_path, other):
    save(tmp_path / "10" / "a.png")
    save(tmp_path / "9" / "a.png")
    save(tmp_path / other / "a.png")
    digits = load_image_folder(tmp_path)
    assert sorted(digits.target_names) == sorted(["10", "9", other])
    folders = [Path(name).parent.name for name in digits.filenames]
    assert digits.target_names[digits.target].tolist() == folders
    assert digits.target.dtype == np.int64


def test_natural_order_does_not_depend_on_the_file_system(tmp_path, monkeypatch):
    expected = ["a1", "A2", "a02", "a10", "a10b2", "a10b10", "b"]
    expected = [f"{name}.png" for name in expected]
    for name in expected:
        save(tmp_path / name)
    assert names(load_image_folder(tmp_path)) == expected
    scandir = os.scandir

    class Reversed:
        def __init__(self, path):
            self.entries = sorted(scandir(path), key=lambda e: e.name, reverse=True)

        def __enter__(self):
            return self.entries

        def __exit__(self, *exc_info):
            pass

    monkeypatch.setattr(os, "scandir", Reversed)
    assert names(load_image_folder(tmp_path)) == expected


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    save(tmp_path / "scans" / "a.png")
    digits = load_image_folder("~/scans")
    assert digits.filenames[0] == str(tmp_path / "scans" / "a.png")


# Formats and modes


@pytest.mark.parametrize(
    "name", ["a.png", "a.PNG", "a.bmp", "a.tif", "a.Tiff", "a.gif", "a.webp"]
)
def test_lossless_formats(tmp_path, name):
    options = {"lossless": True} if name == "a.webp" else {}
    np.testing.assert_array_equal(load_one(save(tmp_path / name, **options)), GREY)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG"])
def test_jpeg(tmp_path, name, mode):
    path = save(tmp_path / name, mode=mode, quality=100)
    np.testing.assert_allclose(load_one(path).astype(int), GREY, atol=3)


def test_content_counts_and_not_the_name(tmp_path):
    path = save(tmp_path / "a.jpg", format="PNG")
    np.testing.assert_array_equal(load_one(path), GREY)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_modes_that_hold_grey(tmp_path, mode):
    path = save(tmp_path / "a.png", mode=mode)
    np.testing.assert_array_equal(load_one(path), GREY)


def test_colours_have_the_brightness_that_the_eye_sees(tmp_path):
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)
    expected = [[76, 150, 29]]  # 0.299 R + 0.587 G + 0.114 B
    save(tmp_path / "a.png", colours)
    save(tmp_path / "b.png", colours, mode="P")
    save(tmp_path / "c.tif", colours, mode="CMYK")
    for image in load_image_folder(tmp_path).images:
        np.testing.assert_allclose(image.astype(int), expected, atol=1)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.gif"])
def test_one_bit(tmp_path, name):
    path = save(tmp_path / name, GREY > 100)
    np.testing.assert_array_equal(load_one(path), 255 * (GREY > 100))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bits_are_scaled(tmp_path, name):
    wide = np.linspace(0, 65535, 600).round().astype(np.uint16).reshape(20, 30)
    path = save(tmp_path / name, wide)
    np.testing.assert_array_equal(load_one(path), np.rint(wide / 257))
    # What Pillow's conversion would give.
    assert np.mean(load_one(path) == 255) < 0.01


def tiff(order, bits, content, more=()):
    """A TIFF file of 2x1 pixels, which Pillow reads but does not write."""
    tags = {256: 2, 257: 1, 258: bits, 259: 1, 262: 1, 273: 8, 279: len(content)}
    tags = dict(sorted({**tags, **dict(more)}.items()))
    name = {"<": b"II", ">": b"MM"}[order]
    entries = b"".join(
        # One value of type SHORT, on the left of its field of four bytes.
        np.array([tag, 3, *np.array([1], f"{order}u4").view(f"{order}u2"), value, 0])
        .astype(f"{order}u2")
        .tobytes()
        for tag, value in tags.items()
    )
    head = name + np.array([42], f"{order}u2").tobytes()
    head += np.array([8 + len(content)], f"{order}u4").tobytes()
    count = np.array([len(tags)], f"{order}u2").tobytes()
    return head + content + count + entries + bytes(4)


@pytest.mark.parametrize(
    ("order", "bits", "content", "expected"),
    [
        ("<", 16, b"\xff\xff\x00\x80", 128),
        (">", 16, b"\xff\xff\x80\x00", 128),
        # Two pixels in three bytes.
        ("<", 12, b"\xff\xf8\x00\x00", round(255 * 0x800 / 0xFFF)),
    ],
)
def test_byte_orders_and_12_bits(tmp_path, order, bits, content, expected):
    (tmp_path / "a.tif").write_bytes(tiff(order, bits, content))
    assert load_one(tmp_path / "a.tif").tolist() == [[255, expected]]


@pytest.mark.parametrize("bits", [8, 16])
def test_white_may_be_zero(tmp_path, bits):
    content = b"\0" * (bits // 8) + b"\xff" * (bits // 8)
    (tmp_path / "a.tif").write_bytes(tiff("<", bits, content, {262: 0}))
    assert load_one(tmp_path / "a.tif").tolist() == [[255, 0]]


def test_large_tile_of_a_small_tiff(tmp_path):
    tile = zlib.compress(bytes(8000 * 8000), level=9)
    tags = {259: 8, 322: 8000, 323: 8000, 324: 8, 325: len(tile)}
    (tmp_path / "a.tif").write_bytes(tiff("<", 8, tile, tags))
    assert load_one(tmp_path / "a.tif").tolist() == [[0, 0]]
    message = refusal_of_image(tmp_path, "a.tif", max_pixels=10_000)
    assert "8000 x 8000 pixels, more than max_pixels=10,000" in message


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.jpg"])
def test_damaged_exif_says_nothing(tmp_path, name):
    Image.new("L", (10, 6), 100).save(tmp_path / name, exif=b"Exif\0\0garbagegarbage")
    assert load_one(tmp_path / name).shape == (6, 10)


def test_pixels_of_large_images_have_no_names(tmp_path):
    Image.new("L", (256, 256)).save(tmp_path / "a.png")
    assert len(load_image_folder(tmp_path).feature_names) == 2**16
    Image.new("L", (256, 257)).save(tmp_path / "a.png")
    assert load_image_folder(tmp_path).feature_names is None


def test_floats_go_from_0_to_1(tmp_path):
    path = save(tmp_path / "a.tif", (GREY / 255).astype(np.float32))
    np.testing.assert_array_equal(load_one(path), GREY)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan, np.inf])
def test_other_floats_are_refused(tmp_path, wrong):
    save(tmp_path / "a.tif", np.array([[0, 0.5, wrong]], dtype=np.float32))
    assert "expected 0 (black) to 1 (white)" in refusal_of_image(tmp_path, "a.tif")


def test_32_bits_are_refused(tmp_path):
    save(tmp_path / "a.tif", GREY.astype(np.int32))
    assert "white level is unknown" in refusal_of_image(tmp_path, "a.tif")


@pytest.mark.parametrize("name", ["a.gif", "a.tif", "a.webp", "a.png"])
def test_first_frame(tmp_path, name):
    others = [Image.fromarray(255 - GREY)]
    options = {"save_all": True, "append_images": others}
    if name == "a.webp":
        options["lossless"] = True
    np.testing.assert_array_equal(load_one(save(tmp_path / name, **options)), GREY)


@pytest.mark.parametrize("orientation", ORIENTED)
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_exif_orientation(tmp_path, name, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"lossless": True} if name == "a.webp" else {}
    path = save(tmp_path / name, exif=exif, quality=100, **options)
    expected = ORIENTED[orientation](GREY)
    np.testing.assert_allclose(load_one(path).astype(int), expected, atol=3)


def test_exif_orientation_of_16_bits(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    path = save(tmp_path / "a.png", 257 * GREY.astype(np.uint16), exif=exif)
    np.testing.assert_array_equal(load_one(path), np.rot90(GREY, -1))


# Transparency


def drawn(ink, mode="RGBA"):
    """A stroke on nothing: its left column half transparent; below, hidden colour."""
    alpha = np.array([[0, 128, 255, 0]] * 3, dtype=np.uint8)
    hidden = 255 - ink
    grey = np.where(alpha > 0, ink, hidden).astype(np.uint8)
    layers = [grey, alpha] if mode == "LA" else [grey, grey, grey, alpha]
    return np.dstack(layers)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize(
    ("ink", "row"), [(0, [255, 127, 0, 255]), (255, [0, 128, 255, 0])]
)
def test_ink_on_nothing_stays_visible(tmp_path, ink, row, mode):
    for name in ("a.png", "b.webp"):
        save(tmp_path / name, drawn(ink, mode), lossless=True)
    for image in load_image_folder(tmp_path).images:
        np.testing.assert_allclose(image.astype(int), [row] * 3, atol=1)


@pytest.mark.parametrize(("ink", "row"), [(0, [255, 0]), (255, [0, 255])])
@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_transparent_palette_entry(tmp_path, name, ink, row):
    image = Image.frombytes("P", (2, 2), bytes([0, 1, 0, 1]))
    image.putpalette([200, 100, 50, ink, ink, ink])
    image.save(tmp_path / name, transparency=0)
    assert load_one(tmp_path / name).tolist() == [row] * 2


def test_transparent_grey_level(tmp_path):
    path = save(tmp_path / "a.png", np.array([[9, 0]], np.uint8), transparency=9)
    assert load_one(path).tolist() == [[255, 0]]


def test_paper_with_transparent_corners_becomes_white(tmp_path):
    page = np.full((5, 5, 4), 255, dtype=np.uint8)
    page[2, 2, :3] = 0
    page[0, 0] = 0
    found = load_one(save(tmp_path / "a.png", page))
    assert found[0, 0] == 255
    assert found[2, 2] == 0


def test_faint_ink_on_nothing_stays_dark_on_white(tmp_path):
    pencil = np.zeros((1, 2, 4), dtype=np.uint8)
    pencil[0, 0, 3] = 60
    path = save(tmp_path / "a.png", pencil)
    assert load_one(path).tolist() == [[255 - 60, 255]]


def test_nothing_at_all_is_white(tmp_path):
    path = save(tmp_path / "a.png", np.zeros((2, 2, 4), dtype=np.uint8))
    assert load_one(path).tolist() == [[255, 255]] * 2


# Sizes


def test_different_sizes_come_as_a_list(tmp_path):
    images = [GREY, GREY[:4], GREY[:, :3]]
    for i, image in enumerate(images):
        save(tmp_path / str(i) / "a.png", image)
    digits = load_image_folder(tmp_path)
    assert digits.data is digits.images
    assert isinstance(digits.data, list)
    for found, expected in zip(digits.data, images, strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.uint8
        assert found.flags.c_contiguous
        assert found.flags.writeable
    assert digits.target.tolist() == [0, 1, 2]
    assert digits.feature_names is None
    assert digits.frame is None
    assert "3 images of different sizes from" in digits.DESCR
    data, target = load_image_folder(tmp_path, return_X_y=True)
    assert [image.shape for image in data] == [(6, 10), (4, 10), (6, 3)]
    assert target.tolist() == [0, 1, 2]
    message = refusal(tmp_path, as_frame=True)
    assert "3 different sizes" in message
    assert "image_shape=(height, width)" in message


def test_image_shape(tmp_path):
    save(tmp_path / "a.png", np.full((100, 100), 50, np.uint8))
    save(tmp_path / "b.png", np.full((2, 2), 60, np.uint8))
    save(tmp_path / "c.jpg", np.full((333, 333), 70, np.uint8))
    digits = load_image_folder(tmp_path, image_shape=(8, 8))
    assert digits.data.shape == (3, 64)
    np.testing.assert_array_equal(digits.data, np.repeat([[50], [60], [70]], 64, 1))
    assert load_image_folder(tmp_path, image_shape=(8, 8), as_frame=True).frame.size


def test_reducing_is_antialiased(tmp_path):
    """Nearest or bilinear sampling of a fine chequerboard gives anything but grey."""
    board = 255 * (np.indices((640, 480)).sum(axis=0) % 2).astype(np.uint8)
    found = load_one(save(tmp_path / "a.png", board), image_shape=(28, 21))
    np.testing.assert_allclose(found.astype(int), 128, atol=2)


@pytest.mark.parametrize(
    ("shape", "inner"),
    [
        ((40, 20), (slice(0, 28), slice(7, 21))),
        ((10, 20), (slice(7, 21), slice(0, 28))),
        ((1, 1000), (slice(13, 14), slice(0, 28))),
    ],
)
def test_aspect_ratio_is_kept_on_the_background(tmp_path, shape, inner):
    pixels = np.full(shape, 200, dtype=np.uint8)
    pixels[shape[0] // 4 : 1 + 3 * shape[0] // 4, shape[1] // 4 : shape[1] // 2] = 0
    found = load_one(save(tmp_path / "a.png", pixels), image_shape=(28, 28))
    outside = np.ones((28, 28), dtype=bool)
    outside[inner] = False
    assert np.all(found[outside] == 200)
    assert found[inner].min() < 10


def test_large_jpeg_is_the_same_as_decoded_in_full(tmp_path):
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 9), dtype=np.uint8))
    photo = np.asarray(coarse.resize((900, 1200)).convert("RGB"))
    save(tmp_path / "a.jpg", photo, quality=95)
    save(tmp_path / "b.png", photo)
    jpeg, png = load_image_folder(tmp_path, image_shape=(28, 28)).images.astype(int)
    # Rounding up to whole pixels, the decoder shifts edges by up to a tenth of one.
    np.testing.assert_allclose(jpeg, png, atol=10)
    np.testing.assert_allclose(jpeg.mean(), png.mean(), atol=0.5)


@pytest.mark.parametrize("wrong", [(28,), (28, 28, 1), (0, 28), (2.5, 28)])
def test_wrong_image_shape(tmp_path, wrong):
    with pytest.raises(ValueError, match="two positive integers"):
        load_image_folder(tmp_path, image_shape=wrong)


@pytest.mark.parametrize(
    ("name", "value"),
    [("folder", 3), ("image_shape", 28), ("max_pixels", 0), ("as_frame", "no")],
)
def test_wrong_parameters(tmp_path, name, value):
    arguments = {"folder": tmp_path, name: value}
    with pytest.raises(ValueError, match=f"'{name}' parameter"):
        load_image_folder(**arguments)


# What is not read


def test_hidden_files_are_skipped_silently(tmp_path):
    save(tmp_path / "7" / "a.png")
    for name in (".DS_Store", "._a.png", "7/._a.png", "7/Thumbs.db", "desktop.ini"):
        (tmp_path / name).write_bytes(b"?")
    for name in (".git", "__MACOSX", "7/.ipynb_checkpoints"):
        save(tmp_path / name / "a.png")
    assert len(load_image_folder(tmp_path).data) == 1


def test_one_warning_counts_and_names_what_was_skipped(tmp_path):
    save(tmp_path / "7" / "a.png")
    save(tmp_path / "7" / "writer" / "b.png")
    (tmp_path / "8").mkdir()
    (tmp_path / "readme.txt").touch()
    for i in range(4):
        (tmp_path / "7" / f"photo{i}.heic").touch()
    with pytest.warns(UserWarning, match="skipped 7: 'readme.txt'") as record:
        digits = load_image_folder(tmp_path)
    assert len(digits.data) == 1
    assert digits.target_names.tolist() == [7]
    assert len(record) == 1
    assert record[0].filename == __file__
    message = str(record[0].message)
    assert "'7/photo0.heic' (not an image)".replace("/", os.sep) in message
    assert message.endswith("and 2 more.")


def test_warning_gives_the_reason(tmp_path):
    save(tmp_path / "7" / "a.png")
    save(tmp_path / "7" / "writer" / "b.png")
    (tmp_path / "8").mkdir()
    with pytest.warns(UserWarning, match="skipped 2") as record:
        load_image_folder(tmp_path)
    message = str(record[0].message)
    assert f"'{Path('7', 'writer')}' (a folder too deep)" in message
    assert "'8' (a folder without images)" in message


def test_images_beside_sub_folders_with_images(tmp_path):
    save(tmp_path / "a.png")
    save(tmp_path / "7" / "b.png")
    message = refusal(tmp_path)
    assert "'a.png'" in message
    assert f"'{Path('7', 'b.png')}'" in message


def test_images_that_lie_too_deep(tmp_path):
    """Labels must not become "train" and "test" silently."""
    save(tmp_path / "train" / "7" / "a.png")
    message = refusal(tmp_path)
    assert "There are no images" in message
    assert "pass the folder whose sub-folders are the labels" in message


def test_no_folder(tmp_path):
    assert "nowhere' is not a folder" in refusal(
        tmp_path / "nowhere", error=FileNotFoundError
    )
    path = save(tmp_path / "a.png")
    assert "a.png' is not a folder" in refusal(path, error=NotADirectoryError)


def test_no_images(tmp_path):
    assert "There are no images" in refusal(tmp_path)
    (tmp_path / "notes.txt").touch()
    assert "skipped 1: 'notes.txt' (not an image)" in refusal(tmp_path)


@links
def test_links_lead_nowhere_outside(tmp_path):
    outside = tmp_path / "outside"
    secret = save(outside / "secret.png")
    folder = tmp_path / "folder"
    save(folder / "7" / "a.png")
    (folder / "7" / "b.png").symlink_to(secret)
    (folder / "7" / "c.png").symlink_to("../../outside/secret.png")
    (folder / "8").symlink_to(outside, target_is_directory=True)
    with pytest.warns(UserWarning, match="skipped 3.*link to nothing inside"):
        digits = load_image_folder(folder)
    assert names(digits) == ["a.png"]


@links
def test_links_inside_are_followed_without_loops(tmp_path):
    folder = tmp_path / "folder"
    path = save(folder / "7" / "a.png")
    (folder / "7" / "b.png").symlink_to(path)
    (folder / "9").symlink_to("7", target_is_directory=True)
    (folder / "7" / "again").symlink_to(folder / "7", target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "itself").symlink_to("itself")
    (folder / "broken.png").symlink_to("nothing.png")
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    with pytest.warns(UserWarning, match="skipped 5"):
        digits = load_image_folder(tmp_path / "link")
    assert digits.target.tolist() == [7, 7, 9, 9]
    assert digits.filenames[0] == str(tmp_path / "link" / "7" / "a.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_not_waited_for(tmp_path):
    save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.png")
    with pytest.warns(UserWarning, match=re.escape("'b.png' (not an image)")):
        assert len(load_image_folder(tmp_path).data) == 1


# Damaged and hostile files


def refusal_of_image(folder, name, **kwargs):
    message = refusal(folder, **kwargs)
    assert f"'{folder / name}'" in message
    return message


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.webp"])
def test_truncated_file(tmp_path, name):
    path = save(tmp_path / name, noise())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    save(tmp_path / "fine.png")
    message = refusal_of_image(tmp_path, name)
    assert "1 of 2 images cannot be read" in message


def noise():
    return np.random.default_rng(0).integers(0, 256, (40, 30), dtype=np.uint8)


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"%!PS-Adobe-3.0 EPSF"])
def test_other_content(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    assert "not an image of a known format" in refusal_of_image(tmp_path, "a.png")


def test_other_formats_are_not_even_tried(tmp_path):
    save(tmp_path / "a.png", format="PPM")
    assert "not an image of a known format" in refusal_of_image(tmp_path, "a.png")


def test_all_damaged_files_are_counted(tmp_path):
    for i in range(9):
        (tmp_path / f"{i}.png").write_bytes(b"?")
    save(tmp_path / "fine.png")
    message = refusal_of_image(tmp_path, "4.png")
    assert "9 of 10 images cannot be read" in message
    assert "5.png" not in message
    assert message.endswith("and 4 more")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_unreadable_file(tmp_path):
    save(tmp_path / "a.png").chmod(0)
    with pytest.raises(PermissionError, match=re.escape("a.png")):
        load_image_folder(tmp_path)


def test_too_many_pixels(tmp_path):
    save(tmp_path / "a.png")
    assert load_image_folder(tmp_path, max_pixels=60).data.shape == (1, 60)
    message = refusal_of_image(tmp_path, "a.png", max_pixels=59)
    assert "10 x 6 pixels, more than max_pixels=59. Raise max_pixels" in message


def bomb(width, height):
    """A PNG file that claims to be a large image, and breaks off before its pixels."""
    size = np.array([width, height], ">u4").tobytes()
    chunk = b"IHDR" + size + bytes([8, 0, 0, 0, 0])
    checksum = crc32(chunk).to_bytes(4, "big")
    header = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + chunk + checksum
    return header + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"


@pytest.mark.parametrize("side", [9_990, 12_000, 60_000])
def test_decompression_bombs(tmp_path, side):
    """Below the limit of Pillow, above, and above twice that."""
    (tmp_path / "a.png").write_bytes(bomb(side, 12_000))
    message = refusal_of_image(tmp_path, "a.png")
    assert "aise max_pixels" in message
    assert "PIL.Image.MAX_IMAGE_PIXELS" in message or side < 60_000


def test_max_pixels_decides_and_not_the_warning_of_pillow(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)
    save(tmp_path / "a.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_image_folder(tmp_path).data.shape == (1, 60)


def test_too_many_pixels_in_all(tmp_path):
    for k in range(3):
        save(tmp_path / f"{k}.png")
    assert load_image_folder(tmp_path, max_total_pixels=180).data.shape == (3, 60)
    message = refusal(tmp_path, max_total_pixels=179)
    assert "3 images" in message
    assert "180 pixels in all, more than max_total_pixels=179" in message
    fitted = load_image_folder(tmp_path, max_total_pixels=1, image_shape=(5, 5))
    assert fitted.data.shape == (3, 25)


MANY_BOMBS = """
import resource, sys
from skdigits.datasets import load_image_folder
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000,) * 2)
load_image_folder(sys.argv[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_many_bombs_below_the_limit_of_each(tmp_path):
    """Of 100 kB each; decoded, they would take 2.1 GB."""
    Image.new("1", (10_000, 10_000)).save(tmp_path / "0.png")
    for k in range(1, 21):
        (tmp_path / f"{k}.png").hardlink_to(tmp_path / "0.png")
    run = subprocess.run(
        [sys.executable, "-c", MANY_BOMBS, tmp_path], capture_output=True, text=True
    )
    assert "21 images" in run.stderr
    assert "2,100,000,000 pixels in all" in run.stderr


ENCODED = {}


@pytest.fixture(scope="module", autouse=True)
def encoded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoded")
    for name in ("a.png", "a.jpg", "a.bmp", "a.tif", "a.gif", "a.webp"):
        ENCODED[name] = save(folder / name, noise()[:9, :7]).read_bytes()


@pytest.fixture(scope="module")
def fuzzed_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed")


@given(data=st.data())
@settings(deadline=None)
@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.bmp", "a.tif", "a.gif", "a.webp"]
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_altered_bytes_give_an_image_or_a_reason(fuzzed_folder, name, data):
    content = bytearray(ENCODED[name])
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    path = fuzzed_folder / "a.png"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        found = load_image_folder(fuzzed_folder, max_pixels=10_000).images
    except ValueError as error:
        found = str(error)
    if isinstance(found, str):
        assert f"'{path}'" in found
    else:
        assert found.dtype == np.uint8
        assert 0 < found.size <= 10_000


@given(
    npst.arrays(np.uint8, npst.array_shapes(min_dims=2, max_dims=2, max_side=9)),
    st.sampled_from(["PNG", "BMP", "TIFF"]),
)
@settings(deadline=None)
def test_round_trip(fuzzed_folder, pixels, format):
    path = save(fuzzed_folder / "a.png", pixels, format=format)
    np.testing.assert_array_equal(load_one(path), pixels)


# Speed and memory


def test_threads_give_the_same_in_the_same_order(digit_folder, monkeypatch):
    alone = load_image_folder(digit_folder)
    monkeypatch.setattr(module, "_WORTH_THREADS", 0)
    monkeypatch.setattr(module, "n_threads", lambda: 4)
    used = []

    class Pool(module.ThreadPoolExecutor):
        def map(self, *arguments):
            used.append(self._max_workers)
            return super().map(*arguments)

    monkeypatch.setattr(module, "ThreadPoolExecutor", Pool)
    together = load_image_folder(digit_folder)
    assert used == [4]
    np.testing.assert_array_equal(together.data, alone.data)
    (digit_folder / "3" / "img99.png").write_bytes(b"?")
    refusal_of_image(digit_folder / "3", "img99.png")


def test_images_are_not_held_twice(tmp_path):
    image = np.ones((1000, 1000), np.uint8)
    paths = [save(tmp_path / "a.png", image[:2, :2])] * 40
    tracemalloc.start()
    images = module._read_images(paths, lambda path: image.copy())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert images.shape == (40, 1000, 1000)
    assert peak < 1.3 * images.nbytes


def test_mnist_as_png(mnist_home, tmp_path):
    X, y = fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)
    for i in range(200):
        save(tmp_path / str(y[i]) / f"{i}.png", X[i].reshape(28, 28))
    found, target = load_image_folder(tmp_path, return_X_y=True)
    order = np.argsort(y[:200], kind="stable")
    np.testing.assert_array_equal(found, X[order])
    np.testing.assert_array_equal(target, y[order])
