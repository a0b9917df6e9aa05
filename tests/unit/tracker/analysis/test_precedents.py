"""Precedents: how earlier deals ended, and how little a few of them say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.given import History, dossier
from tracker.analysis.precedents import base_rate, interval95, precedents
from tracker.cli.views.explanation import precedent_words
from tracker.queries.dossier import Dossier

NOW = "2026-12-01T00:00:00Z"
AT = "2026-01-02T00:00:00Z"


def case(outcome: str, days: int | None = None) -> dict[str, Any]:
    return {"outcome": outcome, "days": days}


def linked(earlier: History) -> dict[str, Dossier]:
    """The accord, and an earlier one that it links as its precedent."""
    history = History().add("PrecedentLinked", at=AT, precedent="earlier", why="the same waters")
    return {"accord": dossier(history, NOW), "earlier": dossier(earlier, NOW)}


def precedent_of(earlier: History) -> dict[str, Any]:
    (precedent,) = precedents("accord", linked(earlier))["precedents"]
    return dict(precedent)


def test_a_deal_that_was_called_off_has_a_time_to_collapse_and_a_trigger() -> None:
    """From its first entry to the last that closed it, with the reason given."""
    earlier = History().promise("CommitmentProposed", at="2026-01-10T12:00:00Z")
    earlier.on("ProposalWithdrawn", at="2026-02-09T12:00:00Z", reason="the incursion")

    assert ("collapsed", 30, "the incursion", False) == (
        precedent_of(earlier)["outcome"], precedent_of(earlier)["days"],
        precedent_of(earlier)["trigger"],
        precedent_of(earlier)["approximate"],
    )  # fmt: skip


def test_days_are_counted_from_date_to_date_where_the_clocks_change_between() -> None:
    """Thirty days over the change to summer time are an hour short of thirty times 24."""
    earlier = History(zone="Europe/Kyiv")
    earlier.promise("CommitmentProposed", at="2026-03-18T10:00:00Z")
    earlier.on("ProposalWithdrawn", at="2026-04-17T09:00:00Z")

    assert 30 == precedent_of(earlier)["days"]


def test_a_deal_lasted_until_it_collapsed_and_not_until_its_last_promise_was_closed() -> None:
    """A promise of it that is kept, or runs out, a month later adds nothing."""
    earlier = History().promise(at="2026-01-10T12:00:00Z", terms={"due": "2026-04-01"})
    for name, terms in (("kept", {"due": "2026-04-01"}), ("over", {"end": "2026-03-20"})):
        kind = "maintenance" if "end" in terms else "achievement"
        earlier.promise(at="2026-01-10T12:00:00Z", commitment=name, kind=kind, terms=terms)
    earlier.on("DebtorCancelled", at="2026-02-09T12:00:00Z", speaker="NOR", reason="walked away")
    earlier.on("PerformanceConfirmed", at="2026-03-11T12:00:00Z", commitment="kept",
               basis="neutral_body")  # fmt: skip

    assert ("collapsed", 30, "walked away") == (
        precedent_of(earlier)["outcome"], precedent_of(earlier)["days"],
        precedent_of(earlier)["trigger"],
    )  # fmt: skip


def test_a_time_between_vague_dates_is_approximate() -> None:
    """A season has no day."""
    earlier = History().promise("CommitmentProposed", at="2026-03-01T12:00:00Z", occurred="2026-21")
    earlier.on("ProposalWithdrawn", at="2026-06-01T12:00:00Z", occurred="2026-06~")

    assert precedent_of(earlier)["approximate"]


def test_dates_that_overlap_say_only_how_long_at_most() -> None:
    """Proposed in some year and off in its August: eight months at most."""
    earlier = History().promise("CommitmentProposed", at="2026-01-01T12:00:00Z", occurred="2026~")
    earlier.on("ProposalWithdrawn", at="2026-09-01T12:00:00Z", occurred="2026-08~")
    case_told = precedent_of(earlier)

    assert (243, True) == (case_told["days"], case_told["at_most"])
    assert "collapsed within 8 months, as its dates are not known" == precedent_words(case_told)


def test_a_deal_that_stands_is_no_case_of_collapse_or_success() -> None:
    """It is open, and outside the rate."""
    answer = precedents("accord", linked(History().promise(at=AT)))

    assert ("open", 0) == (answer["precedents"][0]["outcome"], answer["base_rate"]["closed"])
    assert "no base rate" in answer["base_rate"]["words"]


def test_precedents_of_precedents_count_once() -> None:
    """A links B, B links A back: B is a precedent, A is not its own."""
    back = History().add("PrecedentLinked", at=AT, precedent="accord")

    assert ["earlier"] == [one["id"] for one in precedents("accord", linked(back))["precedents"]]


def test_two_of_two_are_no_certainty() -> None:
    """The count is said, and that it is too few."""
    rate = base_rate([case("collapsed", 90), case("collapsed", 210)])

    assert ("likely", "low", 150) == (
        rate["likelihood"], rate["analytic_confidence"], rate["days"]["median"],
    )  # fmt: skip
    assert "2 of 2 collapsed" in rate["words"]
    assert "n=2 is too few for a rate" in rate["words"]


def test_many_cases_speak_for_themselves() -> None:
    """Thirty-six of forty: a word, a narrower interval, more confidence."""
    rate = base_rate([case("collapsed", 10)] * 36 + [case("fulfilled")] * 4)

    assert ("very_likely", "moderate", [77, 96]) == (
        rate["likelihood"], rate["analytic_confidence"], rate["interval"],
    )  # fmt: skip
    assert "too few" not in rate["words"]


@pytest.mark.parametrize("open_", ["open", "unknown"])
def test_what_is_not_over_does_not_count(open_: str) -> None:
    """Absence of an end is no outcome."""
    assert 1 == base_rate([case("collapsed"), case(open_)])["closed"]


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    """Whole percents, never outside 0 to 100."""
    k, n = counts
    low, high = interval95(k, n)

    assert 0 <= low <= k / n * 100 + 0.5
    assert k / n * 100 - 0.5 <= high <= 100
