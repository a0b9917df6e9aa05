"""The form of a reader's preferences: what stands in it, and reading what comes back. Pure.

A field that cannot be read has an error in words, to stand beside it; then nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from notifications.alerts.calendar_rules import WEEKDAYS, covers_always, parse_rules
from notifications.alerts.filters import KINDS, SEVERITIES
from notifications.alerts.kinds import SECTIONS
from notifications.errors import InvalidSubscription
from notifications.language import N_, languages
from notifications.prose.reader import Reader
from notifications.subscriptions.cadence import CADENCES
from notifications.subscriptions.change import PreferenceChanges
from notifications.subscriptions.preferences import MAX_REMINDER_DAYS, Preferences
from tracker.dates.zones import midnight, zone_named
from tracker.errors import InvalidDate

LONGEST_TEXT = 200
PARTS = ("agreements", "commitments", "parties", "tags")
"""The parts of a filter that name something, each a list of boxes to tick."""
HEADINGS: Mapping[str, tuple[str, ...]] = dict(SECTIONS)
"""The kinds of news by the heading of a digest that they stand under."""
Fields = Sequence[tuple[str, str]]
Offer = Mapping[str, Mapping[str, str]]
"""What may be ticked, by part and id, in words."""


class FormValues(Struct, frozen=True):
    """What stands in each field, as text; a list of boxes has those that are ticked."""

    cadence: str
    weekday: str
    monthday: str
    hour: str
    zone: str
    quiet: str
    remind_days: str
    severity: str
    language: str
    clock: str
    when_quiet: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


LISTS = frozenset(FormValues.__struct_fields__[-len(FormValues.__struct_defaults__) :])


class FormReading(Struct, frozen=True):
    """What the reader changes, and what is wrong by field."""

    changes: PreferenceChanges
    errors: dict[str, str]


def values_of(preferences: Preferences) -> FormValues:
    """What stands in the form before its reader has touched it."""
    wants, on = preferences.wants, preferences.on_day
    is_monthly = preferences.cadence == "monthly"
    return FormValues(
        cadence=preferences.cadence,
        weekday=WEEKDAYS[0 if is_monthly else on or 0],
        monthday=str((on if is_monthly else None) or 1),
        hour=str(preferences.hour),
        zone=preferences.zone,
        quiet=", ".join(preferences.quiet),
        remind_days=str(preferences.remind_days or ""),
        severity=wants.severity,
        language=preferences.language,
        clock=str(preferences.clock),
        when_quiet=("send",) if preferences.when_quiet == "send" else (),
        headings=tuple(
            heading
            for heading, kinds in HEADINGS.items()
            if wants.kinds and not set(kinds).isdisjoint(wants.kinds)
        ),
        agreements=wants.agreements,
        commitments=wants.commitments,
        parties=wants.parties,
        tags=wants.tags,
    )


def posted_values(fields: Fields, before: FormValues) -> FormValues:
    """What was posted; a field that was not, and is no list of boxes, stays as it was."""
    posted: dict[str, Any] = {
        name: tuple(text[:LONGEST_TEXT] for field, text in fields if field == name)
        for name in FormValues.__struct_fields__
    }
    return FormValues(
        **{
            name: texts
            if name in LISTS
            else (*(text.strip() for text in texts), None)[0]
            if texts
            else getattr(before, name)
            for name, texts in posted.items()
        }
    )


class FormReader:
    """Reads one field after the other; `errors` says in words what is wrong with which."""

    def __init__(self, values: FormValues, reader: Reader) -> None:
        self.values = values
        self.text = reader.text
        self.errors: dict[str, str] = {}

    def number(self, name: str, least: int, most: int) -> int | None:
        word = getattr(self.values, name)
        if word.isascii() and word.isdigit() and least <= int(word[:9]) <= most:
            return int(word)
        message = N_("A number from {least} to {most} is needed.")
        self.errors[name] = self.text(message, least=least, most=most)
        return None

    def one_of(self, name: str, words: Sequence[str]) -> str:
        word = str(getattr(self.values, name))
        if word not in words:
            self.errors[name] = self.text("Choose one of those that are offered.")
        return word

    def zone(self) -> str:
        try:
            return zone_named(self.values.zone)
        except InvalidDate:
            self.errors["zone"] = self.text(
                "There is no time zone {zone}. Name one by its place, as in Europe/Kyiv.",
                zone=repr(self.values.zone[:40]),
            )
            return self.values.zone

    def quiet_hours(self) -> tuple[str, ...]:
        rules = tuple(part.strip() for part in self.values.quiet.split(",") if part.strip())
        try:
            parsed = parse_rules(rules)
        except InvalidSubscription:
            self.errors["quiet"] = self.text(
                "These are no hours or days. Write them as in 22:00-07:00, sat-sun, or "
                "mon-fri 18:00-08:00."
            )
            return ()
        if covers_always(parsed):
            self.errors["quiet"] = self.text(
                "Quiet hours that never end: nothing would ever be sent."
            )
        return tuple(rule.text for rule in parsed)

    def day(self, current: Preferences) -> int | None:
        """The day of a weekly or monthly digest; the first stays unnamed where it is so."""
        cadence = self.values.cadence
        if cadence not in ("weekly", "monthly"):
            return None
        if cadence == "monthly":
            day, first = self.number("monthday", 1, 31), 1
        else:
            weekday = self.one_of("weekday", WEEKDAYS)
            day, first = WEEKDAYS.index(weekday) if weekday in WEEKDAYS else None, 0
        is_unnamed = current.cadence == cadence and current.on_day is None
        return None if is_unnamed and day == first else day

    def ticked(self, part: str, offered: Iterable[str], before: Sequence[str]) -> tuple[str, ...]:
        """What is ticked of a part, in the order it was in, so that the same is no change."""
        known, ticked = dict.fromkeys((*before, *offered)), getattr(self.values, part)
        if not known.keys() >= set(ticked):
            self.errors[part] = self.text("Choose among those that are offered.")
        return tuple(id_ for id_ in known if id_ in ticked)


def read_form(
    values: FormValues, current: Preferences, offer: Offer, reader: Reader
) -> FormReading:
    """Reads every field; the errors are in the words of the reader's language."""
    form, days = FormReader(values, reader), values.remind_days
    chosen = {
        "cadence": form.one_of("cadence", CADENCES),
        "on_day": form.day(current),
        "hour": form.number("hour", 0, 23),
        "zone": form.zone(),
        "quiet": form.quiet_hours(),
        "when_quiet": "send" if "send" in values.when_quiet else "skip",
        "remind_days": form.number("remind_days", 1, MAX_REMINDER_DAYS) if days else None,
        "language": form.one_of("language", languages()),
        "clock": 12 if form.one_of("clock", ("12", "24")) == "12" else 24,
    }
    if values.cadence == "immediate" and values.when_quiet:
        message = N_("What comes at once has no hour at which nothing is new.")
        form.errors["when_quiet"] = form.text(message)
    wants = {
        "severity": form.one_of("severity", SEVERITIES),
        "kinds": _kinds(values.headings, current.wants.kinds),
        **{name: form.ticked(name, offer[name], getattr(current.wants, name)) for name in PARTS},
    }
    return FormReading(PreferenceChanges(wants, chosen), form.errors)


def day_to_come(word: str, reader: Reader, errors: dict[str, str]) -> datetime | None:
    """The first instant of the local day on which mail begins again; None for an open end."""
    if not word:
        return None
    try:
        day = date.fromisoformat(word)
    except ValueError:
        errors["until"] = reader.text("A date is needed, as in {date}.", date=reader.today)
        return None
    if day <= reader.today:
        errors["until"] = reader.text("A day to come is needed.")
    return midnight(day, reader.zone)


def _kinds(headings: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds under the headings that are ticked; none, for all, where all or none are.

    A heading of which an operator chose a part keeps that part.
    """
    chosen: set[str] = set()
    for heading in set(headings) & HEADINGS.keys():
        kinds = set(HEADINGS[heading])
        chosen |= kinds & set(before) or kinds
    is_all = chosen >= set(KINDS)
    ordered = dict.fromkeys((*before, *KINDS))
    return () if is_all else tuple(kind for kind in ordered if kind in chosen)
