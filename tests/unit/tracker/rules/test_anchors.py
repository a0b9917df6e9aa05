"""Deadlines relative to a moment of another promise: awaited, reckoned, moved with it."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant
from tests.support.given import History
from tracker.model.commitment import Commitment

KYIV = "Europe/Kyiv"
BOTH: dict[str, Any] = {"debtor": ["UKR"], "creditor": ["RUS"], "speaker": "UKR"}


def minsk() -> History:
    """A ceasefire from an hour on, and a withdrawal that is to begin and end so long after it."""
    given = History()
    given.promise(at="2015-02-12T12:00:00Z", commitment="m1", kind="maintenance", promise="cease",
                  **BOTH, terms={"start": "2015-02-14T22:00:00Z", "zone": KYIV})  # fmt: skip
    for name, by, count in (("m2-begin", "P2D", "inclusive"), ("m2-end", "P14D", None)):
        relative = {"after": "m1", "moment": "start", "by": by}
        terms = {"due": {**relative, **({"count": count} if count else {})}, "zone": KYIV}
        given.promise(at="2015-02-12T12:00:00Z", commitment=name, **BOTH, terms=terms)
    return given


def ends(commitment: Commitment) -> list[str]:
    return [format_instant(reading.at) for reading in commitment.readings]


def test_each_counts_from_the_moment_and_moves_with_it() -> None:
    """Day 2 of the ceasefire, and 14 days after it began; both a day later when that is later."""
    given = minsk()
    before = given.state("2015-02-13T00:00:00Z").commitments
    given.add("TermsClarified", at="2015-02-13T12:00:00Z", commitment="m1", by=["UKR", "RUS"],
              terms={"start": "2015-02-15T22:00:00Z"})  # fmt: skip
    after = given.state("2015-02-14T00:00:00Z").commitments

    assert (["2015-02-16T22:00:00Z"], ["2015-03-01T22:00:00Z"]) == (
        ends(before["m2-begin"]),
        ends(before["m2-end"]),
    )
    assert (["2015-02-17T22:00:00Z"], ["2015-03-02T22:00:00Z"]) == (
        ends(after["m2-begin"]),
        ends(after["m2-end"]),
    )


@pytest.mark.parametrize(
    ("moment", "event", "due"),
    [
        ("discharged", ("PerformanceConfirmed", {"basis": "neutral_body"}), "2026-01-20"),
        ("in_force", ("CommitmentAccepted", {}), "2026-01-20"),
        ("satisfied:lift", ("ConditionSatisfied", {"antecedent": "lift"}), "2026-01-20"),
        ("milestone:first", ("MilestoneReached", {"milestone": "first"}), "2026-01-20"),
    ],
)
def test_a_deadline_awaits_its_moment(
    moment: str, event: tuple[str, dict[str, Any]], due: str
) -> None:
    """Until it comes about nothing is due, and the promise says what it awaits."""
    given = History()
    kind = "process" if moment.startswith("milestone") else "achievement"
    begins = "AcceptedConditionally" if moment in ("in_force", "satisfied:lift") else None
    given.promise(begins or "CommitmentAccepted", at="2026-01-02T12:00:00Z", commitment="first",
                  kind=kind, **({"antecedents": [{"id": "lift"}]} if begins else {}))  # fmt: skip
    relative = {"after": "first", "moment": moment, "by": "P10D"}
    given.promise(at="2026-01-02T12:00:00Z", terms={"due": relative, "zone": "UTC"})
    awaiting = given.commitment("2026-01-09T00:00:00Z")
    name, data = event
    given.add(name, at="2026-01-10T12:00:00Z", commitment="first", **data)
    known = given.commitment("2026-01-11T00:00:00Z")

    assert (awaiting.readings, awaiting.awaiting and awaiting.awaiting.after) == ((), "first")
    assert (ends(known), known.awaiting) == ([f"{due[:8]}21T00:00:00Z"], None)


def test_each_reading_of_the_moment_gives_one_of_the_deadline() -> None:
    """Two accounts of the end make two deadlines, told apart by the account."""
    given = History().promise(at="2026-01-02T12:00:00Z", commitment="first", kind="maintenance",
                              speaker="NOR", terms={"end": "2026-02-01"})  # fmt: skip
    given.add("ReadingAsserted", at="2026-01-03T12:00:00Z", commitment="first", speaker="ISL",
              term="end", value="2026-02-05")  # fmt: skip
    relative = {"after": "first", "moment": "end", "by": "P1D"}
    given.promise(at="2026-01-02T12:00:00Z", terms={"due": relative, "zone": "UTC"})
    commitment = given.commitment("2026-01-04T00:00:00Z")

    assert sorted(ends(commitment)) == ["2026-02-03T00:00:00Z", "2026-02-07T00:00:00Z"]
    assert len({reading.id for reading in commitment.readings}) == 2


def test_working_days_are_counted_by_the_calendars_named() -> None:
    """Ten working days in Kyiv and Oslo: weekends and the holidays of either do not count."""
    given = History().promise(at="2025-12-23T12:00:00Z", commitment="first")
    relative = {"after": "first", "moment": "in_force", "by": "P3D", "count": "business"}
    terms = {"due": relative, "zone": "UTC", "calendar": ["NOR", "ISL"]}
    given.promise(at="2025-12-23T12:00:00Z", terms=terms)

    assert ends(given.commitment("2026-01-01T00:00:00Z")) == ["2025-12-31T00:00:00Z"]


def test_a_chain_of_a_hundred_is_reckoned_at_once() -> None:
    """Each is due a day after the one before; moving the first moves the last by as much."""
    given = History().promise(at="2026-01-02T12:00:00Z", commitment="c0", kind="achievement",
                              terms={"due": "2026-02-01", "zone": "UTC"})  # fmt: skip
    for n in range(1, 101):
        relative = {"after": f"c{n - 1}", "moment": "due", "by": "P1D"}
        given.promise(at="2026-01-02T12:00:00Z", commitment=f"c{n}",
                      terms={"due": relative, "zone": "UTC"})  # fmt: skip
    first = ends(given.state("2026-01-03T00:00:00Z").commitments["c100"])
    given.add("TermExtended", at="2026-01-04T12:00:00Z", commitment="c0", by=["NOR", "ISL"],
              terms={"due": "2026-02-03"})  # fmt: skip
    moved = ends(given.state("2026-01-05T00:00:00Z").commitments["c100"])

    assert (first, moved) == (["2026-05-13T00:00:00Z"], ["2026-05-15T00:00:00Z"])
