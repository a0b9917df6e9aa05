"""CSV and .xlsx as people save them: read whole, or told by row and column."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import InvalidEvent
from tracker.spreadsheets.files import kind_of, read_sheet
from tracker.spreadsheets.sheet import Sheet, SheetRefused, column_letter, genuine, inert
from tracker.terminal.cells import csv_text

FORMULAS = ["=1+1", "'=x", "''=x", "'", "-3", "+a", "@x", "\tx", "\n=x", "＝x", 'שלום, "x"']
TEXTS = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), min_size=1
) | st.sampled_from(FORMULAS)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_whatever_is_written_as_csv_comes_back_the_same(rows: list[tuple[str, str]]) -> None:
    """Quotes, newlines, right-to-left text and what a spreadsheet would take for a formula."""
    content = csv_text([{"type": a, "text": b} for a, b in rows], ["type", "text"])
    cells = list(csv.reader(io.StringIO(content)))[1:]
    sheet = read_sheet("csv", content.encode(), None, None)

    assert [row for row in rows if "".join(row).strip()] == [row.cells for row in sheet.rows]
    assert not [cell for row in cells for cell in row if cell.startswith(("=", "+", "-", "@"))]


@given(TEXTS)
def test_a_harmless_cell_is_told_apart_from_one_that_begins_with_a_quote(text: str) -> None:
    assert text == genuine(inert(text))


CLOCK_TIME = datetime(2025, 3, 20, 14, 30)  # noqa: DTZ001 - a cell has no zone
READ = {
    "UTF-8": "type,text\nA,é\n".encode(),
    "mark": "\ufefftype,text\nA,é\n".encode(),
    "UTF-16": "type\ttext\nA\té\n".encode("utf-16"),
    "semicolons": "type;text\nA;é\n".encode(),
    "tabs, CRLF": "type\ttext\r\nA\té\r\n".encode(),
    "quoted heading": '"type"|"text"\n"A"|"é"'.encode(),
    "empty rows": ",\n\ntype,text,\n,,\nA,é,\n\n".encode(),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_however_it_was_saved(name: str) -> None:
    assert "csv" == kind_of("-", READ[name]) or name in ("empty rows",)
    sheet = read_sheet("csv", READ[name], None, None)

    assert ["type", "text"] == [head for head in sheet.heading if head]
    assert [["A", "é"]] == [[text for _, _, text in sheet.fields(row)] for row in sheet.rows]


REFUSED = {
    "row 2, column B: byte 0xE9 is not UTF-8": b"type,text\nA,caf\xe9\n",
    "row 2, column A: byte 0xFC is not UTF-8": b"\xef\xbb\xbftype,text\n\xfc,caf\n",
    "row 3, column A: byte 0xFF is not UTF-8": b'type,text\nA,"x\ny"\n\xff,\n',
    "row 2, column B: a NUL character": b"type,text\nA,\0\n",
    "row 3: not CSV: unexpected end of data": b'type,text\nA,b\nA,"caf\n',
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_read_is_told_by_row_and_column(words: str) -> None:
    with pytest.raises(SheetRefused) as caught:
        read_sheet("csv", REFUSED[words], None, None)
    (problem,) = caught.value.problems

    assert words == problem.line
    assert problem.hint


def test_an_encoding_that_is_named_is_taken() -> None:
    sheet = read_sheet("csv", b"type,text\nA,caf\xe9\n", None, "cp1252")

    assert ("A", "café") == sheet.rows[0].cells


def test_a_mark_of_utf8_before_a_text_in_another_encoding_is_passed_over() -> None:
    sheet = read_sheet("csv", b"\xef\xbb\xbftype;text\nA;caf\xe9\n", None, "cp1252")

    assert (("type", "text"), ("A", "café")) == (sheet.heading, sheet.rows[0].cells)


@pytest.mark.parametrize("content", [b"", b"\n,,\n", b"\xef\xbb\xbf"])
def test_an_empty_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidEvent, match="the sheet is empty"):
        read_sheet("csv", content, None, None)


def book(*rows: list[Any], **others: list[list[Any]]) -> bytes:
    """An .xlsx file of one sheet, or more."""
    written = openpyxl.Workbook()
    for title, lines in {"first": rows, **others}.items():
        sheet = written.active if title == "first" else written.create_sheet(title)
        assert sheet is not None
        for line in lines:
            sheet.append(line)
    file = io.BytesIO()
    written.save(file)
    return file.getvalue()


def cells_of(sheet: Sheet) -> list[tuple[str, ...]]:
    return [row.cells for row in sheet.rows]


def test_the_values_of_an_xlsx_are_read_as_they_are_shown() -> None:
    """Dates are ISO days, also where only their number is left; numbers have no fraction of 0."""
    content = book(
        ["occurred", "terms.due", "quantity", "text", "of", "tacit"],
        [date(2025, 3, 20), 45736, 3.0, "'=x", 45736, True],
        [CLOCK_TIME, "March 2025", 2.5, "a\nb", None, None],
        [45736.75, 1e20, 12345678901234, None, None, None],
    )
    sheet = read_sheet("xlsx", content, None, None)

    assert "xlsx" == kind_of("-", content)
    assert [
        ("2025-03-20", "2025-03-20", "3", "=x", "45736", "true"),
        ("2025-03-20T14:30:00", "March 2025", "2.5", "a\nb"),
        ("2025-03-20T18:00:00", str(10**20), "12345678901234"),
    ] == cells_of(sheet)


def test_a_formula_and_an_error_are_refused_by_cell() -> None:
    content = book(["type", "text"], ["A", "=TODAY()"], ["A", "#REF!"])
    sheet = read_sheet("xlsx", content, None, None)

    assert ["row 2, column B (text)", "row 3, column B (text)"] == [
        problem.place for problem in sheet.problems
    ]
    assert ["a formula, '=TODAY()'; expected its value", "an error, #REF!; expected a value"] == [
        problem.message for problem in sheet.problems
    ]


def test_a_sheet_is_found_by_its_name() -> None:
    content = book(["nothing"], reports=[["type"], ["A"]])

    assert [("A",)] == cells_of(read_sheet("xlsx", content, "reports", None))
    with pytest.raises(InvalidEvent, match=r"no sheet 'report'; did you mean reports\?") as caught:
        read_sheet("xlsx", content, "report", None)
    assert "--sheet Sheet or --sheet reports" == caught.value.hint


def test_an_empty_first_sheet_leads_to_those_that_are_not() -> None:
    content = book(reports=[["type"], ["A"]], more=[[None], [None]])

    with pytest.raises(InvalidEvent, match="the sheet 'Sheet' is empty") as caught:
        read_sheet("xlsx", content, None, None)
    assert "--sheet reports" == caught.value.hint


def damaged(part: str, content: bytes) -> bytes:
    """An .xlsx file of which one part is something else."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(book(["type"], ["A"]))) as whole, ZipFile(file, "w") as copy:
        for name in whole.namelist():
            copy.writestr(name, content if name == part else whole.read(name))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NO_XLSX = {
    "text": b"hello",
    "no archive": b"PK\x03\x04 no archive",
    "old": b"\xd0\xcf\x11\xe0",
    "sheet": damaged(SHEET, b"<no"),
    "book": damaged("xl/workbook.xml", b"<x/>"),
    "types": damaged("[Content_Types].xml", b""),
}


@pytest.mark.parametrize("content", NO_XLSX.values(), ids=NO_XLSX)
def test_what_is_no_xlsx_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidEvent, match=r"not an \.xlsx file"):
        read_sheet("xlsx", content, None, None)


@pytest.mark.parametrize(
    ("name", "beginning", "kind"),
    [
        ("a.csv", b'{"id"', "csv"),
        ("A.TSV", b"", "csv"),
        ("-", b"PK\x03\x04", "xlsx"),
        ("log.txt", b'\xef\xbb\xbf\n{"id"', "events"),
        ("-", b"[", "events"),
        ("-", b"not json\n", "events"),
        ("-", '{"id": "e1"}'.encode("utf-16"), "events"),
        ("-", b'"id";"type"\n', "csv"),
    ],
)
def test_a_file_is_known_by_its_name_or_beginning(name: str, beginning: bytes, kind: str) -> None:
    assert kind == kind_of(name, beginning)


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert ["A", "Z", "AA", "AZ", "ZZ", "AAA"] == [*map(column_letter, (1, 26, 27, 52, 702, 703))]
