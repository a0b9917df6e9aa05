"""When what was alerted is over, and when it has merely come true."""

from __future__ import annotations

import pytest

from notifications.alerts.alert import Alert
from notifications.alerts.resolution import Outcome, Resolution, last_of_each_commitment, outcome_of
from tracker.documents.changes import StoredChange
from tracker.model.silences import PAST_DUE, STALE

AT = "2026-02-10T00:00:00Z"
AXIS = {"overdue": "state", "lapsed": "state"}
ALERTED = {
    "overdue": "overdue",
    "lapsed": "lapsed",
    "due_soon": "due_soon",
    "contested_end_began": "contested_end",
    "stale": "stale",
}


def change(axis: str, after: str, day: int = 10, lead: str | None = None) -> StoredChange:
    at = f"2026-02-{day}T00:00:00Z"
    return StoredChange("a", "c", at, at, axis, None, after, "T0", (f"e{day}",), lead)


def alert(kind: str, commitment: str = "c", at: str = AT) -> Alert:
    after = ALERTED.get(kind, "x")
    axis = AXIS.get(kind, "timing")
    return Alert(kind, "a", commitment, at, f"{kind}/{at}", axis, None, after, "T0", (), "warning")


@pytest.mark.parametrize(
    ("kind", "later", "over"),
    [
        ("overdue", ["discharged"], "discharged"),
        ("overdue", ["lapsed", "discharged"], "discharged"),
        ("overdue", ["lapsed"], None),
        ("overdue", ["in_force", "overdue"], "in_force"),
        ("lapsed", ["violated"], "violated"),
        ("due_soon", ["running"], "running"),
        ("due_soon", ["n/a"], "n/a"),
        ("due_soon", ["due_soon"], None),
        ("due_soon", ["contested_end", "running"], None),
        ("due_soon", ["past"], None),
        ("contested_end_began", ["running"], "running"),
        ("contested_end_began", ["past"], None),
        ("stale", ["running"], "running"),
        ("resumed", ["overdue"], None),
        ("overdue", [], None),
    ],
)
def test_a_condition_is_over_when_its_axis_leaves_it(
    kind: str, later: list[str], over: str | None
) -> None:
    """Unless it left it for what had been warned of."""
    axis = AXIS.get(kind, "timing")
    before = [change(axis, "in_force", 1), change("fulfilment", "full", 2)]
    own = change(axis, ALERTED.get(kind, "x"))
    after = [change(axis, word, 11 + n) for n, word in enumerate(later)]
    outcome = outcome_of(alert(kind), [*before, own, *after])

    assert over == (outcome.change.after if outcome and not outcome.came_true else None)


UNANSWERED = "allegation i1 unanswered for 90 days"


@pytest.mark.parametrize(
    ("kind", "own", "later", "outcome"),
    [
        ("overdue", ("state", "overdue"), ("state", "lapsed"), None),
        ("overdue", ("state", "overdue"), ("state", "discharged"), "resolved"),
        ("lapsed", ("state", "lapsed"), ("state", "in_force"), "resolved"),
        ("due_soon", ("timing", "due_soon"), ("timing", "running"), "resolved"),
        ("due_soon", ("timing", "due_soon"), ("timing", "in_grace"), "came true"),
        ("due_soon", ("timing", "due_soon"), ("state", "suspended"), None),
        ("contested_end_began", ("timing", "contested_end"), ("timing", "past"), "came true"),
        ("contested_end_began", ("timing", "contested_end"), ("timing", "running"), "resolved"),
        ("stale", ("timing", "stale"), ("timing", "running"), "resolved"),
        ("stale", ("timing", "stale"), ("compliance", "alleged"), None),
        ("suggestion", ("suggestion", STALE), ("timing", "running"), "resolved"),
        ("suggestion", ("suggestion", STALE), ("incident i1", "disputed"), None),
        ("suggestion", ("suggestion", PAST_DUE), ("state", "discharged"), "resolved"),
        ("suggestion", ("suggestion", PAST_DUE), ("state", "lapsed"), None),
        ("suggestion", ("suggestion", UNANSWERED), ("incident i1", "disputed"), "resolved"),
        ("suggestion", ("suggestion", UNANSWERED), ("timing", "due_soon"), None),
        ("suggestion", ("suggestion", f"{STALE}; {PAST_DUE}"), ("timing", "running"), None),
        ("release_available", ("flag", "release_available"), ("flag", "none"), "resolved"),
        ("release_available", ("flag", "release_available"), ("compliance", "clear"), None),
        ("state_changed", ("compliance", "alleged"), ("compliance", "clear"), "resolved"),
        ("state_changed", ("compliance", "alleged"), ("compliance", "confirmed"), "came true"),
        ("state_changed", ("compliance", "alleged"), ("state", "expired"), None),
        ("state_changed", ("state", "cancelled"), ("state", "in_force"), None),
        ("resumed", ("state", "in_force"), ("state", "suspended"), None),
        ("renewed_tacitly", ("window", "renewed"), ("state", "expired"), None),
        ("ended", ("state", "expired"), ("state", "violated"), None),
        ("contested_end_closed", ("timing", "running"), ("timing", "past"), None),
    ],
)
def test_every_kind_is_over_came_true_or_stays_open(
    kind: str, own: tuple[str, str], later: tuple[str, str], outcome: str | None
) -> None:
    """A condition ends on its own axis; what happened once neither ends nor comes true."""
    axis, after = own
    notice = Alert(kind, "a", "c", AT, f"{kind}/{AT}", axis, None, after, "T0", (), "warning")
    ended = outcome_of(notice, [change(*own), change(*later, day=11)])

    assert outcome == (("came true" if ended.came_true else "resolved") if ended else None)


def test_the_outcome_is_the_change_that_ended_it() -> None:
    """Overdue, extended, overdue again: the first alert is over by the extension."""
    history = [
        change("state", "overdue"),
        change("state", "in_force", 11),
        change("state", "overdue", 20),
    ]

    assert Outcome(history[1], came_true=False) == outcome_of(alert("overdue"), history)


def test_what_other_axes_do_resolves_nothing() -> None:
    """A claim or a delivery in part leaves a commitment overdue."""
    history = [change("state", "overdue"), change("timing", "past", 11), change("x", "full", 12)]

    assert outcome_of(alert("overdue"), history) is None


def test_of_several_alerts_of_one_commitment_the_last_speaks() -> None:
    """Overdue, then lapsed, then discharged is one item."""
    done = change("state", "discharged", 20)
    alerts = [alert("lapsed", at="2026-02-12T00:00:00Z"), alert("overdue")]
    last = last_of_each_commitment([Resolution(each, done) for each in alerts])

    assert ["lapsed"] == [each.alert.kind for each in last]


@pytest.mark.parametrize(
    ("kind", "after", "state", "words"),
    [
        ("overdue", "discharged", "discharged", "was overdue, is now discharged"),
        ("due_soon", "running", "in_force", "was near its end, is now running"),
        ("due_soon", "n/a", "discharged", "was near its end, is now discharged"),
        ("due_soon", "n/a", "suspended", "was near its end, is now suspended"),
    ],
)
def test_a_resolution_says_what_was_and_what_is(
    kind: str, after: str, state: str, words: str
) -> None:
    """By its state where that ended it, by the clock where an end was put off."""
    over = Resolution(alert(kind), change(AXIS.get(kind, "timing"), after))

    assert words == over.words({"state": state})
    assert ("info", over.change.at) == (over.as_alert.severity, over.as_alert.at)
