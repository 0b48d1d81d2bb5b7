"""The drawing page under load: 50 clients at once, on loopback.

python -m benchmarks.bench_app [--quick]

The server is ``skdigits serve``'s, in a process of its own. Each client sends a number
of two digits, waits for the answer, and sends the next.
"""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks._result import Goal, Result
from benchmarks._running import main

N_CLIENTS = 50
SERVE = "import typer; from skdigits._commands._serve import serve; typer.run(serve)"


def images(n_images: int) -> list[tuple[bytes, str]]:
    """Return numbers as PNG files of 800 x 600 pixels, as the page sends them."""
    from PIL import Image

    from skdigits.datasets import make_numbers

    numbers = make_numbers(n_images, n_digits=2, random_state=0)
    bodies = []
    for image, text in zip(numbers.images, numbers.target, strict=True):
        ink = Image.fromarray(255 - image).resize((400, 200), Image.Resampling.BICUBIC)
        page = Image.new("L", (800, 600), 255)
        page.paste(ink, (200, 200))
        file = BytesIO()
        page.convert("RGBA").save(file, "PNG")
        bodies.append((file.getvalue(), str(text)))
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

    def run(self, n_clients: int) -> None:
        """Let clients send until the time is over, and wait for the last answers."""
        asyncio.run(self._run(n_clients))
        self.end = perf_counter()

    async def _run(self, n_clients: int) -> None:
        await asyncio.gather(*(self._client(k) for k in range(n_clients)))

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
            self.seconds.append(perf_counter() - start)
            self.outcomes[status] += 1
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


def measure(seconds: float) -> Result:
    bodies = images(32)
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            port = int(re.search(r":(\d+)/", server.stdout.readline())[1])
            alone = Load(port, bodies, seconds / 10)
            alone.run(1)
            warm = Load(port, bodies, seconds / 4)
            warm.run(N_CLIENTS)
            before = resident_memory(server.pid)
            load = Load(port, bodies, seconds)
            load.run(N_CLIENTS)
            after = resident_memory(server.pid)
        finally:
            server.terminate()
    p50, p99 = np.percentile(load.seconds, [50, 99])
    n_answers = len(load.seconds)
    n_errors = load.outcomes.total() - load.outcomes["read right"] - n_answers
    n_errors += n_answers - load.outcomes["200"]
    return Result(
        f"{N_CLIENTS} clients for {seconds:g} s: seconds until an answer",
        {"one client": alone.seconds, f"{N_CLIENTS} clients": load.seconds},
        "one client",
        notes={
            "answers": n_answers,
            "answers a second": round(n_answers / (load.end - load.start), 1),
            "p50, s": round(float(p50), 3),
            "p99, s": round(float(p99), 3),
            "read right, %": round(100 * load.outcomes["read right"] / n_answers, 1),
            "memory before and after, MB": [round(before), round(after)],
        },
        goals=[
            Goal("errors", n_errors, at_most=0),
            Goal("memory afterwards, of that before", after / before, at_most=1.05),
        ],
    )


def load(quick: bool) -> Result:
    return measure(4 if quick else 20)


SECTIONS = {"load": load}


if __name__ == "__main__":
    main("app", SECTIONS, __doc__)
