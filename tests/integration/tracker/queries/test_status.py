"""`status` from the projection: the bytes of the fold, without the fold."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from events import EventStore, NewEvent, parse_instant
from events.database.engine import open_engine, write_transaction
from tests.support.dataset import EVENING
from tests.support.profiles import examples
from tracker.documents.commitments import agreement_json
from tracker.documents.readings import (
    AwaitedEnd,
    OpenReading,
    awaited_ends,
    by_end,
    open_readings,
)
from tracker.errors import UnknownId
from tracker.projections.catch_up import catch_up
from tracker.queries import agreements as queries
from tracker.queries.deadlines import deadlines
from tracker.queries.status import status
from tracker.spool import on_disk

LATER = parse_instant("2025-04-17T12:00:00Z")


def project(log: EventStore, url: str, at: datetime) -> None:
    with write_transaction(open_engine(url)) as connection:
        catch_up(log, connection, at)


def folded(log: EventStore, as_of: datetime, known_at: datetime) -> str:
    """Every agreement folded from the log, as text."""
    return json.dumps([agreement_json(s) for s in queries.states(log, as_of, known_at)])


Ends = tuple[list[OpenReading], list[AwaitedEnd]]


def folded_ends(log: EventStore, as_of: datetime, known_at: datetime) -> Ends:
    """The open readings, soonest first, and the ends with no date yet, folded from the log."""
    promises = [
        (s, c) for s in queries.states(log, as_of, known_at) for c in s.commitments.values()
    ]
    readings = sorted((r for s, c in promises for r in open_readings(s, c)), key=by_end)
    return readings, [each for s, c in promises for each in awaited_ends(s, c)]


def answered(log: EventStore, as_of: datetime, known_at: datetime, *names: str) -> str:
    return json.dumps(status(log, as_of, known_at, *names)["agreements"])


MARCH = parse_instant("2025-03-01T00:00:00Z")
ODD = [timedelta(0), timedelta(microseconds=1), timedelta(seconds=-1), timedelta(minutes=17)]
INSTANTS = st.builds(
    lambda hours, odd: MARCH + timedelta(hours=hours) + odd,
    st.integers(0, 24 * 150),
    st.sampled_from(ODD),
)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projected=INSTANTS, as_of=INSTANTS, known_at=INSTANTS)
def test_the_answer_from_rows_is_the_answer_of_the_fold(
    log: EventStore, url: str, projected: datetime, as_of: datetime, known_at: datetime
) -> None:
    """Whatever the rows were made for, and whatever is asked: past, future, both clocks."""
    project(log, url, projected)

    assert folded(log, as_of, known_at) == answered(log, as_of, known_at)
    assert folded(log, as_of, as_of) == answered(log, as_of, as_of)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projected=INSTANTS, as_of=INSTANTS, known_at=INSTANTS)
def test_ends_from_rows_are_those_of_the_fold(
    log: EventStore, url: str, projected: datetime, as_of: datetime, known_at: datetime
) -> None:
    """What `deadlines` lists, and what has no date yet, whatever the rows were made for."""
    project(log, url, projected)

    for pair in ((as_of, known_at), (projected, projected)):
        ends = deadlines(log, *pair, None)
        assert folded_ends(log, *pair) == ([*ends.answers], [*ends.awaiting])


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projected=INSTANTS, as_of=INSTANTS, data=st.data())
def test_one_agreement_or_commitment_is_answered_as_it_is_folded(
    log: EventStore, url: str, projected: datetime, as_of: datetime, data: st.DataObject
) -> None:
    """Also one that is not yet known, or that is refused."""
    project(log, url, projected)
    name = data.draw(st.sampled_from(["lively", "lively-grain", "ep-rus", "energy-pause-2025"]))
    try:
        state = queries.find(log, name, as_of, as_of)
    except UnknownId as error:
        refused = error.message
    else:
        refused = None
    if refused is not None:
        with pytest.raises(UnknownId) as caught:
            status(log, as_of, as_of, name)
        assert refused == caught.value.message
        return
    expected = agreement_json(state)
    if name != expected["id"]:
        expected["commitments"] = [c for c in expected["commitments"] if c["id"] == name]

    assert json.dumps([expected]) == answered(log, as_of, as_of, name)


def test_the_rows_are_what_is_read(projected_store: EventStore, projected_engine: Engine) -> None:
    """A row that says something else is believed, so the rows were read."""
    with write_transaction(projected_engine) as connection:
        connection.execute(text('UPDATE commitments SET detail = \'{"id": "x"}\''))

    commitments = status(projected_store, EVENING, EVENING)["agreements"][0]["commitments"]
    assert [{"id": "x"}] == commitments[:1]


@pytest.mark.parametrize("name", ["nosuchthing", "ep-ruz", "x"])
def test_an_unknown_name_reads_no_object(store: EventStore, engine: Engine, name: str) -> None:
    """What is on record is told by the ids alone, in the words of the fold."""
    with pytest.raises(UnknownId) as by_fold:
        status(store, EVENING, EVENING, name)
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)
        connection.execute(text("UPDATE commitments SET detail = 'no object'"))
        connection.execute(text("UPDATE agreements SET detail = 'no object'"))
    with pytest.raises(UnknownId) as by_rows:
        status(store, EVENING, EVENING, name)

    assert (by_fold.value.message, by_fold.value.hint) == (
        by_rows.value.message,
        by_rows.value.hint,
    )


def refusal(log: EventStore, name: str) -> tuple[str, str]:
    with pytest.raises(UnknownId) as refused:
        status(log, EVENING, EVENING, name)
    return refused.value.message, refused.value.hint


@pytest.mark.parametrize("name", ["EP-RUS", "energy-pause", "ep", "zzzz", "0", "swrus"])
def test_of_many_names_those_alongside_are_compared(
    log_to_read: EventStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words that comparing all of them has, with how many others there are."""
    of_all = refusal(log_to_read, name)
    monkeypatch.setattr("tracker.queries.status.FEW_IDS", 0)

    assert of_all == refusal(log_to_read, name)


