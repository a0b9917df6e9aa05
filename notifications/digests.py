"""What one digest says: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from events import format_instant, parse_instant
from notifications.headers import clean_text

CAP = 40
TOTAL = 120
"""Items in one digest; fewer where they are so long that mail clients would cut the message."""
LONGEST = 300
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Overdue and lapsed", ("overdue", "lapsed")),
    ("Free to walk away", ("release_available",)),
    ("Contested", ("contested_end_began", "contested_end_closed")),
    ("Due soon", ("due_soon",)),
    ("Ended", ("ended",)),
    ("Changes", ("state_changed", "resumed", "renewed_tacitly")),
)
CORRECTIONS = "Corrections to earlier digests"
QUIET: tuple[str, tuple[str, ...]] = ("Quiet or waiting for you", ("stale", "suggestion"))

WORDS = {
    "overdue": "is overdue",
    "lapsed": "has lapsed: presumed not kept, a finding decides",
    "release_available": "may now be walked away from by its debtor",
    "contested_end_began": "has reached the first reading of its end; others count on",
    "contested_end_closed": "has passed the last reading of its end",
    "ended": "has ended",
    "renewed_tacitly": "was renewed tacitly for one more period",
    "resumed": "is in force again",
    "stale": "has been silent too long",
    "suggestion": "may need a look",
}


class Item(Struct, frozen=True):
    """One line of news about one commitment, with everything that its reader can check."""

    commitment: str
    agreement: str
    title: str
    who: str
    promise: str
    what: str
    at: str
    local: str
    state: str
    readings: tuple[str, ...]
    why: str
    severity: str


class Section(Struct, frozen=True):
    heading: str
    items: tuple[Item, ...]
    more: int


class Digest(Struct, frozen=True):
    """A digest: `since` is None for the first one; `gap` says what it makes up for, `tlp` is the
    strictest mark of what it tells."""

    now: str
    local_now: str
    zone: str
    since: str | None
    position: int
    sections: tuple[Section, ...]
    headline: str
    checkpoint: str = ""
    gap: str = ""
    tlp: str = ""


def build(
    alerts: Iterable[Any],
    withdrawn: Iterable[Any],
    commitments: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    *,
    zone: str,
    now: datetime,
    since: str | None,
    position: int,
    checkpoint: str = "",
    gap: str = "",
    tlp: str = "",
) -> Digest | None:
    """The digest of these alerts, or None when there is nothing to say."""
    describe = _describer(commitments, titles, zone)
    told = worth_telling(alerts)
    *listed, quiet = [
        (heading, [describe(a, _what(a)) for a in by_agreement(told) if a.kind in kinds])
        for heading, kinds in (*SECTIONS, QUIET)
    ]
    undone = by_agreement(withdrawn)
    corrected = [describe(a, f"{_what(a)}: no longer so, by later news") for a in undone]
    filled = tuple(_capped([*listed, (CORRECTIONS, corrected), quiet]))
    if not filled:
        return None
    times = (format_instant(now), local(now, zone), zone, since)
    return Digest(*times, position, filled, _headline(filled), checkpoint, gap, tlp)


def worth_telling(alerts: Iterable[Any]) -> list[Any]:
    """News without what later news of the same commitment has overtaken.

    Of several lead times only the last still holds, and none once the end itself is news; but an
    end put off has lead times of its own.
    """
    told = sorted(alerts, key=lambda alert: alert.at)
    ended = {alert.commitment: alert.at for alert in told if alert.kind in OVERTAKING}
    last = {alert.commitment: alert.key for alert in told if alert.kind == "due_soon"}
    return [
        alert
        for alert in told
        if alert.kind != "due_soon"
        or (alert.at > ended.get(alert.commitment, "") and last[alert.commitment] == alert.key)
    ]


def by_agreement(alerts: Iterable[Any]) -> list[Any]:
    """What is of one agreement stands together, from the earliest news of any on."""
    together: dict[str, list[Any]] = {}
    for alert in alerts:
        together.setdefault(alert.agreement, []).append(alert)
    return [alert for group in together.values() for alert in group]


OVERTAKING = frozenset(
    {"contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)


def _capped(listed: Iterable[tuple[str, list[Item]]]) -> Iterator[Section]:
    """Sections with what there is room for, gravest first; the rest is counted."""
    room = TOTAL
    for heading, items in listed:
        shown = tuple(items[: min(CAP, room)])
        room -= len(shown)
        if items:
            yield Section(heading, shown, len(items) - len(shown))


def shortened(digest: Digest, room: int) -> Digest:
    """The same digest with its first `room` items; the rest is counted with what was left out."""
    sections = []
    for section in digest.sections:
        shown = section.items[:room]
        room -= len(shown)
        more = section.more + len(section.items) - len(shown)
        sections.append(structs.replace(section, items=shown, more=more))
    return structs.replace(digest, sections=tuple(sections))


def _headline(sections: tuple[Section, ...]) -> str:
    counts = (f"{s.heading.lower()}: {len(s.items) + s.more}" for s in sections)
    return ", ".join(counts)


def _what(alert: Any) -> str:
    if alert.kind == "due_soon":
        return f"is due within {_lead_words(alert.lead)}"
    if alert.kind == "state_changed":
        return f"{alert.axis}: {alert.before or 'new'} -> {alert.after}".replace("_", " ")
    if alert.kind == "ended":
        return f"has ended: {alert.after}"
    return WORDS[alert.kind]


def _lead_words(lead: str) -> str:
    number, unit = lead[1:-1], {"D": "day", "W": "week"}.get(lead[-1:])
    if not number.isdigit() or unit is None:
        return lead
    return f"{number} {unit}{'' if number == '1' else 's'}"


def _describer(
    commitments: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str], zone: str
) -> Any:
    def describe(alert: Any, what: str) -> Item:
        held = commitments.get(alert.commitment, {})
        return Item(
            alert.commitment,
            alert.agreement,
            _line(titles.get(alert.agreement, alert.agreement)),
            f"{', '.join(held.get('debtor', ()))} -> {', '.join(held.get('creditor', ()))}",
            _line(str(held.get("promise", ""))),
            what,
            alert.at,
            local(parse_instant(alert.at), zone),
            f"{held.get('state', '?')}, {held.get('compliance', '?')}".replace("_", " "),
            _readings(held, zone) if alert.kind in WITH_READINGS else (),
            _why(alert),
            alert.severity,
        )

    return describe


def _line(text: str) -> str:
    """Free text on one line, without controls that would break HTML or turn its direction."""
    return clean_text(text, LONGEST)


WITH_READINGS = frozenset(
    {"due_soon", "contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)


def _readings(held: Mapping[str, Any], zone: str) -> tuple[str, ...]:
    return tuple(
        f"{local(parse_instant(reading['at']), zone)} ({reading['rule'].replace('_', ' ')}, "
        f"{reading['zone']}{', by ' + reading['by'] if reading['by'] else ''})"
        for reading in held.get("readings", ())
        if "at" in reading
    )


def _why(alert: Any) -> str:
    events = f", event {', '.join(alert.events)}" if alert.events else ""
    return f"rule {alert.rule}{events}"


def local(at: datetime, zone: str) -> str:
    """An instant in the reader's zone, with its offset."""
    shown = at.astimezone(ZoneInfo(zone))
    return f"{shown:%a %d %b %Y %H:%M} {shown:%z}"
