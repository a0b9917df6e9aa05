"""The language of a message: its catalogue, and how it writes days, times and lists. Pure.

English is complete without a catalogue. Babel knows the names of days and months; it is imported
only where something is written, since it takes a while.
"""

from __future__ import annotations

import gettext
import logging
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

CATALOGUES = Path(__file__).with_name("catalogues")
DOMAIN = "digests"
ENGLISH = "en"
SOFT_HYPHEN = "\u00ad"
log = logging.getLogger(__name__)


def N_(message: str) -> str:  # noqa: N802 - the name by which catalogues mark what is translated later
    """Marks a sentence of a table for the catalogues."""
    return message


class Language(Struct, frozen=True):
    """What is written in: the `code` of a catalogue, and a clock of 12 or 24 hours."""

    code: str = ENGLISH
    clock: Literal[12, 24] = 24

    def translated(self, message: str) -> str:
        """A sentence of the catalogue, with the places of its values as they are."""
        return _catalogue(self.code).gettext(message) if message else ""

    def text(self, message: str, **values: object) -> str:
        """A sentence of the catalogue with its values."""
        return self.translated(message).format(**values)

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """A sentence in the form that goes with a number, which stands in it as `{n}`."""
        form = _catalogue(self.code).ngettext(one, many, number)
        return form.format(n=number, **values)

    def day(self, day: date, now: date) -> str:
        """`Wed 19 March`, with its year where that is not the present one."""
        with_year = day.year != now.year
        return self._date(day, N_("ccc d MMMM y") if with_year else N_("ccc d MMMM"))

    def day_and_month(self, day: date, *, with_year: bool) -> str:
        """`19 March`, without its day of the week."""
        return self._date(day, N_("d MMMM y") if with_year else N_("d MMMM"))

    def month(self, day: date, *, with_year: bool) -> str:
        """`March`, as it stands alone."""
        return self._date(day, N_("LLLL y") if with_year else N_("LLLL"))

    def day_of_month(self, day: date) -> str:
        """`19`, where another day of the same month follows."""
        return self._date(day, N_("d"))

    def day_before(self, day: date) -> str:
        """`Wed 16`, where another day of the same month follows."""
        return self._date(day, N_("ccc d"))

    def _date(self, day: date, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(day, self.translated(pattern), locale=self.code)

    def time(self, at: datetime) -> str:
        """`23:00`, or `11:00 PM` by a clock of twelve hours; with its seconds where it has some."""
        from babel.dates import format_time

        seconds = ":ss" if at.second else ""
        pattern = f"HH:mm{seconds}" if self.clock == 24 else f"h:mm{seconds} a"
        return format_time(at, pattern, locale=self.code)

    def country(self, code: str) -> str | None:
        """The name of a country by its alpha-2 code; None where the catalogue is English."""
        if self.code == ENGLISH:
            return None
        from babel import Locale

        return Locale(self.code).territories.get(code)

    def city(self, zone: str) -> str:
        """The city of a zone by name: `Kyiv` of `Europe/Kyiv`."""
        if self.code == ENGLISH or "/" not in zone:
            return zone.rpartition("/")[2].replace("_", " ")
        from babel.dates import get_timezone_location

        city = str(get_timezone_location(zone, locale=self.code, return_city=True))
        # Where a word may be broken is for who sets type: in a mail it is seen.
        return city.replace(SOFT_HYPHEN, "")

    def all_of(self, names: Iterable[str]) -> str:
        """`Ukraine and USA`."""
        return listing(tuple(names), "standard", self.code)

    def one_of(self, names: Iterable[str]) -> str:
        """`16 or 17 April`."""
        return listing(tuple(names), "or", self.code)


@lru_cache(maxsize=4096)
def listing(names: tuple[str, ...], style: Literal["standard", "or"], code: str) -> str:
    """Names in one phrase; the same few pairs of parties come again for every promise of theirs."""
    from babel.lists import format_list

    return format_list(list(names), style, locale=code)


def language_of(code: str, clock: int = 24) -> Language:
    """The language of a subscription; English, with a word to the operator, where it has gone."""
    hours: Literal[12, 24] = 12 if clock == 12 else 24
    if code not in languages():
        _warn_once(code)
        return Language(ENGLISH, hours)
    return Language(code, hours)


@cache
def _warn_once(code: str) -> None:
    log.warning("no catalogue of %r any more: its readers are written to in English", code)


@cache
def languages() -> tuple[str, ...]:
    """The languages that a digest can be written in."""
    return tuple(
        sorted({ENGLISH, *(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/*.mo"))})
    )


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, CATALOGUES, [code], fallback=True)
