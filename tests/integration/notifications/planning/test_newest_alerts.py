"""The newest alerts are read page by page, and are the last of all that a list would show."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine, read_snapshot, reused_connections
from notifications.alerts.stored import is_of_agreements
from notifications.delivery.eml_files import EmlTransport
from notifications.planning import alert_report
from notifications.planning.alert_report import (
    alert_rows,
    every_alert_row,
    newest_alert_rows,
    newest_pages,
)
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.accord import PAY, promise

DUE_SOON = datetime(2026, 2, 8, 12, tzinfo=UTC)
OVERDUE = datetime(2026, 2, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def alerts(accord_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Those of four promises that came due and are overdue, to be read."""
    folder = tmp_path_factory.mktemp("alerts")
    file = shutil.copy(accord_database, folder / "pactwatch.db")
    engine, settings = open_engine(str(file)), MailSettings(mail_dir=folder, smtp_url=None)
    with EventStore.open(str(file)) as store, reused_connections(engine):
        for number in range(3):
            promise(store, f"other{number}", {**PAY, "commitment": f"pay{number}"})
        for now in (DUE_SOON, OVERDUE):
            tick(store, engine, settings, EmlTransport(settings.mail_dir), now)
        yield engine


@pytest.mark.parametrize("state", [None, "open", "resolved", "came_true"])
@pytest.mark.parametrize("agreement", [[], ["accord"], ["nowhere"]])
def test_the_newest_are_the_last_of_all(
    alerts: Engine, monkeypatch: pytest.MonkeyPatch, state: str | None, agreement: list[str]
) -> None:
    """Of each state and agreement, whichever pages they lie on; fewer where there are fewer."""
    monkeypatch.setattr(alert_report, "PAGE", 4)
    condition = is_of_agreements(agreement)
    with read_snapshot(alerts) as connection:
        every = alert_rows(connection, OVERDUE, condition)
        rows = [row for row in every if state in (None, row["state"])]
        for limit in (1, 3, 5, len(every) + 1):
            newest = newest_alert_rows(connection, OVERDUE, limit, state, condition)
            assert rows[-limit:] == list(newest)
        pages = list(newest_pages(connection, OVERDUE, condition))
        all_rows = every_alert_row(connection, OVERDUE, condition, state=state)

    assert rows == list(all_rows)
    assert every == [row for page in reversed(pages) for row in page]
    assert all(len(page) <= 4 for page in pages)
    assert bool(every) == (agreement != ["nowhere"])


def test_the_list_of_an_empty_desk_is_empty(engine: Engine) -> None:
    """Before the first turn there is no table."""
    with read_snapshot(engine) as connection:
        assert [] == list(newest_alert_rows(connection, OVERDUE, 5))
