"""Pages count and list by rows what a look through all promises finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from events import EventStore, format_instant, parse_instant
from events.database.engine import reused_connections
from tests.support.dataset import EVENING
from tests.support.fixtures import Databases
from tests.support.given import new
from tests.support.many_lives import many_lives, taken_lines
from tests.support.odd_entries import END
from tests.support.served import project
from tracker.documents.dependencies import of_documents
from tracker.queries.board.changes import incident_changes
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake
from web.model.dependency_graph import Named, graphs
from web.model.library import Library
from web.model.open_ends import End, ends_of
from web.model.query import parse_query
from web.model.reader import Reader
from web.model.rows.counts import sides_among
from web.model.rows.disputes import disputes_among
from web.model.rows.every_end import EveryEnd
from web.model.rows.overview import matching_among
from web.model.rows.party_lists import PartyLists, party_among
from web.pages.index import PAGES, render_page
from web.settings import Site

QUERIES = (
    {}, {"state": "open"}, {"state": "waiting"}, {"kind": "maintenance"}, {"party": "NOR"},
    {"party": 'Ærø ☃'}, {"party": "OR"}, {"compliance": "breach"}, {"state": "missed"},
    {"q": "pay"}, {"q": "norway pay"}, {"q": "STRASSE"}, {"q": "p", "state": "open"},
    {"tag": "sea"}, {"tag": 'a"b'}, {"tag": "se"}, {"tag": "sea", "q": "norway"},
    {"tag": 'a"b', "kind": "process"},
)  # fmt: skip
SPANS = ((date(2025, 2, 11),) * 2, (date.min, date.max), (date(2025, 2, 27), date(2025, 4, 3)))
BREACHES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("acc-0", "ViolationAlleged", {"commitment": "today-0", "incident": "z"}),
    ("acc-0", "ViolationAlleged", {"commitment": "today-0", "incident": "a"}),
    ("acc-0", "ViolationDenied", {"commitment": "today-0", "incident": "z", "speaker": "RUS"}),
    ("acc-0", "ViolationAlleged", {"commitment": "today-1", "incident": "a"}),
    ("pack-2", "ViolationAlleged", {"commitment": "pack-a-2", "incident": "b"}),
    ("pack-2", "ViolationDenied", {"commitment": "pack-b-2", "incident": "b", "speaker": "RUS"}),
)
TAGGED = ("street", "without-promises")
NOW = parse_instant("2025-02-10T12:00:00Z")
ZONE = "Pacific/Kiritimati"
OF_DEADLINES = (("deadlines", None), ("month", "2025-04"))
NamedEnd = tuple[str, End]


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A file of odd lives, with notices, conditions, offers and periods among their ends."""
    return taken_lines(many_lives(Random(7), 3, 10), END)


def record_odd_ends(address: str, lines: list[bytes]) -> None:
    """Takes the file in, and more ends; of two agreements something is marked."""
    promise = {"kind": "achievement", "debtor": ["RUS"], "creditor": ["NOR"], "speaker": "RUS"}
    until = {"offer_valid_until": "2025-02-20T10:00:00.5Z", "promise": "to come"}
    notice = {"commitment": "pack-a-0", "by": ["NOR", "ISL"], "speaker": "NOR"}
    breach = {"text": "a shot", "speaker": "NOR", "basis": "neutral_body"}
    heading = {"title": "Straße am Meer", "parties": ["NOR", "RUS"], "tags": ["land", "sea", 'a"b']}
    today = [
        {**promise, "commitment": f"today-{n}", "terms": {"due": "2025-02-10", "zone": zone}}
        for n, zone in enumerate((ZONE, "America/New_York"))
    ]
    entries: list[tuple[str, str, dict[str, Any]]] = [
        ("pack-0", "WithdrawalNotified", notice),
        ("pack-0", "WithdrawalNotified", {**notice, "commitment": "pack-b-0", "by": ["ISL"]}),
        ("acc-0", "CommitmentProposed", {**promise, **until, "commitment": "offer"}),
        *(("acc-0", "CommitmentAccepted", {**each, "promise": "to pay"}) for each in today),
        ("acc-1", "PositionStated", {"text": "not for all", "tlp": "AMBER"}),
        ("pack-2", "PositionStated", {"text": "nor this", "tlp": "AMBER"}),
        *((name, "AgreementRecorded", {**heading, "agreement": name}) for name in TAGGED),
        ("street", "CommitmentAccepted", {**promise, "commitment": "last", "promise": "to pave"}),
        *((name, type_, {**breach, **data}) for name, type_, data in BREACHES),
    ]
    with EventStore.open(address) as store:
        accepted = take_lines(lines, Intake(store, END))
        store.append_batch(accepted.items, accepted.versions)
        for name, type_, data in entries:
            whole = {"occurred": "2025-02-09", **data}
            store.append(name, [new(f"pactwatch.{type_}.v1", whole, f"{name} {data}", NOW)])
    project(address, NOW)


