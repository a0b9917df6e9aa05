"""A board under a ceiling is that of a database without what lies above it, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from events import EventStore, NewEvent, RecordedEvent, parse_instant
from tests.support.command import Command, plain_environment
from tests.support.lively import add_lively
from tests.support.served import Board, project, serving
from tracker.entries.decoding import full_type
from web.export import export
from web.model.links import FILES, PATHS, path_of
from web.settings import Site

NOW = "2025-04-25T22:00:00Z"
STREAMS = ("energy-deal-2024", "energy-pause-2025", "pow-swap-2025-03-19", "statements")
WORD = "sesame"
"""Stands in everything that is hidden."""
Fact = tuple[str, str, dict[str, Any]]
ALLEGED: dict[str, Any] = {"commitment": "ep-rus", "occurred": "2025-03-18", "speaker": "UKR"}
PROMISE: dict[str, Any] = {"kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"]}
HIDDEN: tuple[Fact, ...] = (
    ("energy-pause-2025", "ViolationAlleged",
     {**ALLEGED, "incident": WORD, "text": WORD, "tlp": "AMBER"}),
    ("energy-pause-2025", "ViolationConfirmed",
     {**ALLEGED, "occurred": "2025-03-19", "incident": WORD, "basis": "neutral_body",
      "tlp": "AMBER"}),
    (WORD, "AgreementRecorded", {"agreement": WORD, "title": WORD, "parties": [], "tlp": "RED"}),
    (WORD, "CommitmentAccepted",
     {**PROMISE, "commitment": f"c-{WORD}", "promise": WORD, "terms": {"due": "2025-03-22"},
      "tlp": "RED"}),
    ("pow-swap-2025-03-19", "PerformanceConfirmed",
     {"commitment": "sw-rus", "quantity": 100, "basis": "neutral_body", "speaker": WORD,
      "tlp": "GREEN"}),
    ("statements", "FactClaimed",
     {"text": WORD, "term": "call_length", "value": WORD, "tlp": "RED"}),
    ("late", "AgreementRecorded",
     {"agreement": "late", "title": WORD, "parties": [], "tlp": "AMBER"}),
    ("energy-pause-2025", "EntryCorrected",
     {"event": "ds-ep-004", "reason": WORD, "occurred": "2025-03-18", "tlp": "CLEAR",
      "replacement": {"tlp": "AMBER", "text": WORD}}),
    ("late", "PerformanceConfirmed",
     {"commitment": "late-1", "basis": "neutral_body", "speaker": WORD, "occurred": "2025-04-01",
      "tlp": "RED"}),
)  # fmt: skip
VISIBLE: tuple[Fact, ...] = (
    ("late", "AgreementRecorded", {"agreement": "late", "title": "Late", "parties": ["NOR"]}),
    ("late", "CommitmentAccepted",
     {**PROMISE, "commitment": "late-1", "promise": "to pay", "occurred": "2025-03-18",
      "terms": {"due": "2025-04-02"}}),
    ("leaning", "AgreementRecorded",
     {"agreement": "leaning", "title": "Leaning", "parties": ["NOR"], "occurred": "2025-03-18"}),
    ("leaning", "CommitmentAccepted",
     {**PROMISE, "commitment": "leaning-1", "promise": "to give back", "occurred": "2025-03-18",
      "terms": {"due": {"after": "late-1", "moment": "discharged", "by": "P3D"}}}),
    ("energy-pause-2025", "ViolationAlleged",
     {**ALLEGED, "incident": "shown", "text": "a strike on sub station"}),
)  # fmt: skip
"""What may be shown: an agreement whose first entry is hidden, one with an end that hangs on what
has hidden entries, and one more entry among these."""


def fact_events(facts: tuple[Fact, ...], prefix: str) -> list[tuple[str, NewEvent]]:
    at = parse_instant("2025-03-18T21:45:00Z")
    return [
        (stream, NewEvent(type=full_type(name), data=data, id=f"{prefix}-{n}", recorded_at=at))
        for n, (stream, name, data) in enumerate(facts)
    ]


def again(event: RecordedEvent) -> tuple[str, NewEvent]:
    """The same without its note: a text that can be erased is hashed with a salt, new each time."""
    data = {name: value for name, value in event.data.items() if name != "note"}
    return event.stream, NewEvent(event.type, data, event.id, event.source, event.recorded_at)


@pytest.fixture(scope="module")
def databases(
    shipped_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A log with hidden entries at its beginning and its end, and of what its export brings."""
    desk = tmp_path_factory.mktemp("trace")
    whole, cleared = str(desk / "whole.db"), str(desk / "cleared.db")
    with EventStore.open(str(shipped_database)) as shipped:
        events = [e for e in shipped.read_all() if e.stream in STREAMS or "/" in e.stream]
    hidden = fact_events(HIDDEN, "hidden")
    with EventStore.open(whole) as store:
        for event, between in zip_longest(map(again, events), hidden[:6]):
            store.append_batch([each for each in (event, between) if each is not None])
        add_lively(store)
        store.append_batch([*hidden[6:], *fact_events(VISIBLE, "visible")])
    run = Command(desk, plain_environment(desk))
    exported = run("--db", whole, "--tlp", "clear", "export", "-o", "clear.jsonl")
    assert 0 == exported.code, exported.err
    assert WORD not in (desk / "clear.jsonl").read_text()
    imported = run("--db", cleared, "import", "clear.jsonl", PACTWATCH_NOW=NOW)
    assert 0 == imported.code, imported.err
    for database in (whole, cleared):
        project(database, parse_instant(NOW))
    return whole, cleared


