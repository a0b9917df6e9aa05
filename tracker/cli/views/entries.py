"""How a single entry reads on a terminal: what it says, and beside it what was amended."""

from __future__ import annotations

import json
from typing import Any

from tracker.queries.entries import parts
from tracker.terminal.text import format_local, print_data, printable

HEAD = ("position", "id", "stream", "version", "type", "source")


def show_entry(zone: str, document: dict[str, Any]) -> None:
    """One line a field; a corrected field shows what it says now and what it said."""
    for line in amendment_lines(zone, document):
        print_data(line)
    for name in HEAD:
        _line(name, document[name])
    _line("recorded_at", format_local(document["recorded_at"], zone))
    _line("occurred", document["occurred"])
    _line("effective_at", format_local(document["effective_at"], zone))
    if document["erased"]:
        _line("erased", document["erased"])
    first, now = parts(document["data"]), parts(document["corrected"] or document["data"])
    for name in {**first, **now}:
        was = "" if now.get(name) == first.get(name) else f" (was: {quoted(first.get(name))})"
        _line(f"data.{name}", f"{quoted(now.get(name))}{was}")


def amendment_lines(zone: str, document: dict[str, Any]) -> list[str]:
    """The corrections, the retraction and the revision of an entry, newest fact last."""
    lines = [_told("corrected", amendment, zone) for amendment in document["corrected_by"]]
    ended = ((word, document[f"{word}_by"]) for word in ("revised", "retracted"))
    lines += [_told(word, amendment, zone) for word, amendment in ended if amendment]
    return [printable(line) for line in lines]


def _told(word: str, amendment: dict[str, Any], zone: str) -> str:
    what = "; ".join(change_line(change) for change in amendment.get("changed", ()))
    why = f" ({amendment['reason']})" if amendment["reason"] else ""
    at = format_local(amendment["recorded_at"], zone)
    return f"{word.upper()} by {amendment['event']} on {at}{why}{': ' if what else ''}{what}"


def change_line(change: dict[str, Any]) -> str:
    return f"{change['field']}: {quoted(change['before'])} -> {quoted(change['after'])}"


def _line(name: str, value: Any) -> None:
    print_data(printable(f"{name:<22} {quoted(value)}"))


def quoted(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
