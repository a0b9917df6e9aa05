"""Looks at the parts of an installation on this machine: program, database, clock, files, turns."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

from events import EventStore, format_instant, parse_instant
from events.address import is_postgres, sqlite_path, without_password
from events.errors import EventStoreError, StoreNotFound
from events.wording import plural
from notifications.mail.secret_file import secret_of, secret_path
from notifications.monitoring.file_rights import examine_file, examine_secret
from notifications.monitoring.finding import Finding, findings
from notifications.monitoring.stray_rows import examine_rows
from notifications.scheduler.last_turn import check_turn_clock, last_good_turn, steady_time
from notifications.settings import MailSettings
from tracker.entries.party_stream import read_registry
from tracker.queries.checks import lag, projection_lag
from tracker.terminal.session import HINT_OF_READ_DB, Session

EXTRAS = {
    "psycopg": ("PostgreSQL", "postgres"),
    "apprise": ("chats and pagers by apprise", "channels"),
    "holidays": ("public holidays of countries", "calendars"),
    "openpyxl": ("sheets of Excel", "excel"),
    "prometheus-client": ("metrics for Prometheus", "metrics"),
}
"""The package behind each extra, what it is for, and the name of the extra."""
SKEW = timedelta(seconds=5)
"""A clock further from that of the server dates entries wrongly."""
STEP = timedelta(minutes=1)
"""A clock that went on by itself since the last turn is nearer than this to the time since then."""
NTP = "let this machine run NTP: timedatectl set-ntp true"


def examine(session: Session, settings: MailSettings, lag_after: timedelta) -> Iterator[Finding]:
    """Everything but the network, in the order in which one would mend it."""
    yield from findings("program", _program, _zones)
    of_file: list[Finding] = []
    if not is_postgres(session.db):
        of_file += findings("database", lambda: examine_file(Path(sqlite_path(session.db))))
    of_database = list(findings("database", partial(_database, session)))
    yield from dict.fromkeys([*of_file, *of_database])
    # Asking one that is not there would make it.
    if not any(finding.verdict == "fault" for finding in of_database):
        in_it = (_schema, _rights, _read_database, examine_rows)
        yield from findings("database", *(partial(check, session) for check in in_it))
        yield from findings("views", partial(_views, session))
        yield from findings("clock", partial(_clock, session))
        yield from findings("turns", partial(_turns, session, lag_after))
    checks = (partial(_secret, settings), partial(_key, session), partial(_witness, session))
    yield from findings("keys", *checks)


def _program() -> Iterator[Finding]:
    words = f"pactwatch {version('pactwatch')} on Python {platform.python_version()}"
    yield Finding("program", "ok", words)
    for package, (purpose, extra) in EXTRAS.items():
        try:
            version(package)
        except PackageNotFoundError:
            hint = f"if it is wanted: pip install 'pactwatch[{extra}]'"
            yield Finding("program", "advice", f"without {purpose}", hint)


def _zones() -> Iterator[Finding]:
    try:
        ZoneInfo("Europe/Kyiv")
    except ZoneInfoNotFoundError:
        words = f"the zone data in {TZPATH[0] if TZPATH else 'no folder'} lack Europe/Kyiv"
        hint = "pip install -U tzdata, or bring the system's tzdata up to date"
        yield Finding("program", "fault", words, hint)


def _database(session: Session) -> Iterator[Finding]:
    with closing(session.store()) as store:
        head = store.head()
        zones = {party.zone for party in read_registry(store).parties.values()}
    yield Finding("database", "ok", f"{session.printable_db} answers and has {head} events")
    for zone in sorted(zones):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            hint = "pip install -U tzdata, or correct the party: pactwatch party list"
            yield Finding("database", "fault", f"a party is in {zone}, which is unknown here", hint)


def _schema(session: Session) -> Iterator[Finding]:
    """What guards the log, and every table with its columns, indexes and constraints."""
    from events.database.comparison import (
        UPGRADE,
        foreign_triggers,
        guard_faults,
        role_differences,
        table_differences,
    )
    from events.database.engine import read_snapshot
    from events.database.packages import check_revisions

    with read_snapshot(session.engine()) as connection:
        for words in guard_faults(connection):
            hint = f"{UPGRADE}; whether the log was changed meanwhile: pactwatch verify"
            yield Finding("database", "fault", f"{words}, so the log can be changed", hint)
        check_revisions(connection, session.packages)
        for each in table_differences(connection, session.packages):
            yield Finding("database", "fault", each.words, each.hint)
        for each in role_differences(connection):
            hint = f"for others to use it: {each.hint}"
            yield Finding("database", "advice", each.words, hint)
        for name in foreign_triggers(connection, session.packages):
            words = f"trigger {name} is none of pactwatch, and may change what is recorded"
            yield Finding("database", "advice", words, f"who made it? else DROP TRIGGER {name}")


def _rights(session: Session) -> Iterator[Finding]:
    """Whether the database takes writes at all, and what this login may write."""
    from events.database.comparison import lacking_rights, only_reads
    from events.database.engine import read_snapshot

    with read_snapshot(session.engine()) as connection:
        if only_reads(connection):
            words = f"{session.printable_db} is read-only, as a standby is: nothing is recorded"
            hint = "name it with --read-db, and with --db its primary"
            yield Finding("database", "fault", words, hint)
        for each in lacking_rights(connection, session.packages):
            yield Finding("database", "advice", each.words, each.hint)


def _views(session: Session) -> Iterator[Finding]:
    from events.database.comparison import view_differences
    from events.database.engine import read_snapshot
    from events.database.packages import views_of

    with closing(session.store()) as store:
        is_standby = store.replica_lag() is not None
    with read_snapshot(session.engine(), scratch=not is_standby) as connection:
        faults = list(view_differences(connection, session.packages))
    for each in faults:
        yield Finding("views", "fault", each.words, each.hint)
    if not faults:
        yield Finding("views", "ok", f"{len(views_of(session.packages))} views for dashboards")


def _clock(session: Session) -> Iterator[Finding]:
    with closing(session.store()) as store:
        check_turn_clock(store, session.now)
        server, steady, last = store.server_time(), steady_time(store), last_good_turn(store)
    here = session.clock()
    if server is not None and abs(server - here) > SKEW:
        seconds = round((here - server).total_seconds())
        words = f"the clock here and that of the database differ by {seconds} s"
        yield Finding("clock", "fault", words, f"on both machines, {NTP}")
    elif last is not None and parse_instant(last) - here > SKEW:
        words = f"the last turn was at {last}, and by the clock here that is still to come"
        yield Finding("clock", "fault", words, NTP)
    elif server is None and steady is not None and abs(here - steady) > STEP:
        seconds = round((here - steady).total_seconds())
        words = f"the clock here was set by {seconds:+} s since the last turn"
        yield Finding("clock", "advice", words, f"which is right, now or then? {NTP}")
    else:
        yield Finding("clock", "ok", "the clock can be believed")


def _turns(session: Session, lag_after: timedelta) -> Iterator[Finding]:
    """What `check` calls lag, and who never took a turn."""
    with closing(session.store()) as store:
        last, head = last_good_turn(store), store.head()
        projected = projection_lag(store, last)
    late = lag(projected, head, session.now, lag_after)
    if last is None:
        words = "no turn of the scheduler was ever taken, so nobody gets mail"
        yield Finding("turns", "advice", words, "pactwatch run, as a service: deploy/systemd")
    elif not late:
        at = format_instant(parse_instant(last).replace(microsecond=0))
        yield Finding("turns", "ok", f"the last turn went well at {at}")
    for row in late:
        hint = f"{row['hint']} takes one turn; does pactwatch run, and what does it log?"
        yield Finding("turns", "fault", row["found"], hint)


def _secret(settings: MailSettings) -> Iterator[Finding]:
    path = secret_path(settings)
    if path.exists():
        yield from _readable_secret(
            path, "the secret of links in mail", lambda: secret_of(settings)
        )
    else:
        words = f"no secret of links in mail yet; {path} is made with the first subscription"
        hint = "give every worker and the board the same: PACTWATCH_SECRET_FILE"
        yield Finding("keys", "advice", words, hint)


def _key(session: Session) -> Iterator[Finding]:
    from events.transparency.notes import key_path, load_key

    path = session.key_file or key_path()
    if path.exists():
        yield from _readable_secret(path, "the key that signs checkpoints", partial(load_key, path))
    else:
        words = "checkpoints are not signed, so a copy of the log proves nothing to others"
        yield Finding("keys", "advice", words, "pactwatch checkpoint keygen example.org/log")


def _readable_secret(path: Path, what: str, read: Callable[[], object]) -> Iterator[Finding]:
    """Who may read a secret, and whether it can be used."""
    rights = examine_secret(path, what)
    if rights.verdict == "ok":
        read()
    yield rights


def _witness(session: Session) -> Iterator[Finding]:
    from events.transparency.witness import witnessed_checkpoint

    if session.witness is not None:
        seen = witnessed_checkpoint(session.witness)
        words = f"has seen {plural(seen.head.size, 'event')}" if seen else "has seen nothing yet"
        yield Finding("keys", "ok", f"the witness {session.witness} {words}")


def _read_database(session: Session) -> Iterator[Finding]:
    """The standby that is read: does it answer, and is it of the same log?"""
    if session.read_db == session.db:
        return
    name = f"PACTWATCH_READ_DB, {without_password(session.read_db)},"
    try:
        standby = EventStore.open(session.read_db, create=False, read_only=True)
    except EventStoreError as error:
        hint = HINT_OF_READ_DB if isinstance(error, StoreNotFound) else error.hint
        yield Finding("database", "fault", f"PACTWATCH_READ_DB: {error.message}", hint)
        return
    with closing(standby), closing(session.store()) as primary:
        position, lag = standby.head(), standby.replica_lag()
        if standby.leaf(position) != primary.leaf(position):
            words = f"{name} has another log than {session.printable_db}"
            yield Finding("database", "fault", words, "name a standby of that database")
        else:
            words = f"{name} answers" + (f", {lag.words}" if lag else ", and is no standby")
            yield Finding("database", "ok", words)
