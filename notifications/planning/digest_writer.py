"""Writes the digests of one turn, from news to message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from events import format_instant
from events.database.owned_tables import table_of
from notifications.alerts.alert import Alert
from notifications.alerts.marks import ACK, SNOOZE
from notifications.alerts.wording import line
from notifications.digests.digest import Digest, DigestHeader, ReaderNews, news_digest, quiet_digest
from notifications.digests.overview import heading_of
from notifications.digests.render import Addressee, Rendered
from notifications.digests.renderers import renderer_of
from notifications.digests.summary import FollowedCommitment, summarize
from notifications.outbox.enqueue import OutgoingMessage
from notifications.planning.context import DigestContext
from notifications.planning.standing import looks_over
from notifications.prose.followups import acknowledged, snooze_note
from notifications.prose.reader import Reader
from notifications.subscriptions.grants import UNESCALATE, UNSUBSCRIBE, mail_links
from notifications.subscriptions.outgoing import outgoing_message
from notifications.subscriptions.reader_words import about_words
from notifications.subscriptions.subscription import Subscription
from notifications.tables import OutboxRow
from tracker.entries.lookup import known_as
from tracker.entries.tlp import highest, is_within

if TYPE_CHECKING:
    from notifications.settings import MailSettings

OUTBOX = table_of(OutboxRow)
PLANNED_BETWEEN = (
    select(OUTBOX.c.planned_at)
    .where(
        OUTBOX.c.dedup_key > bindparam("first"),
        OUTBOX.c.dedup_key < bindparam("beyond"),
        OUTBOX.c.planned_at <= bindparam("now"),
    )
    .order_by(OUTBOX.c.id.desc())
)
"""When messages with such keys were planned, the newest first."""
MARK_ID = attrgetter("id")


class DigestSetup(Struct, frozen=True):
    """What the digests of one turn are written with: settings, context and checkpoint."""

    settings: MailSettings
    context: DigestContext
    checkpoint: str = ""

    @property
    def connection(self) -> Connection:
        return self.context.connection

    @property
    def now(self) -> datetime:
        return self.context.now


class DigestWriter:
    """Writes the digests of one subscription, for its reader."""

    def __init__(self, setup: DigestSetup, subscription: Subscription) -> None:
        self.settings = setup.settings
        self.context = setup.context
        self.checkpoint = setup.checkpoint
        self.subscription = subscription

    @cached_property
    def reader(self) -> Reader:
        """For whom it is written."""
        return self.subscription.reader(self.context.now, self.context.names)

    @cached_property
    def unreadable(self) -> list[Any]:
        """The agreements that may concern this reader and of which nothing is known."""
        wants = self.subscription.wants
        return [
            row
            for row in self.context.unreadable
            if (not wants.agreements or row.agreement_id in wants.agreements)
            and is_within(row.tlp, wants.tlp)
        ]

    def digest(self, news: ReaderNews, gap: str = "") -> Digest | None:
        """The digest of some news; None where there is none. `gap` says what it makes up for."""
        context, overview = self.context, self._overview()
        tlp = highest(
            [
                *map(context.tlp_of, news.alerts),
                *(row.tlp for row in self.unreadable),
                *(tlp for _, tlp in overview),
            ]
        )
        acknowledgements = {
            alert.key: acknowledged(mark, self.reader)
            for alert in news.fresh
            if (mark := context.mark_of(ACK, alert))
        }
        agreements = {alert.agreement for alert in news.alerts}
        agreements |= {followed.agreement for followed, _ in overview}
        ceiling = self.subscription.wants.tlp
        whole = replace(
            news,
            noted={**news.noted, **acknowledgements},
            followed=tuple(followed for followed, _ in overview),
            several=frozenset(each for each in agreements if context.holds_several(each, ceiling)),
        )
        causes = (each.commitment["because"]["state"] for each in whole.followed)
        events = (alert.events for alert in whole.alerts)
        numbers = context.numbers_of(chain(*events, *(cause.get("events", ()) for cause in causes)))
        header = replace(self._header(), numbers=numbers)
        return news_digest(whole, context.commitments, context.titles, header, gap=gap, tlp=tlp)

    def _overview(self) -> list[tuple[FollowedCommitment, str]]:
        """What the first digest of a reader who wants all news looks over, with its TLP marks."""
        if not looks_over(self.subscription):
            return []
        followed = self.context.followed(self.subscription.wants)
        return [(each, tlp) for each, tlp in followed if heading_of(each, self.context.now)]

    def quiet(self, snoozed: tuple[str, ...] = (), gap: str = "") -> Digest:
        """The digest without news: how what this reader follows stands."""
        followed = list(self.context.followed(self.subscription.wants))
        summary = summarize((commitment for commitment, _ in followed), self.reader)
        open_tlps = (tlp for commitment, tlp in followed if commitment.is_open)
        tlp = highest([*open_tlps, *(row.tlp for row in self.unreadable)])
        return replace(quiet_digest(summary, self._header(), gap=gap, tlp=tlp), held=snoozed)

    def snooze_notes(self, alerts: Iterable[Alert]) -> tuple[str, ...]:
        """How many of these alerts each snooze delays."""
        marks = (self.context.mark_of(SNOOZE, alert) for alert in alerts)
        by_id = groupby(sorted((mark for mark in marks if mark), key=MARK_ID), key=MARK_ID)
        same_marks = (list(group) for _, group in by_id)
        return tuple(snooze_note(len(same), same[0], self.reader) for same in same_marks)

    def _header(self) -> DigestHeader:
        """The zone, instants, position and checkpoint of a digest for this reader."""
        reader, cursor = self.reader, self.context.cursor
        numbers = self.context.numbers_of(row.event_id for row in self.unreadable)
        unreadable = tuple(
            line(
                reader.text(
                    "nothing is known of {agreement} now: {event} cannot be applied",
                    agreement=row.agreement_id,
                    event=known_as(row.event_id, numbers.get(row.event_id)),
                )
            )
            for row in self.unreadable
        )
        return DigestHeader(
            zone=reader.zone,
            now=reader.now,
            since=self._last_digest(),
            position=cursor.position if cursor else 0,
            checkpoint=self.checkpoint,
            unreadable=unreadable,
            names=reader.names,
            language=reader.language,
        )

    def _last_digest(self) -> str | None:
        """When the last digest of this subscription was planned."""
        number = self.subscription.id
        first, beyond = f"{number}/", f"{number}0"  # "0" comes next after "/"
        limits = {"first": first, "beyond": beyond, "now": format_instant(self.context.now)}
        last: str | None = self.context.connection.execute(PLANNED_BETWEEN, limits).scalar()
        return last

    def message(
        self, digest: Digest, window: str, key: str, *, purpose: str = UNSUBSCRIBE
    ) -> OutgoingMessage:
        """The message of a digest as the outbox takes it, no second one under its key."""
        rendered = self._rendered(digest, window, purpose)
        return outgoing_message(self.settings, self.subscription, key, rendered)

    def _rendered(self, digest: Digest, window: str, purpose: str) -> Rendered:
        """A digest with the links to stop it and to change it."""
        subscription, now = self.subscription, self.context.now
        links = mail_links(self.context.connection, self.settings, subscription, now, purpose)
        to = Addressee(
            recipient=subscription.email,
            subscription=str(subscription.id),
            window=window,
            now=now,
            unsubscribe_url=links.unsubscribe,
            preferences_url=links.preferences,
            unsubscribe_token=links.token,
            marks_url=links.marks,
            follows=self._follows(digest),
            escalated=purpose == UNESCALATE,
            at_once=subscription.cadence == "immediate" or purpose == UNESCALATE,
        )
        render = renderer_of(subscription.channel, subscription.hook_version)
        return render(digest, to, self.settings)

    def _follows(self, digest: Digest) -> str:
        """What a reader follows, under the names that this digest has told them anyway."""
        items = [item for section in digest.sections for item in section.items]
        titles = {item.agreement: item.title for item in items}
        promises = {item.commitment: item.headline for item in items}
        return about_words(self.subscription.wants, self.reader, {**titles, **promises})
