"""The calendar file: an achievement is a VTODO, a window a VEVENT, each reading an entry. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from notifications.feeds.revisions import Revision
from notifications.icalendar_lines import component, instant, line, text
from notifications.mail.headers import clean_text

LONGEST = 1000


def calendar(
    listed: Iterable[tuple[str, Revision]], *, name: str, base_url: str, note: str
) -> bytes:
    """The calendar file of revisions, each with its agreement's id."""
    called = text(clean_text(name, LONGEST))
    heading = (
        line("VERSION", "2.0"),
        line("PRODID", "-//pactwatch//milestones//EN"),
        line("METHOD", "PUBLISH"),
        line("NAME", called),
        line("X-WR-CALNAME", called),
        line("DESCRIPTION", text(clean_text(note, LONGEST))),
    )
    entries = (_entry(agreement, held, base_url) for agreement, held in listed)
    return component("VCALENDAR", (*heading, *entries)).encode()


def _entry(agreement: str, held: Revision, base_url: str) -> str:
    return component(held.content.kind, _lines(agreement, held, base_url))


def _lines(agreement: str, held: Revision, base_url: str) -> Iterator[str]:
    content, revised_at = held.content, instant(held.revised_at)
    summary = f"{held.commitment} ({held.reading}): {content.title}"
    yield line("UID", text(f"{held.commitment}.{held.reading}@pactwatch"))
    yield line("SEQUENCE", str(held.sequence))
    yield line("DTSTAMP", revised_at)
    yield line("LAST-MODIFIED", revised_at)
    yield line("SUMMARY", text(clean_text(summary, 200)))
    yield line("DESCRIPTION", text(clean_text(f"{content.promise} [{agreement}]", LONGEST)))
    yield line("STATUS", content.status)
    yield line("CATEGORIES", ",".join(text(clean_text(word)) for word in content.categories))
    yield line("URL", f"{base_url}commitments/{quote(held.commitment, safe='')}")
    if content.kind == "VTODO":
        yield line("DUE", instant(content.end))
    else:
        yield line("DTSTART", instant(min(content.start or content.end, content.end)))
        yield line("DTEND", instant(content.end))
        yield line("TRANSP", "TRANSPARENT")
