"""The drawing page under load: up to 50 clients at once, on loopback.

python -m benchmarks.bench_app [--quick]

The server is ``skdigits serve``'s, in processes of its own. Each client sends a digit,
waits for the answer, and sends the next. In ``mixed``, others send photos meanwhile.
"""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks._result import Goal, Result
from benchmarks._running import main

N_CLIENTS = (30, 50)
# Beside thirty that draw; each waits as long as it is told to when it is refused.
N_PHOTOGRAPHERS = 6
SERVE = "import typer; from skdigits._commands._serve import serve; typer.run(serve)"


def images(
    n_images: int, n_digits: int = 1, height: int = 200
) -> list[tuple[bytes, str]]:
    """Return numbers as PNG files of 800 x 600 pixels, as the page sends them."""
    from PIL import Image

    from skdigits.datasets import make_numbers

    numbers = make_numbers(n_images, n_digits=n_digits, random_state=0)
    bodies = []
    for image, text in zip(numbers.images, numbers.target, strict=True):
        size = (height * n_digits, height)
        ink = Image.fromarray(255 - image).resize(size, Image.Resampling.BICUBIC)
        page = Image.new("L", (800, 600), 255)
        page.paste(ink, (200, 200))
        file = BytesIO()
        page.convert("RGBA").save(file, "PNG")
        bodies.append((file.getvalue(), str(text)))
    return bodies


def photos(n_photos: int) -> list[tuple[bytes, str]]:
    """Return photos of two megapixels, each with a number of six digits."""
    from PIL import Image

    bodies = []
    for body, text in images(n_photos, 6, 90):
        file = BytesIO()
        photo = Image.open(BytesIO(body)).convert("RGB").resize((1632, 1224))
        photo.save(file, "JPEG", quality=85)
        bodies.append((file.getvalue(), text))
    return bodies


class Load:
    """Clients that send images at once, and their measurements."""

    def __init__(self, port: int, bodies: list[tuple[bytes, str]], seconds: float):
        self.port = port
        self.bodies = bodies
        self.start = perf_counter()
        self.end = self.start + seconds
        self.seconds: list[float] = []
        self.outcomes: Counter[str] = Counter()

    def run(self, n_clients: int) -> "Load":
        """Let clients send until the time is over, and wait for the last answers."""
        asyncio.run(self.send(n_clients))
        return self

    async def send(self, n_clients: int) -> None:
        """Let clients send, beside others."""
        await asyncio.gather(*(self._client(k) for k in range(n_clients)))
        self.end = perf_counter()

    async def _client(self, k: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while perf_counter() < self.end:
            body, text = self.bodies[k % len(self.bodies)]
            k += 1
            start = perf_counter()
            try:
                status, answer = await _post(reader, writer, body)
            except (OSError, EOFError) as error:
                self.outcomes[type(error).__name__] += 1
                return
            self.outcomes[status] += 1
            if status == "503":  # it was told to wait
                await asyncio.sleep(5)
                continue
            self.seconds.append(perf_counter() - start)
            read = re.search(rb'"text":\s*"([^"]*)"', answer)
            self.outcomes["read right"] += bool(read) and read[1].decode() == text
        writer.close()


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
) -> tuple[str, bytes]:
    writer.write(
        b"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
    length = int(re.search(r"(?i)content-length: (\d+)", head)[1])
    return head.split()[1], await reader.readexactly(length)


def resident_memory(process: int) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Serve the page; yield the process and the port."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server.pid, int(re.search(r":(\d+)/", server.stdout.readline())[1])
        finally:
            server.terminate()


def figures(load: Load) -> dict[str, object]:
    """Return what is noted of a load."""
    n_answers = len(load.seconds)
    p50, p99 = np.percentile(load.seconds, [50, 99])
    return {
        "answers": n_answers,
        "answers a second": round(n_answers / (load.end - load.start), 1),
        "p50, s": round(float(p50), 3),
        "p99, s": round(float(p99), 3),
        "read right, %": round(100 * load.outcomes["read right"] / n_answers, 1),
        "refused for now": load.outcomes["503"],
    }


def n_errors(load: Load) -> int:
    """Return how many requests got neither an answer nor were told to wait."""
    known = {"200", "503", "read right"}
    return sum(n for name, n in load.outcomes.items() if name not in known)


def drawings(quick: bool) -> Result:
    """Measure clients that draw."""
    seconds = 4 if quick else 20
    bodies = images(32)
    with served() as (server, port):
        alone = Load(port, bodies, seconds / 4).run(1)
        Load(port, bodies, seconds / 4).run(max(N_CLIENTS))
        before = resident_memory(server)
        loads = {n: Load(port, bodies, seconds).run(n) for n in N_CLIENTS}
        after = resident_memory(server)
    thirty = loads[30].seconds
    return Result(
        f"clients that draw for {seconds:g} s: seconds until an answer",
        {"1 client": alone.seconds}
        | {f"{n} clients": load.seconds for n, load in loads.items()},
        "1 client",
        notes={"1 client": figures(alone)}
        | {f"{n} clients": figures(load) for n, load in loads.items()}
        | {"memory before and after, MB": [round(before), round(after)]},
        goals=[
            Goal("errors", sum(map(n_errors, loads.values())), at_most=0),
            Goal("p50 of 30 clients, s", float(np.median(thirty)), at_most=0.3),
            Goal("p99 of 30, s", float(np.quantile(thirty, 0.99)), at_most=1),
            Goal("memory afterwards, of that before", after / before, at_most=1.05),
        ],
    )


def mixed(quick: bool) -> Result:
    """Measure thirty clients that draw beside some that send photos."""
    seconds = 4 if quick else 20
    with served() as (_, port):
        Load(port, images(32), seconds / 4).run(30)
        drawn = Load(port, images(32), seconds)
        photographed = Load(port, photos(8), seconds)

        async def both() -> None:
            await asyncio.gather(drawn.send(30), photographed.send(N_PHOTOGRAPHERS))

        asyncio.run(both())
    return Result(
        f"30 clients that draw, {N_PHOTOGRAPHERS} with photos: seconds until an answer",
        {"drawings": drawn.seconds, "photos": photographed.seconds},
        "drawings",
        notes={"drawings": figures(drawn), "photos": figures(photographed)},
        goals=[
            Goal("errors", n_errors(drawn) + n_errors(photographed), at_most=0),
            Goal("drawings refused", drawn.outcomes["503"], at_most=0),
        ],
    )


SECTIONS = {"drawings": drawings, "mixed": mixed}


if __name__ == "__main__":
    main("app", SECTIONS, __doc__)
