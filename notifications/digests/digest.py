"""What one digest contains: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial

from msgspec import Struct, structs

from events import format_instant, parse_instant
from events.wording import capitalized
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.kinds import SECTIONS, heading_of
from notifications.alerts.resolution import Correction, Resolution
from notifications.alerts.wording import what_happened
from notifications.digests.items import (
    AlertWords,
    Item,
    ItemWriter,
    Section,
    capped_sections,
    item_about,
)
from notifications.digests.missed_periods import merge_missed_periods
from notifications.digests.outcomes import closings_of, corrected_items, resolved_item
from notifications.digests.overview import overview_items
from notifications.digests.relevance import (
    LEAD_KINDS,
    by_agreement,
    covered_by,
    groups_of,
    is_new_state,
    moves_end,
    says_itself,
    told_wrong,
    undone_by_moves,
    without_echoes,
    without_overtaken,
    without_repeats,
)
from notifications.digests.subjects import headline_of, matters_of
from notifications.digests.summary import FollowedCommitment, StandingSummary
from notifications.language import ENGLISH, N_, Language
from notifications.prose.ends import counted_from, moment_words
from notifications.prose.followups import words_beside_moves
from notifications.prose.news import sentence
from notifications.prose.reader import Reader
from tracker.entries.tlp import OPEN

RESOLVED = N_("Resolved or closed")
STANDING = N_("As it stands")
CORRECTIONS = N_("Corrections to earlier digests")
MATTERS = 4
"""So many are named in what a mailbox shows of a message beside its subject."""


class Digest(Struct, frozen=True):
    """The content of one message.

    Templates and webhooks see these names. `since` is None for the first one; `gap` says what it
    makes up for, `tlp` is the strictest mark of its content, `outlook` sums up how things stand
    when there is no news, `held` says what snoozes delay, `unreadable` of which agreements nothing
    is known because an entry cannot be applied. `headline` names the gravest matter, `matters` the
    first few. It is written in `language`. `implied` are sections for machines, of what people read
    in other items.
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
    matters: tuple[str, ...] = ()
    local_since: str = ""
    language: str = ENGLISH
    implied: tuple[Section, ...] = ()

    @property
    def agreements(self) -> frozenset[str]:
        """The agreements that it has items of."""
        return frozenset(item.agreement for section in self.sections for item in section.items)


class DigestHeader(Struct, frozen=True):
    """The reader's zone, and as of which instant, position and checkpoint a digest is written.

    `since` is when the reader's last digest was planned, None for the first one; `names` has those
    of registered parties, `numbers` those of events whose ids nobody gave.
    """

    zone: str
    now: datetime
    since: str | None
    position: int
    checkpoint: str = ""
    unreadable: tuple[str, ...] = ()
    names: Mapping[str, str] = {}
    language: Language = Language()
    numbers: Mapping[str, int] = {}

    @property
    def reader(self) -> Reader:
        return Reader(self.zone, self.now, self.names, self.language, numbers=self.numbers)


