"""Cells as text: made harmless on the way out, as they were on the way in, and named A1. Pure."""

from __future__ import annotations

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
