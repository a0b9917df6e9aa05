"""For whom something is written: names, days and times as this reader knows them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifications.language import ENGLISH, Language
from notifications.mail.headers import clean_text
from tracker.dates.countries import countries
from tracker.documents.periods import period_name

LONGEST_NAME = 100
NOBODY: Mapping[str, str] = {}
WITH_ARTICLE = re.compile(
    r"^(?:United (?:States|Kingdom|Nations|Arab Emirates)|(?:European|African) Union|Netherlands"
    r"|Philippines|Bahamas|Gambia|Maldives|Comoros|Seychelles|Holy See|.+ (?:Islands|Republic))$"
)
"""Names of countries that English has no sentence without `the` for."""


class Reader(Struct, frozen=True):
    """A reader's zone, the instant at which it is written, and the names of parties by id.

    `numbers` are those of events by which nobody would know them by their ids. `written_on` is the
    day it is written, where that is not the day of the instant: as of the end of a day it is that.
    What is published, in UTC, is for nobody of whose time it could speak: `is_anybody`.
    """

    zone: str
    now: datetime
    names: Mapping[str, str] = {}
    language: Language = Language()
    is_anybody: bool = False
    numbers: Mapping[str, int] = {}
    written_on: date | None = None

    def text(self, message: str, **values: object) -> str:
        return self.language.text(message, **values)

    def by(self, names: str) -> str:
        """` by Ukraine`, as a sentence goes on; empty where nobody is named."""
        return self.text(" by {names}", names=names) if names else ""

    @property
    def today(self) -> date:
        return self.written_on or self.local(self.now).date()

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def day(self, day: date) -> str:
        return self.language.day(day, self.today)

    def period(self, day: str, commitment: Mapping[str, Any]) -> str:
        """The name of the period of a promise that begins on a day: `July`."""
        return period_name(day, commitment.get("periods"), self.today, self.language)

    def near_day(self, day: date) -> str:
        """`today`, `tomorrow`, `yesterday`, or the day by its date."""
        near = {
            0: self.text("today"),
            1: self.text("tomorrow"),
            -1: self.text("yesterday"),
        }
        return near.get((day - self.today).days) or self.day(day)

    def city(self, zone: str) -> str:
        return self.language.city(zone)

    def name(self, party: str) -> str:
        """A party or an account by name; a country by its own."""
        name, country = self.names.get(party), countries().get(party)
        if country is not None and name in (None, "", country.name):
            name = self.language.country(country.code) or country.name
        return clean_text(name or party, LONGEST_NAME)

    def all_of(self, parties: Iterable[str], speaks_for: Mapping[str, str] = NOBODY) -> str:
        """`Ukraine and Kremlin (Russia)`: an account with the party that it speaks for."""
        return self.language.all_of(
            f"{self._in_sentence(each)} ({self.name(speaks_for[each])})"
            if each in speaks_for
            else self._in_sentence(each)
            for each in parties
        )

    def _in_sentence(self, party: str) -> str:
        """A party as a sentence names it: in English some countries have an article."""
        name = self.name(party)
        has_article = self.language.code == ENGLISH and WITH_ARTICLE.search(name)
        return f"the {name}" if has_article else name
