"""Writes the calendar file: a VEVENT an end, one a reading, with an alarm a day before. Pure.

The end of an offer or a notice and the deadline of a condition are a VEVENT each. What ends with a
day is an entry of that day: the instant itself lies on the next, where nobody looks for it.

A recurring promise is one VEVENT with its RRULE, in whole days: so it needs no zone, and stays
right when clocks are changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from msgspec import Struct

from notifications.feeds.revisions import Revision
from notifications.mail.headers import clean_text

MAX_SUMMARY = 200
MAX_TEXT = 1000
"""Characters of a description, a title or a note."""
MAX_LINE_OCTETS = 75
"""Octets in a content line, its end not counted (RFC 5545, 3.1)."""
TEXT_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def text(value: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11)."""
    return value.translate(TEXT_ESCAPES)


def instant(at: datetime) -> str:
    """A value of type DATE-TIME in UTC, to the second (RFC 5545, 3.3.5)."""
    return at.astimezone(UTC).isoformat()[:19].replace("-", "").replace(":", "") + "Z"


def line(name: str, value: str) -> str:
    """A content line with its end."""
    whole = f"{name}:{value}"
    if len(whole) <= MAX_LINE_OCTETS and whole.isascii():
        return f"{whole}\r\n"
    return "\r\n ".join(_folded(whole)) + "\r\n"


def _folded(whole: str) -> Iterable[str]:
    """Splits a line into pieces that fit, counting the space before all but the first."""
    rest, room = whole.encode(), MAX_LINE_OCTETS
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:
            end -= 1
        yield rest[:end].decode()
        rest, room = rest[end:], MAX_LINE_OCTETS - 1
    yield rest.decode()


def component(name: str, lines: Iterable[str]) -> str:
    return f"BEGIN:{name}\r\n{''.join(lines)}END:{name}\r\n"


EMPTY = component(
    "VTIMEZONE",
    (
        line("TZID", "UTC"),
        component(
            "STANDARD",
            (
                line("DTSTART", "19700101T000000"),
                line("TZOFFSETFROM", "+0000"),
                line("TZOFFSETTO", "+0000"),
            ),
        ),
    ),
)
"""What stands in a calendar without entries, which needs a component (RFC 5545, 3.4)."""


def calendar(entries: Iterable[str], *, name: str, note: str) -> bytes:
    """The calendar file of entries, as `entries_text` writes those of each agreement."""
    title = text(clean_text(name, MAX_TEXT))
    heading = (
        line("VERSION", "2.0"),
        line("PRODID", "-//pactwatch//milestones//EN"),
        line("METHOD", "PUBLISH"),
        line("NAME", title),
        line("X-WR-CALNAME", title),
        line("DESCRIPTION", text(clean_text(note, MAX_TEXT))),
        line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H"),
        line("X-PUBLISHED-TTL", "PT1H"),
    )
    return component("VCALENDAR", (*heading, "".join(entries) or EMPTY)).encode()


class Place(Struct, frozen=True):
    """Where the pages of a calendar lie, and the domain that its UIDs end in."""

    base_url: str
    domain: str


def entries_text(agreement: str, revisions: Iterable[Revision], place: Place) -> str:
    """The entries of an agreement's revisions, empty without any."""
    return "".join(
        component("VEVENT", _lines(agreement, revision, place)) for revision in revisions
    )


def _lines(agreement: str, revision: Revision, place: Place) -> Iterator[str]:
    content, revised_at = revision.content, instant(revision.revised_at)
    summary = text(f"{clean_text(content.headline, MAX_SUMMARY)}, {content.what}")
    at = f"{content.end.astimezone(UTC).isoformat(sep=' ')[:19]} UTC"
    about = f"{content.headline}. {content.title} [{agreement}]. By the clock: {at}."
    # No reading has a space in its name, so none has the UID of an offer or a notice.
    name = revision.reading.replace(" ", "/")
    yield line("UID", text(f"{revision.commitment}.{name}@{place.domain}"))
    yield line("SEQUENCE", str(revision.sequence))
    yield line("DTSTAMP", revised_at)
    yield line("LAST-MODIFIED", revised_at)
    yield line("SUMMARY", summary)
    yield line("DESCRIPTION", text(clean_text(about, MAX_TEXT)))
    yield line("STATUS", content.status)
    yield line("CATEGORIES", ",".join(text(clean_text(word)) for word in content.categories))
    yield line("URL", f"{place.base_url}commitments/{quote(revision.commitment, safe='')}")
    if content.days is not None:
        first, last = content.days
        yield line("DTSTART;VALUE=DATE", f"{first:%Y%m%d}")
        yield line("DTEND;VALUE=DATE", f"{last + timedelta(days=1):%Y%m%d}")
    else:
        # Without an end it ends as it begins; an equal one is not allowed (RFC 5545, 3.6.1).
        yield line("DTSTART", instant(content.end))
    if content.rule is not None:
        yield line("RRULE", content.rule)
    yield line("TRANSP", "TRANSPARENT")
    if content.is_ahead and content.status != "CANCELLED":
        alarm = (("ACTION", "DISPLAY"), ("DESCRIPTION", summary), ("TRIGGER", "-P1D"))
        yield component("VALARM", (line(name, value) for name, value in alarm))
