"""The ends of promises that a query chooses, for pages that count all of them and list some.

Counted in the rows, of which those that are listed are read in full; and among what is folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from heapq import merge
from itertools import islice
from operator import itemgetter

from events import in_order, place_of
from tracker.documents.readings import by_end
from web.model.filters import chosen
from web.model.open_ends import End, ends_of
from web.model.rows.chosen_rows import ChosenRows
from web.model.rows.stored_ends import EndRows, StoredEnd, Tally

Listed = End | StoredEnd
"""An end in a list, whose readings may not have been read."""


class EveryEnd:
    """Ends at hand, those that come first before the others, and those in rows, if any are."""

    def __init__(self, at_hand: Sequence[End], rows: EndRows | None, now: datetime) -> None:
        self.rows, self._ends = rows, at_hand
        present = place_of(now)
        self._coming = [end for end in at_hand if in_order(end.last) > present]
        self._passed = [end for end in at_hand if in_order(end.last) <= present][::-1]

    def tally(self) -> Tally:
        """Counts them by their days, those to come apart."""
        counts = Counter([(end.days, True) for end in self._coming])
        counts.update((end.days, False) for end in self._passed)
        return counts + self.rows.tally() if self.rows else counts

    def coming_before(self, until: datetime) -> list[Listed]:
        """Those still to come that come before an instant by their first reading."""
        before = place_of(until)
        at_hand = [end for end in self._coming if in_order(end.first) < before]
        return _merged(at_hand, self.rows.coming_before(until) if self.rows else ())

    def coming_from(self, since: datetime, part: slice) -> list[Listed]:
        """A part of those that come from an instant on, which is still to come."""
        begin = place_of(since)
        at_hand = [end for end in self._coming if in_order(end.first) >= begin]
        read = partial(self.rows.coming_from, since) if self.rows else None
        return _part(at_hand, read, part)

    def passed(self, part: slice) -> list[Listed]:
        """A part of those that have passed by every reading, the latest first."""
        read = self.rows.passed if self.rows else None
        return _part(self._passed, read, part, is_reversed=True)

    def between(self, first: date, last: date) -> list[Listed]:
        """Those that have a day from a first day to a last."""
        ends = _merged(self._ends, self.rows.between(first, last) if self.rows else ())
        return [end for end in ends if any(first <= day <= last for day in end.days)]

    def whole(self, ends: Sequence[Listed]) -> list[End]:
        """These ends with their readings."""
        stored = [end for end in ends if isinstance(end, StoredEnd)]
        read = self.rows.whole(stored) if self.rows and stored else {}
        return [
            read[end.commitment, end.name] if isinstance(end, StoredEnd) else end for end in ends
        ]


def ends_by_rows(rows: ChosenRows, zone: str) -> EveryEnd:
    """The ends that a query chooses, of rows and of the agreements that are folded."""
    query, folding = rows.query, rows.queries.folding
    briefs = (brief.summary for brief in folding.briefs())
    promises = {c.id: c for h in chosen(briefs, query, rows.names_of) for c in h.commitments}
    readings = sorted(folding.open_readings(), key=by_end) if promises else []
    return EveryEnd(ends_of(readings, promises, zone), EndRows(rows, zone), query.as_of)


ReadPart = Callable[[int, int], Sequence[StoredEnd]]
"""Reads a part of a list of rows: so many are skipped, so many are read at most."""


def _part(
    at_hand: Sequence[End], read: ReadPart | None, part: slice, *, is_reversed: bool = False
) -> list[Listed]:
    """A part of the list of both."""
    if read is None or part.stop <= part.start:
        return list(at_hand[part])
    # What is at hand may stand before any of the rows, or behind.
    skipped = max(0, part.start - len(at_hand))
    both = _merged(at_hand, read(skipped, part.stop - skipped), is_reversed=is_reversed)
    return list(islice(both, part.start - skipped, part.stop - skipped))


def _merged(
    at_hand: Iterable[End], stored: Iterable[StoredEnd], *, is_reversed: bool = False
) -> list[Listed]:
    """Both in one order, which each has already."""
    both = (
        ((in_order(end.first), end.promise.id, end) for end in at_hand),
        ((end.first, end.commitment, end) for end in stored),
    )
    placed: Iterable[tuple[str, str, Listed]] = merge(
        *both, key=itemgetter(0, 1), reverse=is_reversed
    )
    return [end for _, _, end in placed]
