"""What the pages say of suspensions, notices, relative deadlines, phases, clauses and periods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events import parse_instant
from tests.support.html import text_of
from tests.support.served import Board, project, record, serving
from tracker.model.vocabulary import Compliance, Flag, State, Timing
from web.model.words import BREACHES, label

START = "2026-02-01T12:00:00Z"
NOW = parse_instant("2026-03-01T12:00:00Z")
PACKAGE = {
    "agreement": "pkg",
    "title": "Package",
    "parties": ["NOR", "ISL", "FRO"],
    "zone": "Europe/Oslo",
    "tags": ["fish", "north"],
    "phases": [{"id": "p1", "title": "Phase one"}, {"id": "p2", "title": "Phase two"}],
    "terms": {"start": "2026-02-01", "duration": "P120D", "count": "exclusive"},
    "clauses": {"withdrawal": {"notice": "P30D"}, "release": {"on": "confirmed"}},
}


def promise(database: str, name: str, debtor: str, **data: Any) -> None:
    own = {"kind": "maintenance", "debtor": [debtor], "creditor": ["ISL"], "promise": f"do {name}"}
    made = {"commitment": name, "occurred": "2026-02-01", "speaker": debtor, **own, **data}
    record(database, "pkg", "CommitmentAccepted", at=START, **made)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """Two phases: one promise suspended by its debtor, one withdrawn from, one that awaits."""
    database = str(tmp_path_factory.mktemp("package") / "pactwatch.db")
    record(database, "pkg", "AgreementRecorded", at=START, occurred="2026-02-01", **PACKAGE)
    promise(database, "box", "NOR", phase="p1")
    promise(database, "port", "FRO", phase="p2")
    after = {"after": "tug", "moment": "discharged", "by": "P14D"}
    promise(database, "pay", "NOR", kind="achievement", terms={"duration": None, "due": after})
    promise(database, "tug", "NOR", kind="achievement", terms={"duration": None, "due": "2026-04"})
    daily = {"recurrence": "FREQ=DAILY", "start": "2026-02-26", "grace": "PT0S"}
    promise(database, "crates", "NOR", kind="recurring", terms={"duration": None, **daily})
    at = "2026-02-10T18:00:00Z"
    act = {"occurred": "2026-02-10", "speaker": "NOR", "commitment": "box"}
    record(database, "pkg", "SuspensionDeclared", at=at, **act)
    edge = {**act, "occurred": "2026-01-31/2026-02-02", "speaker": "ISL", "incident": "i"}
    count = {"text": "several hundred", "value": 300, "at_least": True}
    about = {"text": "on the first evening", "claimed_count": count}
    record(database, "pkg", "ViolationAlleged", at=at, **edge, **about)
    conditions = [{"id": "permit", "deadline": "2026-03-09"}, {"id": "far", "deadline": "2026-05"}]
    waiting = {"kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "do it",
               "occurred": "2026-02-10", "speaker": "NOR"}  # fmt: skip
    offer = {"commitment": "sell", "offer_valid_until": "2026-03-05", **waiting}
    record(database, "pkg", "CommitmentProposed", at=at, **offer)
    held_up = {"commitment": "sail", "antecedents": conditions, "require": "any", **waiting}
    record(database, "pkg", "AcceptedConditionally", at=at, **held_up)
    leaving = {"commitment": "port", "occurred": "2026-02-20", "speaker": "FRO"}
    record(database, "pkg", "WithdrawalNotified", at="2026-02-20T18:00:00Z", **leaving)
    project(database, NOW)
    with serving(database, NOW) as board:
        yield board


SAID = [
    (
        "/commitments/box",
        "Suspended by its debtor's own word (Norway), since 10 Feb 2026 11:00Z: that",
    ),
    ("/commitments/box", "phase: Phase one"),
    ("/commitments/box", "inherited from the agreement: start, duration, count"),
    ("/commitments/box", "partly outside the window"),
    ("/commitments/box", 'number claimed at least 300 ("several hundred")'),
    ("/commitments/pay", "due: 14 days after “do tug” is discharged"),
    (
        "/commitments/port",
        "Faroe Islands withdraws: it ends with the notice, at the end of 22 March 2026",
    ),
    ("/commitments/pay", "Due 14 days after “do tug” is discharged; not known yet."),
    ("/", "due 14 days after “do tug” is discharged; not known yet"),
    ("/", "Faroe Islands withdraws: it ends with the notice, at the end of 22 March 2026"),
    ("/agreements/pkg", "Tags: fish, north"),
    ("/agreements/pkg", "a party may withdraw by a notice of 30 days, for all"),
    ("/agreements/pkg", "a breach confirmed of one side releases the other"),
    ("/commitments/crates", "0 of 4 periods met, 3 missed, 1 open."),
    ("/commitments/crates", "26 February 202626 February 2026missed"),
    ("/commitments/sail", "permit by 9 March 2026"),
    ("/graph", "if “permit” by 9 March 2026"),
    ("/graph", "its date: 14 days after it is discharged, which is not known yet"),
    ("/graph", "1 date is counted from something else."),
    ("/deadlines", "notice of FRO, who withdraws"),
    ("/deadlines", "end of 22 Mar 2026"),
    ("/deadlines", "part for 1 March 2026"),
    ("/deadlines", "end of 1 Mar 2026 in Oslo"),
]


@pytest.mark.parametrize(("path", "words"), SAID)
def test_pages_say_what_is_new_in_words(pages: Board, path: str, words: str) -> None:
    """Each where its reader looks for it."""
    assert words in text_of(pages.ask(path).text)


def test_promises_of_an_agreement_stand_under_their_phase(pages: Board) -> None:
    """In the order of the phases, those of none first."""
    page = pages.ask("/agreements/pkg").text
    places = [
        page.index(f">{each}<")
        for each in ("do crates", "Phase one", "do box", "Phase two", "do port")
    ]

    assert sorted(places) == places


def test_a_duty_that_missed_its_latest_period_stands_among_the_missed(pages: Board) -> None:
    """In force as it is: what is missed is the first thing that a reader asks."""
    page = pages.ask("/").text
    missed = text_of(page[page.index('id="missed"') : page.index('id="soon"')])

    assert "1 missed in the last 60 days" in text_of(page)
    assert "do crates" in missed
    assert "not met since 26 Feb 2026" in missed
    assert "0 of 4 periods met, 3 missed, 1 open" in missed


def test_a_cap_that_was_exceeded_is_no_duty_that_was_not_met(tmp_path: Path) -> None:
    """It says that its limit was exceeded, as a mail does."""
    database = str(tmp_path / "pactwatch.db")
    record(database, "pkg", "AgreementRecorded", at=START, occurred="2026-02-01", **PACKAGE)
    daily = {"recurrence": "FREQ=DAILY", "start": "2026-02-26", "grace": "PT0S", "quantity": 10}
    of_cap = {"kind": "recurring", "deontic": "prohibition"}
    promise(database, "fish", "NOR", **of_cap, terms={"duration": None, **daily})
    caught = {"commitment": "fish", "occurred": "2026-02-28", "quantity": 14, "speaker": "ISL"}
    at = "2026-03-01T11:00:00Z"
    record(database, "pkg", "PerformanceConfirmed", at=at, basis="neutral_body", **caught)
    project(database, NOW)
    with serving(database, NOW) as board:
        page, own_page = board.ask("/").text, text_of(board.ask("/commitments/fish").text)

    missed = text_of(page[page.index('id="missed"') : page.index('id="soon"')])
    assert "0 of 4 periods met, 1 exceeded, 2 unassessed, 1 open" in missed
    assert "exceeded" in own_page
    assert "missed" not in own_page[own_page.index("Standing") : own_page.index("exceeded")]
    assert "limit exceeded since 28 Feb 2026" in missed
    assert "not met" not in missed


def test_the_board_has_the_same_phases(pages: Board) -> None:
    """Each under its heading."""
    page = pages.ask("/").text
    agreements = page[page.index('id="agreements"') :]
    places = [
        agreements.index(f">{each}<")
        for each in ("do crates", "Phase one", "do box", "Phase two", "do port")
    ]

    assert sorted(places) == places


def test_what_awaits_another_promise_has_a_colour_and_a_word(pages: Board) -> None:
    """On the board as on its own page; and no page says that no end is stated."""
    words = '<span class="timing wait">date not known yet</span>'
    assert words in pages.ask("/").text
    assert "awaiting its date</span>" in pages.ask("/commitments/pay").text
    assert "no end stated" not in pages.ask("/").text


@pytest.mark.parametrize("word", [*State, *Compliance, *Timing, *Flag])
def test_every_word_of_the_status_is_explained(pages: Board, word: str) -> None:
    """By the page on how to read the board."""
    text = BREACHES.get(word) or label(word)

    assert f"{text}</span></dt><dd>" in pages.ask("/about").text


def test_what_ends_soon_is_also_an_offer_a_condition_or_a_notice(pages: Board) -> None:
    """Within 14 days, the first to end leading; the notice of the 22nd and a far condition not."""
    page = pages.ask("/").text
    soon = page[page.index('id="soon"') : page.index('id="agreements"')]

    assert -1 < soon.find("commitments/sell") < soon.find("commitments/sail")
    assert ">do port<" not in soon
    assert "offer until 5 Mar" in text_of(soon)
    assert "condition by 9 Mar" in text_of(soon)
    assert "condition far" not in text_of(soon)


def test_the_tile_of_the_week_counts_what_the_deadlines_list(pages: Board) -> None:
    """Offers, conditions and periods as well, under Today and This week."""
    tile = re.search(r"<b>(\d+)</b> <span>ends? this week", pages.ask("/").text)
    headings = re.findall(
        r'<h2 id="(?:today|this-week)">[^<]*<span class="count">(\d+)', pages.ask("/deadlines").text
    )

    assert tile
    assert headings
    assert int(tile[1]) == sum(map(int, headings))


def test_an_agreement_draws_what_its_promises_wait_for(pages: Board) -> None:
    """As the page of all graphs does, and every period of what it owes again and again."""
    page = pages.ask("/agreements/pkg").text

    assert "its date: 14 days after it is discharged" in text_of(page)
    assert 'class="graph"' in page
    assert 4 <= page.count("period-")


def test_who_waived_a_promise_and_what_moved_its_date_are_named(tmp_path: Path) -> None:
    """By names and not by ids, and the entry about another promise by its number."""
    database = str(tmp_path / "pactwatch.db")
    record(database, "pkg", "AgreementRecorded", at=START, occurred="2026-02-01", **PACKAGE)
    promise(database, "tug", "NOR", kind="achievement", terms={"duration": None, "due": "2026-04"})
    after = {"after": "tug", "moment": "due", "by": "P14D"}
    promise(database, "pay", "NOR", kind="achievement", creditor=["ISL", "FRO"],
            terms={"duration": None, "due": after})  # fmt: skip
    at = "2026-02-20T18:00:00Z"
    day = {"occurred": "2026-02-20", "speaker": "FRO"}
    record(database, "pkg", "CreditorReleased", at=at, commitment="pay", **day)
    longer = {"speaker": "NOR", "by": ["NOR", "ISL"], "terms": {"due": "2026-05-20"}}
    record(database, "pkg", "TermExtended", at=at, commitment="tug", **{**day, **longer})
    project(database, NOW)
    with serving(database, NOW) as board:
        page = text_of(board.ask("/commitments/pay").text)

    assert "Faroe Islands waived it; owed still to Iceland." in page
    assert "Its due date is moved from Thu 14 May to Wed 3 June.rule 4#5" in page
