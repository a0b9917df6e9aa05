"""The nuclear deal with Iran: words in office, a length that waits, a notice taken back."""

from __future__ import annotations

from tests.acceptance.examples.conftest import Enter
from tests.support.example import ends, standing


def test_fifteen_years_count_from_when_the_sanctions_are_lifted(example: Enter) -> None:
    """Until Implementation Day nobody knows the end; from then on it is 16 January 2031."""
    run = example("iran")
    before, after = (standing(run, day)["enrichment"] for day in ("2015-08-01", "2016-01-17"))

    assert (before["state"], ends(before)) == ("conditional", {})
    assert before["awaiting"]["words"] == "when relief comes into force"
    assert (after["state"], [*ends(after)]) == ("in_force", ["2031-01-16T20:30:00Z"])


def test_a_president_leaves_the_deal_and_then_his_office(example: Enter) -> None:
    """The candidate's word moved nothing, what he did in office stands when another speaks."""
    run = example("iran")
    states = [
        standing(run, day)["relief"]["state"]
        for day in ("2016-03-22", "2018-05-07", "2018-05-09", "2021-03-01")
    ]

    assert states == ["in_force", "in_force", "violated", "violated"]
    output = run("party", "show", "trump").out
    assert "itself, then USA from 2017-01-20, then itself from 2021-01-20" in output


def test_the_other_side_may_go_and_has_not(example: Enter) -> None:
    """Its clause is self-judging; a breach of its own changes nothing of the right."""
    run = example("iran")
    promise = standing(run, "2019-08-01")["enrichment"]
    words = " ".join(run("releases", "iran", "--as-of", "2019-08-01").out.split())

    assert (promise["state"], promise["compliance"]) == ("in_force", "confirmed")
    assert "release_available" in promise["flags"]
    assert "IRN may walk away relief is violated" in words


def test_a_notice_that_is_taken_back_takes_the_end_with_it(example: Enter) -> None:
    """What was known in autumn 2020 had ended; seen from later it had not, and ends in 2025."""
    run = example("iran")
    at = ("--as-of", "2020-10-01T00:00:00Z")
    then, later = (
        {
            commitment["id"]: commitment
            for agreement in run("status", "--json", *at, *known).json["agreements"]
            for commitment in agreement["commitments"]
        }["un-sanctions"]
        for known in (("--known-at", "2020-10-01T00:00:00Z"), ())
    )
    last = standing(run, "2025-09-01")["un-sanctions"]

    assert (then["state"], [*ends(then)]) == ("expired", ["2020-09-20T00:00:00Z"])
    assert (later["state"], later["timing"]) == ("in_force", "awaiting")
    compared = " ".join(run("diff", "2021-02-01", "2021-03-01").out.split())
    assert "end of Sat 19 Sep 2020 -> none" in compared
    assert [*ends(last)] == ["2025-09-28T00:00:00Z"]
    assert standing(run, "2025-09-29")["un-sanctions"]["state"] == "expired"
