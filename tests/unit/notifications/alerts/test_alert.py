"""Which changes are told, as what, how gravely, and under which key."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Struct, structs

from notifications.alerts.alert import alerts_of, as_json
from notifications.alerts.wording import what_happened


class Change(Struct, frozen=True):
    """One row of `status_changes`, as alerts read it."""

    axis: str = "state"
    before: str | None = None
    after: str = "in_force"
    rule: str = "4"
    lead: str | None = None
    agreement_id: str = "accord"
    commitment_id: str = "c"
    at: str = "2025-03-18T21:00:00Z"
    known_at: str = "2025-03-18T21:00:00Z"
    events: tuple[str, ...] = ("e1",)
    origin: dict[str, Any] = {}


def change(**fields: Any) -> Change:
    return structs.replace(Change(), **fields)


CASES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"after": "overdue", "rule": "T6"}, [("overdue", "critical")]),
    ({"after": "lapsed", "rule": "T7"}, [("lapsed", "critical")]),
    ({"after": "discharged", "rule": "T8"}, [("ended", "warning")]),
    ({"after": "violated", "rule": "T8"}, [("ended", "critical")]),
    ({"before": "suspended", "rule": "21"}, [("resumed", "info")]),
    ({"before": "suspended", "rule": "T10"}, [("resumed", "info")]),
    ({"after": "cancelled", "rule": "14"}, [("state_changed", "info")]),
    ({"after": "expired", "rule": "T14"}, [("ended", "warning")]),
    ({"axis": "period", "before": "2025-01-20", "after": "missed"}, [("period_missed", "warning")]),
    ({"axis": "period", "after": "partial"}, [("period_missed", "warning")]),
    ({"axis": "period", "after": "due_soon", "lead": "P1D"}, [("period_due_soon", "warning")]),
    ({"axis": "period", "after": "met_late"}, [("performance", "info")]),
    ({"axis": "period", "after": "waived"}, [("state_changed", "info")]),
    ({"axis": "compliance", "after": "alleged"}, [("state_changed", "warning")]),
    ({"axis": "compliance", "after": "disputed"}, [("state_changed", "warning")]),
    ({"axis": "compliance", "after": "confirmed"}, [("state_changed", "critical")]),
    ({"axis": "compliance", "after": "clear"}, [("state_changed", "info")]),
    ({"axis": "timing", "after": "due_soon", "lead": "P1D"}, [("due_soon", "warning")]),
    ({"axis": "timing", "after": "due_soon"}, []),
    ({"axis": "timing", "after": "running"}, []),
    ({"axis": "timing", "after": "contested_end"}, [("contested_end_began", "warning")]),
    (
        {"axis": "timing", "before": "contested_end", "after": "past"},
        [("contested_end_closed", "warning")],
    ),
    (
        {"axis": "timing", "before": "contested_end", "after": "stale"},
        [("contested_end_closed", "warning"), ("stale", "warning")],
    ),
    # What an act ended before its contested end is over by that act, and not by a reading.
    ({"axis": "timing", "before": "contested_end", "after": "n/a"}, []),
    ({"axis": "window", "after": "renewed", "rule": "T9"}, [("renewed_tacitly", "info")]),
    ({"axis": "flag", "after": "release_available"}, [("release_available", "critical")]),
    ({"axis": "suggestion", "after": "expiry", "rule": "T12"}, [("suggestion", "info")]),
    ({"axis": "fulfilment", "after": "partial"}, []),
]


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_a_change_is_told_as_its_kind(
    fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Kind and severity follow from axis, rule and value alone."""
    assert expected == [(alert.kind, alert.severity) for alert in alerts_of(change(**fields))]


def test_a_lead_time_has_one_readable_key() -> None:
    """The key says commitment, kind, lead and instant, so every reading shares one alert."""
    (alert,) = alerts_of(change(axis="timing", after="due_soon", lead="P1D"))

    assert alert.key == "c/due_soon/P1D/2025-03-18T21:00:00Z"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"after": "discharged", "rule": "T8"}, {"after": "violated", "rule": "T8"}),
        ({"axis": "compliance", "after": "alleged"}, {"axis": "compliance", "after": "disputed"}),
        ({"after": "cancelled"}, {"after": "rejected"}),
        ({"at": "2025-03-18T21:00:00Z"}, {"at": "2025-03-18T22:00:00Z"}),
        (
            {"axis": "timing", "after": "due_soon", "lead": "P1D"},
            {"axis": "timing", "after": "due_soon", "lead": "P3D"},
        ),
    ],
)
def test_different_news_has_different_keys(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A key shared by two outcomes would hide the second, and its correction."""
    keys = {alert.key for fields in (one, other) for alert in alerts_of(change(**fields))}

    assert 2 == len(keys)


def test_the_json_of_an_alert_has_a_lead_only_where_there_is_one() -> None:
    """The contract's keys are always there; `lead` is for lead times."""
    (due,) = alerts_of(change(axis="timing", after="due_soon", lead="P1D"))
    (over,) = alerts_of(change(after="overdue", rule="T6"))

    assert ("P1D", False) == (as_json(due)["lead"], "lead" in as_json(over))
    assert {"kind", "agreement", "commitment", "at", "key"} <= as_json(over).keys()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("01a229ff-2164-771a-a6cf-84ab0343540a", "allegation unanswered for 90 days"),
        ("tugboat", "allegation tugboat unanswered for 90 days"),
    ],
)
def test_an_id_that_nobody_gave_is_no_part_of_the_words(name: str, words: str) -> None:
    """A breach to which somebody gave a name goes by it."""
    text = f"allegation {name} unanswered for 90 days"
    (alert,) = alerts_of(change(axis="suggestion", after=text, rule="T12"))  # type: ignore[arg-type]

    assert f"may need a look: {words}" == what_happened(alert)
