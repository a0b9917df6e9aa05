"""Lists of agreements, promises and disputes: narrowed by words, tags, parties and states."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from benchmarks.many_agreements import NOW, fill
from events import EventStore
from tests.support.dataset import SHIPPED
from tests.support.served import Board, project, record, serving


def test_what_is_searched_for_is_not_below_something_else(board: Board) -> None:
    """Who filters wants the matches, not what presses; the counts stay whole."""
    page = board.ask("/?as_of=2025-03-20&q=hockey").text

    assert "2 overdue or lapsed" in page
    assert 'id="missed"' not in page
    assert "commitments/hk-usa" in page


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """Four hundred agreements, a hundred of them overdue or lapsed or nearly so."""
    database = str(tmp_path_factory.mktemp("crowded") / "pactwatch.db")
    with EventStore.open(database) as store:
        fill(store, 400)
    project(database, NOW)
    with serving(database, NOW) as board:
        yield board


def test_a_crowded_board_counts_all_and_shows_some(crowded: Board) -> None:
    """Freshest trouble first, and a link to the rest of it."""
    page = crowded.ask("/").text
    missed = page.partition('id="missed"')[2].partition("</section>")[0]
    ends = re.findall(r'<time datetime="([^"]+)"', missed)

    assert "400 agreements with 400 promises" in page
    assert 15 == missed.count("<tr>") - 1
    assert ends == sorted(ends, reverse=True)
    assert "?state=missed" in page
    assert "Page 1 of 10" in page


@pytest.mark.parametrize("number", [2, 10])
def test_a_later_page_goes_on_with_agreements(crowded: Board, number: int) -> None:
    """What presses stands on the first page only, and the way leads both ways."""
    page = crowded.ask(f"/?page={number}").text

    assert 'id="missed"' not in page
    assert 40 == page.count('<section class="agreement ')
    assert f"page={number - 1}" in page
    assert (number < 10) == (f"page={number + 1}" in page)


def test_the_list_is_narrowed_to_a_tag(projected: str) -> None:
    """As projected and as folded for another instant; the form keeps it."""
    at = "2025-03-18T21:30:00Z"
    record(projected, "energy-pause-2025", "TagsSet", at=at, occurred="2025-03-18", tags=["energy"])
    project(projected)
    with serving(projected) as board:
        for query in ("?tag=energy", "?tag=energy&as_of=2025-03-18T21:59:00Z"):
            section = board.ask(f"/{query}").text.partition('id="agreements"')[2]
            assert "commitments/ep-rus" in section
            assert "commitments/sw-rus" not in section
            assert 'name="tag" value="energy"' in section
        assert "commitments/ep-rus" not in board.ask("/?tag=grain&q=energy").text


@pytest.mark.parametrize(
    ("query", "present", "missing"),
    [
        ("?q=prisoners", "sw-rus", "ep-rus"),
        ("?q=Ukraine", "ep-ukr", "russian-business"),
        ("?party=russian-government", "rc-rus", "ep-rus"),
        ("?kind=process", "pd", "sw-rus"),
        ("?state=conditional", "ep-ukr", "aid-usa"),
        ("?state=closed&q=energy", "energy-deal-2024", "ep-ukr"),
    ],
)
def test_the_list_is_searched_and_filtered(
    board: Board, query: str, present: str, missing: str
) -> None:
    """By word, party name, party, kind and state."""
    section = board.ask(f"/{query}").text.partition('id="agreements"')[2]

    assert f"commitments/{present}" in section
    assert f"commitments/{missing}" not in section


FILTERED = [
    ("/deadlines?as_of=2025-03-20&kind=achievement", "sw-rus", "ep-rus"),
    ("/deadlines?as_of=2025-03-20&state=in_force", "ep-rus", "ep-ukr"),
    ("/deadlines/2025-04?as_of=2025-03-20&state=in_force", "ep-rus", "ep-ukr"),
    ("/changes?since=2025-03-10&party=UKR", "sw-rus", "hk-usa"),
    ("/changes?since=2025-03-10&q=hockey", "hk-usa", "sw-rus"),
    ("/parties/RUS?kind=process", "pd", "sw-rus"),
    ("/parties/RUS?state=conditional", "gc-rus", "sw-rus"),
]


@pytest.mark.parametrize(("path", "match", "other"), FILTERED)
def test_a_filter_does_what_it_says_on_every_list(
    board: Board, path: str, match: str, other: str
) -> None:
    """What matches is there, what does not is not, and without the filter both are."""
    page, whole = board.ask(path).text, board.ask(re.sub(r"[?&](?!as_of|since)\w+=\w+", "", path))

    assert f"commitments/{match}" in page
    assert f"commitments/{other}" not in page
    assert f"commitments/{other}" in whole.text


def test_disputes_are_filtered_by_party_and_by_what_became_of_them(
    own_board: Board, database: str
) -> None:
    """A denied breach is found as such, and not under another party."""
    alleged = {"commitment": "ep-rus", "incident": "i1", "occurred": "2025-03-18"}
    record(database, "energy-pause-2025", "ViolationAlleged", at="2025-03-18T21:50:00Z",
           speaker="UKR", text="a strike", **alleged)  # fmt: skip
    record(database, "energy-pause-2025", "ViolationDenied", at="2025-03-18T21:55:00Z",
           speaker="RUS", basis="claim", **alleged)  # fmt: skip
    project(database)

    for query in ("", "?compliance=disputed", "?compliance=breach", "?party=RUS", "?q=energy"):
        assert "a strike" in own_board.ask(f"/disputes{query}").text, query
    for query in ("?compliance=alleged", "?party=NOR", "?state=closed"):
        assert "a strike" not in own_board.ask(f"/disputes{query}").text, query
    assert "No breach on record matches." in own_board.ask("/disputes?q=hockey").text


def test_a_search_finds_what_may_be_seen_as_it_reads(own_board: Board, database: str) -> None:
    """A quote by its beginning; a hidden correction leaves the text that it replaces."""
    data = {"commitment": "ep-rus", "occurred": "2025-03-18", "speaker": "UKR"}
    for word, tlp in (("quillwort", "CLEAR"), ("sedgewren", "RED")):
        record(database, "energy-pause-2025", "PositionStated", at="2025-03-18T21:00:00Z", tlp=tlp,
               by="UKR", source={"quote": f"a {word} by the dam"}, text="no", **data)  # fmt: skip
    with EventStore.open(database) as store:
        event = next(store.read_all(after=SHIPPED))
    record(database, "energy-pause-2025", "EntryCorrected", at="2025-03-18T21:10:00Z", tlp="RED",
           event=event.id, reason="misread", replacement={"source": {"quote": "none"}})  # fmt: skip
    project(database)

    page = own_board.ask("/search?q=QUILL").text
    assert "a <mark>quillwort</mark> by the dam" in page
    assert "Found in 1 entry." in page
    assert "Nothing on record has this word." in own_board.ask("/search?q=sedgewren").text
    assert "has this word" in own_board.ask("/search?q=quill&known_at=2025-03-18T20:59:00Z").text
    assert "<mark>quillwort</mark>" in own_board.ask("/search?q=quill&as_of=2025-03-19").text


@pytest.mark.parametrize(("query", "words"), [
    ("?q=ukraine+energy", 'href="commitments/ep-rus"'),
    ("?q=kremlin", 'href="parties/kremlin"'),
    ("?q=%21%3F", "a word has letters or digits"),
    ("", "Below is every promise on record."),
    ("?page=7", "There is no page 7."),
])  # fmt: skip
def test_a_search_finds_promises_and_parties(board: Board, query: str, words: str) -> None:
    """By the names of their parties, too."""
    assert words in board.ask(f"/search{query}").text
