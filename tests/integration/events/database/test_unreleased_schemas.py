"""Databases of commits between releases are completed or refused by name, never half upgraded."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from events import EventStore
from events.database.engine import open_engine, write_transaction
from events.database.packages import create_packages
from events.database.upgrade import missing_columns, upgrade
from events.errors import StoreOutdated
from notifications.subscriptions import subscription as subscriptions
from tests.support.dataset import EVENING
from tests.support.subscribers import add_reader

PACKAGES = ("tracker.projections", "notifications")
LACKING = {
    "4cd4569": {"subscriptions": ["remind_days"]},
    "cbc2068": {"subscriptions": ["channel", "remind_days"], "outbox": ["channel"]},
    "cff6cd6": {
        "subscriptions": ["remind_days", "when_quiet"],
        "alerts": ["resolved_at", "resolved_seq"],
    },
    "16a4f59": {
        "subscriptions": ["channel", "remind_days"],
        "alerts": ["resolved_at", "resolved_seq"],
        "outbox": ["channel"],
    },
    "ab74aeb": {
        "subscriptions": ["channel", "remind_days", "when_quiet"],
        "alerts": ["resolved_at", "resolved_seq"],
        "outbox": ["channel"],
    },
    "a6045eb": {
        "subscriptions": ["channel", "remind_days", "when_quiet"],
        "alerts": ["resolved_at", "resolved_seq"],
        "outbox": ["channel", "domain", "failures", "list_name", "resends"],
    },
}
"""The columns of today that the tables of a commit did not have, under a migration of today."""


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "p.db")
    EventStore.open(path).close()
    with write_transaction(open_engine(path)) as connection:
        create_packages(connection, PACKAGES)
        add_reader(connection, email="a@example.org", cadence="daily", zone="UTC", now=EVENING)
    return path


def execute(path: str, *statements: str) -> None:
    with closing(apsw.Connection(path)) as db:
        for (view,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
            db.execute(f"DROP VIEW {view}")
        for statement in statements:
            db.execute(statement)


def drop(path: str, table: str, column: str) -> None:
    with closing(apsw.Connection(path)) as db:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql LIKE ?"
        )
        indexes = db.execute(query, (table, f"%({column}%")).fetchall()
    execute(
        path,
        *(f"DROP INDEX {name}" for (name,) in indexes),
        f"ALTER TABLE {table} DROP COLUMN {column}",
    )


@pytest.mark.parametrize("commit", LACKING)
def test_the_columns_of_a_commit_between_releases_are_added(path: str, commit: str) -> None:
    """Afterwards the tables are those of this release, with their rows."""
    for table, columns in LACKING[commit].items():
        for column in columns:
            drop(path, table, column)
    upgrade(path, PACKAGES)

    with write_transaction(open_engine(path)) as connection:
        assert [] == missing_columns(connection, PACKAGES)
        assert ["a@example.org"] == [
            each.email for each in subscriptions.all_subscriptions(connection)
        ]
        add_reader(
            connection, email="b@example.org", cadence="daily", zone="UTC",
            now=EVENING + timedelta(days=1),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER TABLE outbox RENAME COLUMN message TO body", "table outbox lacks column message"),
        ("ALTER TABLE outbox ADD COLUMN x TEXT NOT NULL DEFAULT 'x'", ""),
        ("ALTER TABLE alerts RENAME COLUMN kind TO sort", "table alerts has column sort"),
    ],
)
def test_what_can_not_be_completed_is_refused_by_name(
    path: str, statement: str, words: str
) -> None:
    """A column without a default that is missing, or that nobody fills; nothing is changed."""
    execute(path, statement)
    with closing(apsw.Connection(path)) as db:
        before = db.execute("SELECT sql FROM sqlite_master").fetchall()
    if not words:
        upgrade(path, PACKAGES)
        return
    with pytest.raises(StoreOutdated, match=words) as caught:
        upgrade(path, PACKAGES)

    assert "made by an unreleased version" in str(caught.value)
    with closing(apsw.Connection(path)) as db:
        assert before == db.execute("SELECT sql FROM sqlite_master").fetchall()
