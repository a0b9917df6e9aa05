"""What a subscription is set to, in words for its reader, by their language and clock. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import NamedTuple

from notifications.alerts.filters import Filter
from notifications.alerts.kinds import KINDS
from notifications.language import N_
from notifications.prose.reader import Reader
from notifications.subscriptions.preferences import Preferences

RHYTHM: Mapping[str, str] = {
    "immediate": N_("as soon as there is news"),
    "daily": N_("every day at {time} ({city})"),
    "weekly": N_("every week on {day} at {time} ({city})"),
    "monthly": N_("every month on day {day} at {time} ({city})"),
}
WITHOUT_NEWS: Mapping[str, str] = {
    "skip": N_("nothing is sent"),
    "send": N_("a mail says so, and how things stand"),
}
CLOCKS: Mapping[int, str] = {24: N_("times like 17:30"), 12: N_("times like 5:30 PM")}
DAYS_OF_WEEK = 7


class Choice(NamedTuple):
    """One thing that a reader has chosen: what it is called, and how it is set."""

    label: str
    words: str


def choices(preferences: Preferences, reader: Reader, titles: Mapping[str, str]) -> list[Choice]:
    """Everything that a reader may choose, as it is set; `titles` has agreements and more by id."""
    text = reader.text
    return [
        Choice(text("How often"), rhythm_words(preferences, reader)),
        Choice(text("Quiet hours"), ", ".join(preferences.quiet) or text("none")),
        Choice(
            text("When there is nothing new"),
            text(WITHOUT_NEWS[preferences.when_quiet]),
        ),
        Choice(text("Reminders"), _reminder_words(preferences.remind_days, reader)),
        Choice(text("What about"), about_words(preferences.wants, reader, titles)),
        Choice(text("Language"), language_name(preferences.language)),
        Choice(text("Clock"), text(CLOCKS[preferences.clock])),
    ]


def about_words(wants: Filter, reader: Reader, titles: Mapping[str, str]) -> str:
    """What is followed: agreements by title, parties by name, kinds by their heading."""
    headings = {
        kind: reader.text("“{heading}”", heading=reader.text(row.heading))
        for kind, row in KINDS.items()
    }
    parties = {party: reader.name(party) for party in wants.parties}
    names = {**headings, **titles, **parties}
    return wants.words_in(reader.language, names)


def rhythm_words(preferences: Preferences, reader: Reader) -> str:
    """`every week on Friday at 08:00 (Kyiv)`."""
    on = preferences.on_day
    day = str(on or 1) if preferences.cadence == "monthly" else day_names(reader)[on or 0]
    return reader.text(
        RHYTHM[preferences.cadence],
        time=hour_words(preferences.hour, reader),
        city=reader.city(preferences.zone),
        day=day,
    )


def hour_words(hour: int, reader: Reader) -> str:
    """`08:00`, or `8:00 AM`."""
    return reader.language.time(datetime.combine(reader.today, time(hour)))


def day_names(reader: Reader) -> list[str]:
    """The days of the week, from Monday on."""
    from babel.dates import get_day_names

    names = get_day_names("wide", locale=reader.language.code)
    return [names[number] for number in range(DAYS_OF_WEEK)]


def language_name(code: str) -> str:
    """A language by the name that it has for itself: `English`, `Deutsch`."""
    from babel import Locale

    return str(Locale(code).get_display_name(code))


def _reminder_words(days: int | None, reader: Reader) -> str:
    if days is None:
        return reader.text("none")
    return reader.language.count(
        "every day, of what nobody has acknowledged",
        "every {n} days, of what nobody has acknowledged",
        days,
    )