@pytest.fixture(scope="module")
def odd_ends_in_file(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a file with them, to be read alone."""
    address = str(tmp_path_factory.mktemp("odd") / "pactwatch.db")
    record_odd_ends(address, lines)
    return address


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def odd_ends(request: pytest.FixtureRequest, lines: list[bytes]) -> str:
    """The address of a database of each engine with them, to be read alone."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("odd_ends_in_file"))
    databases: Databases = request.getfixturevalue("databases")
    return databases(change=lambda address: record_odd_ends(address, lines))


@pytest.fixture(scope="module", params=["CLEAR", "RED"])
def library(request: pytest.FixtureRequest, odd_ends: str) -> Iterator[Library]:
    """Under each ceiling, with what it has worked out of all, and one connection to its tables."""
    library = Library(Site(db=odd_ends, clock=lambda: NOW, ceiling=request.param, tz=ZONE))
    with reused_connections(library.engine):
        yield library


def everywhere(reader: Reader) -> EveryEnd:
    """The ends of every promise that the filters choose, one by one."""
    promises = {c.id: c for summary in reader.chosen() for c in summary.commitments}
    ends = ends_of(reader.deadlines()[0], promises, reader.site.tz)
    return EveryEnd(ends, None, reader.query.as_of)


def test_rows_have_the_ends_that_a_look_through_all_promises_finds(
    library: Library,
) -> None:
    """Whatever ends, by each filter that rows answer; with and without agreements to fold."""
    seen: set[str] = set()
    for words in QUERIES:
        with library.reader(parse_query(words, NOW, ZONE)) as reader:
            rows, all_ends = reader.every_end(), everywhere(reader)
            assert rows.rows
            assert (library.site.ceiling == "CLEAR") == bool(reader.queries.folding.names)
            assert all_ends.tally() == rows.tally()
            lists = lists_of(all_ends)
            assert lists == lists_of(rows)
            seen |= {name.partition(" ")[0] for each in lists for name, _ in each}

    assert {"condition", "notice", "part"} <= seen


def lists_of(ends: EveryEnd) -> list[list[NamedEnd]]:
    """What each list of ends has, whole and by parts."""
    until = NOW + timedelta(days=21)
    parts = (slice(0, 7), slice(3, 11), slice(20, 24), slice(900, 1000))
    lists = [ends.coming_before(until), *(ends.between(*span) for span in SPANS)]
    for part in parts:
        lists += [ends.coming_from(until, part), ends.passed(part)]
    return [[named(end) for end in ends.whole(each)] for each in lists]


def named(end: End) -> NamedEnd:
    """An end without the place of its readings, which differs."""
    numbered = replace(end, every_reading=end.readings, numbers=())
    return end.name, numbered


def test_rows_have_the_disputes_parties_and_links_that_a_look_through_all_finds(
    library: Library,
) -> None:
    """By each filter, wherever a part of a list begins."""
    statuses = Counter[str]()
    with library.reader(parse_query({}, NOW, ZONE)) as reader:
        summaries = reader.agreement_summaries
        documents = (c for each in reader.queries.documents() for c in each["commitments"])
        promises = {c.id: c for summary in summaries for c in summary.commitments}
        every_name = Named({summary.id: summary for summary in summaries}, promises)
        every_graph = graphs(of_documents(documents), summaries, every_name)
        assert every_graph
        assert every_graph == graphs(*reader.linked())
        changes = incident_changes(reader.queries)
    for words in (*QUERIES[::3], {"compliance": "alleged"}, {"compliance": "disputed", "q": "pay"}):
        with library.reader(parse_query(words, NOW, ZONE)) as reader:
            assert reader.chosen_rows()
            summaries, chosen = reader.agreement_summaries, reader.chosen()
            assert sides_among(summaries) == reader.sides()
            assert {tag for summary in summaries for tag in summary.tags} >= {"land", 'a"b'}
            agreements = reader.chosen_agreements({summary.id for summary in summaries})
            assert {summary.id for summary in chosen} == agreements
            for part in (slice(0, 3), slice(2, 5), slice(4, 9), slice(40, 80)):
                among_all = matching_among(summaries, reader.query, reader.names_of, part)
                assert among_all == reader.matching(part)
            names = reader.chosen_names()
            assert [summary.id for summary in chosen] == names
            assert chosen == reader.chosen_of(names)
            promises = {c.id for summary in chosen for c in summary.commitments}
            for all_ends, ends in zip(reader.deadlines(), reader.chosen_ends(), strict=True):
                assert [end for end in all_ends if end["commitment"] in promises] == [*ends]

            each_one = reader.chosen(replace(reader.query, compliance=""))
            names = {c.id for summary in each_one for c in summary.commitments}
            disputes = reader.disputes()
            among = disputes_among(changes, names, reader.query.compliance)
            assert parts_of(among.each) == parts_of(disputes.each)
            assert among == replace(disputes, each=among.each)
            statuses += disputes.statuses

            for name in ("NOR", "Ærø ☃"):
                lists = as_lists(reader.party_lists(name))
                assert as_lists(party_among(name, chosen, summaries)) == lists

    assert {"alleged", "disputed"} == statuses.keys()


def parts_of(each: Sequence[Any]) -> list[list[Any]]:
    """A list whole, and by parts that begin anywhere."""
    return [[*each[start : start + size]] for start in range(0, 12, 3) for size in (1, 4, 1000)]


def as_lists(lists: PartyLists) -> list[Any]:
    """What a party owes and is owed, and its agreements without their promises, by parts."""
    agreements = [
        [replace(summary, commitments=()) for summary in part]
        for part in parts_of(lists.agreements)
    ]
    sides = (lists.owes, lists.owed)
    return [agreements, *((side.standings, parts_of(side.promises)) for side in sides)]


@pytest.mark.parametrize("page", [("deadlines", ""), ("month", "2025-02"), ("month", "2025-03")])
def test_pages_say_the_same_by_rows_and_folded(
    odd_ends_in_file: str, page: tuple[str, str]
) -> None:
    """What is counted on a day has passed in one zone and is still to come in another."""
    library = Library(Site(db=odd_ends_in_file, clock=lambda: NOW, ceiling="RED", tz=ZONE))
    name, month = page
    with library.reader(parse_query({}, NOW, ZONE)) as reader:
        by_rows = PAGES[name](reader, month).facts
    with library.reader(parse_query({"as_of": format_instant(NOW)}, NOW, ZONE)) as reader:
        folded = PAGES[name](reader, month).facts

    named = ("sentence", "count", "pages", "months", "before", "after", "page_of_day")
    assert [folded[each] for each in named] == [by_rows[each] for each in named]


def test_the_board_is_the_same_by_rows_and_folded(library: Library) -> None:
    """Its numbers, what is pressing and the agreements of its page, by each filter."""
    for words in (*QUERIES, {"page": "1", "party": "RUS", "state": "open"}):
        with library.reader(parse_query(words, NOW, ZONE)) as reader:
            by_rows = PAGES["board"](reader, "").facts
            assert reader.queries.can_choose_rows
        then = {**words, "as_of": format_instant(NOW)}
        with library.reader(parse_query(then, NOW, ZONE)) as reader:
            folded = PAGES["board"](reader, "").facts

        named = ("board", "sentence", "is_front", "week", "unreadable", "filter_parties", "ends")
        assert [folded[each] for each in named] == [by_rows[each] for each in named]


def test_pages_of_deadlines_read_no_list_of_all(projected_database: Path) -> None:
    """Of the promises only those that are listed are read."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    with library.reader(parse_query({"state": "open"}, EVENING, "UTC")) as reader:
        bodies = [render_page(reader, *page)[0] for page in OF_DEADLINES]

    assert all(b"commitments/ep-rus" in body for body in bodies)
    assert 1 == len(library.memo), "the lists of parties"


def test_the_board_reads_no_list_of_all(projected_database: Path) -> None:
    """Only what cannot be read, the parties, and what ends soon otherwise are read of all."""
    library = Library(Site(db=str(projected_database), clock=lambda: EVENING))
    with library.reader(parse_query({"party": "RUS"}, EVENING, "UTC")) as reader:
        body, _ = render_page(reader, "board", None)

    assert b"commitments/ep-rus" in body
    assert 3 == len(library.memo)
