"""What one digest contains: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs

from events import format_instant, parse_instant
from events.wording import capitalized
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.kinds import SECTIONS
from notifications.alerts.resolution import Correction, Resolution
from notifications.alerts.wording import what_happened, why_sent
from notifications.digests.items import (
    AlertWords,
    Item,
    ItemWriter,
    Section,
    capped_sections,
    headline_of,
    matters_of,
)
from notifications.digests.missed_periods import merge_missed_periods
from notifications.digests.overview import overview_items
from notifications.digests.relevance import (
    by_agreement,
    groups_of,
    says_claim_itself,
    told_wrong,
    without_echoes,
    without_overtaken,
    without_repeats,
)
from notifications.digests.summary import FollowedCommitment, StandingSummary
from notifications.language import ENGLISH, N_, Language
from notifications.prose.ends import moment_words
from notifications.prose.followups import corrected_sentence, resolved_sentences
from notifications.prose.news import sentence, short_words
from notifications.prose.promises import standing_sentences
from notifications.prose.reader import Reader
from tracker.entries.tlp import OPEN
from tracker.model.vocabulary import CLOSED_STATES

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
    first few. It is written in `language`.
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
    covered: tuple[Section, ...] = ()

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


class News(Struct, frozen=True):
    """What there is to report to one reader.

    Alerts, what is over of those sent before, and what was sent and is not true. `noted` has words
    about an alert by its key: who has acknowledged it; `snoozed` says what snoozes delay;
    `standing` is what was so before the reader came, which begins the first digest; `followed` has
    the promises that this one looks over. `several` are the agreements that hold, as far as the
    reader may see, more than one promise.
    """

    fresh: tuple[Alert, ...] = ()
    resolved: tuple[Resolution, ...] = ()
    corrected: tuple[Correction, ...] = ()
    noted: Mapping[str, str] = {}
    snoozed: tuple[str, ...] = ()
    standing: tuple[Alert, ...] = ()
    followed: tuple[FollowedCommitment, ...] = ()
    several: frozenset[str] = frozenset()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that the digest rests on."""
        over = (alert for each in self.resolved for alert in (each.alert, each.as_alert))
        return (*self.fresh, *self.standing, *over, *(each.alert for each in self.corrected))

    def parted(self, closings: Mapping[str, Alert]) -> tuple[News, News]:
        """What people are told, and what the correction of a promise tells them already.

        `closings` are the news of how each promise came to be over. Grave news stands for itself.
        """
        wrong = told_wrong(self.corrected)
        covered = tuple(
            closing
            for commitment, closing in closings.items()
            if commitment in wrong and closing.severity == "info"
        )
        over = tuple(each for each in self.resolved if each.commitment in wrong)
        return (
            structs.replace(
                self,
                fresh=tuple(each for each in self.fresh if each not in covered),
                resolved=tuple(each for each in self.resolved if each not in over),
            ),
            News(covered, over, noted=self.noted),
        )


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
    reader = header.reader
    writer = ItemWriter(commitments, titles, reader, news.noted, news.several)
    closings = _closings(news.fresh, commitments)
    told, covered = (
        tuple(capped_sections(_items_by_heading(part, writer, header.since, closings), reader))
        for part in news.parted(closings)
    )
    if not told:
        return None
    digest = _digest(header, headline_of(told, reader), told, gap=gap, tlp=tlp)
    matters = tuple(matters_of(told)[:MATTERS])
    return structs.replace(digest, held=news.snoozed, matters=matters, covered=covered)


def quiet_digest(
    summary: StandingSummary, header: DigestHeader, *, gap: str = "", tlp: str = ""
) -> Digest:
    """The digest for a reader who asked for one without news: how things stand."""
    digest = _digest(header, summary.headline(header.reader), gap=gap, tlp=tlp)
    return structs.replace(digest, outlook=summary)


