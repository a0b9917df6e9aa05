"""What a readout says: its document, its values in words, and what to mark about a row. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypedDict

from tracker.documents.ends import NOBODY_COUNTS
from tracker.entries.parties import NOBODY, account_words
from tracker.errors import InvalidDate
from tracker.model.relative import relative_of

RECKONED = "end (reckoned)"
UNITS = {"D": "day", "W": "week", "M": "month", "Y": "year"}


class Cell(TypedDict):
    """What one account says of a term: a value, nothing (silent), or no entry at all (absent)."""

    says: str
    values: list[Any]
    words: list[str]
    events: list[str]
    sources: list[str]


class ValueDocument(TypedDict):
    """A value with the accounts that give it, and how many sources stand behind them."""

    value: Any
    accounts: list[str]
    events: list[str]
    reports: int
    sources: list[str]
    independent: int


class ReadoutRow(TypedDict):
    term: str
    commitments: list[str]
    cells: dict[str, Cell]
    values: list[ValueDocument]
    silent: list[str]
    conflict: bool
    conflict_kind: str | None
    single_source: bool
    sources: list[str]
    circular: list[list[str]]


class Readout(TypedDict):
    """The document of `readout --json` for one agreement."""

    agreement: str
    title: str
    tlp: str
    commitments: list[str]
    accounts: list[str]
    speaks_for: dict[str, str]
    rows: list[ReadoutRow]


def note_of(row: ReadoutRow, speaks_for: Mapping[str, str] = NOBODY) -> str:
    """What to mark about a row: conflict, silence, a single source, a circle."""
    notes = []
    if row["conflict_kind"] == "values" and row["term"] == RECKONED:
        ends = f"{len(row['values'])} ends"
        notes.append(f"{ends}: {NOBODY_COUNTS}" if _differ_by_count(row) else f"CONTESTED: {ends}")
    elif row["conflict_kind"] == "values":
        notes.append(f"CONFLICT: {len(row['values'])} values")
    if row["conflict_kind"] == "silence":
        silent = ", ".join(account_words(name, speaks_for) for name in row["silent"])
        notes.append(f"CONFLICT: {silent} silent")
    if row["single_source"]:
        notes.append(f"{account_words(row['sources'][0], speaks_for)} only")
    notes += [f"CIRCULAR: {' <- '.join(circle)}" for circle in row["circular"]]
    return "; ".join(notes)


def _differ_by_count(row: ReadoutRow) -> bool:
    """Whether the same accounts have both ends, since none of them says how to count."""
    accounts = {tuple(value["accounts"]) for value in row["values"]}
    rules = [str(value["value"]).split(", ")[1] for value in row["values"]]
    return len(accounts) == 1 and sorted(rules) == ["exclusive", "inclusive"]


def in_words(value: Any) -> str:
    """A value in words: `P30D` is 30 days, `after m2 discharged` when m2 is discharged.

    An empty text is `""`, since a blank is silence.
    """
    if isinstance(value, str) and " after " in f" {value}":
        with suppress(InvalidDate):
            relative = relative_of(value)
            return relative.words if relative else value
    simple = re.fullmatch(r"P(\d+)([DWMY])", value) if isinstance(value, str) else None
    if simple is None:
        return as_text(value) or '""'
    number, unit = simple[1], UNITS[simple[2]]
    return f"{number} {unit}{'' if number == '1' else 's'}"


def as_text(value: Any) -> str:
    """The items of a list beside one another, an object as JSON, anything else as it is."""
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
