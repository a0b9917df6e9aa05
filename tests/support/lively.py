"""An agreement in which much happens: late news, news of the future, suspension, renewal."""

from __future__ import annotations

from typing import Any

from events import EventStore, NewEvent, parse_instant

NAME = "lively"


def add_lively(store: EventStore, name: str = NAME) -> None:
    """Thirteen events; the last are recorded in April 2025, one takes effect in May."""
    store.append(name, [_event(name, n, *facts) for n, facts in enumerate(_facts(name))], 0)


def _event(name: str, number: int, type_: str, recorded: str, data: dict[str, Any]) -> NewEvent:
    return NewEvent(
        type=f"pactwatch.{type_}.v1",
        data={"occurred": recorded[:10], **data},
        id=f"{name}-{number}",
        source="test",
        recorded_at=parse_instant(recorded),
    )


def _facts(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    grain, truce, talks = f"{name}-grain", f"{name}-truce", f"{name}-talks"
    parties = {"debtor": ["NOR"], "creditor": ["ISL"], "promise": "what was said", "speaker": "NOR"}
    achievement = {"commitment": grain, "kind": "achievement", **parties}
    maintenance = {"commitment": truce, "kind": "maintenance", **parties}
    process = {"commitment": talks, "kind": "process", **parties}
    tolled = {"commitment": grain, "tolls": True, "until": "2025-04-07T06:00:00Z"}
    alleged = {"commitment": truce, "incident": "i1", "text": "shots", "speaker": "ISL"}
    return [
        ("AgreementRecorded", "2025-03-10T09:00:00Z", {"agreement": name, "title": "Lively"}),
        (
            "CommitmentAccepted",
            "2025-03-10T09:00:01Z",
            {**achievement, "terms": {"due": "2025-04-10", "zones": ["Europe/Oslo", "UTC"]}},
        ),
        (
            "CommitmentAccepted",
            "2025-03-10T09:00:02.5Z",
            {**maintenance, "terms": {"duration": "P14D", "tacit_renewal": True}},
        ),
        ("CommitmentProposed", "2025-03-10T09:00:03Z", {**process, "terms": {}}),
        ("RoundHeld", "2025-03-20T10:00:00Z", {"commitment": talks, "text": "first"}),
        ("ViolationAlleged", "2025-03-22T10:00:00Z", alleged),
        ("SuspensionDeclared", "2025-04-01T10:00:00Z", {**tolled, "basis": "both_sides"}),
        (
            "ReadingAsserted",
            "2025-04-02T10:00:00Z",
            {
                "commitment": grain,
                "term": "due",
                "speaker": "ISL",
                "effective_at": "2025-05-02T10:00:00Z",
                "terms": {"due": "2025-06-01"},
            },
        ),
        (
            "PerformanceReported",
            "2025-04-03T10:00:00Z",
            {"commitment": grain, "quantity": 2, "of": 3, "speaker": "NOR"},
        ),
        ("EntryRetracted", "2025-04-20T10:00:00Z", {"event": f"{name}-5", "reason": "a mistake"}),
        ("NonRenewalNotified", "2025-04-21T10:00:00Z", {"commitment": truce, "speaker": "NOR"}),
        ("PositionStated", "2025-04-22T10:00:00Z", {"text": "we stand by it", "by": "NOR"}),
    ]
