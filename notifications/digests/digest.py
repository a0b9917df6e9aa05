"""What one digest contains: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, structs

from events import format_instant
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import Correction, Resolution
from notifications.alerts.wording import local, what_happened
from notifications.digests.items import Item, ItemBuilder, Section, capped_sections, item_builder
from notifications.digests.relevance import by_agreement, without_overtaken, without_repeats
from notifications.digests.summary import StandingSummary

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Overdue and lapsed", ("overdue", "lapsed")),
    ("Free to walk away", ("release_available",)),
    ("Contested", ("contested_end_began", "contested_end_closed")),
    ("Due soon", ("due_soon",)),
    ("Ended", ("ended",)),
    ("Changes", ("state_changed", "resumed", "renewed_tacitly")),
)
RESOLVED = "Resolved or closed"
CORRECTIONS = "Corrections to earlier digests"
QUIET: tuple[str, tuple[str, ...]] = ("Quiet or waiting for you", ("stale", "suggestion"))


class Digest(Struct, frozen=True):
    """The content of one message.

    `since` is None for the first one; `gap` says what it makes up for, `tlp` is the strictest mark
    of what it tells, `outlook` what stands when there is no news, `held` what snoozes keep back.
    """

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
    outlook: StandingSummary | None = None
    held: tuple[str, ...] = ()

    @property
    def agreements(self) -> frozenset[str]:
        """The agreements that it has items of."""
        return frozenset(item.agreement for section in self.sections for item in section.items)


class DigestHeader(Struct, frozen=True):
    """For whom and as of when a digest is written: the reader's zone, and what it rests on.

    `since` is when the reader was last told, None when never, empty where it does not matter.
    """

    zone: str
    now: datetime
    since: str | None
    position: int
    checkpoint: str = ""


class News(Struct, frozen=True):
    """What there is to report to one reader.

    Alerts, what is over of those told before, and what was told and does not hold. Of an alert
    acknowledged `noted` says by whom, by its key; `snoozed` says what snoozes keep back.
    """

    fresh: tuple[Alert, ...] = ()
    resolved: tuple[Resolution, ...] = ()
    corrected: tuple[Correction, ...] = ()
    noted: Mapping[str, str] = {}
    snoozed: tuple[str, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that the digest rests on."""
        over = (alert for each in self.resolved for alert in (each.alert, each.as_alert))
        return (*self.fresh, *over, *(each.alert for each in self.corrected))


def news_digest(
    news: News,
    commitments: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    dateline: DigestHeader,
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest | None:
    """The digest of this news, or None when there is nothing to say."""
    describe = item_builder(commitments, titles, dateline.zone, news.noted)
    filled = tuple(capped_sections(_listed(news, commitments, describe)))
    if not filled:
        return None
    digest = written(dateline, _headline(filled), filled, gap=gap, tlp=tlp)
    return structs.replace(digest, held=news.snoozed)


def _listed(
    news: News, commitments: Mapping[str, Mapping[str, Any]], describe: ItemBuilder
) -> Iterator[tuple[str, list[Item]]]:
    """Every section with its items, gravest first."""
    telling, over = without_repeats(without_overtaken(news.fresh), news.resolved)
    ordered, undone = by_agreement(telling), by_agreement(news.corrected)
    by_heading = {
        heading: [describe(alert, what_happened(alert)) for alert in ordered if alert.kind in kinds]
        for heading, kinds in (*SECTIONS, QUIET)
    }
    *grave, quiet = by_heading.items()
    yield from grave
    resolved = [
        describe(each.as_alert, each.words(commitments.get(each.commitment, {})))
        for each in by_agreement(over)
    ]
    yield RESOLVED, resolved
    yield CORRECTIONS, [describe(each.alert, each.words) for each in undone]
    yield quiet


def quiet_digest(
    summary: StandingSummary, dateline: DigestHeader, *, gap: str = "", tlp: str = ""
) -> Digest:
    """The digest for a reader who asked for one without news: how things stand."""
    quiet = written(dateline, f"all quiet, {summary.counts}", gap=gap, tlp=tlp)
    return structs.replace(quiet, outlook=summary)


def written(
    dateline: DigestHeader,
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


def with_at_most(digest: Digest, room: int) -> Digest:
    """The same digest with its first `room` items; the rest is counted with what was left out."""
    sections = []
    for section in digest.sections:
        items = section.items[:room]
        room -= len(items)
        more = section.more + len(section.items) - len(items)
        sections.append(structs.replace(section, items=items, more=more))
    return structs.replace(digest, sections=tuple(sections))


def _headline(sections: tuple[Section, ...]) -> str:
    counts = (f"{s.heading.lower()}: {len(s.items) + s.more}" for s in sections)
    return ", ".join(counts)
