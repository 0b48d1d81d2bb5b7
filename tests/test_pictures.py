"""The one room that opens pictures."""

import os
import re
import struct
import subprocess
import sys
from io import BytesIO
from zlib import compress, crc32

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


@pytest.mark.parametrize(
    ("size", "found"), [((399, 300), (300, 399)), ((401, 300), (150, 201))]
)
def test_large_pictures_of_a_digit_are_reduced(tmp_path, size, found):
    path = tmp_path / "a.png"
    Image.new("L", size, 99).save(path)
    pixels = read_grey(path, longest_side=100)
    assert pixels.shape == found
    assert (pixels == 99).all()


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


@pytest.mark.parametrize(("kind", "n_copies"), [("WEBP", 5), ("TIFF", 2), ("PNG", 1)])
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


def jpeg(picture, **arguments):
    file = BytesIO()
    picture.save(file, "JPEG", **arguments)
    return file.getvalue()


def jpeg_of_scans(n, side):
    """Build a progressive file that goes over its pixels again and again.

    Each scan says of runs of blocks that nothing is in them.
    """
    content = jpeg(Image.new("L", (side, side), 255), progressive=True)
    table = b"\xff\xc4" + struct.pack(">HB16sB", 20, 16, bytes([1] + 15 * [0]), 0xE0)
    n_runs = -(-((side // 8) ** 2) // 2**14)
    bits = ("0" + 14 * "0") * n_runs
    bits += "1" * (-len(bits) % 8)
    runs = int(bits, 2).to_bytes(len(bits) // 8, "big")
    scan = b"\xff\xda" + struct.pack(">H6B", 8, 1, 1, 0, 1, 63, 0) + runs
    return content[:-2] + table + n * scan + content[-2:]


def tiff(side, tags, order="<", data=b""):
    """Build a TIFF file of one grey level; tags are (number, type, count, value)."""
    tags = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 1), *tags]
    tags += [(262, 3, 1, 1), (277, 3, 1, 1)]
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    start += struct.pack(order + "H", len(tags))
    for number, kind, count, value in sorted(tags):
        if order == ">" and kind == 3:
            value <<= 16
        start += struct.pack(order + "HHII", number, kind, count, value)
    return start + b"\0\0\0\0" + data


def tiff_of_tiles(n, order):
    end = 8 + 2 + 12 * 10 + 4
    sides = [(322, 4, 1, 1), (323, 4, 1, 1)]
    lists = [(324, 4, n, end), (325, 4, n, end + 4 * n)]
    data = struct.pack(order + "I", 8) * n + struct.pack(order + "I", 1) * n
    return tiff(int(n**0.5), sides + lists, order, data)


def bmp_of_runs(side):
    """Build a file whose rows end after a single pixel."""
    row, palette = b"\1\xff\0\0", b"".join(3 * bytes([k]) + b"\0" for k in range(256))
    begin = 14 + 40 + len(palette)
    data = side * row + b"\0\1"
    fields = (40, side, side, 1, 8, 1, len(data), 0, 0, 256, 0)
    return (
        b"BM"
        + struct.pack("<IHHI", begin + len(data), 0, 0, begin)
        + struct.pack("<IiiHHIIiiII", *fields)
        + palette
        + data
    )


def gif(side):
    """Build a file whose first frame is a single pixel of a large screen."""
    frame = struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    screen = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0)
    return screen + b"\0\0\0\xff\xff\xff" + b"\x2c" + frame + b"\x3b"


def png_with(*parts):
    """Build a PNG file with parts before its pixels."""
    content = png(Image.new("L", (9, 9), 200))
    inserted = b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", crc32(kind + data))
        for kind, data in parts
    )
    return content[:33] + inserted + content[33:]


def overlapping_tags(n, size):
    """Build tags, as of EXIF, each of which has the same megabyte."""
    base = 8 + 2 + 12 * n + 4
    head = b"II*\0" + struct.pack("<IH", 8, n)
    tags = (struct.pack("<HHII", 1000 + k, 7, size, base) for k in range(n))
    return head + b"".join(tags) + b"\0\0\0\0" + bytes(size)


def bombs():
    """Yield names, files that take minutes or gigabytes to decode, and the error."""
    megabyte = compress(bytes(10**6), 9)
    gigabyte = compress(bytes(2 * 10**8), 9)
    texts = [(b"zTXt", b"%d\0\0" % k + megabyte) for k in range(80)]
    large = "too large|Too much memory"
    yield "scans", jpeg_of_scans(3000, 2000), "in more than 100 scans. Save it anew"
    yield "tiles", tiff_of_tiles(160_000, "<"), "more than 50,000 strips or tiles"
    yield "tiles, other order", tiff_of_tiles(160_000, ">"), "50,000 strips or tiles"
    yield "runs", bmp_of_runs(9999), r"9999 x 9999 .* over 50 for BMP of mode L\. Red"
    yield "screen", gif(65_000), "65000|4225000000"
    yield "profile", png_with((b"iCCP", b"a\0\0" + gigabyte)), large
    yield "text", png_with((b"zTXt", b"a\0\0" + gigabyte)), large
    yield "texts", png_with(*texts), large
    yield "EXIF", png_with((b"eXIf", overlapping_tags(20_000, 10**6))), ""
    exif = b"Exif\0\0" + overlapping_tags(2500, 30_000)
    yield "EXIF of JPEG", jpeg(Image.new("L", (9, 9)), exif=exif), ""


LIMITED = """
import re, resource, sys, time, warnings
from pathlib import Path
from skdigits.reading._loading import load
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
warnings.simplefilter("ignore")  # of damaged EXIF data
STATUS = Path("/proc/self/status")
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        load(path, 1600)
        told = ""
    except ValueError as error:
        told = str(error)
    seconds = time.process_time() - start
    # ru_maxrss would have that of the process that started this one.
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", STATUS.read_text())[1]) // 1024
    print(f"{seconds:.2f} {peak} {told}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_bombs_are_refused_or_read_in_little_time_and_memory(tmp_path):
    """In one process, whose memory is that of the worst of them."""
    files = list(bombs())
    for name, content, _ in files:
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name, _, _ in files]
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, *paths], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    for (name, _, error), line in zip(files, run.stdout.splitlines(), strict=True):
        seconds, megabytes, told = line.split(" ", 2)
        assert re.search(error, told) if error else not told, (name, told)
        assert float(seconds) < 2, name
        assert int(megabytes) < 500, name


def test_usual_numbers_of_parts_are_read():
    picture = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (99, 99, 3), "u1")
    )
    thumbnail = jpeg(picture.resize((20, 20)), progressive=True)
    exif = b"Exif\0\0" + overlapping_tags(1, 9) + 150 * thumbnail[:400]
    for content in (
        jpeg(picture, progressive=True, exif=exif, quality=100),
        jpeg(picture, restart_marker_blocks=1),
        jpeg(picture) + 200 * b"\xff\xda",
        jpeg_of_scans(80, 80),
        tiff_of_tiles(400, "<"),
        tiff_of_tiles(400, ">"),
        bmp_of_runs(1000),
    ):
        with open_picture(content) as opened:
            opened.load()
