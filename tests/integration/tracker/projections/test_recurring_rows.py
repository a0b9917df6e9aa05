"""Rows of recurring promises: kept up to date in steps, rebuilt and folded they are the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from events import EventStore, NewEvent
from events.database.engine import write_transaction
from tests.integration.tracker.projections.test_catch_up import contents
from tests.support.dataset import EVENING
from tracker.documents.commitments import agreement_json
from tracker.projections import catch_up as projections
from tracker.projections.rebuild import rebuild
from tracker.queries.agreements import find
from tracker.queries.status import status

STEPS = (0, 7, 23, 31, 50, 75, 160, 161, 250, 400, 700)
"""Hours after the first look, none of them at the end of a period."""


def record_duties(store: EventStore) -> None:
    """A daily duty for ten days and a weekly one without end, each with a delivery."""
    made: list[tuple[str, dict[str, Any]]] = [
        ("AgreementRecorded", {"agreement": "relief", "title": "Relief", "parties": ["UKR"]})
    ]
    for name, rule in (("daily", "FREQ=DAILY;COUNT=10"), ("weekly", "FREQ=WEEKLY")):
        terms = {"recurrence": rule, "start": "2025-03-20", "quantity": 10}
        promise = {"kind": "recurring", "debtor": ["UKR"], "creditor": ["RUS"], "promise": "p"}
        made += [
            ("CommitmentAccepted", {"commitment": name, "terms": terms, **promise}),
            ("PerformanceConfirmed", {"commitment": name, "quantity": 4, "period": "2025-03-21",
                                      "basis": "neutral_body"}),
        ]  # fmt: skip
    events = [
        NewEvent(f"pactwatch.{type_}.v1", {"occurred": "2025-03-18", **data}, id=f"relief-{n}",
                 source="test", recorded_at=EVENING)
        for n, (type_, data) in enumerate(made)
    ]  # fmt: skip
    store.append("relief", events)


def test_rows_follow_the_periods_by_whatever_steps(store: EventStore, engine: Engine) -> None:
    """At each step the answer from the rows is that of a fold, and at the end that of a rebuild."""
    record_duties(store)
    for hours in STEPS:
        now = EVENING + timedelta(hours=hours)
        with write_transaction(engine) as connection:
            projections.catch_up(store, connection, now)
        for later in (now + timedelta(minutes=5), now + timedelta(hours=30)):
            answer = status(store, later, later, "relief")
            folded = agreement_json(find(store, "relief", later, later))
            assert folded["commitments"] == answer["agreements"][0]["commitments"]
    with write_transaction(engine) as connection:
        live = contents(connection)
    rebuild(store, engine)
    with write_transaction(engine) as connection:
        assert live == contents(connection)
