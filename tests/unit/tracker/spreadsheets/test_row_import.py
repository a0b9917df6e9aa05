"""Rows become entries: judged in order, told by row and column, known again by what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import EventStore, parse_instant
from tracker.errors import InvalidEvent
from tracker.model.event_types import EVENT_TYPES
from tracker.recording.accepted import Accepted
from tracker.recording.recorder import Recording
from tracker.spreadsheets.columns import known_columns, template
from tracker.spreadsheets.files import read_sheet
from tracker.spreadsheets.row_import import SheetImport
from tracker.spreadsheets.sheet import SheetRefused
from tracker.terminal.cells import csv_text

NOW = parse_instant("2025-06-01T09:00:00Z")
BASE = """\
type;agreement;commitment;kind;debtor;creditor;promise;title;parties;terms.end;occurred;speaker
AgreementRecorded;acc;;;;;;Accord;NOR;;1 March 2025;
CommitmentAccepted;acc;m;maintenance;NOR;ISL;to keep calm;;;2025-05-10;1 March 2025;NOR
"""


class Desk:
    """A log in memory that takes in sheets."""

    def __init__(self) -> None:
        self.store = EventStore.open("memory://")
        self.take(BASE)

    def judged(self, content: str) -> tuple[SheetImport, Accepted]:
        rows = SheetImport(Recording(self.store, NOW, lambda *_: {}), "UTC")
        return rows, rows.take(read_sheet("csv", content.encode(), None, None))

    def take(self, content: str) -> Accepted:
        _, accepted = self.judged(content)
        self.store.append_batch(accepted.items, accepted.versions)
        return accepted

    def problems(self, content: str) -> list[str]:
        before = self.store.head()
        with pytest.raises(SheetRefused) as caught:
            self.take(content)
        assert before == self.store.head()
        return [problem.line for problem in caught.value.problems]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_row_is_an_entry_with_its_fields(desk: Desk) -> None:
    """Dots lead into a structure, semicolons separate a list, dates are as people write them."""
    desk.take(
        "type,commitment,occurred,speaker,reported_by,claimed_count.value,source.url,text\n"
        'ViolationAlleged,m,5 March 2025,ISL,"osce; un",3,https://a.test,"a ""b""\nc"\n'
    )
    *_, event = desk.store.read_all()

    assert ("acc", NOW) == (event.stream, event.recorded_at)
    assert {
        "commitment": "m",
        "occurred": "2025-03-05",
        "speaker": "ISL",
        "reported_by": ["osce", "un"],
        "claimed_count": {"value": 3},
        "source": {"url": "https://a.test"},
        "text": 'a "b"\nc',
    } == event.data


def test_a_sheet_is_taken_in_again_after_a_row_was_added(desk: Desk) -> None:
    """Whatever the separator, and wherever the columns stand; `yesterday` is the same entry."""
    first = "type,commitment,occurred,speaker\nViolationAlleged,m,yesterday,ISL\n"
    again = "speaker;type;commitment;note;occurred\nISL;ViolationAlleged;m;;yesterday\n"
    added = "ISL;ViolationAlleged;m;new;yesterday\n"

    assert (1, 0) == (len((taken := desk.take(first)).items), taken.already_known)
    assert (1, 1) == (len((taken := desk.take(again + added)).items), taken.already_known)


def test_parties_and_documents_are_registered_by_rows(desk: Desk) -> None:
    """Each in the stream of its own; what they need is told like any other field."""
    heading = "type,party,document,name,zone,title,sha256,line_hashes,line,reason\n"
    document = f"SourceRegistered,,blog,,,Blog,{'0' * 64},abcdefgh,,\n"
    desk.take(heading + "PartyRegistered,osce,,OSCE,Europe/Vienna,,,,,\n" + document)

    assert ["party/osce", "source/blog"] == [e.stream for e in desk.store.read_all(after=2)]
    assert [
        "row 2, column B (party): PartyRegistered needs party: id of the party, e.g. NOR",
    ] == desk.problems(heading + "PartyRegistered,,,OSCE,Europe/Vienna,,,,,\n")


def test_two_rows_that_say_the_same_are_one_entry(desk: Desk) -> None:
    rows = "type,commitment,occurred,speaker\n" + "ViolationAlleged,m,2025-03-05,ISL\n" * 2
    accepted = desk.take(rows)

    assert 1 == len(accepted.items)
    assert ["row 3 says what row 2 says: one entry"] == [*accepted.warnings][:1]


def test_a_row_with_an_id_is_that_entry(desk: Desk) -> None:
    rows = "id,type,commitment,occurred,speaker\ne,ViolationAlleged,m,2025-03-05,ISL\n"
    desk.take(rows)

    assert 1 == desk.take(rows).already_known
    assert ["row 2, column A (id): 'e' is taken by another event at position 3"] == (
        desk.problems(rows.replace("ISL", "NOR"))
    )


def test_every_mistake_is_told_by_row_and_column(desk: Desk) -> None:
    """Also those that only the rules find; what hangs on a refused row is no further mistake."""
    heading = "id,type,agreement,commitment,kind,debtor,promise,occurred,speaker,basis,terms.due\n"
    rows = (
        "a,ViolationAleged,,m,,,,,,,\n"
        "b,PerformanceReported,,x,,,,,,,\n"
        "c,ViolationAlleged,,m,,,,03/04/2025,ISL,,2025\n"
        "c,ViolationAlleged,,m,,,,2025-03-05,ISL,,\n"
        "d,NonPerformanceFound,,m,,,,2025-03-05,ISL,foo,\n"
        "e,PerformanceConfirmed,,m,,,,2025-03-05,ISL,,\n"
        "f,CommitmentAccepted,acc,n,achievement,NOR,do it,2025-02-30,NOR,,\n"
        "g,PerformanceReported,,n,,,,2025-03-05,NOR,,\n"
        "h,DebtorCancelled,,m,,,,2024-01-01,NOR,,,x\n"
    )
    expected = [
        "row 2, column B (type): no type 'ViolationAleged'; did you mean ViolationAlleged, ",
        "row 3, column D (commitment): unknown commitment 'x'",
        "row 4, column K (terms.due): ViolationAlleged",
        "row 4, column H (occurred): ",
        "row 5, column A (id): the id 'c' stands in row 4 already",
        "row 6, column J (basis): NonPerformanceFound: expected ",
        "row 7, column J (basis): PerformanceConfirmed needs basis",
        "row 8, column H (occurred): not a date: '2025-02-30'",
        "row 10, column L: a value under no heading",
    ]
    problems = desk.problems(heading + rows)

    assert expected == [
        words[: len(start)] for words, start in zip(problems, expected, strict=False)
    ], problems


def test_the_column_of_a_mistake_is_named_once(desk: Desk) -> None:
    """Whoever finds it: a date, the words of a field, a number, or what an entry refers to."""
    sheet = (
        "type,agreement,commitment,precedent,occurred,speaker,text,claimed_count\n"
        "PrecedentLinked,acc,,acc,,,,\nPrecedentLinked,acc,,acc,someday,,,\n"
        "ViolationAlleged,,m,,2025-03-05,ISL,seen,{}\n"
    )
    words = [problem.partition(" expected ")[0] for problem in desk.problems(sheet)]

    assert [
        "row 2, column D (precedent): PrecedentLinked:",
        "row 3, column E (occurred): not a date: 'someday'",
        "row 4, column H (claimed_count):",
    ] == words


def test_a_refused_promise_hides_only_what_hangs_on_it(desk: Desk) -> None:
    """Every cell of its own row is told, and other rows of its agreement are."""
    assert [
        "row 2, column G (basis)",
        "row 2, column F (occurred)",
        "row 4, column F (occurred)",
    ] == [
        words.partition(":")[0]
        for words in desk.problems(
            "type,agreement,commitment,kind,debtor,occurred,basis,promise\n"
            "CommitmentAccepted,acc,n,achievement,NOR,2025-13-01,foo,p\n"
            "PerformanceReported,acc,n,,,2025-03-01,,\n"
            "ViolationAlleged,acc,m,,,2025-13-01,,\n"
        )
    ]


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("antecedents", "[" * 100_000),
        ("antecedents", "[" + "9" * 5000),
        ("terms.quantity", "9" * 5000),
        ("terms", '{"quantity":1.5}'),
        ("debtor", "x" * 300),
        ("occurred", "0000-00-00"),
    ],
)
def test_an_odd_cell_is_a_mistake_of_its_row(desk: Desk, field: str, cell: str) -> None:
    """Nothing that a cell may hold ends the import otherwise."""
    row = {
        "type": "AcceptedConditionally", "agreement": "acc", "commitment": "n",
        "kind": "achievement", "debtor": "NOR", "promise": "p", "speaker": "NOR", field: cell,
    }  # fmt: skip
    (problem,) = desk.problems(csv_text([row], list(row)))

    assert problem.startswith("row 2")
    assert len(problem) < 400


def test_a_heading_is_checked_before_the_rows(desk: Desk) -> None:
    assert [
        "row 1, column A (ocurred): no field 'ocurred'; did you mean occurred?",
        "row 1, column C (text): 'text' heads two columns",
        "row 1: no column `type`; found ocurred, text, text",
    ] == desk.problems("ocurred,text,text\n2025,a,b\n")


def test_the_effect_of_a_sheet_is_that_of_its_rows(desk: Desk) -> None:
    rows, _ = desk.judged("type,commitment,occurred,speaker\nViolationAlleged,m,2025-03-05,ISL\n")

    assert {
        "commitment": "m",
        "axis": "compliance",
        "before": "unassessed",
        "after": "alleged",
    } in (rows.effect())


def test_a_row_of_today_takes_effect_when_it_is_taken_in(desk: Desk) -> None:
    """As when it is typed, not at a later noon; taken in again it is the same entry."""
    sheet = "type,id,commitment,occurred,speaker\nViolationAlleged,v,m,2025-06-01,ISL\n"
    desk.take(sheet)
    again = desk.take(sheet)

    recorded = desk.store.find("v")
    assert recorded is not None
    assert "2025-06-01T09:00:00Z" == recorded.data["effective_at"]
    assert (1, []) == (again.already_known, list(again.items))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_template_has_columns_that_are_taken(name: str) -> None:
    columns = template(name)

    assert "type" == columns[0]
    assert {*columns} <= {*known_columns()}
    assert len({*columns}) == len(columns)


def test_a_type_that_there_is_not_has_no_template() -> None:
    with pytest.raises(InvalidEvent, match=r"did you mean .*ViolationAlleged"):
        template("Violation")


LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40)
SAID = (LINES | st.sampled_from(["=1", "'=1", "a\nb", '"', "שלום;", "@x", "-1"])).map(str.strip)


@given(st.lists(SAID.filter(bool), min_size=1, max_size=3, unique=True))
def test_a_text_comes_in_as_it_was_written_out(texts: list[str]) -> None:
    """An entry's text, written as CSV and taken in again, is the same text."""
    desk = Desk()
    columns = ["type", "commitment", "occurred", "speaker", "text", "incident"]
    fixed = {"type": "ViolationAlleged", "commitment": "m", "occurred": "2025-03-05"}
    rows = [
        {**fixed, "speaker": "ISL", "text": text, "incident": f"i{n}"}
        for n, text in enumerate(texts)
    ]
    desk.take(csv_text(rows, columns))

    assert texts == [event.data["text"] for event in desk.store.read_all(after=2)]
    assert len(texts) == desk.take(csv_text(rows, columns)).already_known
