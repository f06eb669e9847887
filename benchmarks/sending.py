"""How fast rows are sent, compared in one run with what httpx can do, and how well the limits are used.

    python benchmarks/sending.py [--rows 4000] [--rounds 3] [--paced]

First part: lessons against a server without limits, concurrency 32, the journal on; compared with one plain
`httpx.AsyncClient` and a semaphore, and with a bare loop of one client per worker over a shared TLS context.
With --paced (takes a minute and a half): 900 rows under limits of 600 writes and 1,200 requests a minute.
"""

import argparse
import asyncio
import contextlib
import json
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from importer import pipeline
from importer.api import create
from importer.entities import COURSE_ID, LESSON, TITLE
from importer.model import Outcome
from importer.settings import Settings, read_settings

WORKERS = 32
COURSE = 101
HERE = Path(__file__).parent


@contextlib.contextmanager
def server(writes_per_minute: int = 0) -> Iterator[str]:
    """A bare server in a process of its own; its address."""
    command = [sys.executable, str(HERE / "bare_server.py"), "--writes-per-minute", str(writes_per_minute)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def write_lessons(folder: Path, rows: int) -> Path:
    """A CSV of lessons with titles of their own."""
    path = folder / "lessons.csv"
    heading = [COURSE_ID.name, *(field.name for field in LESSON.fields if field.required)]
    examples = {field.name: field.example for field in LESSON.fields} | {COURSE_ID.name: str(COURSE)}
    lines = [",".join(heading)]
    for number in range(rows):
        cells = examples | {TITLE.name: f"Lesson {number}", "UnlockType": "Immediate"}
        lines.append(",".join(cells[name] for name in heading))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def settings(folder: Path, address: str, **more: object) -> Settings:
    """Settings of a run that meets no limit but those given."""
    limits = ("writes_per_minute", "writes_per_day", "requests_per_minute", "requests_per_hour", "min_interval")
    unlimited = dict.fromkeys(limits, 0)
    names = {"base_url": address, "token": "t", "journal": folder / "journal.sqlite3", "concurrency": WORKERS}
    return read_settings(unlimited | names | more)


async def plain(address: str, rows: int) -> None:
    """One client, a semaphore, all rows at once as tasks of a fixed pool."""
    body = create(LESSON, {COURSE_ID.name: COURSE}).body
    rest = iter(range(rows))
    limits = httpx.Limits(max_connections=WORKERS, max_keepalive_connections=WORKERS)
    async with httpx.AsyncClient(base_url=address, limits=limits) as client:
        gate = asyncio.Semaphore(WORKERS)

        async def work() -> None:
            for _ in rest:
                async with gate:
                    await client.post(f"/api/content/{LESSON.path}", content=body)

        await asyncio.gather(*(work() for _ in range(WORKERS)))


async def sharded(address: str, rows: int) -> None:
    """One client per worker over a shared TLS context."""
    body = create(LESSON, {COURSE_ID.name: COURSE}).body
    rest = iter(range(rows))
    context = ssl.create_default_context()

    async def work() -> None:
        async with httpx.AsyncClient(base_url=address, verify=context) as client:
            for _ in rest:
                await client.post(f"/api/content/{LESSON.path}", content=body)

    await asyncio.gather(*(work() for _ in range(WORKERS)))


def ours(address: str, rows: int) -> None:
    """A whole run, from the sending of the first row to that of the last, as the server saw it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = pipeline.run([str(write_lessons(folder, rows))], settings(folder, address))
    assert report.counts[Outcome.CREATED] == rows, report.counts


def seen(address: str) -> dict[str, float]:
    """What the server saw."""
    answer: dict[str, float] = json.loads(httpx.get(f"{address}/seen").content)
    return answer


def rate(name: str, rows: int) -> float:
    """Rows a second of one way of sending, from the first write to the last as the server saw them."""
    with server() as address:
        if name == "importer":
            ours(address, rows)
        else:
            asyncio.run({"plain httpx": plain, "sharded httpx": sharded}[name](address, rows))
        saw = seen(address)
    assert saw["writes"] == rows
    return rows / (saw["last"] - saw["first"])


def unlimited(rows: int, rounds: int) -> None:
    """Print the table of the first part."""
    names = ("importer", "plain httpx", "sharded httpx")
    rates: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            rates[name].append(rate(name, rows))
    print(f"{rows:,} lessons, {WORKERS} at a time, no limits, {rounds} rounds (medians)")
    for name in names:
        print(f"  {name:<14} {statistics.median(rates[name]):7,.0f} rows/s")
    for other, wanted in (("plain httpx", 2.0), ("sharded httpx", 0.8)):
        ratio = statistics.median(a / b for a, b in zip(rates["importer"], rates[other], strict=True))
        print(f"  importer / {other:<14} {ratio:5.2f}  (to reach: at least {wanted})")


def paced(rows: int = 900, writes: int = 600, requests: int = 1200) -> None:
    """Print how long rows take under limits, compared with the earliest moment that the limit allows."""
    with server(writes_per_minute=writes) as address, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = settings(folder, address, writes_per_minute=writes, requests_per_minute=requests)
        started = time.monotonic()
        report = pipeline.run([str(write_lessons(folder, rows))], config)
        elapsed = time.monotonic() - started
        saw = seen(address)
    earliest = (rows - 1) // writes * 60.0
    print(f"{rows} lessons under {writes} writes and {requests} requests a minute")
    print(f"  first to last write      {saw['last'] - saw['first']:6.2f} s; the limit allows {earliest:.0f} s")
    print(f"  ratio                    {(saw['last'] - saw['first']) / earliest:6.3f}  (to reach: at most 1.05)")
    print(f"  most writes in 60 s      {saw['most']:6.0f}  (limit {writes})")
    print(f"  throttle answers         {saw['throttled']:6.0f}  (to reach: 0)")
    print(f"  reads                    {report.requests.reads:6d}")
    print(f"  whole command            {elapsed:6.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--paced", action="store_true")
    given = parser.parse_args()
    unlimited(given.rows, given.rounds)
    if given.paced:
        paced()
