"""What one digest contains: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct, structs

from events import format_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.kinds import SECTIONS
from notifications.alerts.resolution import Correction, Resolution
from notifications.alerts.wording import local, standing_words, what_happened
from notifications.digests.items import Item, ItemBuilder, Section, capped_sections, item_builder
from notifications.digests.missed_periods import with_one_a_duty
from notifications.digests.relevance import (
    by_agreement,
    groups_of,
    without_echoes,
    without_overtaken,
    without_repeats,
)
from notifications.digests.summary import StandingSummary
from tracker.entries.tlp import OPEN

RESOLVED = "Resolved or closed"
STANDING = "As it stands"
CORRECTIONS = "Corrections to earlier digests"


class Digest(Struct, frozen=True):
    """The content of one message.

    Templates and webhooks see these names. `since` is None for the first one; `gap` says what it
    makes up for, `tlp` is the strictest mark of its content, `outlook` sums up how things stand
    when there is no news, `held` says what snoozes delay, `unreadable` of which agreements nothing
    is known because an entry cannot be applied.
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
    unreadable: tuple[str, ...] = ()

    @property
    def agreements(self) -> frozenset[str]:
        """The agreements that it has items of."""
        return frozenset(item.agreement for section in self.sections for item in section.items)


class DigestHeader(Struct, frozen=True):
    """The reader's zone, and as of which instant, position and checkpoint a digest is written.

    `since` is when the reader's last digest was planned, None for the first one.
    """

    zone: str
    now: datetime
    since: str | None
    position: int
    checkpoint: str = ""
    unreadable: tuple[str, ...] = ()


class News(Struct, frozen=True):
    """What there is to report to one reader.

    Alerts, what is over of those sent before, and what was sent and is not true. `noted` has words
    about an alert by its key: who has acknowledged it; `snoozed` says what snoozes delay;
    `standing` is what was so before the reader came, which begins the first digest.
    """

    fresh: tuple[Alert, ...] = ()
    resolved: tuple[Resolution, ...] = ()
    corrected: tuple[Correction, ...] = ()
    noted: Mapping[str, str] = {}
    snoozed: tuple[str, ...] = ()
    standing: tuple[Alert, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that the digest rests on."""
        over = (alert for each in self.resolved for alert in (each.alert, each.as_alert))
        return (*self.fresh, *self.standing, *over, *(each.alert for each in self.corrected))


def news_digest(
    news: News,
    commitments: Mapping[str, CommitmentDocument],
    titles: Mapping[str, str],
    header: DigestHeader,
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest | None:
    """The digest of this news, or None when there is nothing to say."""
    make_item = item_builder(commitments, titles, header.zone, news.noted)
    items = _items_by_heading(news, commitments, make_item, header.since, header.now)
    sections = tuple(capped_sections(items))
    if not sections:
        return None
    counts = (f"{s.heading.lower()}: {len(s.items) + s.more}" for s in sections)
    digest = _digest(header, ", ".join(counts), sections, gap=gap, tlp=tlp)
    return structs.replace(digest, held=news.snoozed)


def quiet_digest(
    summary: StandingSummary, header: DigestHeader, *, gap: str = "", tlp: str = ""
) -> Digest:
    """The digest for a reader who asked for one without news: how things stand."""
    digest = _digest(header, f"all quiet, {summary.counts}", gap=gap, tlp=tlp)
    return structs.replace(digest, outlook=summary)


def _items_by_heading(
    news: News,
    commitments: Mapping[str, CommitmentDocument],
    make_item: ItemBuilder,
    since: str | None,
    now: datetime,
) -> Iterator[tuple[str, list[Item]]]:
    """Every heading with its items, gravest first."""
    alerts, resolutions = without_repeats(without_overtaken(news.fresh), news.resolved)
    alerts, words = with_one_a_duty(without_echoes(alerts), commitments, since, now)
    words = words | {alert.key: standing_words(alert) for alert in news.standing}

    def item_of(group: list[Alert]) -> Item:
        return make_item([(a, words.get(a.key) or what_happened(a)) for a in group])

    followed = {alert.commitment for alert in alerts}
    standing = [alert for alert in news.standing if alert.commitment not in followed]
    yield STANDING, [item_of(group) for group in groups_of(standing, ())]
    groups = groups_of(alerts, [a for a in news.standing if a.commitment in followed])
    by_heading = {
        heading: [item_of(group) for group in groups if group[0].kind in kinds]
        for heading, kinds in SECTIONS
    }
    *grave, quiet = by_heading.items()
    yield from grave
    yield RESOLVED, [_resolved(each, commitments, make_item) for each in by_agreement(resolutions)]
    corrections = by_agreement(news.corrected)
    yield CORRECTIONS, [make_item([(each.alert, each.words)]) for each in corrections]
    yield quiet


def _resolved(
    resolution: Resolution, commitments: Mapping[str, CommitmentDocument], make_item: ItemBuilder
) -> Item:
    """What is over, with when it was: its deadline says nothing any more."""
    words = resolution.words(commitments.get(resolution.commitment, {}))
    item = make_item([(resolution.as_alert, words)])
    return structs.replace(item, when=f"{item.local} = {item.at}")


def _digest(
    header: DigestHeader,
    headline: str,
    sections: tuple[Section, ...] = (),
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest:
    """A digest with its times in the reader's zone; one whose news is CLEAR needs no mark."""
    return Digest(
        now=format_instant(header.now),
        local_now=local(header.now, header.zone),
        zone=header.zone,
        since=header.since,
        position=header.position,
        sections=sections,
        headline=headline,
        checkpoint=header.checkpoint,
        gap=gap,
        tlp="" if tlp == OPEN else tlp,
        unreadable=header.unreadable,
    )


def with_at_most(digest: Digest, room: int) -> Digest:
    """The same digest with its first `room` items; the rest is counted with what was left out."""
    sections = []
    for section in digest.sections:
        items = section.items[:room]
        room -= len(items)
        more = section.more + len(section.items) - len(items)
        sections.append(structs.replace(section, items=items, more=more))
    return structs.replace(digest, sections=tuple(sections))