def _items_by_heading(
    news: News, writer: ItemWriter, since: str | None, closings: Mapping[str, Alert]
) -> Iterator[tuple[str, list[Item]]]:
    """Every heading with its items, gravest first; `since` is when the last digest was planned."""
    reader = writer.reader
    alerts, resolutions = without_repeats(without_overtaken(news.fresh), news.resolved)
    alerts, words = merge_missed_periods(without_echoes(alerts), writer.commitments, since, reader)

    def item_of(group: list[Alert]) -> Item:
        worded = [_worded(alert, writer, words.get(alert.key)) for alert in group]
        echoes = [each for each in worded if says_claim_itself(group[0], each.alert)]
        return writer.item([each for each in worded if each not in echoes], echoes)

    named = {alert.commitment for alert in alerts}
    standing = [alert for alert in news.standing if alert.commitment not in named]
    yield STANDING, [_about("standing", item_of(group)) for group in groups_of(standing, ())]
    others = [alert for alert in news.standing if alert.commitment in named]
    groups = groups_of(alerts, others, writer.comes_at)
    by_heading = {
        heading: [item_of(group) for group in groups if group[0].kind in kinds]
        for heading, kinds in SECTIONS
    }
    *grave, quiet = by_heading.items()
    yield from grave
    named |= {alert.commitment for alert in standing}
    yield from overview_items(news.followed, named, news.several, reader)
    yield RESOLVED, [_resolved(each, writer, closings) for each in by_agreement(resolutions)]
    yield CORRECTIONS, list(_corrected(news.corrected, writer, closings))
    yield quiet


def _worded(alert: Alert, writer: ItemWriter, words: str | None) -> AlertWords:
    """An alert with its words, or those that it is given."""
    if words is not None:
        return AlertWords(alert, words, f"{capitalized(words)}.")
    commitment = writer.commitment_of(alert)
    return AlertWords(alert, what_happened(alert), sentence(alert, commitment, writer.reader))


def _closings(
    fresh: Sequence[Alert], commitments: Mapping[str, CommitmentDocument]
) -> Mapping[str, Alert]:
    """The news of how promises came to be over, when and by whose word: by commitment."""
    return {
        alert.commitment: alert
        for alert in fresh
        if alert.kind == "state_changed" and "by" in alert.origin and alert.after in CLOSED_STATES
        if alert.after == commitments.get(alert.commitment, {}).get("state")
    }


def _resolved(resolution: Resolution, writer: ItemWriter, closings: Mapping[str, Alert]) -> Item:
    """What is over, with when it was: its deadline says nothing any more."""
    commitment, reader = writer.commitment_of(resolution.alert), writer.reader
    words = resolution.words(commitment)
    closing = closings.get(resolution.commitment)
    now = sentence(closing, commitment, reader) if closing else ""
    now = now or standing_sentences(commitment, reader)
    sentences = resolved_sentences(resolution, commitment, now, reader)
    item = writer.item([AlertWords(resolution.as_alert, words, sentences)])
    when = f"{item.local} = {item.at}"
    over = structs.replace(item, when=when, standing="", short=reader.text("resolved"))
    return _about("resolved", over)


def _corrected(
    corrections: Sequence[Correction], writer: ItemWriter, closings: Mapping[str, Alert]
) -> Iterator[Item]:
    """One item for each commitment, with the last of what no longer holds, and what is so now.

    What that had overtaken (it was overdue, then it lapsed) was no item beside it, or was
    followed by it; machines are told of each.
    """
    reader, by_key = writer.reader, {each.alert.key: each for each in corrections}
    wrong = (each.alert for each in corrections if not each.stands_again)
    last = {alert.key for alert in without_overtaken(wrong)}
    course = told_wrong(corrections)
    for group in groups_of([each.alert for each in corrections], ()):
        told: list[AlertWords] = []
        overtaken: list[AlertWords] = []
        for alert in group:
            correction = by_key[alert.key]
            words = corrected_sentence(correction, writer.commitment_of(alert), reader)
            is_told = correction.stands_again or alert.key in last
            (told if is_told else overtaken).append(AlertWords(alert, correction.words, words))
        item = writer.item(told, overtaken)
        commitment, short = writer.commitment_of(group[0]), reader.text("a correction")
        standing, why = item.standing, item.why
        if (closing := closings.get(item.commitment)) is not None:
            standing, why = (
                sentence(closing, commitment, reader),
                why_sent(closing, reader.language, reader.numbers),
            )
            news = short_words(closing, commitment, reader)
            short = reader.text("{news} (a correction)", news=news)
        elif item.commitment in course:
            standing = standing or standing_sentences(commitment, reader)
        item = structs.replace(item, short=short, standing=standing, why=why)
        yield _about("corrected", item)


def _about(about: str, item: Item) -> Item:
    """The item, with data that says what is told of it."""
    return structs.replace(item, data=item.data and structs.replace(item.data, about=about))


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
