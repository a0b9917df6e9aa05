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
                enough = total > 0 if self.promised is None else total >= self.promised
                if delivery.quantity is None or enough:
                    met_on = delivery.on
        if met_on is not None:
            return "met" if met_on < due else "met_late"
        if now < due + self.grace:
            return "open"
        if any(since < due <= until for since, until in self.rests):
            return "excused"
        parts = (d for d in self.deliveries if begin <= d.of_day < due and d.on < now)
        delivered = any(part.quantity != 0 for part in parts)
        return "partial" if delivered else "missed"

    def states(self, now: int) -> list[str]:
        return [self.state(begin, now) for begin in self.periods(now)]

    def moments(self, begin: int) -> list[int]:
        """When the clock looks at a period: it begins, is pointed out if long, is due, closes."""
        due = begin + self.length
        lead = [due - 1] if self.length >= 7 else []
        return [begin, *lead, due, due + self.grace]

    def moments_ahead(self, begin: int, now: int) -> list[int]:
        """Those still to come: what is met or waived is not pointed out, nor found missed."""
        due = begin + self.length
        is_settled = self.state(begin, now) in ("met", "met_late", "waived", "excused")
        moments = [begin, due] if is_settled else self.moments(begin)
        return [day for day in moments if day > now]

    def unmet(self, now: int) -> list[tuple[int, int, str]]:
        """When each period that was not met in time was found so, its first day, and the word.

        Of short ones in a row the first seven, and then every seventh of the rule. One that is met
        late goes on with the row.
        """
        moments = []
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
                moments.append((closed, begin, word))
        return sorted(moments)


@dataclass
class Lasting:
    """A duty of so many days a period that ends at the beginning of a day, and may go on.

    `renewal` is how long its clause lets it go on at each end, until notice was given at noon of
    a day; `extension` is a day at whose noon all agreed, and how much longer.
    """

    start: int
    length: int
    grace: int
    made: int
    end: int
    renewal: int | None = None
    notice: int | None = None
    extension: tuple[int, int] | None = None

    def standing_at(self, now: int) -> tuple[bool, int]:
        """Whether it is open at the beginning of a day, and where its periods end by then."""
        is_open, end = True, self.end
        for day in range(self.made, now + 1):
            is_open, end = self._passed(day, is_open, end)
            if day < now and self.extension is not None and self.extension[0] == day:
                is_open, end = self._passed(day, True, end + self.extension[1])
        return is_open, end

    def _passed(self, day: int, is_open: bool, end: int) -> tuple[bool, int]:
        noticed = self.notice is not None and self.notice < day
        while is_open and day >= end and self.renewal and not noticed:
            end += self.renewal
        return is_open and day < end + self.grace, end

    def begun(self, now: int) -> int:
        """How many periods had begun at the beginning of a day; none begins at the end."""
        end = self.standing_at(now)[1]
        begins = range(self.start, min(now + 1, end), self.length)
        return sum(begin + self.length > self.made and end > self.made for begin in begins)
