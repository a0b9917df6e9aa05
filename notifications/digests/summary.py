"""Summarises how what a reader follows stands, for a digest without news. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from events import in_order, parse_instant
from notifications.alerts.alert import CommitmentDocument
from notifications.alerts.deadlines import end_words, readings_of
from notifications.alerts.wording import line, named
from notifications.prose.ends import distinct_ends, short_ends_words
from notifications.prose.promises import headline, standing_sentences
from notifications.prose.reader import Reader
from tracker.model.readings import stated_ends
from tracker.model.vocabulary import CLOSED_STATES, State

OVERDUE = frozenset({State.OVERDUE, State.LAPSED})


class FollowedCommitment(Struct, frozen=True):
    """One commitment that a reader follows; `commitment` is its `status --json` object."""

    agreement: str
    title: str
    commitment: CommitmentDocument

    @property
    def is_open(self) -> bool:
        return self.commitment["state"] not in CLOSED_STATES


class NextDeadline(Struct, frozen=True):
    """The earliest reading that is still to come, and all readings beside it."""

    commitment: str
    agreement: str
    promise: str
    at: str
    local: str
    readings: tuple[str, ...]
    title: str = ""
    headline: str = ""
    sentence: str = ""
    short: str = ""


class StandingSummary(Struct, frozen=True):
    """Counts of open commitments; `overdue` and `due_soon` are among those `open`."""

    open: int
    overdue: int
    due_soon: int
    next_deadline: NextDeadline | None

    def headline(self, reader: Reader) -> str:
        """The headline of a digest without news: the next deadline."""
        if self.next_deadline is None:
            return reader.text("Nothing new; no deadline is ahead")
        return reader.text(
            "Nothing new; next: {agreement}, {day}",
            agreement=self.next_deadline.title,
            day=self.next_deadline.short,
        )


def summarize(followed: Iterable[FollowedCommitment], reader: Reader) -> StandingSummary:
    """Counts how what is followed stands; what is closed is not counted."""
    standing = [each for each in followed if each.is_open]
    return StandingSummary(
        len(standing),
        sum(each.commitment["state"] in OVERDUE for each in standing),
        sum(each.commitment["timing"] == "due_soon" for each in standing),
        _next_deadline(standing, reader),
    )


def _next_deadline(standing: Iterable[FollowedCommitment], reader: Reader) -> NextDeadline | None:
    """The next deadline by the earliest of all readings: whoever counts otherwise may be right."""
    ahead = [
        (in_order(reading["at"]), each.commitment["id"], each, reading)
        for each in standing
        for reading in stated_ends(each.commitment)
        if parse_instant(reading["at"]) > reader.now
    ]
    if not ahead:
        return None
    at, commitment, each, reading = min(ahead, key=lambda reading: reading[:2])
    ends = [end for end in distinct_ends(each.commitment) if in_order(end["at"]) >= at]
    promise, words = line(each.commitment["promise"]), end_words(reading, reader.zone, named=True)
    return NextDeadline(
        commitment=commitment,
        agreement=named(each.agreement, line(each.title)),
        promise=promise,
        at=at,
        local=words,
        readings=readings_of(each.commitment, reader.zone),
        title=line(each.title),
        headline=headline(each.commitment, reader),
        sentence=standing_sentences(each.commitment, reader),
        short=short_ends_words(ends, reader),
    )
