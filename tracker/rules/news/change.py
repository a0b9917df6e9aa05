"""What changes of a promise: one axis, from what to what, and on which occasion. Pure.

A change is derived, never stored as truth. Alerts, timelines and corrections all read these.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from tracker.model.commitment import Commitment
from tracker.rules.news.ends import EndMove


class Occasion(Struct, frozen=True, gc=False):
    """On what something changes: `at` in the world, `known_at` when it could first be reported.

    `events` are the entries behind it, none where the clock alone is. `by` is who says so,
    `speaks_for` the parties behind accounts among them.
    """

    at: datetime
    known_at: datetime
    events: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    speaks_for: tuple[tuple[str, str], ...] = ()


class AxisNews(NamedTuple):
    """One thing that changed: of which axis, from what to what, and by which row.

    `ends` are the ends of the promise that it moves, `delivered` is how much is on record of a
    period, `text` what its entry says of it in words that are not those of the promise; `lead` is
    set on the lead-time moments before an end.
    """

    axis: str
    before: str | None
    after: str
    rule: str
    ends: tuple[EndMove, ...] = ()
    lead: str | None = None
    delivered: str = ""
    text: str = ""


class Change(Struct, frozen=True, gc=False):
    """One change of one axis of a promise: what is new, and on which occasion."""

    agreement: str
    commitment: str
    at: datetime
    known_at: datetime
    axis: str
    before: str | None
    after: str
    rule: str
    events: tuple[str, ...] = ()
    lead: str | None = None
    ends: tuple[EndMove, ...] = ()
    by: tuple[str, ...] = ()
    speaks_for: tuple[tuple[str, str], ...] = ()
    delivered: str = ""
    text: str = ""


def change_of(commitment: Commitment, news: AxisNews, occasion: Occasion) -> Change:
    return Change(
        commitment.agreement,
        commitment.id,
        occasion.at,
        occasion.known_at,
        news.axis,
        news.before,
        news.after,
        news.rule,
        occasion.events,
        news.lead,
        news.ends,
        occasion.by,
        occasion.speaks_for,
        news.delivered,
        news.text,
    )
