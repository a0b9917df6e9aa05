"""Reads a sheet of an .xlsx file: values as they are shown, never a formula."""

from __future__ import annotations

import io
import shlex
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any
from zipfile import ZipFile

from events.wording import did_you_mean, nearest, typo_of
from tracker.errors import InvalidEvent, TrackerError
from tracker.recording.as_written import DATES
from tracker.spreadsheets.columns import column_name
from tracker.spreadsheets.sheet import Problem, Sheet, genuine, problem_at, sheet_of

MAX_UNPACKED = 256 << 20
"""A few hundred bytes can be packed to unfold to gigabytes."""
DAY_NUMBERS = range(10_000, 80_000)
"""A date that lost its format is a count of days: 45736 is 20 March 2025."""

AS_VALUES = "copy the cells and paste them as values"


def read_xlsx(content: bytes, name: str | None) -> Sheet:
    """A sheet by its name, or the first; raises InvalidEvent for a file that is none."""
    openpyxl = _openpyxl()
    try:
        _check_size(content)
        with warnings.catch_warnings():
            # What openpyxl leaves out, styles and charts, says nothing of entries.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
            sheet = _named(book.worksheets, name)
            return _sheet(sheet.iter_rows(), book.epoch)
    except TrackerError:
        raise
    except Exception as error:
        # A file that is damaged fails wherever its library comes to look.
        raise InvalidEvent(
            "not an .xlsx file, or damaged: no sheet can be read in it",
            hint="open it, and save it as .xlsx or as CSV UTF-8",
        ) from error


def _check_size(content: bytes) -> None:
    with ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise InvalidEvent(
            f"it unfolds to {unpacked} bytes; expected at most {MAX_UNPACKED}",
            hint="split the sheet, or save it as CSV",
        )


def _named(sheets: list[Any], name: str | None) -> Any:
    titles = [sheet.title for sheet in sheets]
    if name is not None and name not in titles:
        close = nearest(name, titles)
        raise InvalidEvent(
            f"no sheet {name!r}{did_you_mean(name, close)}",
            hint=_options(titles),
            typo=typo_of(name, close),
        )
    filled = [sheet.title for sheet in sheets if any(_filled(sheet))] if len(titles) > 1 else []
    if name is None and filled and titles[0] not in filled:
        raise InvalidEvent(f"the sheet {titles[0]!r} is empty", hint=_options(filled))
    return sheets[titles.index(name) if name else 0]


def _options(titles: Iterable[str]) -> str:
    return " or ".join(f"--sheet {shlex.quote(title)}" for title in titles)


def _filled(sheet: Any) -> Iterator[object]:
    """The cells of a sheet that say something."""
    return (value for row in sheet.iter_rows(values_only=True) for value in row if value)


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        raise InvalidEvent(
            "reading .xlsx files needs openpyxl", hint="pip install 'pactwatch[excel]'"
        ) from error
    return openpyxl


def _sheet(rows: Iterable[tuple[Any, ...]], epoch: datetime) -> Sheet:
    records: list[tuple[str, ...]] = []
    problems: list[Problem] = []
    heading: tuple[str, ...] = ()
    for number, cells in enumerate(rows, start=1):
        texts = []
        for column, cell in enumerate(cells, start=1):
            name = heading[column - 1] if column <= len(heading) else ""
            text, message = _text(cell, name, epoch)
            texts.append(text)
            if message:
                problems.append(problem_at(number, column, message, AS_VALUES, name))
        # Up to the last cell that says something; a sheet may count a thousand columns.
        while texts and not texts[-1].strip():
            texts.pop()
        records.append(tuple(texts))
        heading = heading or tuple(map(column_name, records[-1]))
    return sheet_of(records, problems)


def _text(cell: Any, name: str, epoch: datetime) -> tuple[str, str]:
    """The text of a cell, and what is wrong with it."""
    value = cell.value
    if cell.data_type == "f":
        return "", f"a formula, {str(value)[:60]!r}; expected its value"
    if cell.data_type == "e":
        return "", f"an error, {value}; expected a value"
    if isinstance(value, int | float) and not isinstance(value, bool):
        is_day = name.rpartition(".")[2] in DATES and int(value) in DAY_NUMBERS
        number = str(int(value)) if float(value).is_integer() else f"{value:.15g}"
        return (_day(value, epoch) if is_day else number), ""
    return _plain(value), ""


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        is_day = value.time() == time(0)
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return genuine(str(value).replace("\r\n", "\n"))


def _day(number: float, epoch: datetime) -> str:
    """The day of a count of days; a fraction of one is its hour."""
    from openpyxl.utils.datetime import from_excel

    return _plain(from_excel(number, epoch))
