"""When it is over, in words, and which ends an entry moves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.given import History
from tracker.documents.commitments import readings_json
from tracker.documents.ends import ends_in_words, moved_ends, renewal_in_words
from tracker.model.commitment import Commitment

PAUSE = {"start": "2025-03-18", "duration": "P30D", "zone": "Europe/Moscow", "reading": "r"}


def at(day: str) -> str:
    return f"{day}T12:00:00Z"


def paused(**terms: Any) -> History:
    return History().promise(at=at("2025-03-18"), kind="maintenance", speaker="NOR",
                             terms={**PAUSE, **terms})  # fmt: skip


def in_words(c: Commitment) -> str:
    return ends_in_words(readings_json(c))


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "16 or 17 April 2025 (nobody says whether the first day counts)"),
        ({"count": "inclusive"}, "16 April 2025"),
        ({"duration": None}, ""),
        (
            {"start": "2025-03-18T16:30:00Z", "count": "elapsed"},
            "17 April 2025 19:30 (Europe/Moscow)",
        ),
        ({"duration": "P13D"}, "30 or 31 March 2025 (nobody says whether the first day counts)"),
        ({"duration": "P14D"}, "31 March 2025 or 1 April 2025 "
                               "(nobody says whether the first day counts)"),
    ],
)  # fmt: skip
def test_the_end_is_a_day_as_people_say_it(terms: dict[str, Any], words: str) -> None:
    """Two ways to count are no dispute between parties, and the words say so."""
    assert words == in_words(paused(**terms).commitment(at("2025-03-19")))


def test_what_parties_differ_on_has_who_says_so() -> None:
    """Each end with the party that counts so."""
    given = paused(count="inclusive").on(
        "ReadingAsserted", at=at("2025-03-19"), speaker="ISL", term="end", value="2025-04-24"
    )

    commitment = given.commitment(at("2025-03-20"))

    assert "16 April 2025 (NOR) or 24 April 2025 (ISL)" == in_words(commitment)
    assert "16 April 2025 (NOR (NATO)) or 24 April 2025 (ISL)" == ends_in_words(
        readings_json(commitment), {"NOR": "NATO"}
    )


def test_each_end_that_moves_is_told_by_its_reading() -> None:
    """By one name where there is one end, by the id of each where there are more."""
    one, two = paused(count="inclusive"), paused()
    moved = []
    for given in (one, two):
        before = given.commitment(at("2025-03-19"))
        given.on("TermExtended", at=at("2025-03-20"), by=["NOR", "ISL"], terms={"extend_by": "P1D"})
        moved.append(moved_ends(before, given.commitment(at("2025-03-21"))))

    inclusive, exclusive = (
        ("2025-04-16T21:00:00Z", "2025-04-17T21:00:00Z"),
        ("2025-04-17T21:00:00Z", "2025-04-18T21:00:00Z"),
    )
    assert [
        {"end": inclusive},
        {"end r-inclusive": inclusive, "end r-exclusive": exclusive},
    ] == moved


def test_a_notice_says_what_becomes_of_the_renewal() -> None:
    """A clause renews it, until a party notifies; without a clause there is nothing to say."""
    given = paused(tacit_renewal=True)
    before = given.commitment(at("2025-03-19"))
    given.on("NonRenewalNotified", at=at("2025-03-20"), speaker="NOR")
    after = given.commitment(at("2025-03-21"))

    assert ["renews itself", "ends with this period", None] == [
        renewal_in_words(commitment)
        for commitment in (before, after, paused().commitment(at("2025-03-19")))
    ]


def test_a_first_end_comes_from_nothing() -> None:
    """A promise that is new has no end before."""
    commitment = paused(count="inclusive").commitment(at("2025-03-19"))

    assert {"end": (None, "2025-04-16T21:00:00Z")} == moved_ends(None, commitment)
    assert {} == moved_ends(None, None)
