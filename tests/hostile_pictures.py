"""Reads pictures that are drawn to take time and memory, each in a process of its own.

``python tests/hostile_pictures.py --side 400 800 1600 4000`` prints the seconds of one
core and the megabytes that each takes, the slowest last, and what comes out.
"""

import argparse
import io
import os
import re
import resource
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

SECONDS, MEGABYTES = 5, 500
# A process that takes more than so many seconds is ended.
MOST_SECONDS = 60
LINE = "{0:6.1f} s {1:5.0f} {2:5.0f} MB {4:5} {5}: {3}"

Draw = Callable[[int], np.ndarray]


def stripes(period: int, width: int, slant: float) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side]
        return (x + slant * y) % period < width

    return draw


def rings(period: int, width: int) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side] - side / 2
        return np.hypot(y, x) % period < width

    return draw


def nested(period: int, width: int, far: bool = False) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side]
        if far:
            y, x = (np.abs(each - side / 2) for each in (y, x))
            return np.maximum(x, y) % period < width
        return np.minimum(x, y) % period < width

    return draw


def vees(period: int, width: int, wave: int = 0) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side]
        bend = np.abs(x % wave - wave / 2) if wave else np.abs(x - side / 2)
        return (bend + y) % period < width

    return draw


def waves(period: int, width: int, length: float, height: float) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side]
        return (y + height * np.sin(x / length)) % period < width

    return draw


def spiral(period: int, width: int) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side] - side / 2
        turn = np.arctan2(y, x) / (2 * np.pi)
        return (np.hypot(y, x) + turn * period) % period < width

    return draw


def blobs(sigma: float, share: float = 0.5) -> Draw:
    def draw(side: int) -> np.ndarray:
        noise = np.random.default_rng(0).random((side, side), np.float32)
        smooth = ndimage.gaussian_filter(noise, sigma)
        return smooth < np.quantile(smooth[::4, ::4], share)

    return draw


def grey_clouds(sigma: float) -> Draw:
    def draw(side: int) -> np.ndarray:
        noise = np.random.default_rng(0).random((side, side), np.float32)
        smooth = ndimage.gaussian_filter(noise, sigma)
        smooth -= smooth.min()
        return (255 * smooth / smooth.max()).astype(np.uint8)

    return draw


