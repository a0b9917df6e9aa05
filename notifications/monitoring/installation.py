"""Looks at the parts of an installation on this machine: program, database, clock, files, turns."""

from __future__ import annotations

import os
import platform
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

from events import parse_instant
from events.address import is_postgres, sqlite_path
from notifications.mail.secret_file import secret_path
from notifications.monitoring.finding import Finding, findings
from notifications.scheduler.last_turn import check_turn_clock, last_good_turn
from notifications.settings import MailSettings
from tracker.entries.party_stream import read_registry
from tracker.errors import plural
from tracker.terminal.session import Session

EXTRAS = {
    "psycopg": ("PostgreSQL", "postgres"),
    "apprise": ("chats and pagers by apprise", "channels"),
    "holidays": ("public holidays of countries", "calendars"),
    "openpyxl": ("sheets of Excel", "excel"),
    "prometheus-client": ("metrics for Prometheus", "metrics"),
}
"""The package behind each extra, what it is for, and the name of the extra."""
LATE = timedelta(minutes=10)
SKEW = timedelta(seconds=5)
"""A clock further from that of the server dates entries wrongly."""


def examine(session: Session, settings: MailSettings) -> Iterator[Finding]:
    """Everything but the network, in the order in which one would mend it."""
    yield from findings("program", _program, _zones)
    of_database = list(findings("database", partial(_database, session)))
    yield from of_database
    # Asking one that is not there would make it.
    if not any(finding.verdict == "fault" for finding in of_database):
        yield from findings("database", partial(_file_rights, session))
        yield from findings("views", partial(_views, session))
        yield from findings("clock", partial(_clock, session))
        yield from findings("turns", partial(_turns, session))
    yield from findings("keys", partial(_secret, settings), partial(_key, session))


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


def _file_rights(session: Session) -> Iterator[Finding]:
    """A SQLite file has the addresses of readers, and whoever may write it may rewrite the log."""
    if is_postgres(session.db) or os.name != "posix":
        return
    path = Path(sqlite_path(session.db))
    if not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o022:
        words = f"others on this machine may write {path}"
        yield Finding("database", "fault", words, f"chmod go-w {path}")
    if mode & 0o004:
        words = f"everybody on this machine may read {path}, which has addresses of readers"
        yield Finding("database", "advice", words, f"chmod o-r {path}")
    if not os.access(path.parent, os.W_OK):
        words = f"{path.parent} cannot be written, where SQLite keeps its log beside the file"
        yield Finding("database", "fault", words, f"give the user of pactwatch {path.parent}")


def _views(session: Session) -> Iterator[Finding]:
    from sqlalchemy import inspect

    from events.database.packages import views_of

    present = set(inspect(session.engine()).get_view_names())
    declared = {view.name for view in views_of(session.packages)}
    if missing := sorted(declared - present):
        words = f"dashboards lack {', '.join(missing)}"
        yield Finding("views", "fault", words, "pactwatch db upgrade, as the owner of the database")
    else:
        yield Finding("views", "ok", f"{len(declared)} views for dashboards")


def _clock(session: Session) -> Iterator[Finding]:
    with closing(session.store()) as store:
        check_turn_clock(store, session.now)
        server = store.server_time()
    if server is not None and abs(server - session.clock()) > SKEW:
        seconds = round((session.clock() - server).total_seconds())
        words = f"the clock here and that of the database differ by {seconds} s"
        yield Finding(
            "clock", "fault", words, "let both machines run NTP: timedatectl set-ntp true"
        )
    else:
        yield Finding("clock", "ok", "the clock can be believed")


def _turns(session: Session) -> Iterator[Finding]:
    with closing(session.store()) as store:
        query = "SELECT position FROM projection_checkpoints WHERE projection = 'status'"
        rows = store.read_table("projection_checkpoints", query)
        behind = store.head() - (rows[0][0] if rows else 0)
        last = last_good_turn(store)
    if last is None:
        words = "no turn of the scheduler was ever taken, so nobody gets mail"
        yield Finding("turns", "advice", words, "pactwatch run, as a service: deploy/systemd")
    elif session.now - parse_instant(last) > LATE:
        words = f"the last turn that went well was at {last}"
        yield Finding("turns", "fault", words, "does pactwatch run? pactwatch tick takes one turn")
    else:
        yield Finding("turns", "ok", f"the last turn went well at {last}")
    if behind:
        words = f"the tables of board and dashboards lack {plural(behind, 'event')}"
        yield Finding("turns", "fault", words, "pactwatch tick")


def _secret(settings: MailSettings) -> Iterator[Finding]:
    path = secret_path(settings)
    if path.exists():
        yield _private("keys", path, "the secret of links in mail")
    else:
        words = f"no secret of links in mail yet; {path} is made with the first subscription"
        hint = "give every worker and the board the same: PACTWATCH_SECRET_FILE"
        yield Finding("keys", "advice", words, hint)


def _key(session: Session) -> Iterator[Finding]:
    from events.transparency.notes import key_path

    path = session.key_file or key_path()
    if path.exists():
        yield _private("keys", path, "the key that signs checkpoints")
    else:
        words = "checkpoints are not signed, so a copy of the log proves nothing to others"
        yield Finding("keys", "advice", words, "pactwatch checkpoint keygen example.org/log")


def _private(area: str, path: Path, what: str) -> Finding:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        words = f"{what}, {path}, can be read by others"
        return Finding(area, "fault", words, f"chmod 600 {path}")
    return Finding(area, "ok", f"{what} is for its owner alone")
