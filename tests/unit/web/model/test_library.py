"""A store that stays open for a moment answers as one that is opened for each question."""

from __future__ import annotations

from pathlib import Path

import pytest

from events import EventStore, NewEvent
from events.errors import StoreNotFound
from web.model.library import BriefStore


def log(path: Path, events: int) -> Path:
    with EventStore.open(str(path)) as store:
        store.append("s", [NewEvent(type="t.v1", data={"n": n}) for n in range(events)])
    return path


def test_questions_that_follow_each_other_open_the_store_once(tmp_path: Path) -> None:
    """And yet each sees what was recorded since the one before."""
    path = log(tmp_path / "log.db", 2)
    brief = BriefStore(str(path))
    first = brief.ask(lambda store: store)
    log(path, 1)

    assert first is brief.ask(lambda store: store)
    assert 3 == brief.ask(lambda store: store.head())


def test_a_file_that_takes_the_place_of_another_is_read_at_once(tmp_path: Path) -> None:
    """One that is restored, say; the old one is still there for whoever has it open."""
    path = log(tmp_path / "log.db", 2)
    brief = BriefStore(str(path))
    brief.ask(lambda store: store.head())
    log(tmp_path / "other.db", 5).replace(path)

    assert 5 == brief.ask(lambda store: store.head())


def test_a_file_that_is_gone_is_missed_at_once(tmp_path: Path) -> None:
    """And found again when it is back."""
    path = log(tmp_path / "log.db", 2)
    brief = BriefStore(str(path))
    brief.ask(lambda store: store.head())
    away = path.rename(tmp_path / "away.db")

    with pytest.raises(StoreNotFound):
        brief.ask(lambda store: store.head())
    away.rename(path)
    assert 2 == brief.ask(lambda store: store.head())


def test_a_store_that_was_closed_is_opened_anew(tmp_path: Path) -> None:
    """By its own time, or by whoever has it; one that was closed before does not end the next."""
    brief = BriefStore(str(log(tmp_path / "log.db", 2)))
    first = brief.ask(lambda store: store)
    brief.close()
    second = brief.ask(lambda store: store)
    brief.close(first)

    assert first is not second
    assert second is brief.ask(lambda store: store)
    second.close()
    assert 2 == brief.ask(lambda store: store.head())
