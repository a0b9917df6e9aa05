"""Writes the digests of one turn, from news to message."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import select

from notifications.alerts.alert import Alert
from notifications.alerts.marks import ACK, SNOOZE
from notifications.alerts.wording import acknowledged, held_back
from notifications.digests.digest import Dateline, Digest, News, all_quiet, build
from notifications.digests.render import Rendered
from notifications.digests.renderers import renderer_of
from notifications.digests.summary import outlook
from notifications.planning.context import DigestContext
from notifications.subscriptions.grants import UNESCALATE, UNSUBSCRIBE, mail_links
from notifications.subscriptions.subscription import Subscription
from notifications.tables import OutboxRow, table_of
from tracker.entries.tlp import highest

if TYPE_CHECKING:
    from notifications.settings import MailSettings

OUTBOX = table_of(OutboxRow)
number = attrgetter("id")


class Composer:
    """Settings, context and checkpoint of one turn, and what digests are written with them."""

    def __init__(
        self, settings: MailSettings, briefing: DigestContext, checkpoint: str = ""
    ) -> None:
        self.settings = settings
        self.briefing = briefing
        self.checkpoint = checkpoint
        self.connection = briefing.connection
        self.now = briefing.now

    def digest(self, subscription: Subscription, news: News, gap: str = "") -> Digest | None:
        """The digest of some news; None where there is none."""
        seen = self.briefing
        tlp = highest(seen.tlp_of(alert) for alert in news.alerts)
        line = self.dateline(subscription)
        noted = {
            alert.key: words for alert in news.fresh if (words := self._noted(alert, subscription))
        }
        full = replace(news, noted={**news.noted, **noted})
        return build(full, seen.commitments, seen.titles, line, gap=gap, tlp=tlp)

    def _noted(self, alert: Alert, subscription: Subscription) -> str:
        mark = self.briefing.mark_of(ACK, alert)
        return acknowledged(mark, subscription.zone) if mark else ""

    def quiet(
        self, subscription: Subscription, snoozed: tuple[str, ...] = (), gap: str = ""
    ) -> Digest:
        """The digest without news: how what this reader follows stands."""
        followed = list(self.briefing.followed(subscription.wants))
        summary = outlook((each for each, _ in followed), subscription.zone, self.now)
        tlp = highest(tlp for each, tlp in followed if each.is_open)
        digest = all_quiet(summary, self.dateline(subscription), gap=gap, tlp=tlp)
        return replace(digest, held=snoozed)

    def held_back(self, subscription: Subscription, alerts: Iterable[Alert]) -> tuple[str, ...]:
        """How many of these alerts each snooze delays."""
        snoozes = (self.briefing.mark_of(SNOOZE, alert) for alert in alerts)
        by_mark = groupby(sorted((mark for mark in snoozes if mark), key=number), key=number)
        return tuple(
            held_back(len(snoozes_), snoozes_[0], subscription.zone, self.now)
            for snoozes_ in (list(marks) for _, marks in by_mark)
        )

    def dateline(self, subscription: Subscription) -> Dateline:
        cursor = self.briefing.cursor
        position = cursor.position if cursor else 0
        return Dateline(
            subscription.zone, self.now, self._last_told(subscription), position, self.checkpoint
        )

    def _last_told(self, subscription: Subscription) -> str | None:
        """When the last digest was planned, for the reader's sense of the gap."""
        first, beyond = f"{subscription.id}/", f"{subscription.id}0"  # "0" comes next after "/"
        mine = (OUTBOX.c.dedup_key > first, OUTBOX.c.dedup_key < beyond)
        query = select(OUTBOX.c.planned_at).where(*mine).order_by(OUTBOX.c.id.desc())
        return self.connection.execute(query).scalar()

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
        return renderer_of(subscription.channel)(
            digest,
            recipient=subscription.email,
            subscription=str(subscription.id),
            window=window,
            settings=self.settings,
            now=self.now,
            unsubscribe_url=links.unsubscribe,
            preferences_url=links.preferences,
            follows=subscription.wants.words,
            at_once=subscription.cadence == "immediate" or purpose == UNESCALATE,
        )
