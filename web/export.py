"""Writes every page as a file: all or none, with links that also work from the disk."""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from events.files import locked, sweep
from notifications.feeds.publish import Calendars
from tracker.documents.summaries import AgreementSummary
from tracker.entries.streams import RESERVED
from web.errors import SiteNotWritten
from web.model.links import file_of
from web.model.query import parse_query
from web.model.reader import Library, Reader
from web.pages.documents import DOCUMENTS
from web.pages.index import render_page
from web.pages.render import STATIC
from web.settings import Site

MARK = ".pactwatch-site"
"""A file in every directory we wrote; only a directory that has it is replaced."""
OF_ALL = (
    ("board", "deadlines", "events", "about"),
    ("atom", "calendar", "commitments_csv", "deadlines_csv", "events_csv", "api_status",
     "api_deadlines", "api_events"),
)  # fmt: skip
"""Pages and documents over all agreements; below, those of each agreement and so on."""
OF_AGREEMENT = (
    ("agreement", "readout"),
    ("agreement_atom", "agreement_calendar", "api_one", "api_readout"),
)
OF_COMMITMENT = (("commitment", "explain"), ("api_explain", "api_timeline"))
OF_EVENT = (("event",), ("api_event",))
OnProgress = Callable[[int, int], None]
"""Called with how many agreements are written, and of how many."""


def export(
    site: Site,
    directory: Path,
    as_of: str = "",
    known_at: str = "",
    on_progress: OnProgress = lambda _done, _of: None,
) -> int:
    """Writes the site; returns how many files. An earlier build is replaced as a whole."""
    _check(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    (work / MARK).touch()
    try:
        with locked(work):
            written = _write(site, work, as_of, known_at, on_progress)
        work.chmod(0o755)
        _replace(directory, work)
        _sweep(directory)
    except OSError as error:
        raise SiteNotWritten(f"{directory}: {error}", hint="check space and rights") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return written


def _sweep(directory: Path) -> None:
    """Remove what builds that were killed have left; only after this one is in its place.

    A build that goes on holds a lock, and what does not bear our mark is somebody else's.
    """
    for left in directory.parent.glob(f".{glob.escape(directory.name)}-*"):
        if (left / MARK).exists() or (left / "site" / MARK).exists():
            sweep(left)


def _check(directory: Path) -> None:
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise SiteNotWritten(
            f"{directory} holds files that are not of an earlier build",
            hint="name a new or empty directory",
        )


def _replace(directory: Path, work: Path) -> None:
    if directory.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{directory.name}-old-", dir=directory.parent))
        directory.rename(old / "site")
        work.rename(directory)
        shutil.rmtree(old, ignore_errors=True)
    else:
        work.rename(directory)


def _write(site: Site, work: Path, as_of: str, known_at: str, on_progress: OnProgress) -> int:
    query = parse_query({"as_of": as_of, "known_at": known_at}, site.clock(), site.tz)
    with Library(site).reader(query) as reader:
        written = _Files(reader, work).write_all(on_progress)
    shutil.copytree(STATIC, work / "static")
    return written + sum(1 for _ in (work / "static").iterdir())


class _Files:
    """Writes the files of a site, one agreement after the other, so that memory stays flat."""

    def __init__(self, reader: Reader, work: Path) -> None:
        self.reader = reader
        self.work = work
        self.calendars = Calendars()

    def write_all(self, on_progress: OnProgress) -> int:
        """Writes everything; returns how many files."""
        written = self._files(OF_ALL)
        headings = self.reader.headings
        for done, heading in enumerate(headings, start=1):
            written += self._agreement(heading)
            on_progress(done, len(headings))
        return written + sum(self._events(stream) for stream in RESERVED)

    def _agreement(self, heading: AgreementSummary) -> int:
        commitment_files = sum(self._files(OF_COMMITMENT, c.id) for c in heading.holdings)
        return self._files(OF_AGREEMENT, heading.id) + commitment_files + self._events(heading.id)

    def _events(self, stream: str) -> int:
        events = self.reader.stream(stream)
        return sum(self._files(OF_EVENT, str(event.position)) for event in events)

    def _files(self, names: tuple[tuple[str, ...], tuple[str, ...]], id_: str | None = None) -> int:
        pages, documents = names
        for name in documents:
            file = DOCUMENTS[name](self.reader, id_ or "", self.calendars)
            _put(self.work / file_of(name, id_), file.body)
        return sum(self._pages(name, id_) for name in pages) + len(documents)

    def _pages(self, name: str, id_: str | None) -> int:
        """Writes every page of one list; returns how many."""
        number, last = 1, 1
        while number <= last:
            self.reader.query = replace(self.reader.query, page=number)
            body, last = render_page(self.reader, name, id_, exported=True)
            _put(self.work / file_of(name, id_, number), body)
            number += 1
        self.reader.query = replace(self.reader.query, page=1)
        return last


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
