"""Writes every page as a file: all or none, with links that also work from the disk."""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from events.batches import OnProgress, seldom_collecting, unreported
from events.errors import EventStoreError, HintedError
from events.files import exchange, locked, remove_folder, sweep
from notifications.feeds.publish import Calendars
from tracker.entries.unreadable import reason_of
from web.api.bodies import Body, pieces_of
from web.api.documents import DOCUMENTS
from web.errors import NotFound, SiteNotWritten, WebError, as_web_error
from web.model.library import Library
from web.model.links import PATHS, Links, Target, file_of, path_of
from web.model.query import parse_query
from web.model.reader import Reader
from web.pages.index import render_page
from web.pages.render import STATIC, error_document, render_error
from web.settings import Site

MARK = ".pactwatch-site"
"""A file in every directory we wrote; only a directory that has it is replaced."""
NOT_FOUND = "404.html"
OF_ALL = (
    "atom", "calendar", "commitments_csv", "deadlines_csv", "events_csv", "api_status",
    "api_deadlines", "api_events", "api_incidents", "api_parties", "board", "deadlines",
    "disputes", "changes", "graph",
    "events", "search", "guide", "about",
)  # fmt: skip
"""Pages and documents over all agreements; below, those of each agreement and so on."""
OF_AGREEMENT = (
    "agreement_atom", "agreement_calendar", "api_one", "api_readout", "agreement", "readout",
)  # fmt: skip
OF_COMMITMENT = ("api_commitment", "api_explain", "api_timeline", "commitment", "explain")
OF_EVENT = ("api_event", "event")


class FailedFile(Struct, frozen=True):
    """A file that says that it could not be made, and why."""

    file: str
    reason: str


class Written(Struct, frozen=True):
    """How many files a build has written, and those of them that could not be made."""

    files: int
    failed: tuple[FailedFile, ...] = ()


def export(
    site: Site,
    directory: Path,
    as_of: str = "",
    known_at: str = "",
    on_progress: OnProgress = unreported,
) -> Written:
    """Writes the site. An earlier build is replaced as a whole."""
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise SiteNotWritten(
            f"{directory} holds files that are not of an earlier build",
            hint="name a new or empty directory",
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    (work / MARK).touch()
    query = parse_query({"as_of": as_of, "known_at": known_at}, site.clock(), site.tz)
    try:
        with locked(work):
            with Library(site).reader(query) as reader, seldom_collecting():
                written = _Files(reader, work).write_all(on_progress)
            shutil.copytree(STATIC, work / "static")
        work.chmod(0o755)
        _replace(directory, work)
        _sweep(directory)
    except OSError as error:
        words = error.strerror or str(error)
        raise SiteNotWritten(f"{directory}: {words}", hint="check space and rights") from error
    finally:
        with suppress(OSError):
            remove_folder(work, MARK)
    return Written(written.files + sum(1 for _ in STATIC.iterdir()), written.failed)


def _sweep(directory: Path) -> None:
    """Remove what builds that were killed have left; only after this one is in its place.

    A build that goes on holds a lock, and what does not bear our mark is somebody else's.
    """
    for left in directory.parent.glob(f".{glob.escape(directory.name)}-*"):
        if (left / MARK).exists() or (left / "site" / MARK).exists():
            sweep(left, MARK)


def _replace(directory: Path, work: Path) -> None:
    if directory.exists():
        if exchange(work, directory):
            return
        old = Path(tempfile.mkdtemp(prefix=f".{directory.name}-old-", dir=directory.parent))
        directory.rename(old / "site")
        work.rename(directory)
        shutil.rmtree(old, ignore_errors=True)
    else:
        work.rename(directory)


class _Files:
    """Writes the files of a site, one agreement after the other, so that memory stays flat.

    A file that cannot be made says so in its place: it costs neither the others nor the links to
    it. Only a database that does not answer ends the build, and the earlier one stays.
    """

    def __init__(self, reader: Reader, work: Path) -> None:
        self.reader = reader
        self.work = work
        self.calendars = Calendars()
        self.links: set[Target] = set()
        self.written: set[Target] = {("style", None), ("icon", None)}
        self.files = 0
        self.failed: list[FailedFile] = []

    def write_all(self, on_progress: OnProgress) -> Written:
        """Writes everything, and then what only links lead to."""
        self._write(OF_ALL)
        summaries = self.reader.agreement_summaries
        for done, summary in enumerate(summaries, start=1):
            self._write(OF_AGREEMENT, summary.id)
            for commitment in summary.commitments:
                self._write(OF_COMMITMENT, commitment.id)
            # Here, while what they are described by is at hand.
            self._write_events(summary.id)
            on_progress(done, len(summaries))
        agreements = {summary.id for summary in summaries}
        for stream in self.reader.view.streams_after(0):
            if stream not in agreements:
                self._write_events(stream)
        self._put(NOT_FOUND, self._not_found())
        while pages := self.links - self.written:
            for name, id_ in sorted(pages, key=str):
                self._file(name, id_, is_listed=False)
        return Written(self.files, tuple(self.failed))

    def _write_events(self, stream: str) -> None:
        for event in self.reader.stream(stream):
            self._write(OF_EVENT, str(event.position))

    def _write(self, names: Sequence[str], id_: str | None = None) -> None:
        for name in names:
            self._file(name, id_)

    def _file(self, name: str, id_: str | None, *, is_listed: bool = True) -> None:
        """Writes a page, with every page of its list, or a document.

        What is not listed may be absent or above the ceiling, so an error of ours is its text.
        """
        self.written.add((name, id_))
        try:
            if name in DOCUMENTS:
                file = DOCUMENTS[name](self.reader, id_ or "", self.calendars)
                self._put(file_of(name, id_), file.body)
            else:
                self._pages(name, id_)
        except (OSError, EventStoreError, SQLAlchemyError):
            raise
        except Exception as error:
            if is_listed or not isinstance(error, HintedError):
                self.failed.append(FailedFile(file_of(name, id_), reason_of(error)))
            self._put(file_of(name, id_), self._error_text(name, id_, as_web_error(error)))
        finally:
            self.reader.query = replace(self.reader.query, page=1)

    def _pages(self, name: str, id_: str | None) -> None:
        number, last = 1, 1
        while number <= last:
            self.reader.query = replace(self.reader.query, page=number)
            body, last = render_page(self.reader, name, id_, self._links(name, id_))
            self._put(file_of(name, id_, number), body)
            number += 1

    def _error_text(self, name: str, id_: str | None, error: WebError) -> bytes:
        """What a file says of its error. No feed or calendar: a reader keeps what it had."""
        if name in PATHS:
            return render_error(error, error.status, self._links(name, id_))
        if file_of(name, id_).endswith(".json"):
            return msgspec.json.encode(error_document(error))
        return f"{error.message}\n".encode()

    def _not_found(self) -> bytes:
        """The page that a server of files gives for an address without a file."""
        root = urlsplit(self.reader.site.base_url).path or "/"
        links = Links("", exported=True, targets=self.links, root=root)
        error = NotFound("There is no page at this address.", hint="The board leads to all pages.")
        return render_error(error, error.status, links)

    def _links(self, name: str, id_: str | None) -> Links:
        return Links(path_of(name, id_), self.reader.query.carried, True, self.links)

    def _put(self, file: str, body: Body) -> None:
        path = self.work / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as to:
            to.writelines(pieces_of(body))
        self.files += 1
