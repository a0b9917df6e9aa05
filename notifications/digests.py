"""What one digest says: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, structs

from events import format_instant, parse_instant
from notifications.outlook import Outlook
from notifications.wording import line, local, readings_of, what_happened, why_sent

CAP = 40
TOTAL = 120
"""Items in one digest; fewer where they are so long that mail clients would cut the message."""
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
    strictest mark of what it tells, `outlook` what stands when there is no news."""

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
    outlook: Outlook | None = None


class Dateline(Struct, frozen=True):
    """For whom and as of when a digest is written: the reader's zone, and what it rests on.

    `since` is when the reader was last told, None when never, empty where it does not matter.
    """

    zone: str
    now: datetime
    since: str | None
    position: int
    checkpoint: str = ""


class News(Struct, frozen=True):
    """What there is to tell one reader: alerts, and those told before that no longer hold."""

    told: tuple[Any, ...] = ()
    corrected: tuple[Any, ...] = ()


def build(
    news: News,
    commitments: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    dateline: Dateline,
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest | None:
    """The digest of this news, or None when there is nothing to say."""
    describe = _describer(commitments, titles, dateline.zone)
    told = worth_telling(news.told)
    *listed, quiet = [
        (heading, [describe(a, what_happened(a)) for a in by_agreement(told) if a.kind in kinds])
        for heading, kinds in (*SECTIONS, QUIET)
    ]
    undone = by_agreement(news.corrected)
    corrected = [describe(a, f"{what_happened(a)}: no longer so, by later news") for a in undone]
    filled = tuple(_capped([*listed, (CORRECTIONS, corrected), quiet]))
    return written(dateline, _headline(filled), filled, gap=gap, tlp=tlp) if filled else None


def all_quiet(stands: Outlook, dateline: Dateline, *, gap: str = "", tlp: str = "") -> Digest:
    """The digest of one who asked to hear that there is no news, and what stands."""
    quiet = written(dateline, f"all quiet, {stands.counts}", gap=gap, tlp=tlp)
    return structs.replace(quiet, outlook=stands)


def written(
    dateline: Dateline,
    headline: str,
    sections: tuple[Section, ...] = (),
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest:
    """A digest with its times in the reader's zone; one whose news is CLEAR needs no mark."""
    at, zone, checkpoint = dateline.now, dateline.zone, dateline.checkpoint
    times = (format_instant(at), local(at, zone), zone, dateline.since)
    mark = "" if tlp == "CLEAR" else tlp
    return Digest(*times, dateline.position, sections, headline, checkpoint, gap, mark)


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


def _describer(
    commitments: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str], zone: str
) -> Any:
    def describe(alert: Any, what: str) -> Item:
        held = commitments.get(alert.commitment, {})
        return Item(
            alert.commitment,
            alert.agreement,
            line(titles.get(alert.agreement, alert.agreement)),
            f"{', '.join(held.get('debtor', ()))} -> {', '.join(held.get('creditor', ()))}",
            line(str(held.get("promise", ""))),
            what,
            alert.at,
            local(parse_instant(alert.at), zone),
            f"{held.get('state', '?')}, {held.get('compliance', '?')}".replace("_", " "),
            readings_of(held, zone) if alert.kind in WITH_READINGS else (),
            why_sent(alert),
            alert.severity,
        )

    return describe


WITH_READINGS = frozenset(
    {"due_soon", "contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)
