"""When what was alerted is over, and when it has merely come true."""

from __future__ import annotations

import pytest

from notifications.alerts.alert import Alert, Noticed
from notifications.alerts.resolution import Resolution, one_each, resolving

AT = "2026-02-10T00:00:00Z"
AXIS = {"overdue": "state", "lapsed": "state"}
ALERTED = {
    "overdue": "overdue",
    "lapsed": "lapsed",
    "due_soon": "due_soon",
    "contested_end_began": "contested_end",
    "stale": "stale",
}


def change(axis: str, after: str, day: int = 10, lead: str | None = None) -> Noticed:
    at = f"2026-02-{day}T00:00:00Z"
    return Noticed("a", "c", at, at, axis, None, after, "T0", (f"e{day}",), lead)


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
    found = resolving(alert(kind), [*before, own, *after])

    assert over == (found and found.after)


def test_what_other_axes_do_resolves_nothing() -> None:
    """A claim or a delivery in part leaves a commitment overdue."""
    history = [change("state", "overdue"), change("timing", "past", 11), change("x", "full", 12)]

    assert resolving(alert("overdue"), history) is None


def test_of_several_alerts_of_one_commitment_the_last_speaks() -> None:
    """Overdue, then lapsed, then discharged is one item."""
    done = change("state", "discharged", 20)
    told = [alert("lapsed", at="2026-02-12T00:00:00Z"), alert("overdue")]
    found = one_each([Resolution(each, done) for each in told])

    assert ["lapsed"] == [each.alert.kind for each in found]


@pytest.mark.parametrize(
    ("kind", "after", "state", "words"),
    [
        ("overdue", "discharged", "discharged", "was overdue, is now discharged"),
        ("due_soon", "running", "in_force", "was due soon, is now running"),
        ("due_soon", "n/a", "discharged", "was due soon, is now discharged"),
        ("due_soon", "n/a", "suspended", "was due soon, is now suspended"),
    ],
)
def test_a_resolution_says_what_was_and_what_is(
    kind: str, after: str, state: str, words: str
) -> None:
    """By its state where that ended it, by the clock where an end was put off."""
    over = Resolution(alert(kind), change(AXIS.get(kind, "timing"), after))

    assert words == over.words({"state": state})
    assert ("info", over.change.at) == (over.as_alert.severity, over.as_alert.at)