def maze(cell: int, wall: int, ways: tuple[str, ...] = ("/", "\\")) -> Draw:
    """Cells of random slants, or walls to the right or below."""

    def draw(side: int) -> np.ndarray:
        rng = np.random.default_rng(0)
        n = -(-side // cell)
        y, x = np.mgrid[:cell, :cell]
        tiles = {
            "/": np.abs(x + y - cell + 1) < wall,
            "\\": np.abs(x - y) < wall,
            "|": x < wall,
            "-": y < wall,
            "o": np.abs(np.hypot(x - cell / 2, y - cell / 2) - cell / 3) < wall / 2,
            ".": np.hypot(x - cell / 2, y - cell / 2) < wall,
            "+": (x < wall) | (y < wall),
        }
        chosen = rng.choice(len(ways), (n, n))
        some = np.stack([tiles[way] for way in ways])[chosen]
        return some.transpose(0, 2, 1, 3).reshape(n * cell, -1)[:side, :side]

    return draw


def speckle(size: int, share: float) -> Draw:
    def draw(side: int) -> np.ndarray:
        n = -(-side // size)
        dots = np.random.default_rng(0).random((n, n)) < share
        return dots.repeat(size, axis=0).repeat(size, axis=1)[:side, :side]

    return draw


def dots(period: int, radius: float) -> Draw:
    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side] % period - period / 2
        return np.hypot(y, x) < radius

    return draw


def combs(period: int, width: int, length: int) -> Draw:
    """Teeth that hang on long rules."""

    def draw(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side]
        return (y % (length + 8) < 3) | (
            (x % period < width) & (y % (length + 8) < length)
        )

    return draw


def lines(n: int, width: int) -> Draw:
    """Straight lines from edge to edge, in all directions."""

    def draw(side: int) -> np.ndarray:
        picture = Image.new("L", (side, side))
        pen = ImageDraw.Draw(picture)
        for ends in np.random.default_rng(0).random((n, 2, 2)):
            start, end = ends * side
            way = end - start
            pen.line([*(start - 9 * way), *(start + 9 * way)], 255, width)
        return np.asarray(picture) > 0

    return draw


def text(
    letters: str,
    height: int,
    apart: float = 1.6,
    along: float = 0.9,
    rows: int | None = None,
) -> Draw:
    def draw(side: int) -> np.ndarray:
        picture = Image.new("L", (side, side))
        pen = ImageDraw.Draw(picture)
        font = ImageFont.load_default(height)
        rng = np.random.default_rng(0)
        n_rows = int(side / (apart * height))
        for row in range(n_rows if rows is None else min(rows, n_rows)):
            x = 0.0
            while x < side:
                pen.text(
                    (x, row * apart * height), str(rng.choice(list(letters))), 255, font
                )
                x += along * height
        return np.asarray(picture) > 100

    return draw


def on_grid(draw: Draw, period: int, width: int = 2) -> Draw:
    def both(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side]
        return draw(side) | (x % period < width) | (y % period < width)

    return both


def inverted(draw: Draw) -> Draw:
    return lambda side: ~draw(side)


def dark_boxes(period: int, share: float, draw: Draw) -> Draw:
    def boxes(side: int) -> np.ndarray:
        y, x = np.mgrid[:side, :side] % period
        inside = (x < share * period) & (y < share * period)
        return inside & ~draw(side)

    return boxes


def photo(draw: Draw) -> Draw:
    """Ink on shaded, grainy, coloured paper."""

    def shot(side: int) -> np.ndarray:
        rng = np.random.default_rng(0)
        ink = draw(side)
        light = np.linspace(0.95, 0.6, side, dtype=np.float32)
        grey = light[:, np.newaxis] * light * (1 - 0.6 * ink)
        grey += rng.normal(0, 0.02, grey.shape).astype(np.float32)
        levels = (255 * grey.clip(0, 1)).astype(np.uint8)
        return np.stack([levels, levels, (0.9 * levels).astype(np.uint8)], axis=2)

    return shot


DIGITS = "0123456789"
KINDS: dict[str, Draw] = {
    "diagonal stripes 12/4": stripes(12, 4, 1),
    "diagonal stripes 60/14": stripes(60, 14, 1),
    "diagonal stripes 30/8": stripes(30, 8, 1),
    "steep stripes 20/5": stripes(20, 5, 0.3),
    "flat stripes 90/40": stripes(90, 40, 3),
    "rules slightly turned": stripes(16, 2, 0.02),
    "upright stripes 26/6": stripes(26, 6, 0),
    "upright stripes 60/30": stripes(60, 30, 0),
    "rings 8/2": rings(8, 2),
    "rings 26/6": rings(26, 6),
    "rings 80/40": rings(80, 40),
    "nested Ls 14/4": nested(14, 4),
    "nested Ls 40/14": nested(40, 14),
    "nested boxes 14/4": nested(14, 4, far=True),
    "nested boxes 50/20": nested(50, 20, far=True),
    "V shapes 12/4": vees(12, 4),
    "zigzag 24/6": vees(24, 6, 60),
    "zigzag 60/20": vees(60, 20, 200),
    "waves 20/5": waves(20, 5, 20, 12),
    "waves 40/16": waves(40, 16, 30, 40),
    "spiral 20/6": spiral(20, 6),
    "spiral 60/25": spiral(60, 25),
    "blobs 1": blobs(1),
    "blobs 2": blobs(2),
    "blobs 4": blobs(4),
    "blobs 4, few": blobs(4, 0.2),
    "blobs 4, many": blobs(4, 0.8),
    "blobs 8": blobs(8),
    "blobs 16": blobs(16),
    "blobs 40": blobs(40),
    "clouds 3": grey_clouds(3),
    "clouds 12": grey_clouds(12),
    "clouds 60": grey_clouds(60),
    "noise": grey_clouds(0),
    "maze of slants 8": maze(8, 2),
    "maze of slants 16": maze(16, 3),
    "maze of slants 26": maze(26, 4),
    "maze of slants 60": maze(60, 10),
    "maze of walls 12": maze(12, 3, ("|", "-")),
    "maze of walls 26": maze(26, 4, ("|", "-")),
    "maze of walls 60": maze(60, 8, ("|", "-")),
    "maze of anything 30": maze(30, 4, ("|", "-", "o", ".", "/", "+")),
    "maze of rings 30": maze(30, 4, ("o", ".")),
    "speckle 1": speckle(1, 0.1),
    "speckle 3": speckle(3, 0.2),
    "speckle 8": speckle(8, 0.3),
    "speckle 26": speckle(26, 0.4),
    "speckle 60": speckle(60, 0.5),
    "dots 10": dots(10, 3),
    "dots 26": dots(26, 8),
    "dots 60": dots(60, 24),
    "combs 16": combs(16, 4, 26),
    "combs 30": combs(30, 6, 40),
    "lines": lines(300, 3),
    "thick lines": lines(150, 9),
    "squared paper 20": on_grid(dots(10**6, 0), 20),
    "squared paper 8": on_grid(dots(10**6, 0), 8),
    "digits 26 in a grid": on_grid(text(DIGITS, 34, 1.53, 1.53), 52),
    "digits 26": text(DIGITS, 34, 1.4, 0.9),
    "digits 26 that touch": text(DIGITS, 34, 1.2, 0.5),
    "digits 26 on each other": text(DIGITS, 34, 0.7, 0.4),
    "digits 60 that touch": text(DIGITS, 80, 1.2, 0.5),
    "ones": text("1|/", 34, 1.1, 0.4),
    "signs": text("-+=.,:;/()", 34, 0.8, 0.4),
    "letters": text("abcdefghXYZ", 30, 1.2, 0.6),
    "letters 14": text("abcdefghXYZ", 14, 1.2, 0.6),
    "digits 12": text(DIGITS, 14, 1.2, 0.7),
    "white digits in dark boxes": dark_boxes(120, 0.8, text(DIGITS, 34, 1.4, 0.9)),
    "white mazes in dark boxes": dark_boxes(200, 0.9, maze(26, 4)),
    "white on black digits": inverted(text(DIGITS, 34, 1.4, 0.9)),
    "one row of digits": text(DIGITS, 60, rows=1),
    "photo of digits": photo(text(DIGITS, 60)),
    "photo of blobs": photo(blobs(6)),
    "photo of a maze": photo(maze(26, 4)),
    "photo of a page": photo(text(DIGITS, 34, 2.5, 1.2, rows=12)),
}


def encode(draw: Draw, side: int) -> bytes:
    """Draw a picture as the bytes of a PNG file, or of a JPEG file in colour."""
    pixels = draw(side)
    if pixels.dtype == bool:
        pixels = np.where(pixels, np.uint8(0), np.uint8(255))
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG" if pixels.ndim == 2 else "JPEG")
    return file.getvalue()


def megabytes(kind: str) -> float:
    """Return the memory that this process has, or had at most."""
    with open("/proc/self/status") as file:
        found = re.search(kind + r":\s+(\d+)", file.read())
    assert found
    return int(found[1]) / 1024


def read_in_own_process(path: str) -> tuple[float, float, float, str]:
    """Return seconds of CPU, megabytes at most and afterwards, and what came out."""
    from skdigits.reading import DigitReader

    reading, writing = os.pipe()
    if not (pid := os.fork()):
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        before, start = megabytes("VmRSS"), time.process_time()
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        try:
            found = DigitReader().read(path)
            answer = f"{len(found.digits)} digits, {len(found.rejected)} rejected"
        except (ValueError, MemoryError) as error:
            answer = f"{type(error).__name__}: {error}"
        seconds = time.process_time() - start
        result = (
            f"{seconds}\t{megabytes('VmHWM') - before}\t{megabytes('VmRSS') - before}"
        )
        os.write(writing, f"{result}\t{answer}".encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        result = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    if not result:
        return float(MOST_SECONDS), 0.0, 0.0, f"ended with {status}"
    seconds, peak, kept, answer = result.split("\t")
    return float(seconds), float(peak), float(kept), answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, nargs="+", default=[1600])
    parser.add_argument("--kind", nargs="+", default=[""], help="parts of their names")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # so that a fork lacks no thread
    from skdigits.reading import DigitReader

    small = text(DIGITS, 34)(300)
    DigitReader().read(np.where(small, np.uint8(0), np.uint8(255)))
    with TemporaryDirectory() as folder:
        rows = time_all(f"{folder}/picture", arguments.side, arguments.kind)
    slow = [row for row in rows if row[0] > SECONDS or row[1] > MEGABYTES]
    print(f"{len(rows)} pictures, {len(slow)} above {SECONDS} s or {MEGABYTES} MB:")
    for row in sorted(slow):
        print(LINE.format(*row))
    sys.exit(bool(slow))


def time_all(path: str, sides: list[int], kinds: list[str]) -> list[tuple]:
    """Print and return what each picture takes."""
    rows = []
    for side in sides:
        for name, draw in KINDS.items():
            if any(part in name for part in kinds):
                with open(path, "wb") as file:
                    file.write(encode(draw, side))
                rows.append((*read_in_own_process(path), side, name))
                print(LINE.format(*rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    main()
