"""Ids that are not on record, told with the nearest that are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from tracker.errors import UnknownId


def unknown_id(what: str, wanted: str, known: Iterable[str]) -> UnknownId:
    """An id that is not on record, with the nearest that are."""
    listed = list(known)
    close = get_close_matches(wanted, listed, n=3)
    suggestion = f"; did you mean {', '.join(close)}?" if close else ""
    if what == "event":
        hint = f"pactwatch event show {close[0]}" if close else "pactwatch event list"
    else:
        hint = f"pactwatch status {close[0]}" if close else "pactwatch status"
    return UnknownId(f"unknown {what} {wanted!r}{suggestion}", hint=hint)