def test_the_files_of_a_site_are_those_without_what_is_hidden(
    databases: tuple[str, str], tmp_path: Path
) -> None:
    """Every page, feed, table and document, and no other."""
    whole, cleared = (
        site_files(database, tmp_path / name)
        for database, name in zip(databases, ("whole", "cleared"), strict=True)
    )

    assert sorted(cleared) == sorted(whole)
    assert [] == [name for name in cleared if cleared[name] != whole[name]]
    assert [] == [name for name, body in whole.items() if WORD.encode() in body]


def site_files(database: str, folder: Path) -> dict[str, bytes]:
    written = export(Site(db=database, clock=lambda: parse_instant(NOW)), folder)
    assert () == written.failed
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


IDS = {"agreement": "energy-pause-2025", "readout": "energy-pause-2025", "commitment": "ep-rus",
       "explain": "ep-rus", "party": "RUS", "agreement_atom": "energy-pause-2025",
       "agreement_calendar": "pow-swap-2025-03-19", "api_one": "energy-pause-2025",
       "api_explain": "ep-rus", "api_readout": "energy-pause-2025", "api_timeline": "ep-rus",
       "api_commitment": "ep-rus",
       "event": "40", "api_event": "40"}  # fmt: skip
EVERY = [f"/{path_of(name, IDS.get(name))}" for name in (*PATHS, *FILES)]
ASKED = (
    "/?as_of=2025-03-20", "/?known_at=2025-03-18T21:50:00Z", "/?q=strike", "/?state=waiting",
    "/search?q=strike", f"/search?q={WORD}", "/changes?since=2025-03-01", "/events?page=2",
    "/api/status?as_of=2025-03-21", "/api/events?page=2", "/api/events/60", "/api/events/999",
    "/events/999", "/api/events?after=50",
    "/api/changes?after=30",
    "/api/incidents?limit=1", "/api/parties?limit=5&page=2", "/api/status?limit=2&page=2",
    "/api/changes?since=2025-03-01", "/deadlines.csv?as_of=2025-03-20", f"/agreements/{WORD}",
    "/agreements/late",
    f"/commitments/c-{WORD}", f"/api/status/{WORD}", "/parties/NOR", "/health", "/ready",
    "/disputes?as_of=2025-03-20", "/commitments/leaning-1/explain",
    "/api/timeline/late-1",
)  # fmt: skip


def test_every_answer_is_that_without_what_is_hidden(databases: tuple[str, str]) -> None:
    """Status, tag, head and body, for what is there and what is not."""
    with (
        serving(databases[0], parse_instant(NOW)) as whole,
        serving(databases[1], parse_instant(NOW)) as cleared,
    ):
        different = [
            path for path in (*EVERY, *ASKED) if answer(whole, path) != answer(cleared, path)
        ]

    assert [] == different


def answer(board: Board, path: str) -> tuple[object, ...]:
    reply = board.ask(path)
    body = reply.body.replace(board.url.encode(), b"http://localhost:8000/")
    return reply.status, body, {k: v for k, v in reply.headers.items() if k != "date"}


def test_what_is_hidden_later_moves_no_number_of_what_is_shown(databases: tuple[str, str]) -> None:
    """A board that runs while something hidden is recorded goes on as before."""
    with serving(databases[0], parse_instant(NOW)) as board:
        before = [answer(board, path) for path in ("/", "/health", "/api/events", "/api/status")]
        with EventStore.open(databases[0]) as store:
            store.append_batch(fact_events(HIDDEN[:1], "more"))
        after = [answer(board, path) for path in ("/", "/health", "/api/events", "/api/status")]

    assert before == after