class ReaderNews(Struct, frozen=True):
    """What there is to report to one reader.

    Alerts, what is over of those sent before, and what was sent and is not true. `noted` has words
    about an alert by its key: who has acknowledged it; `snoozed` says what snoozes delay;
    `standing` is what was so before the reader came, which begins the first digest; `followed` has
    the promises that this one looks over. `several` are the agreements that hold, as far as the
    reader may see, more than one promise; `beside` has what the move of an end has undone, in
    words, by commitment.
    """

    fresh: tuple[Alert, ...] = ()
    resolved: tuple[Resolution, ...] = ()
    corrected: tuple[Correction, ...] = ()
    noted: Mapping[str, str] = {}
    snoozed: tuple[str, ...] = ()
    standing: tuple[Alert, ...] = ()
    followed: tuple[FollowedCommitment, ...] = ()
    several: frozenset[str] = frozenset()
    beside: Mapping[str, str] = {}

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that the digest rests on."""
        over = (alert for each in self.resolved for alert in (each.alert, each.as_alert))
        return (*self.fresh, *self.standing, *over, *(each.alert for each in self.corrected))

    def without_implied(
        self, closings: Mapping[str, Alert], reader: Reader
    ) -> tuple[ReaderNews, ReaderNews]:
        """Takes out what other news of a promise says already; returns the rest, and that.

        A correction says how its promise ended, the move of an end what it undoes. `closings` are
        the news of how each promise came to be over. Grave news is never taken out.
        """
        undone, undone_corrections = undone_by_moves(self.fresh, self.resolved, self.corrected)
        keys = _keys(undone_corrections)
        corrected = tuple(each for each in self.corrected if each.alert.key not in keys)
        wrong, undone_keys = told_wrong(corrected), _keys(undone)
        fresh = {alert.key for alert in covered_by(undone, self.fresh)} | {
            closing.key
            for commitment, closing in closings.items()
            if commitment in wrong and closing.severity == "info"
        }
        # That it was due soon is nothing beside what became of it instead.
        changed = {(each.commitment, each.at) for each in self.fresh if is_new_state(each)}
        # What both a move and a correction imply stands once.
        resolved = {
            each.alert.key
            for each in self.resolved
            if each.commitment in wrong
            or each.alert.key in undone_keys
            or (each.alert.kind in LEAD_KINDS and each.moment in changed)
        }
        implied = ReaderNews(
            tuple(alert for alert in self.fresh if alert.key in fresh),
            tuple(each for each in self.resolved if each.alert.key in resolved),
            undone_corrections,
            noted=self.noted,
        )
        rest = structs.replace(
            self,
            fresh=tuple(alert for alert in self.fresh if alert.key not in fresh),
            resolved=tuple(each for each in self.resolved if each.alert.key not in resolved),
            corrected=corrected,
            beside=words_beside_moves(
                undone, without_overtaken(each.alert for each in undone_corrections), reader
            ),
        )
        return rest, implied


def _keys(sequels: Iterable[Resolution | Correction]) -> set[str]:
    return {each.alert.key for each in sequels}


def news_digest(
    news: ReaderNews,
    commitments: Mapping[str, CommitmentDocument],
    titles: Mapping[str, str],
    header: DigestHeader,
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest | None:
    """The digest of this news, or None when there is nothing to say."""
    reader = header.reader
    writer = ItemWriter(commitments, titles, reader, news.noted, news.several)
    closings = closings_of(news.fresh, commitments)
    sections, implied = (
        tuple(capped_sections(_items_by_heading(part, writer, header.since, closings), reader))
        for part in news.without_implied(closings, reader)
    )
    if not sections:
        return None
    digest = _digest(header, headline_of(sections, reader), sections, gap=gap, tlp=tlp)
    matters = tuple(matters_of(sections)[:MATTERS])
    return structs.replace(digest, held=news.snoozed, matters=matters, implied=implied)


def quiet_digest(
    summary: StandingSummary, header: DigestHeader, *, gap: str = "", tlp: str = ""
) -> Digest:
    """The digest for a reader who asked for one without news: how things stand."""
    digest = _digest(header, summary.headline(header.reader), gap=gap, tlp=tlp)
    return structs.replace(digest, outlook=summary)


def _items_by_heading(
    news: ReaderNews, writer: ItemWriter, since: str | None, closings: Mapping[str, Alert]
) -> Iterator[tuple[str, list[Item]]]:
    """Every heading with its items, gravest first; `since` is when the last digest was planned."""
    reader = writer.reader
    alerts, resolutions = without_repeats(without_overtaken(news.fresh), news.resolved)
    alerts, words = merge_missed_periods(without_echoes(alerts), writer.commitments, since, reader)

    def item_of(group: list[Alert]) -> Item:
        worded = [
            _worded(
                alert, writer, words.get(alert.key), news.beside.get(alert.commitment, ""), group[0]
            )
            for alert in group
        ]
        echoes = [
            each
            for each in worded
            if says_itself(group[0], each.alert, writer.comes_at(each.alert))
        ]
        return writer.item([each for each in worded if each not in echoes], echoes)

    named = {alert.commitment for alert in alerts}
    standing = [alert for alert in news.standing if alert.commitment not in named]
    yield STANDING, [item_about("standing", item_of(group)) for group in groups_of(standing, ())]
    others = [alert for alert in news.standing if alert.commitment in named]
    groups = groups_of(alerts, others, writer.comes_at)
    by_heading: dict[str, list[Item]] = {heading: [] for heading, _ in SECTIONS}
    for group in groups:
        by_heading[heading_of(group[0].kind, group[0].after)].append(item_of(group))
    *grave, quiet = by_heading.items()
    yield from grave
    named |= {alert.commitment for alert in standing}
    yield from overview_items(news.followed, named, news.several, reader)
    yield RESOLVED, [resolved_item(each, writer, closings) for each in by_agreement(resolutions)]
    yield CORRECTIONS, list(corrected_items(news.corrected, writer, closings))
    yield quiet


def _worded(
    alert: Alert, writer: ItemWriter, words: str | None, beside: str, gravest: Alert
) -> AlertWords:
    """An alert with its words, or those that it is given; `beside` follows the move of an end.

    Beside graver news that a promise came into force does not say its end, as that does.
    """
    if words is not None:
        return AlertWords(alert, words, f"{capitalized(words)}.", short=words)
    commitment, is_gravest = writer.commitment_of(alert), alert is gravest
    sentences = [sentence(alert, commitment, writer.reader, with_end=is_gravest)]
    if moves_end(alert):
        # An entry about the promise itself names whose it is, and its terms are as it has them.
        is_by_anchor = not alert.origin.get("by")
        promise_of = partial(writer.named_beside, commitment)
        anchors = counted_from(commitment, promise_of, writer.reader) if is_by_anchor else ""
        sentences += filter(None, (anchors, beside))
    return AlertWords(alert, what_happened(alert), " ".join(sentences))


def _digest(
    header: DigestHeader,
    headline: str,
    sections: tuple[Section, ...] = (),
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest:
    """A digest with its times in the reader's zone; one whose news is CLEAR needs no mark."""
    since = header.since and moment_words(
        _minute(parse_instant(header.since)), header.reader, header.zone
    )
    return Digest(
        now=format_instant(header.now),
        local_now=moment_words(_minute(header.now), header.reader, header.zone),
        zone=header.zone,
        since=header.since,
        position=header.position,
        sections=sections,
        headline=headline,
        checkpoint=header.checkpoint,
        gap=gap,
        tlp="" if tlp == OPEN else tlp,
        unreadable=header.unreadable,
        local_since=since or "",
        language=header.language.code,
    )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def with_at_most(digest: Digest, room: int) -> Digest:
    """The digest with its first `room` items; the rest is counted with what was left out."""
    sections = []
    for section in digest.sections:
        items = section.items[:room]
        room -= len(items)
        more = section.more + len(section.items) - len(items)
        sections.append(structs.replace(section, items=items, more=more))
    return structs.replace(digest, sections=tuple(sections))
