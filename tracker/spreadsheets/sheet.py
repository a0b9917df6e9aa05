"""A sheet as it was read: a heading and rows of text, and what is wrong with cells. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from msgspec import Struct, structs

from events.wording import plural
from tracker.errors import ImportRefused, InvalidEvent, TrackerError

LISTED = 100
"""A sheet with the wrong separator is wrong in every row; the first say enough."""


class ProblemDocument(TypedDict):
    """A problem as JSON has it."""

    row: int
    column: str | None
    name: str | None
    message: str
    hint: str


class Problem(Struct, frozen=True):
    """A cell, or a row where `column` is None, that cannot be taken; `name` heads the column.

    `words` are the message without the name of the column, where it begins with that.
    """

    row: int
    column: str | None
    name: str | None
    message: str
    hint: str
    words: str

    @property
    def place(self) -> str:
        """`row 3, column C (occurred)`."""
        words = f"row {self.row}"
        words += f", column {self.column}" if self.column else ""
        return words + (f" ({self.name})" if self.name else "")

    @property
    def line(self) -> str:
        """The place of it and what it is."""
        return f"{self.place}: {self.words}"

    @property
    def as_json(self) -> ProblemDocument:
        return {
            "row": self.row,
            "column": self.column,
            "name": self.name,
            "message": self.message,
            "hint": self.hint,
        }


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
                yield column, self.name_of(column), text.strip()

    def name_of(self, column: int) -> str:
        return self.heading[column - 1] if column <= len(self.heading) else ""

    def problem(self, row: int, column: int | None, message: str, hint: str = "") -> Problem:
        return problem_at(row, column, message, hint, self.name_of(column) if column else "")

    def problem_of(self, row: int, column: int | None, error: TrackerError) -> Problem:
        """The problem that an error is; the name of the column stands once in its words."""
        problem = self.problem(row, column, error.message, error.hint)
        if not error.field or error.field != problem.name:
            return problem
        words = f"{error.type_name}: {error.words}" if error.type_name else error.words
        return structs.replace(problem, words=words)


def problem_at(row: int, column: int | None, message: str, hint: str, name: str = "") -> Problem:
    letter = column_letter(column) if column else None
    return Problem(row, letter, name or None, message, hint, message)


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