@pytest.mark.parametrize("name", ["ep-rux", "eprus", "ep-rrus", "pe-rus", "p-rus", "EP-RUX"])
def test_of_many_names_those_one_slip_away_are_compared(
    log_to_read: EventStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the slip is, though none alongside is meant."""
    monkeypatch.setattr("tracker.queries.status.FEW_IDS", 0)
    monkeypatch.setattr("tracker.projections.reader.ALONGSIDE", 0)

    assert "did you mean ep-rus" in refusal(log_to_read, name)[0]


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE projection_checkpoints SET position = position - 1",
        "UPDATE projection_checkpoints SET edition = 'another'",
        "UPDATE projection_checkpoints SET projected_at = '2030-01-01T00:00:00Z'",
        "DELETE FROM projection_checkpoints",
        "DROP TABLE projection_checkpoints",
    ],
)
def test_rows_that_can_not_be_trusted_are_not(
    projected_store: EventStore, projected_engine: Engine, spoil: str
) -> None:
    """Behind the log, of other rules, for a later instant, or not there: the log is folded."""
    with write_transaction(projected_engine) as connection:
        connection.execute(text('UPDATE commitments SET detail = \'{"id": "x"}\''))
        connection.execute(text(spoil))

    assert folded(projected_store, EVENING, EVENING) == answered(projected_store, EVENING, EVENING)


def test_news_after_the_projection_counts(projected_store: EventStore) -> None:
    """An event appended by a program that projects nothing is in the answer at once."""
    data: dict[str, Any] = {"agreement": "new", "title": "New", "occurred": "2025-03-18"}
    news = NewEvent("pactwatch.AgreementRecorded.v1", data, "n", "t", EVENING)
    projected_store.append("new", [news])

    assert "new" == status(projected_store, EVENING, EVENING)["agreements"][-1]["id"]


def test_every_party_that_became_known_since_counts(store: EventStore, engine: Engine) -> None:
    """Its zone moves a deadline, also when another party became known later still."""

    def new(type_: str, hours: int, **data: Any) -> NewEvent:
        at = EVENING + timedelta(hours=hours)
        data |= {"occurred": "2025-03-18"}
        return NewEvent(f"pactwatch.{type_}.v1", data, f"{type_}-{hours}", "t", at)

    due = {"kind": "achievement", "terms": {"due": "2025-04-01"}}
    promise = {"commitment": "z-1", "debtor": ["ABC"], "creditor": ["RUS"], "promise": "p", **due}
    store.append("z", [new("AgreementRecorded", 0, agreement="z", title="Z", parties=["ABC"])])
    store.append("z", [new("CommitmentAccepted", 0, speaker="ABC", **promise)])
    for hours, party in ((1, "ABC"), (24, "DEF")):
        zoned = {"party": party, "name": party, "zone": "Asia/Tokyo"}
        store.append("parties", [new("PartyRegistered", hours, **zoned)])
    with write_transaction(engine) as connection:
        catch_up(store, connection, EVENING)
    at = EVENING + timedelta(hours=2)

    assert folded(store, at, at) == answered(store, at, at)
    with write_transaction(engine) as connection:
        catch_up(store, connection, at)
    assert folded(store, at, at) == answered(store, at, at)


def test_a_short_answer_needs_no_sqlalchemy_and_no_fold(projected: str) -> None:
    """What makes `status` start fast: neither is imported."""
    script = (
        "import sys, cli\n"
        f"cli.exit_code_of(['--db', {projected!r}, '--now', '2025-03-18T23:00:00Z', "
        "'-q', 'status'])\n"
        "print([m for m in ('sqlalchemy', 'tracker.rules.fold') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "[]" == done.stdout.splitlines()[-1]
    assert "ep-rus" in done.stdout


def test_agreements_are_read_as_they_are_asked_for(log: EventStore, url: str) -> None:
    """In parts, so the answer of a large record takes little memory; by rows and by the fold."""
    for project_first in (False, True):
        if project_first:
            project(log, url, EVENING)
        whole = status(log, EVENING, EVENING)
        begun = status(log, EVENING, EVENING, gather=lambda agreements: [next(agreements)])
        spooled = status(log, EVENING, EVENING, gather=on_disk)

        assert whole["agreements"][:1] == begun["agreements"]
        assert whole == {**spooled, "agreements": list(spooled["agreements"])}
