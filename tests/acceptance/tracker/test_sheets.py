"""Sheets in and out by the command: a spreadsheet is taken in, and opens what comes out."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.support.command import OnDesk, Run

NOW = ("--now", "2025-04-02T09:00:00Z")
ROWS = """\
type;agreement;commitment;kind;debtor;creditor;promise;title;parties;terms.due;occurred;speaker;text;source.url
AgreementRecorded;acc;;;;;;Accord;NOR;;1 March 2025;;;
CommitmentAccepted;acc;c;achievement;NOR;ISL;"to ""open"" שלום
the harbour";;;2025-04-10;2025-03-01;NOR;;https://a.test/1
PositionStated;;c;;;;;;;;2025-03-20;NOR;'=1+1;https://a.test/2
"""


def enter_accord(run: Run) -> None:
    assert 0 == run("import", "-", *NOW, stdin=ROWS).code


@pytest.fixture
def accord(on_desk: OnDesk) -> Run:
    return on_desk(enter_accord)


def table(accord: Run, *command: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(accord(*command, "--format", "csv", "-q").out)))


def test_a_sheet_is_shown_before_it_is_taken_in_and_taken_in_once(run: Run) -> None:
    preview = run("import", "-", "-n", *NOW, stdin=ROWS)
    taken = run("import", "-", *NOW, "--json", stdin=ROWS)
    again = run("import", "-", *NOW, "--json", stdin=ROWS)

    assert "c        state               in_force" in preview.out
    assert "c: due (NOR): none -> end of Thu 10 Apr 2025 (Europe/Oslo)" in preview.out
    assert "would import 3 events" in preview.err
    assert [(3, 0), (0, 3)] == [
        (answer.json["imported"], answer.json["already_known"]) for answer in (taken, again)
    ]
    assert ["in_force"] == [e["after"] for e in taken.json["effect"] if e["axis"] == "state"]


def test_a_refused_sheet_names_every_cell_and_records_nothing(accord: Run) -> None:
    before = accord("export").out
    rows = "type,commitment,occurred,speaker\nA,c,2025,NOR\nPerformanceReported,c,2025-13-01,NOR\n"
    refused = accord("import", "-", stdin=rows)
    document = accord("import", "-", "--json", stdin=rows).json

    assert (1, before) == (refused.code, accord("export").out)
    assert "row 2, column A (type): no type 'A'" in refused.out
    assert "row 3, column C (occurred): not a date: '2025-13-01'" in refused.out
    assert "Error: 2 mistakes in the sheet; nothing was recorded" in refused.err
    assert [("A", 2), ("C", 3)] == [(p["column"], p["row"]) for p in document["problems"]]


def test_headings_may_be_written_as_people_write_them(accord: Run) -> None:
    """Capitals, and spaces in place of dots and underscores; a field of no type is refused."""
    rows = "Type,Commitment,Occurred,BY,Text,Source URL\n" \
        "PositionStated,c,2025-03-20,NOR,x,https://a.test/3\n"  # fmt: skip
    assert 1 == accord("import", "-", *NOW, "--json", stdin=rows).json["imported"]
    event = accord("event", "show", "last", "--json").json
    assert {"url": "https://a.test/3"} == event["data"]["source"]
    refused = accord("import", "-", *NOW, stdin=rows.replace("Source URL", "Link"))
    assert "row 1, column F (Link): no field 'Link'" in refused.out


def test_a_row_in_another_form_is_the_row_on_record(accord: Run) -> None:
    """A spreadsheet makes `2025-03-20` of what was typed as 20 March 2025."""
    rows = "type,commitment,occurred,by,text\nPositionStated,c,20 March 2025,NOR,x\n"
    typed, dated = (
        accord("import", "-", *NOW, "--json", stdin=rows.replace("20 March 2025", day)).json
        for day in ("20 March 2025", "2025-03-20")
    )
    assert (1, 0) == (typed["imported"], typed["already_known"])
    assert (0, 1) == (dated["imported"], dated["already_known"])


def test_a_row_that_is_dated_later_than_now_needs_a_yes(accord: Run) -> None:
    """As with `record` off a terminal; an exported event was recorded with a yes already."""
    rows = "type,commitment,occurred,by,text\nPositionStated,c,2062-03-20,NOR,x\n"
    refused = accord("import", "-", "-n", *NOW, stdin=rows)
    assert (
        "row 2, column C (occurred): its date, 2062-03-20, lies ahead of the clock" in refused.out
    )
    assert (1, 0) == (refused.code, accord("import", "-", "--yes", *NOW, stdin=rows).code)
    exported = accord("export").out
    taken = accord("import", "-", "--db", "copy.db", *NOW, "--json", stdin=exported)
    assert (4, True) == (taken.json["imported"], "not_yet" in taken.json["warnings"][-1])


def test_a_warning_names_the_row_of_an_entry_without_an_id(accord: Run) -> None:
    rows = "type,commitment,occurred,speaker,text\nViolationAlleged,c,2099-01-01,ISL,x\n"
    preview = accord("import", "-", "-n", "--yes", stdin=rows)

    assert "warning: row 2: it occurred 2099-01-01, after it was recorded" in preview.err


def test_a_template_is_a_heading_that_is_taken(run: Run) -> None:
    heading = run("import", "--template", "AgreementRecorded", "-q").out
    cells = next(csv.reader([heading]))
    row = {"type": "AgreementRecorded", "agreement": "acc", "title": "Accord"}
    file = io.StringIO()
    writer = csv.DictWriter(file, cells)
    writer.writeheader()
    writer.writerow(row)

    assert 0 == run("import", "-", stdin=file.getvalue()).code


def test_sheets_that_come_out_have_promise_progress_text_and_source(accord: Run) -> None:
    promise = 'to "open" שלום\nthe harbour'
    *_, event = table(accord, "event", "list")
    (status,) = table(accord, "status", "--as-of", "2025-04-02")
    (deadline,) = table(accord, "deadlines", "--as-of", "2025-04-02")

    assert ("'=1+1", "2025-03-20", promise, "https://a.test/2") == (
        event["text"], event["occurred"], event["promise"], event["source.url"]
    )  # fmt: skip
    for row in (status, deadline):
        assert (promise, "2025-04-10", "https://a.test/1", "") == (
            row["promise"], row["day"], row["source.url"], row["progress"]
        )  # fmt: skip


@pytest.mark.skipif(shutil.which("soffice") is None, reason="without LibreOffice")
def test_libreoffice_opens_a_sheet_with_its_dates(accord: Run, tmp_path: Path) -> None:
    """Days are dates, and no cell is a formula."""
    (tmp_path / "list.csv").write_text(accord("event", "list", "--format", "csv", "-q").out)
    subprocess.run(
        ["soffice", "--headless", "--infilter=CSV:44,34,76,1", "--convert-to", "xlsx",
         f"-env:UserInstallation=file://{tmp_path}/profile", "list.csv"],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    rows = list(openpyxl.load_workbook(tmp_path / "list.xlsx").active.iter_rows())
    column = {cell.value: number for number, cell in enumerate(rows[0])}
    last = rows[-1]

    assert [date(2025, 3, 1), date(2025, 3, 1), date(2025, 3, 20)] == [
        row[column["occurred"]].value.date() for row in rows[1:]
    ]
    assert ("'=1+1", "s") == (last[column["text"]].value, last[column["text"]].data_type)
    assert 'to "open" שלום\nthe harbour' == last[column["promise"]].value


def test_a_guess_at_the_encoding_that_reads_oddly_is_pointed_out(run: Run, desk: Path) -> None:
    """By row and column, with the option that mends it; the rows are taken as they stand."""
    sheet = "type;agreement;title;parties\nAgreementRecorded;acc;Abkommen von Zürich;NOR\n"
    (desk / "accord.csv").write_text(sheet, encoding="utf-8")
    wrong = run("import", "accord.csv", "--encoding", "cp1252", "-n", *NOW)
    right = run("import", "accord.csv", "-n", *NOW)

    assert [(0, True), (0, False)] == [
        (done.code, "warning" in done.err) for done in (wrong, right)
    ]
    assert (
        "warning: row 2, column C (title) reads 'Abkommen von ZÃ¼rich', and as UTF-8 'Abkommen von "
        "Zürich'; taken as it is; where that is wrong: leave --encoding out"
    ) in wrong.err
