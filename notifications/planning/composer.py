"""Writes the digests of one turn, from news to message."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from sqlalchemy import select

from events import format_instant
from events.database.owned_tables import table_of
from notifications.alerts.alert import Alert
from notifications.alerts.marks import ACK, SNOOZE
from notifications.alerts.wording import line
from notifications.digests.digest import Digest, DigestHeader, News, news_digest, quiet_digest
from notifications.digests.overview import heading_of
from notifications.digests.render import Rendered
from notifications.digests.renderers import renderer_of
from notifications.digests.summary import FollowedCommitment, summarize
from notifications.language import language_of
from notifications.planning.context import DigestContext
from notifications.planning.standing import looks_over
from notifications.prose.followups import acknowledged, snooze_note
from notifications.prose.reader import Reader
from notifications.subscriptions.grants import UNESCALATE, UNSUBSCRIBE, mail_links
from notifications.subscriptions.reader_words import about_words
from notifications.subscriptions.subscription import Subscription
from notifications.tables import OutboxRow
from tracker.entries.tlp import highest, is_within

if TYPE_CHECKING:
    from notifications.settings import MailSettings

OUTBOX = table_of(OutboxRow)
MARK_ID = attrgetter("id")


class Composer:
    """Settings, context and checkpoint of one turn, and what digests are written with them."""

    def __init__(
        self, settings: MailSettings, context: DigestContext, checkpoint: str = ""
    ) -> None:
        self.settings = settings
        self.context = context
        self.checkpoint = checkpoint
        self.connection = context.connection
        self.now = context.now

    def digest(self, subscription: Subscription, news: News, gap: str = "") -> Digest | None:
        """The digest of some news; None where there is none. `gap` says what it makes up for."""
        context = self.context
        unreadable = self.unreadable(subscription)
        overview = self._overview(subscription)
        tlp = highest(
            [
                *map(context.tlp_of, news.alerts),
                *(row.tlp for row in unreadable),
                *(tlp for _, tlp in overview),
            ]
        )
        reader = self.reader(subscription)
        acknowledgements = {
            alert.key: acknowledged(mark, reader)
            for alert in news.fresh
            if (mark := context.mark_of(ACK, alert))
        }
        whole = replace(
            news,
            noted={**news.noted, **acknowledgements},
            followed=tuple(each for each, _ in overview),
        )
        header = self.header(subscription)
        return news_digest(whole, context.commitments, context.titles, header, gap=gap, tlp=tlp)

    def _overview(self, subscription: Subscription) -> list[tuple[FollowedCommitment, str]]:
        """What the first digest of a reader who wants all news looks over, with its TLP marks."""
        if not looks_over(subscription):
            return []
        followed = self.context.followed(subscription.wants)
        return [(each, tlp) for each, tlp in followed if heading_of(each, self.now)]

    def quiet(
        self, subscription: Subscription, snoozed: tuple[str, ...] = (), gap: str = ""
    ) -> Digest:
        """The digest without news: how what this reader follows stands."""
        followed = list(self.context.followed(subscription.wants))
        summary = summarize((each for each, _ in followed), self.reader(subscription))
        open_tlps = (tlp for each, tlp in followed if each.is_open)
        tlp = highest([*open_tlps, *(row.tlp for row in self.unreadable(subscription))])
        digest = quiet_digest(summary, self.header(subscription), gap=gap, tlp=tlp)
        return replace(digest, held=snoozed)

    def snooze_notes(self, subscription: Subscription, alerts: Iterable[Alert]) -> tuple[str, ...]:
        """How many of these alerts each snooze delays."""
        marks = (self.context.mark_of(SNOOZE, alert) for alert in alerts)
        by_id = groupby(sorted((mark for mark in marks if mark), key=MARK_ID), key=MARK_ID)
        same_marks = (list(group) for _, group in by_id)
        reader = self.reader(subscription)
        return tuple(snooze_note(len(same), same[0], reader) for same in same_marks)

    def unreadable(self, subscription: Subscription) -> list[Any]:
        """The agreements that may concern this reader and of which nothing is known."""
        wants = subscription.wants
        return [
            row
            for row in self.context.unreadable
            if (not wants.agreements or row.agreement_id in wants.agreements)
            and is_within(row.tlp, wants.tlp)
        ]

    def header(self, subscription: Subscription) -> DigestHeader:
        """The zone, instants, position and checkpoint of a digest for this reader."""
        first, beyond = f"{subscription.id}/", f"{subscription.id}0"  # "0" comes next after "/"
        is_own = (OUTBOX.c.dedup_key > first, OUTBOX.c.dedup_key < beyond)
        is_past = OUTBOX.c.planned_at <= format_instant(self.now)
        query = select(OUTBOX.c.planned_at).where(*is_own, is_past).order_by(OUTBOX.c.id.desc())
        last_digest = self.connection.execute(query).scalar()
        position = self.context.cursor.position if self.context.cursor else 0
        reader = self.reader(subscription)
        unreadable = tuple(
            line(
                reader.text(
                    "nothing is known of {agreement} now: {event} cannot be applied",
                    agreement=row.agreement_id,
                    event=row.event_id,
                )
            )
            for row in self.unreadable(subscription)
        )
        return DigestHeader(
            subscription.zone,
            self.now,
            last_digest,
            position,
            self.checkpoint,
            unreadable,
            reader.names,
            reader.language,
        )

    def reader(self, subscription: Subscription) -> Reader:
        """The reader for whom a subscription's digests are written, with their language."""
        language = language_of(subscription.language, subscription.clock)
        return Reader(subscription.zone, self.now, self.context.names, language)

    def rendered(
        self,
        subscription: Subscription,
        digest: Digest,
        window: str,
        *,
        purpose: str = UNSUBSCRIBE,
    ) -> Rendered:
        """The message of a digest, with the links to stop it and to change it."""
        links = mail_links(self.connection, self.settings, subscription, self.now, purpose)
        return renderer_of(subscription.channel, subscription.hook_version)(
            digest,
            recipient=subscription.email,
            subscription=str(subscription.id),
            window=window,
            settings=self.settings,
            now=self.now,
            unsubscribe_url=links.unsubscribe,
            preferences_url=links.preferences,
            unsubscribe_token=links.token,
            marks_url=links.marks,
            follows=self._follows(subscription, digest),
            escalated=purpose == UNESCALATE,
            at_once=subscription.cadence == "immediate" or purpose == UNESCALATE,
        )

    def _follows(self, subscription: Subscription, digest: Digest) -> str:
        """What a reader follows, under the names that this digest has told them anyway."""
        items = [item for section in digest.sections for item in section.items]
        titles = {item.agreement: item.title for item in items}
        promises = {item.commitment: item.headline for item in items}
        reader = self.reader(subscription)
        return about_words(subscription.wants, reader, {**titles, **promises})
