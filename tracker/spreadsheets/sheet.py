"""A sheet as it was read: a heading and rows of text, and what is wrong with cells. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypedDict

from msgspec import Struct

from events.wording import plural
from tracker.errors import ImportRefused, InvalidEvent

OF_TYPE = re.compile(r"[A-Z]\w+: ")
"""How what is said of a field of some type begins."""
LISTED = 100
"""A sheet with the wrong separator is wrong in every row; the first say enough."""


class Problem(TypedDict):
    """A cell, or a row where `column` is null, that cannot be taken; `name` heads the column."""

    row: int
    column: str | None
    name: str | None
    message: str
    hint: str


class Row(Struct, frozen=True):
    """A row with its number in the sheet, and its cells from the first column on."""

    number: int
    cells: tuple[str, ...]


class Sheet(Struct, frozen=True):
    """The heading and the rows below it; `problems` are cells that could not be read at all.

    `encoding` is the one that was named for it.
    """

    heading: tuple[str, ...]
    rows: tuple[Row, ...]
    heading_row: int = 1
    problems: tuple[Problem, ...] = ()
    encoding: str | None = None

    def fields(self, row: Row) -> Iterator[tuple[int, str, str]]:
        """The cells of a row that say something: column, its name, and the text."""
        for column, text in enumerate(row.cells, start=1):
            if text.strip():
                name = self.heading[column - 1] if column <= len(self.heading) else ""
                yield column, name, text.strip()

    def problem(self, row: int, column: int | None, message: str, hint: str = "") -> Problem:
        name = self.heading[column - 1] if column and column <= len(self.heading) else ""
        return problem_at(row, column, message, hint, name)


def problem_at(row: int, column: int | None, message: str, hint: str, name: str = "") -> Problem:
    letter = column_letter(column) if column else None
    return {"row": row, "column": letter, "name": name or None, "message": message, "hint": hint}


def place_of(problem: Problem) -> str:
    """`row 3, column C (occurred)`."""
    words = f"row {problem['row']}"
    words += f", column {problem['column']}" if problem["column"] else ""
    return words + (f" ({problem['name']})" if problem["name"] else "")


def problem_words(problem: Problem) -> str:
    """The place of a problem and what it is; the name of its column stands there once."""
    words = problem["message"]
    before, name, rest = words.partition(f"{problem['name']}: ")
    if name and (not before or OF_TYPE.fullmatch(before)):
        words = before + rest
    return f"{place_of(problem)}: {words}"


def sheet_of(records: Sequence[tuple[str, ...]], problems: Sequence[Problem] = ()) -> Sheet:
    """The sheet of some records, of which the first that is not empty is the heading."""
    numbered = [
        Row(number, cells)
        for number, cells in enumerate(records, start=1)
        if any(cell.strip() for cell in cells)
    ]
    if not numbered:
        raise InvalidEvent(
            "the sheet is empty", hint="pactwatch import --template ViolationAlleged"
        )
    heading = tuple(name.strip() for name in numbered[0].cells)
    return Sheet(heading, tuple(numbered[1:]), numbered[0].number, tuple(problems))


class SheetRefused(ImportRefused):
    """A sheet of which some cells cannot be taken; nothing of it was recorded."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems[:LISTED])
        super().__init__(
            f"{plural(len(problems), 'mistake')} in the sheet; nothing was recorded",
            hint="mend the sheet and import it again",
        )


FORMULA = ("=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the same signs in full width, which some spreadsheets take for them."""


def inert(text: str) -> str:
    """Makes a cell that no spreadsheet takes for a formula, nor for the end of a row."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{lines}" if lines.lstrip("'").startswith(FORMULA) else lines


def genuine(cell: str) -> str:
    """The text that `inert` made a cell of."""
    is_marked = cell.startswith("'") and cell.lstrip("'").startswith(FORMULA)
    return cell[1:] if is_marked else cell


def column_letter(column: int) -> str:
    """The name of a column that counts from 1: A, Z, AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
