"""When something is due, as a reader would say it: the day promised, never 00:00. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from events import in_order, parse_instant
from notifications.language import N_
from notifications.prose.reader import Reader
from tracker.documents.ends import do_accounts_differ
from tracker.model.readings import last_moment, stated_ends

End = Mapping[str, Any]
"""An end as a reading of `status --json` has it: `at`, `rule` and `zone`."""
COUNTED_FROM: Mapping[str, str] = {
    "in_force": N_("It is counted from when “{promise}” comes into force."),
    "start": N_("It is counted from when “{promise}” begins."),
    "end": N_("It is counted from when “{promise}” ends."),
    "due": N_("It is counted from when “{promise}” is due."),
    "discharged": N_("It is counted from when “{promise}” is done."),
    "satisfied": N_("It is counted from when a condition of “{promise}” is met: {name}."),
    "milestone": N_("It is counted from a milestone of “{promise}”: {name}."),
}


def distinct_ends(commitment: Mapping[str, Any]) -> list[End]:
    """The ends of a promise by all its readings, each instant once, the earliest first."""
    by_instant = {end["at"]: end for end in stated_ends(commitment)}
    return [by_instant[at] for at in sorted(by_instant)]


def is_end_disputed(commitment: Mapping[str, Any]) -> bool:
    """Whether accounts differ on the last day; where one counts in two ways, they do not."""
    moments = ((end["by"], last_moment(end)) for end in stated_ends(commitment))
    return do_accounts_differ(
        (account, moment.date() if isinstance(moment, datetime) else moment)
        for account, moment in moments
    )


def ends_words(ends: Sequence[End], reader: Reader) -> str:
    """Writes one end in full; of several their days, and the cities where they end one day."""
    if len(ends) == 1:
        return end_words(ends[0], reader)
    days = [last_moment(end) for end in ends]
    if len(set(days)) == 1 and not isinstance(days[0], datetime):
        cities = reader.language.one_of(
            dict.fromkeys(reader.city(str(end["zone"])) for end in ends)
        )
        day = reader.day(days[0])
        return reader.text("{day}, at the end of the day in {cities}", day=day, cities=cities)
    return one_of_moments(days, reader, reader.day)


def stated_ends_words(commitment: Mapping[str, Any], reader: Reader) -> str:
    """The ends of a promise; where accounts differ, each with whose it is.

    `Wed 16 April (Russia) or Thu 24 April (Ukraine)`.
    """
    if not is_end_disputed(commitment):
        return ends_words(distinct_ends(commitment), reader)
    moments: dict[str | None, dict[date | datetime, None]] = {}
    for end in sorted(stated_ends(commitment), key=lambda end: in_order(str(end["at"]))):
        moments.setdefault(end["by"], {})[last_moment(end)] = None
    accounts: dict[tuple[date | datetime, ...], list[str]] = {}
    for account, own in moments.items():
        accounts.setdefault(tuple(own), []).extend([account] if account else [])
    return reader.language.one_of(
        one_of_moments(own, reader, reader.day) + (f" ({reader.all_of(names)})" if names else "")
        for own, names in accounts.items()
    )


def short_ends_words(ends: Sequence[End], reader: Reader) -> str:
    """`tomorrow`, or `Wed 16 or Thu 17 April`: what a subject has room for.

    Of more than two a near one has its date as well, as `yesterday` between two dates is none.
    """
    moments = list(dict.fromkeys(map(last_moment, ends)))
    day_words = _near_day(ends, reader) if len(moments) < 3 else reader.day
    return one_of_moments(moments, reader, day_words)


def _near_day(ends: Sequence[End], reader: Reader) -> Callable[[date], str]:
    """The words for days of ends; none was `yesterday` that is still to end, somewhere west."""

    def words(day: date) -> str:
        instants = [parse_instant(end["at"]) for end in ends if last_moment(end) == day]
        is_ahead = day < reader.today and any(at > reader.now for at in instants)
        is_over = day > reader.today and instants and max(instants) <= reader.now
        return reader.day(day) if is_ahead or is_over else reader.near_day(day)

    return words


def accounts_of_end(commitment: Mapping[str, Any], end: End, reader: Reader) -> str:
    """` (Russia)`: whose reading an end is; empty where that is nobody, or where none disputes it.

    Who counts in two ways has each of them.
    """
    same = (each for each in stated_ends(commitment) if each["at"] == end["at"])
    names = dict.fromkeys(each["by"] for each in same if each["by"])
    return f" ({reader.all_of(names)})" if names and is_end_disputed(commitment) else ""


def one_of_moments(
    moments: Iterable[date | datetime], reader: Reader, day_words: Callable[[date], str]
) -> str:
    """Each moment once, in order; a month that several days share stands behind the last."""
    distinct = list(dict.fromkeys(moments))
    words = [_day_words(each, day_words, reader) for each in distinct]
    for n, days in enumerate(pairwise(distinct)):
        is_plain = words[n : n + 2] == [_day_words(each, reader.day, reader) for each in days]
        has_time = any(isinstance(each, datetime) for each in days)
        if is_plain and not has_time and days[0].replace(day=1) == days[1].replace(day=1):
            words[n] = reader.language.day_before(days[0])
    return reader.language.one_of(dict.fromkeys(words))


def short_end_words(end: End, reader: Reader) -> str:
    """`tomorrow`, or `Wed 16 April`; an instant with its time."""
    return _day_words(last_moment(end), _near_day([end], reader), reader)


def _day_words(last: date | datetime, day_words: Callable[[date], str], reader: Reader) -> str:
    """A day in the words given for days; an instant as the day and the time of the reader."""
    if isinstance(last, datetime):
        local = reader.local(last)
        return f"{day_words(local.date())} {reader.language.time(local)}"
    return day_words(last)


def end_words(end: End, reader: Reader) -> str:
    """`Wed 19 March, at the end of the day in Moscow (23:00 your time)`."""
    last, at = last_moment(end), parse_instant(end["at"])
    if isinstance(last, datetime):
        return moment_words(at, reader, str(end["zone"]))
    day, local = reader.day(last), reader.local(at)
    if (local - timedelta(seconds=1)).date() == last and local.hour == local.minute == 0:
        return reader.text("{day}, at the end of the day", day=day)
    message = N_("{day}, at the end of the day in {city} ({time} your time)")
    if reader.is_anybody:
        message = N_("{day}, at the end of the day in {city} ({time} UTC)")
    return reader.text(
        message,
        day=day,
        city=reader.city(str(end["zone"])),
        time=_time_beside(local, last, reader),
    )


def moment_words(at: datetime, reader: Reader, zone: str) -> str:
    """`Wed 19 March, 23:00 in Moscow (22:00 your time)`; one time where both clocks agree."""
    there, here = at.astimezone(ZoneInfo(zone)), reader.local(at)
    day, time = reader.day(there.date()), reader.language.time(there)
    if there.utcoffset() == here.utcoffset():
        return f"{day}, {time}"
    message = N_("{day}, {time} in {city} ({here} your time)")
    if reader.is_anybody:
        message = N_("{day}, {time} in {city} ({here} UTC)")
    return reader.text(
        message,
        day=day,
        time=time,
        city=reader.city(zone),
        here=_time_beside(here, there.date(), reader),
    )


def _time_beside(local: datetime, day: date, reader: Reader) -> str:
    """A local time, with its day where that is another than the one named before."""
    time = reader.language.time(local)
    return time if local.date() == day else f"{reader.day(local.date())}, {time}"


def counted_from(
    commitment: Mapping[str, Any], promise_of: Callable[[str], str], reader: Reader
) -> str:
    """Every moment that the dates of a promise are counted from; empty where they hang on none.

    `promise_of` gives the words of what an id names.
    """
    sentences: dict[str, None] = {}
    for anchor in commitment.get("anchors", ()):
        moment, _, name = anchor["moment"].partition(":")
        promise = promise_of(anchor["after"])
        sentences[reader.text(COUNTED_FROM[moment], promise=promise, name=name)] = None
    return " ".join(sentences)
