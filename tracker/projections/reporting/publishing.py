"""Writes the reporting views as typed tables into a SQLite file that holds nothing else.

The tables are made from a log of what may be seen under the ceiling and of nothing more, so no
state, count or gap between numbers tells of what lies above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
from msgspec import Struct
from msgspec.structs import replace

from events import EventStore, NewEvent, format_instant
from events.batches import OnProgress, unreported
from events.database.engine import open_engine, write_transaction
from events.database.views import View, sqlite
from tracker.errors import TrackerError
from tracker.projections.catch_up import catch_up
from tracker.projections.reporting.views import VIEWS

APPLICATION_ID = 0x7057_5055
"""What the header of a published file says, so that no other file is written over."""
PAGE = 1000
WAIT_MS = 10_000
"""How long readers of the file may hold up its next edition."""
KEYS = ("agreement_id", "commitment_id")


class PublishRefused(TrackerError):
    """A file that is not a published one, or cannot be written."""


class Publication(Struct, frozen=True):
    """How many events it was made from, and how many rows each table has."""

    events: int
    tables: dict[str, int]


def publish(
    visible: EventStore, file: Path, now: datetime, progress: OnProgress = unreported
) -> Publication:
    """Writes what a log shows, as it stands at an instant, in place of what the file had.

    Whoever reads the file meanwhile sees all of the old or all of the new.
    """
    with TemporaryDirectory(prefix="pactwatch-publish-") as folder, _target(file) as target:
        scratch = str(Path(folder) / "visible.db")
        events = _project(visible, scratch, now, progress)
        target.execute("ATTACH ? AS scratch", (scratch,))
        target.execute("BEGIN IMMEDIATE")
        tables = {view.name: _write(target, view, now) for view in VIEWS}
        target.pragma("application_id", APPLICATION_ID)
        target.execute("COMMIT")
    return Publication(events, tables)


def _project(visible: EventStore, scratch: str, now: datetime, progress: OnProgress) -> int:
    """Makes a database of the events that may be seen, numbered without gaps."""
    done, head = 0, visible.head()
    with closing(EventStore.open(scratch)) as log:
        page: list[tuple[str, NewEvent]] = []
        for event in visible.read_all():
            copy = NewEvent(event.type, event.data, event.id, event.source, event.recorded_at)
            page.append((event.stream, copy))
            if len(page) == PAGE:
                done += log.append_batch(page).appended
                page = []
                progress(done, head)
        done += log.append_batch(page).appended
        with write_transaction(open_engine(scratch)) as connection:
            catch_up(log, connection, now, progress)
    return done


@contextmanager
def _target(file: Path) -> Iterator[apsw.Connection]:
    """Opens the file to write, new or published before; takes everything back on an error."""
    is_new = not file.exists() or not file.stat().st_size
    try:
        with closing(apsw.Connection(str(file))) as connection:
            connection.set_busy_timeout(WAIT_MS)
            # What a higher ceiling showed leaves nothing in pages that are free.
            connection.pragma("secure_delete", True)
            if not is_new and connection.pragma("application_id") != APPLICATION_ID:
                raise _not_published(file)
            yield connection
    except apsw.NotADBError as error:
        raise _not_published(file) from error
    except apsw.BusyError as error:
        reason = f"{file} has been read without a pause for {WAIT_MS // 1000} s"
        hint = "close what reads it, or publish again"
        raise PublishRefused(reason, hint=hint) from error
    except apsw.Error as error:
        reason = f"{file} cannot be written: {error}"
        raise PublishRefused(reason, hint="check space, rights and folder") from error
    finally:
        if is_new and file.exists() and not file.stat().st_size:
            file.unlink()


def _not_published(file: Path) -> PublishRefused:
    return PublishRefused(
        f"{file} is not a file that `db publish` has made, and is left as it is",
        hint="give the name of a new file",
    )


def _write(target: apsw.Connection, view: View, now: datetime) -> int:
    """Makes the table of a view anew; the number of its rows."""
    # Tools write the ends of a range with a space, and SQLite compares them as text.
    spaced = "replace({}, 'T', ' ')".format
    sql = replace(sqlite(f"'{format_instant(now)}'"), instant=spaced)
    columns = view.columns(sql)
    declared = ", ".join(f"{column.name} {column.declared_type}" for column in columns)
    target.execute(f"DROP TABLE IF EXISTS main.{view.name}")
    target.execute(f"CREATE TABLE main.{view.name} ({declared})")
    target.execute(f"INSERT INTO main.{view.name} {view.query(sql)}")
    rows = target.changes()
    for key in KEYS:
        if any(column.name == key for column in columns):
            target.execute(f"CREATE INDEX main.{view.name}_{key} ON {view.name} ({key})")
    return rows
