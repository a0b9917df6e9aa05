"""The same pages as files: complete or not at all, with links that also work from the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from notifications.publishing import Calendars
from web.asked import Asked, asked_of
from web.documents import DOCUMENTS
from web.errors import SiteNotWritten
from web.links import file_of
from web.pages import rendered
from web.reader import Library, Reader
from web.render import STATIC
from web.settings import Site

MARK = ".pactwatch-site"
"""Stands in every directory we wrote; only such a one is replaced."""
Item = tuple[str, str | None]


def export(site: Site, directory: Path, as_of: str = "", known_at: str = "") -> int:
    """Write the site; returns how many files. An earlier build is replaced as a whole."""
    _check(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        written = _write(site, work, as_of, known_at)
        work.chmod(0o755)
        _replace(directory, work)
    except OSError as error:
        raise SiteNotWritten(f"{directory}: {error}", hint="check space and rights") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return written


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
        shutil.rmtree(old)
    else:
        work.rename(directory)


def _write(site: Site, work: Path, as_of: str, known_at: str) -> int:
    given = {"as_of": as_of, "known_at": known_at}
    asked = asked_of(given, site.clock(), site.tz)
    with Library(site).reader(asked) as reader:
        written = sum(_pages(reader, work, item) for item in _listed(reader))
        written += _documents(reader, work)
    shutil.copytree(STATIC, work / "static")
    (work / MARK).touch()
    return written + sum(1 for _ in (work / "static").iterdir())


def _listed(reader: Reader) -> Iterator[Item]:
    yield from ((name, None) for name in ("board", "deadlines", "events", "about"))
    for heading in reader.headings:
        yield from (("agreement", heading.id), ("readout", heading.id))
        for held in heading.holdings:
            yield from (("commitment", held.id), ("explain", held.id))
    for event in reader.view.read_all():
        if reader.is_past(event):
            yield "event", str(event.position)


def _pages(reader: Reader, work: Path, item: Item) -> int:
    """Every page of one list, from the first."""
    name, id_ = item
    number, last = 1, 1
    while number <= last:
        asked = _at(reader.asked, number)
        reader.asked = asked
        body, last = rendered(reader, name, id_, exported=True)
        _put(work / file_of(name, id_, number), body)
        number += 1
    reader.asked = _at(reader.asked, 1)
    return last


def _at(asked: Asked, page: int) -> Asked:
    from msgspec.structs import replace

    return replace(asked, page=page)


def _documents(reader: Reader, work: Path) -> int:
    calendars, written = Calendars(), 0
    for name, id_ in _files(reader):
        document = DOCUMENTS[name](reader, id_ or "", calendars)
        _put(work / file_of(name, id_), document.body)
        written += 1
    return written


def _files(reader: Reader) -> Iterator[Item]:
    whole = ("atom", "calendar", "commitments_csv", "deadlines_csv", "events_csv", "api_status")
    yield from ((name, None) for name in (*whole, "api_deadlines", "api_events"))
    for heading in reader.headings:
        named = ("agreement_atom", "agreement_calendar", "api_one", "api_readout")
        yield from ((name, heading.id) for name in named)
        for held in heading.holdings:
            yield from ((name, held.id) for name in ("api_explain", "api_timeline"))
    for event in reader.view.read_all():
        if reader.is_past(event):
            yield "api_event", str(event.position)


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
