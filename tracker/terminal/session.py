"""What one command run shares: the database it works on, its clock, and how it prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from events import EventStore
from events.address import without_password
from events.errors import StoreNotFound
from tracker.dates.instants import beginning_of, parse_when
from tracker.dates.zones import zone_named
from tracker.errors import AboveCeiling
from tracker.terminal.logs import recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from events.transparency.notes import Signer
    from tracker.queries.checks import CheckFinding
    from tracker.recording.effect import AlertChanges
    from tracker.recording.recorder import AlertPreview

HINT_OF_READ_DB = "name a standby or a copy of --db, or leave out PACTWATCH_READ_DB (--read-db)"
LastTurn = Callable[[EventStore], str | None]
ClockCheck = Callable[[EventStore, datetime], object]
UndeliveredMail = Callable[[EventStore], "Sequence[CheckFinding]"]


def preview_no_alerts(*_: object) -> AlertChanges:
    return {"alerts": [], "withdrawn": []}


class Alerting(Struct, frozen=True):
    """What the package above answers to commands of this one; by itself that nothing is due."""

    preview: AlertPreview = preview_no_alerts
    """What a recording would alert."""
    last_turn: LastTurn = lambda _: None
    """When the scheduler last had a good turn."""
    undelivered: UndeliveredMail = lambda _: ()
    """Which mail could not be delivered."""
    check_clock: ClockCheck = lambda *_: None
    """Raises for an instant that cannot be the present, as far as the database knows it."""


NO_ALERTING = Alerting()


class Session:
    """The global options of one run; `now` is read once and then stands still."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        db: str = "pactwatch.db",
        read_db: str | None = None,
        tz: str = "UTC",
        now_text: str | None = None,
        format_: str = "table",
        quiet: bool = False,
        packages: tuple[str, ...] = ("tracker.projections",),
        witness: str | None = None,
        key_file: str | None = None,
        tlp: str | None = None,
        author: str | None = None,
        alerting: Alerting = NO_ALERTING,
    ) -> None:
        self.clock = clock
        self.db = db
        self.read_db = read_db or db
        """Where whatever only reads is read: the same database, or a standby of it."""
        self.tz = zone_named(tz)
        self.now_text = now_text
        self.format = format_
        self.quiet = quiet
        self.packages = packages
        self.witness = Path(witness) if witness else None
        self.key_file = Path(key_file) if key_file else None
        self.tlp = tlp
        self.author = author
        self.alerting = alerting
        self.draft: EventStore | None = None
        """A log in memory for a database that is made with the first append."""
        self.is_complete = False
        """Whether this run has made every table and view that was missing."""
        self._is_lag_printed = False
        self._now: datetime | None = None

    @property
    def printable_db(self) -> str:
        return without_password(self.db)

    @property
    def is_sheet(self) -> bool:
        """Whether an answer has the columns of a sheet: it is read without the tables beside it."""
        return self.format in ("csv", "md")

    @property
    def now(self) -> datetime:
        if self._now is None:
            self._now = self.instant(self.now_text) if self.now_text else self.clock()
        return self._now

    def instant(self, text: str) -> datetime:
        """Reads an instant as typed; relative forms count from the clock's now."""
        base = self.clock() if text is self.now_text else self.now
        return parse_when(text, base, self.tz)

    def beginning(self, text: str) -> datetime:
        """Reads an instant as typed; a day means its beginning."""
        return beginning_of(text, self.now, self.tz)

    def set_now(self, text: str) -> None:
        """Takes a command's own --now in place of the global one; raises for what is no instant."""
        self.now_text, self._now = text, None
        self._now = self.instant(text)

    def renew_now(self) -> None:
        """Looks at the clock again, unless an instant is given: others have recorded meanwhile."""
        if self.now_text is None:
            self._now = None

    def set_ceiling(self, level: str | None) -> None:
        """Takes a command's own --tlp, if it has one, in place of the global one."""
        self.tlp = level or self.tlp

    def set_author(self, name: str | None) -> None:
        """Takes a command's own --author, if it has one, in place of the global one."""
        self.author = name or self.author

    @property
    def author_name(self) -> str:
        """Who records: who is named, else the system's user."""
        from tracker.entries.authors import system_user

        return self.author or system_user()

    @property
    def source(self) -> str:
        """The source of what is recorded."""
        from tracker.entries.authors import source_of

        return source_of(self.author_name)

    def store(self, *, create: bool = False) -> EventStore:
        """Opens the whole log; refused under a ceiling, since entries above it would show.

        With `create` a database that is not there is taken for an empty one, in memory: it is made
        with the first append, so that a dry run or a refusal leaves nothing behind.
        """
        self._check_no_ceiling()
        try:
            return EventStore.open(self.db, create=False)
        except StoreNotFound:
            if not create:
                raise
        from events.memory import MemoryEventStore

        self.draft = MemoryEventStore(self.clock)
        return self.draft

    def complete_store(self) -> EventStore:
        """Opens the log after making every table and reporting view that is missing."""
        from events.database.new_database import make_new

        store = EventStore.open(self.db, create=True)
        try:
            if not make_new(store, self.db, self.packages):
                from events.database.engine import write_transaction
                from events.database.packages import create_packages

                with write_transaction(self.engine()) as connection:
                    create_packages(connection, self.packages)
        except BaseException:
            store.close()
            raise
        self.is_complete = True
        return store

    def visible_store(self) -> EventStore:
        """Opens the log to read: all of it, or what lies below the TLP ceiling."""
        log = self._reading_store()
        if self.tlp is None:
            return log
        from tracker.entries.visible_log import VisibleLog
        from tracker.projections.whole_log import streams_above

        return VisibleLog(log, self.tlp, find_marked=streams_above)

    def reading_store(self) -> EventStore:
        """Opens the whole log for a command that only reads; refused under a ceiling."""
        self._check_no_ceiling()
        return self._reading_store()

    def _reading_store(self) -> EventStore:
        """Opens the log where it is read; says how far a standby is behind, where that shows."""
        is_another = self.read_db != self.db
        try:
            store = EventStore.open(self.read_db, create=False, read_only=is_another)
        except StoreNotFound as error:
            if not is_another:
                raise
            # A new one there would have nothing on record.
            raise StoreNotFound(error.message, HINT_OF_READ_DB) from error
        lag = store.replica_lag() if is_another and not self._is_lag_printed else None
        if lag is not None and lag.is_notable:
            self._is_lag_printed = True
            words = f"read from a standby: {lag.words}"
            self._tell(words)
        return store

    def _check_no_ceiling(self) -> None:
        if self.tlp is not None:
            from tracker.entries.tlp import marking

            raise AboveCeiling(
                f"this command shows or writes whole entries; the ceiling is {marking(self.tlp)}",
                hint="leave out --tlp and PACTWATCH_TLP",
            )

    def advance_witness(self, store: EventStore) -> None:
        """Moves the witness, if there is one, on to the log; it refuses one that was rewritten."""
        if self.witness is None:
            return
        from events.transparency.witness import advance_witness

        is_new = not self.witness.exists()
        checkpoint = advance_witness(self.witness, store, self.signer)
        if is_new:
            # A witness that was named wrong would begin anew here, and refuse nothing.
            size = checkpoint.head.size
            self._tell(f"new witness {self.witness}: it keeps the log from event {size} on")

    def _tell(self, words: str) -> None:
        """Prints a line for people on stderr, which --quiet leaves out."""
        if not self.quiet and not recorded(words):
            click.echo(words, err=True)

    @cached_property
    def signer(self) -> Signer | None:
        """Reads the key that signs checkpoints; None where there is none."""
        from events.transparency.notes import key_path, load_key

        path = self.key_file or key_path()
        return load_key(path) if path.exists() else None

    def engine(self) -> Engine:
        from events.database.engine import open_engine

        self._check_no_ceiling()
        return open_engine(self.db)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Opens a transaction that may write to a database that has a log."""
        from events.database.engine import write_transaction

        self.store().close()
        with write_transaction(self.engine()) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Opens one view of a database that has a log, for commands that only read."""
        from events.database.engine import open_engine, read_snapshot

        self.reading_store().close()
        with read_snapshot(open_engine(self.read_db)) as connection:
            yield connection
