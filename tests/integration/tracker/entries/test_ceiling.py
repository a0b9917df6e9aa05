"""Under a TLP ceiling the record is what it would be without what stands above it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events import EventStore, NewEvent, parse_instant
from tests.integration.tracker.queries.test_status import INSTANTS, folded_ends, project
from tests.support.dataset import EVENING, load
from tests.support.profiles import examples
from tracker.analysis.blocked import as_document, graph
from tracker.analysis.blocked_drawing import dot, mermaid, tree
from tracker.analysis.explain import explain
from tracker.analysis.ledger import ledger
from tracker.analysis.precedents import precedents
from tracker.analysis.readout import readout
from tracker.analysis.releases import releases
from tracker.cli.views.analysis import readout_rows
from tracker.documents.commitments import agreement_json
from tracker.entries.decoding import full_type
from tracker.entries.tlp import LEVELS
from tracker.entries.visible_log import VisibleLog
from tracker.errors import AboveCeiling, UnknownId
from tracker.projections.whole_log import streams_above
from tracker.queries.agreements import states, survey
from tracker.queries.deadlines import deadlines
from tracker.queries.dossier import all_dossiers, statements, with_precedents
from tracker.queries.status import status

AT = parse_instant("2025-03-18T21:45:00Z")
SECRET = "sesame"
HIDDEN: list[tuple[str, str, dict[str, Any]]] = [
    ("energy-pause-2025", "ViolationAlleged", {"commitment": "ep-rus", "incident": f"i-{SECRET}",
     "text": SECRET, "speaker": SECRET, "claimed_count": {"value": 7}}),
    ("energy-pause-2025", "ReadingAsserted", {"commitment": "ep-rus", "term": "scope",
     "value": SECRET, "speaker": SECRET}),
    ("energy-pause-2025", "AssessmentMade", {"commitment": "ep-rus", "text": SECRET,
     "likelihood": "likely"}),
    ("energy-pause-2025", "PositionStated", {"commitment": "ep-rus", "text": SECRET,
     "reserves": "release", "by": SECRET}),
    ("energy-pause-2025", "ConditionAdded", {"commitment": "ep-ukr", "antecedent":
     {"id": SECRET, "text": SECRET}}),
    ("energy-pause-2025", "CommitmentAccepted", {"commitment": f"c-{SECRET}", "kind": "achievement",
     "debtor": ["RUS"], "creditor": ["USA"], "promise": SECRET, "terms": {"due": "2025-04-01"}}),
    ("pow-swap-2025-03-19", "PerformanceConfirmed", {"commitment": "sw-rus", "quantity": 100,
     "basis": "neutral_body", "speaker": SECRET}),
    (f"a-{SECRET}", "AgreementRecorded", {"agreement": f"a-{SECRET}", "title": SECRET}),
    ("statements", "FactClaimed", {"text": SECRET, "term": "call_length", "value": SECRET}),
]  # fmt: skip


def hidden(tlp: str) -> list[tuple[str, NewEvent]]:
    return [
        (stream, NewEvent(type=full_type(name), id=f"{SECRET}-{n}", recorded_at=AT, data={
            "occurred": "2025-03-18", "effective_at": "2025-03-18T21:45:00Z", "tlp": tlp, **data}))
        for n, (stream, name, data) in enumerate(HIDDEN)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def logs() -> tuple[EventStore, EventStore]:
    """The shipped data set, and the same with AMBER entries in it, to be read."""
    plain, richer = EventStore.open("memory://"), EventStore.open("memory://")
    for log in (plain, richer):
        load(log)
    richer.append_batch(hidden("AMBER"))
    return plain, richer


def everything(store: EventStore) -> str:
    """Every output of the desk, in one text; head and checkpoint are the log's own."""
    answer = status(store, EVENING, EVENING)
    ends = deadlines(store, EVENING, EVENING, None)
    answers: list[Any] = [answer["agreements"], [*ends.answers], [*ends.awaiting], ends.unreadable]
    answers += [explain(store, c["id"], EVENING, EVENING) for a in answer["agreements"]
                for c in a["commitments"]]  # fmt: skip
    for record in (
        *all_dossiers(store, EVENING, EVENING).answers,
        *statements(store, EVENING, EVENING),
    ):
        around = with_precedents(store, record, EVENING, EVENING)
        answers += [
            readout(record),
            readout_rows(readout(record)),
            ledger(record),
            releases(record),
        ]
        answers += [precedents(record.state.id, around)]
    waits = graph(states(store, EVENING, EVENING))
    answers += [as_document(waits), tree(waits), dot(waits), mermaid(waits)]
    answers += [(event.id, event.data) for event in store.read_all()]
    return json.dumps(answers, default=str)


def test_every_output_is_what_it_would_be_without_the_entries_above(
    logs: tuple[EventStore, EventStore],
) -> None:
    """Not one word, number or state leaks; without a ceiling all of it is there."""
    plain, richer = logs
    whole = everything(richer)

    assert SECRET in whole
    assert everything(plain) == everything(VisibleLog(richer, "GREEN"))
    assert whole == everything(VisibleLog(richer, "AMBER"))


