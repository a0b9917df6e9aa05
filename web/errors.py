"""The errors of the web: one root, each with a hint and the HTTP status it is answered with."""

from __future__ import annotations

from collections.abc import Iterable

from events import errors
from events.errors import HintedError

LONGEST_COMPARED = 200
"""Letters of an unknown id that are compared; known ones have at most 120."""


class WebError(HintedError):
    """Root of every error of the web; `near` are ids of a kind that the reader may have meant."""

    status = 400

    def __init__(
        self, message: str, hint: str = "", near: tuple[str, ...] = (), near_kind: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.near = near
        self.near_kind = near_kind


class BadQuery(WebError):
    """A filter, date or page number that cannot be read."""


class QueryTooLong(WebError):
    """A query longer than any question of a reader."""

    status = 414


class BodyTooLarge(WebError):
    """A body longer than that of a one-click POST."""

    status = 413


class NotFound(WebError):
    """An id, position or page that is not there."""

    status = 404


class Busy(WebError):
    """Too many long questions are waiting already."""

    status = 503


class SiteNotWritten(WebError):
    """A static site that cannot be written to its directory."""


def nearest(unknown: str, names: Iterable[str]) -> tuple[str, ...]:
    """Finds up to three names that are spelt like an unknown one, in either case."""
    by_folded = {name.casefold(): name for name in sorted(names)}
    matches = errors.nearest(unknown[:LONGEST_COMPARED].casefold(), by_folded)
    return tuple(by_folded[match] for match in matches)
