"""Two desks on databases take in each other's exports: both ends agree, and rows are as rebuilt."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import EventStore, EventStoreError, parse_instant
from events.cloudevents import encode
from events.database.engine import open_engine, write_transaction
from tests.integration.tracker.projections.test_catch_up import contents
from tests.support.profiles import examples
from tracker.entries.decoding import full_type
from tracker.errors import TrackerError
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import rebuild
from tracker.queries.status import status
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake

NOW, LATER = map(parse_instant, ("2025-06-01T00:00:00Z", "2030-01-01T00:00:00Z"))


def line(name: str, number: str, by: str, day: int, data: dict[str, Any]) -> bytes:
    event = {
        "specversion": "1.0", "id": f"{by}{number}", "source": by or "base",
        "type": full_type(name),
        "subject": "acc", "time": f"2025-03-{day:02}T12:00:00Z", "data": data,
    }  # fmt: skip
    return json.dumps(event).encode()


def promise(name: str, kind: str, debtor: str, terms: dict[str, Any]) -> bytes:
    data = {
        "commitment": name, "kind": kind, "debtor": [debtor], "creditor": ["DNK"],
        "promise": "as agreed", "speaker": debtor, "occurred": "2025-03-01", "terms": terms,
    }  # fmt: skip
    return line("CommitmentAccepted", name, "", 1, data)


BASE = [
    line("AgreementRecorded", "acc", "", 1,
         {"agreement": "acc", "title": "Accord", "parties": ["NOR", "DNK"]}),
    promise("c", "maintenance", "NOR", {"start": "2025-03-01", "end": "2025-05-10"}),
    promise("k", "achievement", "NOR", {"due": "2025-03-20", "quantity": 10}),
]  # fmt: skip


def entry(chance: random.Random, by: str, number: int) -> bytes:
    """Any entry about the two promises, recorded and dated on any days of a month."""
    speaker, days = chance.choice(["NOR", "DNK"]), [chance.randint(2, 28) for _ in range(3)]
    incident = {"commitment": "c", "incident": chance.choice("ij")}
    finding = {"basis": "neutral_body"}
    done = {"commitment": "k", "quantity": chance.randint(1, 4), "of": 10}
    both = {"commitment": chance.choice("ck"), "speaker": speaker, "by": ["NOR", "DNK"]}
    name, data = chance.choice([
        ("ViolationAlleged", {**incident, "speaker": "DNK", "text": "x"}),
        ("ViolationDenied", {**incident, "speaker": "NOR"}),
        ("ViolationRefuted", {**incident, **finding}),
        ("PerformanceReported", {**done, "speaker": speaker}),
        ("PerformanceConfirmed", {**done, **finding}),
        ("SuspensionDeclared", {**both, "by": [speaker]}),
        ("Resumed", both),
        ("TermExtended", {**both, "terms": {"extend_by": "P3D"}}),
        ("ReadingAsserted", {"commitment": "c", "speaker": speaker,
                             "terms": {"end": f"2025-05-{days[2]:02}"}}),
        ("EntryCorrected", {"event": chance.choice("ck"), "reason": "r",
                            "replacement": {"note": f"{by}{number}"}}),
    ])  # fmt: skip
    dated = {} if name == "EntryCorrected" else {"occurred": f"2025-03-{days[1]:02}"}
    return line(name, str(number), by, days[0], {**data, **dated})


def take(store: EventStore, lines: list[bytes]) -> Intake:
    intake = Intake(store, NOW)
    accepted = take_lines(lines, intake)
    store.append_batch(accepted.items, accepted.versions)
    return intake


def export(store: EventStore) -> list[bytes]:
    return [encode(event) for event in store.read_all()]


def commitments_of(store: EventStore) -> Any:
    answer: Any = status(store, NOW, NOW)
    (agreement,) = answer["agreements"]
    return [
        (c["id"], c["state"], c["compliance"], c["fulfilment"], c["incidents"], c["readings"])
        for c in agreement["commitments"]
    ]


def desk(chance: random.Random, by: str, entries: int = 6) -> EventStore:
    """A log in memory with the common beginning, and what its analyst could record since."""
    store = EventStore.open("memory://")
    take(store, BASE)
    for number in range(entries):
        try:
            take(store, [entry(chance, by, number)])
        except (TrackerError, EventStoreError):
            continue
    return store


@settings(max_examples=examples(25), deadline=None)
@given(st.randoms(use_true_random=False))
def test_two_desks_agree_after_they_took_in_each_others_entries(chance: random.Random) -> None:
    """In whatever order they were recorded, dated and taken in; and each log can be moved."""
    ours, theirs = desk(chance, "anna"), desk(chance, "ben")
    before = export(ours), export(theirs)
    try:
        take(ours, before[1])
        take(theirs, before[0])
    except TrackerError:
        return  # Both did what can be done once.
    assert commitments_of(ours) == commitments_of(theirs)
    moved = EventStore.open("memory://")
    take(moved, export(ours))
    assert (export(ours), commitments_of(ours)) == (export(moved), commitments_of(moved))


@settings(max_examples=examples(4), deadline=None, suppress_health_check=[*HealthCheck])
@given(st.randoms(use_true_random=False))
def test_rows_kept_up_over_a_merge_are_as_rebuilt(url: str, chance: random.Random) -> None:
    """What an import has folded and what a turn reads from the log are the same rows."""
    with EventStore.open(url) as store:
        engine = open_engine(url)
        known = store.head()
        lines = [*BASE, entry(chance, f"x{known}", 0)]
        for each in (lines, [entry(chance, f"y{known}", n) for n in range(3)]):
            intake = Intake(store, LATER)
            try:
                accepted = take_lines(each, intake)
            except TrackerError:
                continue
            store.append_batch(accepted.items, accepted.versions)
            with write_transaction(engine) as connection:
                catch_up(store, connection, LATER, judged=accepted.folded)
        with write_transaction(engine) as connection:
            kept_up = contents(connection)
        rebuild(store, engine)
        with write_transaction(engine) as connection:
            assert kept_up == contents(connection)
