"""Turns of the scheduler that write their mail into a folder of the test's own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from events import EventStore
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.accord import Turn


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(mail_dir=tmp_path / "mail", smtp_url=None)


@pytest.fixture
def turn(store: EventStore, engine: Engine, settings: MailSettings) -> Turn:
    def run(now: datetime) -> TickReport:
        return tick(store, engine, settings, EmlTransport(settings.mail_dir), now)

    return run
