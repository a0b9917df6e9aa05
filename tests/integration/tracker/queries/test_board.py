"""The board of another instant: from rows where nothing has moved since, else from the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine, text

from benchmarks.many_agreements import NOW, fill
from events import EventStore, parse_instant
from events.database.engine import open_engine, read_snapshot, write_transaction
from tests.integration.tracker.queries.test_status import (
    INSTANTS,
    LATER,
    folded,
    folded_ends,
    project,
)
from tests.support.dataset import EVENING
from tests.support.profiles import examples
from tests.support.served import record
from tracker.documents.summaries import AgreementSummary, summary_of
from tracker.entries import streams
from tracker.projections.catch_up import catch_up
from tracker.queries import agreements as queries
from tracker.queries.board.changes import changes_of, moved_since
from tracker.queries.board.deadlines import open_ends
from tracker.queries.board.queries import BoardQueries
from tracker.queries.comparison.changes import ClockPair
from tracker.queries.comparison.diff import changes_between


@contextmanager
def published(
    store: EventStore, database: str, as_of: datetime, known_at: datetime
) -> Iterator[BoardQueries]:
    engine = open_engine(database, read_only=True)
    with read_snapshot(engine) as connection:
        yield BoardQueries(store, connection, known_at, then=(as_of, known_at))


def brief(store: EventStore, as_of: datetime, known_at: datetime) -> dict[str, AgreementSummary]:
    """Every agreement in brief, from the log; the newest event of each is not compared."""
    return {s.id: summary_of(s, 0) for s in queries.states(store, as_of, known_at)}


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projected=INSTANTS, as_of=INSTANTS, known_at=INSTANTS)
def test_what_is_published_of_any_instant_is_what_the_log_says(
    log: EventStore,
    url: str,
    projected: datetime,
    as_of: datetime,
    known_at: datetime,
) -> None:
    """Whenever the rows were made, whatever is asked of world and record."""
    project(log, url, projected)
    with published(log, url, as_of, known_at) as reader:
        documents = list(reader.documents())
        deadlines, awaited = map(list, open_ends(reader))
        in_order, by_parts = reader.agreement_summaries(), [*reader.each_agreement_summary()]
        summaries = {h.id: h for h in in_order}
        owned = {c.id: h.id for h in summaries.values() for c in h.commitments}
        details = reader.details(owned)

    assert folded(log, as_of, known_at) == json.dumps(documents)
    assert in_order == by_parts
    assert folded_ends(log, as_of, known_at) == (deadlines, awaited)
    assert {c["id"]: c for d in documents for c in d["commitments"]} == details
    assert brief(log, as_of, known_at) == {
        name: _without_position(summary) for name, summary in summaries.items()
    }


def _without_position(summary: AgreementSummary) -> AgreementSummary:
    return replace(summary, last_position=0)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projected=INSTANTS, since=INSTANTS, days=st.integers(0, 60), learned=st.integers(0, 60))
def test_agreements_that_are_passed_over_have_not_changed(
    log: EventStore, url: str, projected: datetime, since: datetime, days: int, learned: int
) -> None:
    """Neither in the world nor in what was learned of it, whenever the rows were made."""
    project(log, url, projected)
    after = ClockPair(since + timedelta(days=days), since + timedelta(days=learned))
    before = ClockPair(since, since)
    with published(log, url, after.as_of, after.known_at) as reader:
        moved = moved_since(reader, since)
        others = [name for name in streams.agreement_ids(log) if name not in moved]

        assert moved == [name for name in streams.agreement_ids(log) if name in moved]
        assert [] == changes_between(log, others, before, after, after.as_of)


def test_what_is_due_within_the_second_is_not_passed_over(
    log_to_read: EventStore, rows_to_read: str
) -> None:
    """Instants with a fraction of a second come before those without, as texts."""
    engine = open_engine(rows_to_read, read_only=True)
    query = "SELECT id, refold_at FROM agreements WHERE refold_at NOT LIKE '%.%' ORDER BY refold_at"
    with read_snapshot(engine) as connection:
        name, due = connection.execute(text(query)).all()[0]
        now = parse_instant(due) + timedelta(milliseconds=700)
        moved = moved_since(BoardQueries(log_to_read, connection, now), now - timedelta(seconds=1))

    assert name in moved


@pytest.fixture(scope="module")
def many_agreements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EventStore, str]]:
    """A log of many agreements, projected, to be read; and its address."""
    database = str(tmp_path_factory.mktemp("many") / "pactwatch.db")
    with EventStore.open(database) as store:
        fill(store, 120)
        project(store, database, NOW)
        yield store, database


def test_agreements_that_rested_are_passed_over(many_agreements: tuple[EventStore, str]) -> None:
    """Only what moved is compared, or a page about a day would fold the whole log."""
    with published(*many_agreements, NOW, NOW) as reader:
        moved = moved_since(reader, NOW - timedelta(days=1))

    assert len(moved) < 10


@pytest.mark.parametrize("days", [1, 30, 150, -20])
def test_few_agreements_are_folded_for_an_instant_near_the_projection(
    many_agreements: tuple[EventStore, str], days: int
) -> None:
    """The further away, the more have moved; none is told wrongly."""
    at = NOW - timedelta(days=days)
    with published(*many_agreements, at, NOW) as reader:
        count, documents = len(reader.folding.names), list(reader.documents())

    assert folded(many_agreements[0], at, NOW) == json.dumps(documents)
    assert count < {1: 10, 30: 60, 150: 120, -20: 60}[days]


def test_rows_are_read_where_they_hold(
    projected_store: EventStore, projected: str, projected_engine: Engine
) -> None:
    """A row that says something else is believed, so it was not folded."""
    with write_transaction(projected_engine) as connection:
        connection.execute(text("UPDATE commitments SET promise = 'as the row says'"))
    with published(projected_store, projected, EVENING, LATER) as reader:
        promises = {c.promise for h in reader.agreement_summaries() for c in h.commitments}

    assert "as the row says" in promises


def test_a_party_learned_in_between_makes_every_row_void(
    store: EventStore, database: str, engine: Engine
) -> None:
    """Its zone may move any deadline."""
    record(database, "parties", "PartyRegistered", at="2025-03-18T23:00:00Z", party="ABC",
           name="A", zone="Asia/Tokyo", occurred="2025-03-18")  # fmt: skip
    with write_transaction(engine) as connection:
        catch_up(store, connection, LATER)
    with published(store, database, EVENING, EVENING) as reader:
        assert set(streams.agreement_ids(store)) == set(reader.folding.names)


def test_tables_of_another_edition_are_taken_for_none(
    projected_store: EventStore, projected: str, projected_engine: Engine
) -> None:
    """Their columns may be others: until the next turn, the feed and the board fold the log."""
    with write_transaction(projected_engine) as connection:
        before = list(BoardQueries(projected_store, connection, EVENING).documents())
        for statement in (
            "DROP TABLE commitment_agreements",
            "DROP TABLE unreadable_agreements",
            "ALTER TABLE agreements RENAME COLUMN stable_since TO earlier_name",
            "UPDATE projection_checkpoints SET edition = 'another'",
        ):
            connection.execute(text(statement))
    with read_snapshot(open_engine(projected, read_only=True)) as connection:
        board = BoardQueries(projected_store, connection, EVENING)

        assert (before, []) == (list(board.documents()), board.unreadable())
        assert len(before) == len(board.agreement_summaries())
        assert open_ends(board)[0]


def test_the_newest_changes_are_the_first_of_all_of_them(
    store: EventStore, database: str, engine: Engine
) -> None:
    """However few are wanted, and though as text the parts of a second come before the whole."""
    for number, second in enumerate(("00", "00.25", "00.5", "01")):
        record(database, f"a-{number}", "CommitmentAccepted", at=f"2025-03-18T21:59:{second}Z",
               commitment=f"c-{number}", kind="process", debtor=["RUS"], creditor=["UKR"],
               promise="to talk", speaker="RUS", occurred="2025-03-18", terms={},
               effective_at="2025-03-18T21:50:00Z")  # fmt: skip
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)
    with published(store, database, EVENING, EVENING) as reader:
        times = [parse_instant(c["known_at"]) for c in changes_of(reader, 10_000, ())]
        newest = {
            limit: [parse_instant(c["known_at"]) for c in changes_of(reader, limit, ())]
            for limit in range(1, 20)
        }

    assert not reader.folding.names
    assert times == sorted(times, reverse=True)
    assert {limit: times[:limit] for limit in newest} == newest
