"""How fast is the board with ten thousand commitments, when two hundred readers come at once?"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.timing import progress, row
from events import EventStore, NewEvent, parse_instant
from tests.served import project, serving
from web.server import listening

READERS, COMMITMENTS, TIMES = 200, 10_000, 5
NOW = parse_instant("2025-05-01T00:00:00Z")
WHAT = f"board of 10,000 commitments, {READERS} requests at once, p95"


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place) / "board.db")
        progress("web: ten thousand agreements")
        fill(path)
        project(path, NOW)
        with serving(path, NOW) as board:
            first, body = time.perf_counter(), board.ask("/").body
            first = time.perf_counter() - first
            yield row(
                "board of 10,000 commitments, made anew",
                f"{first * 1000:.0f} ms",
                "-",
                "-",
                "-",
                "measured",
            )
            with bare(body) as port:
                yield compared(board.port, port, len(body))


def compared(board: int, other: int, size: int) -> str:
    ours, theirs = [], []
    for _ in range(TIMES):
        ours.append(asyncio.run(p95(board, size)))
        theirs.append(asyncio.run(p95(other, size)))
    mine, others = min(ours), min(theirs)
    return row(
        f"{WHAT} (wall time)",
        f"{mine * 1000:.0f} ms",
        f"{others * 1000:.0f} ms",
        "bare Starlette, the same bytes",
        f"{mine / others:.2f}x",
        "measured",
    )


def fill(path: str) -> None:
    """One agreement with one dated commitment, ten thousand times."""
    with EventStore.open(path) as store:
        for start in range(0, COMMITMENTS, 1000):
            store.append_batch([item for n in range(start, start + 1000) for item in agreement(n)])


def agreement(n: int) -> list[tuple[str, NewEvent]]:
    name, at = f"agreement-{n:05d}", parse_instant("2025-01-01T00:00:00Z")
    heading = {"agreement": name, "title": f"Accord {n} on shared waters", "parties": ["NOR"]}
    promise = {
        "commitment": f"c-{n:05d}",
        "kind": "achievement",
        "debtor": ["NOR"],
        "creditor": ["ISL"],
        "promise": "to deliver charts of the fishing grounds",
        "occurred": "2025-01-01",
        "terms": {"due": f"2025-{3 + n % 9:02d}-{1 + n % 28:02d}"},
    }
    return [
        (name, NewEvent(type="pactwatch.AgreementRecorded.v1", data=heading, recorded_at=at)),
        (name, NewEvent(type="pactwatch.CommitmentAccepted.v1", data=promise, recorded_at=at)),
    ]


@contextmanager
def bare(body: bytes) -> Iterator[int]:
    """A page of the same bytes, ready made."""

    async def page(_: Request) -> Response:
        return Response(body, media_type="text/html")

    app = Starlette(routes=[Route("/", page)])
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    made = uvicorn.Server(config)
    with listening("127.0.0.1", 0) as bound:
        thread = threading.Thread(target=made.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not made.started:
            time.sleep(0.01)
        yield bound.getsockname()[1]
        made.should_exit = True
        thread.join(10)


async def p95(port: int, size: int) -> float:
    """The seconds within which 95 of 100 requests sent at once were answered whole."""
    taken = await asyncio.gather(*(one(port, size) for _ in range(READERS)))
    return sorted(taken)[int(READERS * 0.95) - 1]


async def one(port: int, size: int) -> float:
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read(-1)
    writer.close()
    if len(answer) < size or not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"expected {size} bytes with 200, found {answer[:60]!r}")
    return time.perf_counter() - begun
