"""A search finds the same by the index of each engine as by reading the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from events import EventStore, NewEvent
from events.database.engine import open_engine, write_transaction
from events.database.owned_tables import table_of
from tests.support.copies import own_copy
from tests.support.dataset import EVENING
from tests.support.fixtures import Databases, changed_copy
from tracker.entries.visible_log import VisibleLog
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import compared
from tracker.projections.search_index import indexed_with
from tracker.projections.tables import SearchWordsRow
from tracker.queries.search import search
from tracker.queries.timeline import Filter, search_words

AGREEMENT = "search-pact"


def entry(name: str, number: int, **data: object) -> NewEvent:
    return NewEvent(
        id=f"sp-{number}",
        type=f"pactwatch.{name}.v1",
        source="test",
        data={"commitment": None, "speaker": "UKR", **data},
        recorded_at=EVENING + timedelta(minutes=number),
        erasable=("note",),
    )


def add_words(address: str) -> None:
    """Texts of their own, indexed."""
    first = [
        entry("AgreementRecorded", 1, agreement=AGREEMENT, title="Zugvögel Übereinkunft 渔船协定"),
        entry("FactClaimed", 2, text="Удары по подстанции", note="heard at the тайник"),
        entry("FactClaimed", 3, text="quixotic claim", source={"quote": "it's a 'drone' -- OR"}),
        entry("FactClaimed", 4, text="quixotic again", tlp="RED"),
        entry("FactClaimed", 5, text="quixotic mistake"),
    ]
    with EventStore.open(address) as log:
        log.append(AGREEMENT, first, expected_version=0)
        with write_transaction(open_engine(address)) as connection:
            catch_up(log, connection, EVENING + timedelta(days=1))


@pytest.fixture(scope="module")
def words_database(lively_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with these texts in a file, to be copied."""
    return changed_copy(lively_database, tmp_path_factory.mktemp("words"), add_words)


@pytest.fixture(scope="module")
def words_template(databases: Databases, lively_template: str) -> str:
    """The same in PostgreSQL."""
    return databases(lively_template, add_words)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return own_copy(request, "words_database", "words_template")


@pytest.fixture
def words(log: EventStore) -> EventStore:
    """A log with texts of its own, indexed but for what a test adds."""
    return log


@pytest.fixture(params=["words_database", "words_template"], ids=["sqlite", "postgres"])
def words_to_read(request: pytest.FixtureRequest) -> Iterator[EventStore]:
    """The same for who only reads: not a copy."""
    with EventStore.open(str(request.getfixturevalue(request.param)), read_only=True) as log:
        yield log


def positions(log: EventStore, text: str, **fields: str) -> list[str]:
    result = search(log, text, AGREEMENT, Filter(words=search_words(text), **fields), 10)
    return [row["id"] for row in result["entries"]]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("quixotic", ["sp-5", "sp-4", "sp-3"]),
        ("QUIXOTIC cl", ["sp-3"]),
        ("ubereinkunft", ["sp-1"]),
        ("渔船", ["sp-1"]),
        ("渔场", []),
        ("подстанции удар", ["sp-2"]),
        ("тайник удары", ["sp-2"]),
        ("'drone' -- OR \"", ["sp-3"]),
        ("quixotic NOT claim", []),
        ("drone)* OR (x", []),
        ("a" * 3000, []),
    ],
)
def test_the_index_finds_what_the_log_has(
    words_to_read: EventStore, text: str, ids: list[str]
) -> None:
    """Newest first, also what stands in an erasable text; and the same without an index."""
    assert ids == positions(words_to_read, text)
    assert ids == positions(VisibleLog(words_to_read, "RED"), text)


def test_the_index_gives_the_newest_first_however_many_there_are(
    words: EventStore, url: str
) -> None:
    """By parts that join without a gap, of one word and of two."""
    rows = [
        {"position": 1000 + n, "stream": "s", "words": f"common{n % 3} seventh{n % 7}"}
        for n in range(2500)
    ]
    with write_transaction(open_engine(url)) as connection:
        connection.execute(insert(table_of(SearchWordsRow)), rows)
    newest = [row["position"] for row in reversed(rows)]

    assert newest == [*indexed_with(words, ["common"])]
    assert [at for at in newest if (at - 1000) % 21 == 15] == [
        *indexed_with(words, ["common0", "seventh1"])
    ]
    assert newest[100:] == [*indexed_with(words, ["common"], newest[99])]


def test_what_came_since_counts_though_it_is_not_indexed(words: EventStore, url: str) -> None:
    """New texts, corrections and retractions are seen at once, and after the next turn alike."""
    amendments = [
        entry("EntryCorrected", 6, event="sp-3", replacement={"text": "sober claim"}),
        entry("EntryRetracted", 7, event="sp-5", reason="quixotic slip"),
    ]
    words.append(AGREEMENT, amendments, expected_version=5)

    for _ in range(2):
        row, *_ = search(words, "x", AGREEMENT, Filter(words=("mistake",)), 10)["entries"]
        assert ["sp-7", "sp-5", "sp-4"] == positions(words, "quixotic")
        assert ["sp-3"] == positions(words, "sober")
        assert "retracted" == row["standing"]
        with write_transaction(open_engine(url)) as connection:
            catch_up(words, connection, EVENING + timedelta(days=1))
    assert not any(compared(words, open_engine(url)))


def test_an_erased_note_is_found_no_more_and_stands_nowhere(words: EventStore, url: str) -> None:
    """The index never had it, so live rows still equal rebuilt ones."""
    words.redact("sp-2")

    assert [] == positions(words, "тайник")
    assert ["sp-2"] == positions(words, "удары")
    assert not any(compared(words, open_engine(url)))


def test_a_ceiling_hides_what_lies_above_it(words_to_read: EventStore) -> None:
    """Not even that there is more."""
    below = VisibleLog(words_to_read, "GREEN")

    assert ["sp-5", "sp-3"] == positions(below, "quixotic")
    assert search(below, "x", AGREEMENT, Filter(words=("quixotic",)), 2)["more"] is False


def test_the_limit_says_whether_there_are_more(words_to_read: EventStore) -> None:
    """And a hit says where its words stand."""
    result = search(words_to_read, "quixotic", None, Filter(words=("quixotic",)), 2)

    assert result["more"] is True
    assert {"field": "text", "text": "quixotic mistake", "spans": [[0, 8]]} == result["entries"][0][
        "hit"
    ]