def test_what_is_shown_is_marked_with_the_highest_in_it(
    logs: tuple[EventStore, EventStore],
) -> None:
    """By agreement, by commitment, and for the whole."""
    _, richer = logs
    document = status(richer, EVENING, EVENING)
    marks = {c["id"]: c["tlp"] for a in document["agreements"] for c in a["commitments"]}

    assert ("AMBER", "AMBER", "CLEAR") == (document["tlp"], marks["sw-rus"], marks["sw-ukr"])
    assert "CLEAR" == status(VisibleLog(richer, "GREEN"), EVENING, EVENING)["tlp"]


def test_an_id_above_the_ceiling_is_unknown_and_not_suggested(
    logs: tuple[EventStore, EventStore],
) -> None:
    """That it exists is already too much."""
    below = VisibleLog(logs[1], "GREEN")
    with pytest.raises(UnknownId) as raised:
        status(below, EVENING, EVENING, f"a-{SECRET}x")

    assert "did you mean" not in str(raised.value)
    assert (None, 0) == (below.find(f"{SECRET}-0"), below.stream_version(f"a-{SECRET}"))
    with pytest.raises(UnknownId):
        explain(below, f"c-{SECRET}", EVENING, EVENING)


@pytest.fixture
def marked_log(rows_url: str) -> Iterator[EventStore]:
    """The shipped data and more, with entries of every mark and a promise that hangs on one."""
    entries = zip(cycle(LEVELS[1:]), hidden("CLEAR"), strict=False)
    marked = [
        (stream, replace(event, data={**event.data, "tlp": level}))
        for level, (stream, event) in entries
    ]
    due = {"after": f"c-{SECRET}", "moment": "due", "by": "P3D"}
    hanging = {"commitment": "hanging", "kind": "achievement", "debtor": ["NOR"],
               "creditor": ["ISL"], "promise": "to answer", "occurred": "2025-03-18",
               "terms": {"due": due}}  # fmt: skip
    made = NewEvent(full_type("CommitmentAccepted"), hanging, id="hanging", recorded_at=AT)
    with EventStore.open(rows_url) as log:
        log.append_batch([*marked, ("lively", made)])
        yield log


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projected=INSTANTS, later=st.integers(-2, 40), ceiling=st.sampled_from(LEVELS))
def test_below_a_ceiling_rows_answer_as_the_log_without_what_is_above(
    marked_log: EventStore, rows_url: str, projected: datetime, later: int, ceiling: str
) -> None:
    """Whatever they were made for: they are of the whole log, and nothing of it shows."""
    project(marked_log, rows_url, projected)
    at = projected + timedelta(days=later)
    from_log, from_rows = (
        VisibleLog(marked_log, ceiling),
        VisibleLog(marked_log, ceiling, find_marked=streams_above),
    )
    answer, ends = status(from_rows, at, at), deadlines(from_rows, at, at, None)

    every = survey(from_log, at, at, agreement_json)
    assert (every.answers, every.unreadable) == (answer["agreements"], answer["unreadable"])
    assert folded_ends(from_log, at, at) == ([*ends.answers], [*ends.awaiting])


def test_an_agreement_above_the_ceiling_is_unknown_though_it_has_a_row(
    marked_log: EventStore, rows_url: str
) -> None:
    """Nor is it suggested, nor a promise of it."""
    project(marked_log, rows_url, EVENING)
    below = VisibleLog(marked_log, "CLEAR", find_marked=streams_above)

    for name in (f"a-{SECRET}", f"a-{SECRET}x", f"c-{SECRET}", f"c-{SECRET}x"):
        with pytest.raises(UnknownId) as raised:
            status(below, EVENING, EVENING, name)
        assert "did you mean" not in str(raised.value)
        with pytest.raises(UnknownId):
            explain(below, name, EVENING, EVENING)


def test_an_entry_that_comes_in_while_a_log_is_read_is_hidden() -> None:
    """Which streams hold anything above the ceiling was asked before."""
    log = EventStore.open("memory://")
    load(log)
    below = VisibleLog(log, "GREEN")
    before = list(below.read_all())
    log.append_batch(hidden("AMBER"))

    assert before == list(below.read_all())
    assert [] == list(below.read_stream(f"a-{SECRET}"))


def test_nothing_can_be_written_under_a_ceiling(logs: tuple[EventStore, EventStore]) -> None:
    """What is judged from a part of the record must not enter the whole."""
    below = VisibleLog(logs[1], "GREEN")
    with pytest.raises(AboveCeiling):
        below.append("x", [])
    with pytest.raises(AboveCeiling):
        below.redact("ds-ep-001")
    with pytest.raises(AboveCeiling):
        below.rows()
    with pytest.raises(AboveCeiling):
        below.texts()
