"""How every connection to PostgreSQL is made, so that none waits for ever for a peer that is gone.

The limits are set after connecting, since a pooler refuses them as start-up options; what the
address (`?options=-clock_timeout%3D5s`, `connect_timeout=3`) or the environment says goes first.

The address goes to libpq as it is, so it may name several hosts. Behind a pooler each transaction
may run in another session of the server, which others use next: there every setting is one of the
transaction, and no statement is prepared.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from events.address import check_passwords, without_password
from events.errors import (
    AnswerLost,
    ChangedMeanwhile,
    EventStoreError,
    IntegerTooLarge,
    StoreUnavailable,
)
from events.locks import AdvisoryLock

CLIENT: dict[str, tuple[str, int]] = {
    "connect_timeout": ("PGCONNECT_TIMEOUT", 10),
    "keepalives_idle": ("", 30),
    "keepalives_interval": ("", 10),
    "keepalives_count": ("", 3),
    "tcp_user_timeout": ("", 60_000),
}
"""Parameters of libpq, each with its variable and the value that is taken without either."""
SERVER: dict[str, str] = {
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "5min",
}
"""No statement_timeout: a rebuild or an upgrade is one long statement after another, and what they
could wait for is a lock."""
PLANNED_ANEW = {"plan_cache_mode": "force_custom_plan"}
"""Of a session that fills the tables it asks: the server would keep a plan that it made while one
was empty, and then go through all of it for every few hundred keys."""
READ_ONLY = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
PURPOSES = {
    AdvisoryLock.PROJECTING: "the lock of turns and projections",
    AdvisoryLock.APPENDING: "the lock of appends",
    AdvisoryLock.CREATING: "the lock of making the schema",
    AdvisoryLock.RATE_COUNTING: "the lock of counting messages",
}
HOLDERS = """
    SELECT current_setting('lock_timeout'), held.objid::bigint, held.relation::regclass::text,
      held.pid, peer.application_name, coalesce(peer.state, 'unknown'),
      coalesce(extract(epoch FROM clock_timestamp() - peer.state_change), 0)::bigint
    FROM pg_locks AS held JOIN pg_stat_activity AS peer ON peer.pid = held.pid
    WHERE held.granted AND held.pid <> pg_backend_pid()
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (held.locktype = 'advisory' AND held.classid = 0 AND held.objid::bigint = ANY(%s)
        OR held.locktype = 'relation'
          AND held.mode IN ('ShareLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND peer.xact_start < clock_timestamp() - current_setting('lock_timeout')::interval)
    ORDER BY held.relation, held.objid, held.pid
"""
"""Who has a lock of ours; first, who has had a whole table for as long as one of ours waits."""
WAITING = 'psql -c "SELECT pid, wait_event, state, query FROM pg_stat_activity"'
CONNECTING: tuple[tuple[str, str], ...] = (
    (
        r'database "?(.+?)"? does not exist|no such database: (\S+)',
        "make it there with createdb, then: pactwatch --db '{address}' db init",
    ),
    (
        r"session is read-only|server is in hot standby mode",
        "what answers is a standby: start its primary, or where that is gone promote it: "
        "SELECT pg_promote()",
    ),
    (
        r"session is not read-only|server is not in hot standby mode",
        "what answers is no standby: name one, or take target_session_attrs=prefer-standby",
    ),
    (
        r"permission denied for database",
        "as its owner GRANT the roles that this login needs (docs/log.md, PostgreSQL)",
    ),
    (
        r"timeout expired",
        "does the server run, also behind a pooler that lets clients wait for it: "
        "psql '{address}'; connect_timeout in the address is how long is waited",
    ),
    (
        r"URI query parameter|invalid \S+ value|could not match",
        "postgresql://USER@HOST:PORT,HOST:PORT/DATABASE?OPTION=VALUE, with the options of libpq",
    ),
)
"""What to do, by the words in which a server, a pooler or libpq says why there is no connection."""
NO_LOGIN = (
    "does the server run and let this login in: psql '{address}'; a password belongs in ~/.pgpass"
)
REFUSAL = re.compile(r"^- host: .*?: connection (?:failed|is bad): (.*)$", re.MULTILINE)
"""A line of psycopg about one of several hosts."""


class Connection(psycopg.Connection[Any]):
    """A connection to a server or to a pooler before it."""

    is_pooled = False
    """Whether the next transaction may run in another session of the server."""
    limits: LiteralString = ""
    """Sets the limits of one transaction; empty where they are those of the session."""

    @contextmanager
    def transaction(self, *args: Any, **kwargs: Any) -> Iterator[psycopg.Transaction]:
        """A transaction under the limits, or a savepoint within one."""
        is_outermost = self.info.transaction_status is TransactionStatus.IDLE
        with super().transaction(*args, **kwargs) as transaction:
            if is_outermost and self.limits:
                self.execute(self.limits)
            yield transaction


def connect(
    url: str, *, read_only: bool = False, autocommit: bool = True, keeps_plans: bool = True
) -> Connection:
    """A connection under the limits; StoreUnavailable without a server, or for its encoding.

    One that `keeps_plans` has a statement that it runs often planned once for all values.
    """
    check_passwords(url)
    try:
        parameters = conninfo_to_dict(url)
        client = {
            name: value
            for name, (variable, value) in CLIENT.items()
            if not (variable and os.environ.get(variable))
        }
        given: dict[str, Any] = {"fallback_application_name": "pactwatch", **client, **parameters}
        db = Connection.connect("", autocommit=True, **given)
        try:
            _check_encoding(db)
            options = str(parameters.get("options") or os.environ.get("PGOPTIONS", ""))
            defaults = SERVER if keeps_plans else SERVER | PLANNED_ANEW
            settings = {name: value for name, value in defaults.items() if name not in options}
            _set_limits(db, settings, read_only=read_only)
            db.autocommit = autocommit
        except BaseException:
            db.close()
            raise
    except psycopg.Error as error:
        # Of several hosts each is named: the last one may be a standby, which is well.
        refusals = REFUSAL.findall(str(error))
        words = f"connection failed: {'; '.join(refusals)}" if refusals else _first_line(error)
        address = without_password(url)
        words = words.replace(url, address)
        hint = next((hint for form, hint in CONNECTING if re.search(form, words)), NO_LOGIN)
        raise StoreUnavailable(f"{address}: {words}", hint=hint.format(address=address)) from error
    return db


def _set_limits(db: Connection, settings: dict[str, str], *, read_only: bool) -> None:
    """Sets limits and READ ONLY for the session, or behind a pooler for each transaction."""
    pid = db.execute("SELECT pg_backend_pid()").fetchone()
    # A pooler gives its clients numbers of its own.
    db.is_pooled = pid != (db.info.backend_pid,)
    if db.is_pooled:
        db.prepare_threshold = None
        db.read_only = read_only or None
        db.limits = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in settings.items())
        return
    statements = [f"SET {name} = '{value}'" for name, value in settings.items()]
    if statements or read_only:
        db.execute("; ".join([*statements, *([READ_ONLY] if read_only else [])]))


def take_lock(db: psycopg.Connection[Any], lock: AdvisoryLock) -> None:
    """Waits for a lock, which the transaction that is open has until its end."""
    db.execute("SELECT pg_advisory_xact_lock(%s)", (lock.value,))


def _check_encoding(db: Connection) -> None:
    encoding = db.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreUnavailable(
            f"database {db.info.dbname} is encoded in {encoding}, expected UTF8",
            hint=f"createdb -E UTF8 -T template0 {db.info.dbname}-utf8, and give that one",
        )


def _first_line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).strip().splitlines()[0]


HINTS: dict[type[psycopg.Error], str] = {
    errors.InsufficientPrivilege: "GRANT this login what it lacks: pactwatch_writer, "
    "pactwatch_projector to record; pactwatch_projector, pactwatch_notifier for turns, "
    "subscriptions and backups; db init, db upgrade and rebuilds are the owner's, and a "
    "pactwatch_reader reads views by SQL alone (docs/log.md, PostgreSQL); where no such role is, "
    "pactwatch doctor by the owner says what makes it",
    errors.DiskFull: "the server's disk is full: free some space there and try again",
    errors.IdleInTransactionSessionTimeout: "this process stood still inside a transaction, which "
    "was rolled back; try again",
}
TRY_AGAIN = "try again: the same event ids count once"


def translated(error: psycopg.Error, url: str) -> EventStoreError:
    """An error of the driver as one of ours, with what to do about it."""
    where = without_password(url)
    match error:
        case errors.LockNotAvailable():
            return _lock_timeout(url)
        case errors.NumericValueOutOfRange():
            return IntegerTooLarge()
        case errors.SerializationFailure():
            words = f"{where}: another transaction has changed the same row"
            return ChangedMeanwhile(words, hint="try again; nothing was written")
        case errors.ReadOnlySqlTransaction():
            return read_only_refusal(url)
    words = f"{where}: {_first_line(error)}"
    hint = next((hint for kind, hint in HINTS.items() if isinstance(error, kind)), None)
    if hint is None and isinstance(error, psycopg.OperationalError):
        return AnswerLost(words, hint=TRY_AGAIN)
    return StoreUnavailable(words, hint=hint or TRY_AGAIN)


def read_only_refusal(url: str) -> StoreUnavailable:
    """The refusal of a write where the server only reads."""
    return StoreUnavailable(
        f"{without_password(url)}: read-only, as a standby is; nothing was written",
        hint="give the address of the primary, or both hosts and ?target_session_attrs=read-write",
    )


def is_translatable(error: BaseException) -> bool:
    """Whether an error says that the database is unavailable, whatever was asked of it.

    A lost connection, a server that stops, a lock and a full disk are all operational.
    """
    return isinstance(
        error,
        psycopg.OperationalError
        | errors.ReadOnlySqlTransaction
        | errors.IdleInTransactionSessionTimeout
        | errors.InsufficientPrivilege,
    )


def _lock_timeout(url: str) -> StoreUnavailable:
    """Says which session holds what was waited for, asked on a connection of its own."""
    where = without_password(url)
    try:
        with connect(url) as db:
            rows = db.execute(HOLDERS, ([key.value for key in PURPOSES],)).fetchall()
    except (EventStoreError, psycopg.Error):
        rows = []
    if not rows:
        return StoreUnavailable(
            f"{where}: waited for a lock until lock_timeout, and nothing was written",
            hint=f"try again; who holds what: {WAITING}",
        )
    holders = "; ".join(
        f"{f'table {table}' if table else PURPOSES[AdvisoryLock(key)]} is held by session {pid} "
        f"({application or 'no name'}, {state} for {seconds} s)"
        for _, key, table, pid, application, state, seconds in rows
    )
    return StoreUnavailable(
        f"{where}: waited {rows[0][0]} for a lock, and nothing was written: {holders}",
        hint=f'try again; to end it: psql -c "SELECT pg_terminate_backend({rows[0][3]})"',
    )
