"""A second, plain model of a recurring promise, written from the document and from nothing else.

Time is a whole number of days in UTC, and every period has the same length: it is counted out one
by one, day by day, with nothing kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Delivery:
    """So much was confirmed on a day at noon, for the period of a day; None is all of it."""

    on: int
    of_day: int
    quantity: int | None


@dataclass
class Duty:
    """`start` and `made` are days, as are the lengths; `count` periods, or for ever."""

    start: int
    length: int
    grace: int
    promised: int | None
    made: int
    count: int | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    waived: dict[int, int] = field(default_factory=dict)
    rests: list[tuple[int, int]] = field(default_factory=list)

    def periods(self, until: int) -> list[int]:
        """The first days of the periods that have begun at the beginning of a day."""
        begins, n = [], 0
        while self.start + n * self.length <= until and (self.count is None or n < self.count):
            begin = self.start + n * self.length
            # One that was over before the promise was made is not owed.
            if begin + self.length > self.made:
                begins.append(begin)
            n += 1
        return begins

    def state(self, begin: int, now: int) -> str:
        """How a period stands at the beginning of a day."""
        due = begin + self.length
        waived = self.waived.get(begin)
        if waived is not None and waived < now:
            return "waived"
        total, met_on = 0, None
        for delivery in self.deliveries:
            if begin <= delivery.of_day < due and delivery.on < now and met_on is None:
                total += delivery.quantity or 0
                if delivery.quantity is None or self.promised is None or total >= self.promised:
                    met_on = delivery.on
        if met_on is not None:
            return "met" if met_on < due else "met_late"
        if now < due + self.grace:
            return "open"
        if any(since < due <= until for since, until in self.rests):
            return "excused"
        delivered = any(begin <= d.of_day < due and d.on < now for d in self.deliveries)
        return "partial" if delivered else "missed"

    def states(self, now: int) -> list[str]:
        return [self.state(begin, now) for begin in self.periods(now)]

    def unmet(self, now: int) -> list[tuple[int, int, str]]:
        """When each period that was not met in time was found so, its first day, and the word.

        Of short ones in a row the first seven, and then every seventh of the rule. One that is met
        late goes on with the row.
        """
        found = []
        for begin in self.periods(now):
            closed = begin + self.length + self.grace
            before = [begin - n * self.length for n in range(1, 8)]
            in_a_row = all(
                b in self.periods(now)
                and self.state(b, closed) in ("missed", "partial", "met_late")
                for b in before
            )
            number = (begin - self.start) // self.length
            is_told = not in_a_row or number % 7 == 0 or self.length >= 7
            word = self.state(begin, closed)
            if closed <= now and word in ("missed", "partial") and is_told:
                found.append((closed, begin, word))
        return sorted(found)
