"""A search counts promises by their rows, and finds what a look through all of them does."""

from __future__ import annotations

from pathlib import Path

import pytest

from events import EventStore, NewEvent
from tests.support.dataset import EVENING
from tests.support.served import project, record
from web.model.library import Library
from web.model.query import parse_query
from web.model.rows.listed_rows import ListedRows
from web.model.rows.promise_search import matches_among
from web.pages.index import render_page
from web.settings import Site

AGREEMENTS = {
    "grün": ("Straße der Eintracht", "CLEAR"),
    "kelvin": ("At 3 \u212a of ſilence", "CLEAR"),
    "hidden-ceasefire": ("Nobody knows of it", "RED"),
    "100%_sure": ("A ceasefire, in part marked", "CLEAR"),
}
WORDS = (
    "ceasefire", "CEASEFIRE energy", "russia", "RUS", "to", "STRASSE", "straße", "eintracht", "k",
    "silence", "%", "_", "0%_", "отказ", "istanbul", "i̇stanbul", "blö", '"', "\\", "/", "nowhere",
    "knows", "marked",
)  # fmt: skip


def record_odd_texts(address: str) -> None:
    """Agreements with letters that engines fold in ways of their own, some of it marked."""
    with EventStore.open(address) as log:
        for number, (name, (title, tlp)) in enumerate(AGREEMENTS.items()):
            agreement = {"agreement": name, "title": title, "parties": ["RUS"], "tlp": tlp}
            promise = {
                "commitment": f"p{number}",
                "kind": "achievement",
                "debtor": ["RUS", 'blö"ck'],
                "creditor": ["UKR"],
                "speaker": "RUS",
                "promise": "to hand over a\\b: ОТКАЗ from İstanbul",
                "terms": {"due": "2027-01-01"},
                "tlp": "AMBER" if "%" in name else tlp,
            }
            events = [("AgreementRecorded", agreement), ("CommitmentAccepted", promise)]
            log.append(
                name,
                [
                    NewEvent(type=f"pactwatch.{type_}.v1", data=data, recorded_at=EVENING)
                    for type_, data in events
                ],
            )


@pytest.mark.parametrize("ceiling", ["CLEAR", "RED"])
def test_rows_have_what_a_look_through_all_promises_finds(
    shipped_address: str, ceiling: str
) -> None:
    """Whatever the letters, with and without agreements that are folded for the reader."""
    record_odd_texts(shipped_address)
    project(shipped_address, EVENING)
    library = Library(Site(db=shipped_address, clock=lambda: EVENING, ceiling=ceiling))
    for words in WORDS:
        with library.reader(parse_query({"q": words}, EVENING, "UTC")) as reader:
            rows, query = reader.promises_with_words(4), reader.query
            assert reader.queries.can_choose_rows
            assert (ceiling == "CLEAR") == bool(reader.queries.folding.names)
            everywhere = matches_among(reader.agreement_summaries, query, reader.names_of, 4)
            parties = {party for summary in reader.agreement_summaries for party in summary.parties}

            assert (words, everywhere.promises) == (words, rows.promises)
            assert (words, everywhere.count) == (words, rows.count)
            assert parties == reader.agreement_parties


@pytest.mark.parametrize("ceiling", ["CLEAR", "RED"])
def test_promises_stand_in_the_order_of_their_words_wherever_a_part_begins(
    shipped_address: str, ceiling: str
) -> None:
    """Rows, and among these what is folded for the reader, of equal words by agreement."""
    record_odd_texts(shipped_address)
    for name in ("grün", "energy-pause-2025"):
        record(
            shipped_address, name, "PositionStated", at="2025-03-18T21:59:00Z", text="no", tlp="RED"
        )
    project(shipped_address, EVENING)
    library = Library(Site(db=shipped_address, clock=lambda: EVENING, ceiling=ceiling))
    with library.reader(parse_query({}, EVENING, "UTC")) as reader:
        rows = reader.promises_in_order()
        each = [c for summary in reader.agreement_summaries for c in summary.commitments]
        ordered = sorted(each, key=lambda c: c.promise)

        assert isinstance(rows, ListedRows)
        assert (ceiling == "CLEAR") == bool(rows.folded)
        assert len(ordered) == len(rows)
        for start in range(len(ordered) + 1):
            for size in (1, 4, 100):
                assert ordered[start : start + size] == rows[start : start + size]


@pytest.mark.parametrize(
    ("parameters", "words", "answers"),
    [({"q": "ceasefire"}, b"<mark>", 1), ({}, b"every promise on record", 0)],
)
def test_a_search_reads_no_list_of_all(
    projected_database: Path, parameters: dict[str, str], words: bytes, answers: int
) -> None:
    """Of the agreements only those that are named on the page are read in brief."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    with library.reader(parse_query(parameters, EVENING, "UTC")) as reader:
        body, _ = render_page(reader, "search", None)

    assert words in body
    assert answers == len(library.memo), "the lists of parties, where words are looked for"
