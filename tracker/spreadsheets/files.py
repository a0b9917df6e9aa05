"""Tells what a file is, and reads it as a sheet. Pure: the bytes are given."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Literal

from tracker.errors import InvalidEvent
from tracker.spreadsheets.csv_files import SEPARATORS, read_csv
from tracker.spreadsheets.sheet import Sheet

FileKind = Literal["events", "csv", "xlsx"]
MAX_SHEET = 64 << 20
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
"""An .xls file, which is refused as what it is not."""


def kind_of(name: str, beginning: bytes) -> FileKind:
    """What a file is: by its beginning, else by its name."""
    ending = name.lower().rpartition(".")[2]
    if beginning.startswith((ZIP, OLD_EXCEL)) or ending in ("xlsx", "xls"):
        return "xlsx"
    if ending in ("csv", "tsv"):
        return "csv"
    is_wide = beginning.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    wide = beginning.decode("utf-16", "ignore") if is_wide else ""
    text = wide.encode() or beginning.removeprefix(BOM_UTF8)
    text = text.lstrip()
    if text.startswith((b"{", b"[")) or ending == "jsonl":
        return "events"
    heading = text.partition(b"\n")[0].decode("utf-8", "replace").strip()
    cells = {cell.strip(' "').casefold() for mark in SEPARATORS for cell in heading.split(mark)}
    return "csv" if "type" in cells or is_wide else "events"


def read_sheet(kind: FileKind, content: bytes, sheet: str | None, encoding: str | None) -> Sheet:
    """The sheet of a file; raises a TrackerError for one that is none."""
    if len(content) > MAX_SHEET:
        raise InvalidEvent(
            f"a sheet of more than {MAX_SHEET} bytes", hint="split it in two, with the same heading"
        )
    if kind == "xlsx":
        from tracker.spreadsheets.xlsx_files import read_xlsx

        return read_xlsx(content, sheet)
    csv.field_size_limit(MAX_SHEET)
    return read_csv(content, encoding)
