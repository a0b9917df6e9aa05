"""How fast is the board of ten thousand agreements, alone, beside long work and in a crowd?"""

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

from benchmarks.many_agreements import NOW, fill
from benchmarks.timing import progress, row, wall_time, with_peak_memory
from events import EventStore
from tests.support.served import Board, project, serving
from web.export import export
from web.serving.server import listening
from web.settings import Site

READERS, AGREEMENTS, TIMES = 200, 10_000, 5
WRITTEN = 1_000
WHAT = f"board of 10,000 agreements, {READERS} requests at once, p95"
PAGES = ("/?page=100", "/?q=prisoners&state=overdue", "/?party=RUS", "/agreements/accord-00001",
         "/agreements/accord-00001/readout", "/commitments/c-00001", "/commitments/c-00001/explain",
         "/deadlines", "/deadlines?page=20", "/events", "/events?page=200", "/events/20000",
         "/about", "/atom.xml", "/commitments.csv", "/deadlines.csv", "/api/deadlines")  # fmt: skip
FIRST: tuple[tuple[str, str, str], ...] = (
    ("board of 10,000 agreements, made anew", "/", "<= 1 s"),
    ("its calendar, made first", "/deadlines.ics", "<= 2 s"),
    ("the board of three months before, made anew", "/?as_of=2025-02-01", "near 1 s"),
    ("the board as known three months before, made anew", "/?known_at=2025-02-01", "near 1 s"),
    ("the next page of it", "/?known_at=2025-02-01&page=2", "<= 1 s"),
    ("/api/status, 21 MB", "/api/status", "measured"),
)
THEN = [f"/?as_of=2025-0{1 + n % 4}-{1 + n % 27:02d}" for n in range(40)]


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place) / "board.db")
        progress("web: ten thousand agreements")
        with EventStore.open(path) as store:
            fill(store, AGREEMENTS)
        project(path, NOW)
        with serving(path, NOW) as board:
            for what, address, goal in FIRST:
                yield row(
                    what, f"{response_time(board, address) * 1000:.0f} ms", "-", "-", "-", goal
                )
            slowest = max(response_time(board, page) for page in PAGES)
            yield row(
                f"slowest of {len(PAGES)} other pages and documents, made anew",
                f"{slowest * 1000:.0f} ms", "-", "-", "-", "<= 1 s",
            )  # fmt: skip
            yield beside(board)
            body = board.ask("/").body
            with bare(body) as port:
                yield compared(board.port, port, len(body))
        yield from written(place)


def response_time(board: Board, address: str) -> float:
    """Seconds until an answer of 200 was there, whole."""
    begun = time.perf_counter()
    if board.ask(address).status != 200:
        raise SystemExit(f"{address}: not answered")
    return time.perf_counter() - begun


def beside(board: Board) -> str:
    """Pages made anew while boards of other instants are worked out one after the other."""
    going = threading.Event()

    def long_work() -> None:
        for address in THEN:
            if going.is_set():
                return
            board.ask(address)

    alone = _p95(board, 100)
    worker = threading.Thread(target=long_work)
    worker.start()
    time.sleep(0.3)
    busy = _p95(board, 300)
    going.set()
    worker.join()
    return wall_time(
        "a page made anew beside boards of other instants, p95", busy, alone, "alone", "measured"
    )


def _p95(board: Board, first: int) -> float:
    taken = sorted(
        response_time(board, f"/commitments/c-{n:05d}") for n in range(first, first + 100)
    )
    return taken[94]


def written(place: str) -> Iterator[str]:
    """The site as files."""
    progress(f"web: a site of {WRITTEN:,} agreements")
    path = str(Path(place) / "site.db")
    with EventStore.open(path) as store:
        fill(store, WRITTEN)
    project(path, NOW)
    (files, seconds), peak = with_peak_memory(_export, path, str(Path(place) / "site"))
    measured = f"{seconds:.1f} s, {files / seconds:,.0f} files/s, peak {peak:.0f} MiB"
    what = f"site build of {WRITTEN:,} agreements, {files:,} files"
    yield row(what, measured, "-", "-", "-", "measured")


def _export(path: str, target: str) -> tuple[int, float]:
    begun = time.perf_counter()
    written = export(Site(db=path, clock=lambda: NOW), Path(target))
    return written.files, time.perf_counter() - begun


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
