"""What can go wrong between a reader and a page: one root, each error with a hint and a status."""

from __future__ import annotations

from events.errors import HintedError


class WebError(HintedError):
    """Root of every error of the web."""

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
    """More query than any question needs."""

    status = 414


class BodyTooLarge(WebError):
    """More body than a one-click POST has."""

    status = 413


class NotFound(WebError):
    """An id, position or page that is not there; `near` are the nearest that are, of a kind."""

    status = 404


class Busy(WebError):
    """More long work than is done at a time."""

    status = 503


class SiteNotWritten(WebError):
    """A static site that cannot be written where it was asked for."""
