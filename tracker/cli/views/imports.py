"""What became of an import: conflicts, cells that cannot be taken, and what rows change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tracker.documents.previews import MovedEnd, ends_words
from tracker.recording.conflicts import conflict_words
from tracker.terminal.cells import printable
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.tables import print_table
from tracker.terminal.text import print_data, print_info, with_database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.recording.conflicts import ConflictDocument, Version
    from tracker.recording.effect import AxisChange
    from tracker.spreadsheets.sheet import Problem

CONFLICT_COLUMNS = ["line", "about", "id", "differs", "hint"]
PROBLEM_COLUMNS = ["row", "column", "name", "message", "hint"]
EFFECT_COLUMNS = ["promise", "axis", "before", "after"]
SHOWN_WARNINGS = 20


def print_conflicts(session: Session, conflicts: list[ConflictDocument]) -> None:
    """Prints each event that is on record otherwise, with what differs in both versions."""
    document = {"imported": 0, "conflicts": conflicts}
    emit(session, document, conflicts, CONFLICT_COLUMNS, draw=lambda: _draw_conflicts(conflicts))


def _draw_conflicts(conflicts: list[ConflictDocument]) -> None:
    for conflict in conflicts:
        in_same_file = conflict["in_same_file"]
        words = conflict_words(conflict["about"], in_same_file=in_same_file)
        print_data(f"{words} (line {conflict['line']})")
        where = "earlier" if in_same_file else "on record"
        versions = (where, conflict["on_record"]), ("in file", conflict["in_file"])
        for name, version in versions:
            print_data(f"  {name:<9} {version['id']}, {version['time']}, by {version['source']}")
            for field in conflict["differs"]:
                print_data(f"    {field.removeprefix('data.')}: {_value(version, field)}")
        print_data(with_database(f"  hint: {conflict['hint']}\n"))


def _value(version: Version, field: str) -> str:
    """One field of a version, as text."""
    outer, _, inner = field.partition(".")
    value = dict(version)[outer]
    value = value.get(inner) if inner and isinstance(value, dict) else value
    return "-" if value is None else json.dumps(value, ensure_ascii=False)


def print_problems(session: Session, problems: list[Problem]) -> None:
    """Prints each cell that cannot be taken, by row and column."""
    rows = [problem.as_json for problem in problems]
    document = {"imported": 0, "problems": rows}
    emit(session, document, rows, PROBLEM_COLUMNS, draw=lambda: _draw_problems(problems))


def _draw_problems(problems: list[Problem]) -> None:
    for problem in problems:
        print_data(printable(problem.line))
        if problem.hint:
            print_data(f"  hint: {printable(problem.hint)}")


def print_effect(effect: Sequence[AxisChange], ends: Sequence[MovedEnd]) -> None:
    """Prints what the rows of a sheet change, and each end that they move."""
    moved = {(end["commitment"], f"{end['term']}".partition(" ")[0]) for end in ends}
    rows = [r for r in effect if (r["commitment"], r["axis"].partition(" ")[0]) not in moved]
    if rows:
        print_table([{**row, "promise": row["commitment"]} for row in rows], EFFECT_COLUMNS)
    for line in ends_words(ends):
        print_data(printable(line))
    if not effect:
        print_data("no promise changes")


def print_warnings(session: Session, warnings: Sequence[str]) -> None:
    for warning in warnings[:SHOWN_WARNINGS]:
        print_info(session, f"warning: {warning}")
    if len(warnings) > SHOWN_WARNINGS:
        print_info(session, f"and {len(warnings) - SHOWN_WARNINGS} more; --json lists them all")
