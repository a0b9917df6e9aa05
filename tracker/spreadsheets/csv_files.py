"""Reads CSV as spreadsheets write it: any usual separator, with or without a byte order mark."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress

from msgspec.structs import replace

from events.garbled import WESTERN
from tracker.errors import InvalidEvent
from tracker.spreadsheets.encodings import hint_of_nulls
from tracker.spreadsheets.sheet import Problem, Sheet, SheetRefused, genuine, problem_at, sheet_of

SEPARATORS = ",;\t|"


def read_csv(content: bytes, encoding: str | None) -> Sheet:
    """The sheet of a CSV file; raises SheetRefused naming the row that cannot be read."""
    text = _text(content, encoding)
    if "\0" in text:
        hint = hint_of_nulls(content)
        raise SheetRefused([_problem(text, text.index("\0"), "a NUL character", hint)])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    records: list[tuple[str, ...]] = []
    try:
        records.extend(map(_texts, reader))
    except csv.Error as error:
        row = len(records) + 1
        raise SheetRefused(
            [problem_at(row, None, f"not CSV: {error}", 'a quote in a cell is doubled: ""')]
        ) from error
    return replace(sheet_of(records), encoding=encoding)


def _texts(record: list[str]) -> tuple[str, ...]:
    return tuple(genuine(cell.replace("\r\n", "\n")) for cell in record)


def _text(content: bytes, encoding: str | None) -> str:
    """The text of a file; UTF-8, UTF-16 with its mark, or as the encoding says."""
    if encoding is None and content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    # The mark says nothing where another encoding is named: programs put it before any text.
    content = content.removeprefix(BOM_UTF8)
    try:
        return content.decode(encoding or "utf-8")
    except LookupError as error:
        raise InvalidEvent(f"unknown encoding {encoding!r}", hint="--encoding cp1252") from error
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding or "utf-8", "replace")
        byte = content[error.start : error.start + 1]
        message = f"byte 0x{byte.hex().upper()} is not {encoding or 'UTF-8'}"
        guess = byte.decode(WESTERN, "replace")
        hint = "save it as CSV UTF-8"
        if encoding is not None:
            with suppress(UnicodeDecodeError):
                content.decode()
                hint = "it is UTF-8: leave --encoding out"
        elif guess.isprintable():
            hint += f"; or if it is to be {guess!r}: --encoding {WESTERN}"
        raise SheetRefused([_problem(before, len(before), message, hint)]) from error


def _separator(text: str) -> str:
    """The separator that stands most often in the heading; no name of a field has one."""
    heading = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    return max(SEPARATORS, key=heading.count)


def _problem(text: str, at: int, message: str, hint: str) -> Problem:
    """A problem at a character, in the row and column that it stands in."""
    before = text[:at]
    rows = list(csv.reader(io.StringIO(before, newline=""), delimiter=_separator(text)))
    cells = rows[-1] if rows and not before.endswith("\n") else [""]
    number = len(rows) + (1 if before.endswith("\n") else 0)
    return problem_at(max(number, 1), len(cells), message, hint)
