"""How an entry reads on a terminal: in full, each field beside what it was when recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tracker.queries.entries import amendments_of, parts
from tracker.terminal.cells import printable
from tracker.terminal.text import format_local, print_data

if TYPE_CHECKING:
    from tracker.queries.entries import AmendmentDocument, EntryDocument, FieldChange

BRIEF = 16
HEAD = ("position", "id", "stream", "version", "type", "source", "author")


def show_entry(document: EntryDocument, zone: str, numbers: Mapping[str, int]) -> None:
    """Prints one line a field; one that was corrected with its value before and after.

    `numbers` are those of the entries that amend it.
    """
    for line in amendment_lines(document, zone, numbers):
        print_data(line)
    head: Mapping[str, object] = document
    for name in HEAD:
        if name != "author" or head[name]:
            _line(name, head[name])
    _line("recorded_at", format_local(document["recorded_at"], zone))
    _line("occurred", document["occurred"])
    _line("effective_at", format_local(document["effective_at"], zone))
    if document["erased"]:
        _line("erased", document["erased"])
    first, now = parts(document["data"]), parts(document["corrected"] or document["data"])
    for name in {**first, **now}:
        if name == "line_hashes":
            _line(f"data.{name}", f"of {len(str(now.get(name))) // 8} lines; --json has them")
            continue
        was = "" if now.get(name) == first.get(name) else f" (was: {quoted(first.get(name))})"
        _line(f"data.{name}", f"{quoted(now.get(name))}{was}")


def amendment_lines(document: EntryDocument, zone: str, numbers: Mapping[str, int]) -> list[str]:
    """Describes the corrections, the revision and the retraction of an entry, a line each."""
    return [
        printable(
            f"{how.upper()} by {brief_id(amendment['event'], numbers.get(amendment['event']))} on "
            f"{format_local(amendment['recorded_at'], zone)}{amendment_details(amendment)}"
        )
        for how, amendment in amendments_of(document)
    ]


def amendment_details(amendment: AmendmentDocument) -> str:
    """Describes the reason and the changes of an amendment."""
    changes = "; ".join(change_line(change) for change in amendment.get("changed", ()))
    reason = f" ({amendment['reason']})" if amendment["reason"] else ""
    return f"{reason}{': ' if changes else ''}{changes}"


def change_line(change: FieldChange) -> str:
    """Describes a field with its value before and after."""
    before, after = (_listed(change[side]) for side in ("before", "after"))
    return f"{change['field']}: {before} -> {after}"


def _listed(value: Any) -> str:
    """Names with commas, as they are typed; anything else as it is quoted."""
    is_names = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return ", ".join(value) or "-" if is_names else quoted(value)


def brief_id(event_id: str, position: int | None) -> str:
    """Names an entry by its id, or by its number where that is long."""
    is_brief = len(event_id) <= BRIEF or position is None
    return event_id if is_brief else f"#{position}"


def _line(name: str, value: Any) -> None:
    print_data(printable(f"{name:<22} {quoted(value)}"))


def quoted(value: Any) -> str:
    """Writes text as it is, nothing as "-", everything else as JSON."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
