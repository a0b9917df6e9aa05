"""The feed and the calendar as files, for the command line and the web alike."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from threading import Lock
from urllib.parse import urlsplit

from events import EventStore
from events.transparency.checkpoints import checkpoint_line
from notifications.errors import InvalidSetting
from notifications.feeds.atom import MAX_ENTRIES, atom, is_news
from notifications.feeds.calendar import calendar
from notifications.feeds.revisions import Revision, Revisions, revisions
from notifications.settings import MailSettings
from tracker.entries.parties import Registry
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import agreement_ids, is_of_parties
from tracker.entries.visible_log import VisibleLog
from tracker.projections.elsewhere import elsewhere
from tracker.queries.board import BoardQueries
from tracker.rules.terms.anchors import Outside


class Calendars:
    """Revisions by agreement, worked out anew only when events came or the clock changed them."""

    def __init__(self) -> None:
        self._revisions: dict[str, Revisions] = {}
        self._position = 0
        self._leaf = b""
        self._lock = Lock()

    def listed(
        self, view: VisibleLog, now: datetime, agreements: Sequence[str] = ()
    ) -> list[tuple[str, Revision]]:
        """The revisions of all agreements, or of some, each with its agreement."""
        with self._lock:
            self._drop_outdated(view)
            registry = read_registry(view)
            outside = elsewhere(view, registry)
            return [
                (agreement, revision)
                for agreement in agreements or agreement_ids(view)
                for revision in self._of(view, agreement, now, registry, outside)
            ]

    def _drop_outdated(self, view: VisibleLog) -> None:
        """Drops what events have changed; news of parties can change every deadline.

        Everything is dropped where another log has taken its place, say one that was restored.
        """
        head = view.head()
        if view.leaf(self._position) != self._leaf:
            self._revisions.clear()
        changed = view.streams_after(self._position)
        if any(map(is_of_parties, changed)):
            self._revisions.clear()
        for stream in changed if self._revisions else ():
            self._revisions.pop(stream, None)
        self._position, self._leaf = head, view.leaf(head)

    def _of(
        self,
        view: VisibleLog,
        agreement: str,
        now: datetime,
        registry: Registry,
        outside: Outside,
    ) -> list[Revision]:
        cached = self._revisions.get(agreement)
        if cached is None or (cached.until is not None and cached.until <= now):
            cached = revisions(
                agreement,
                list(view.read_stream(agreement)),
                now,
                registry,
                outside,
            )
            self._revisions[agreement] = cached
        return cached.entries


def atom_file(
    published: BoardQueries, *, base_url: str, path: str, agreements: Sequence[str] = ()
) -> bytes:
    """The feed of all agreements, or of some."""
    latest = published.changes(2 * MAX_ENTRIES, agreements)
    changes = [change for change in latest if is_news(change)][:MAX_ENTRIES]
    details = published.details({c["commitment"]: c["agreement"] for c in changes})
    parties = published.folding.registry.parties.values()
    titles = published.titles(agreements)
    of = ", ".join(titles.get(name, name) for name in agreements) or "all promises"
    return atom(
        changes,
        details,
        {party.id: party.name for party in parties},
        title=f"Changes of {of}",
        base_url=base_url,
        path=path,
        note=note_of(published.view, published.ceiling),
    )


def calendar_file(
    view: VisibleLog,
    now: datetime,
    *,
    base_url: str,
    agreements: Sequence[str] = (),
    calendars: Calendars | None = None,
) -> bytes:
    """The calendar of all agreements, or of some."""
    entries = (calendars or Calendars()).listed(view, now, agreements)
    name = f"Deadlines of {', '.join(agreements)}" if agreements else "Deadlines"
    note, domain = note_of(view, view.ceiling), own_domain(base_url)
    return calendar(entries, name=name, base_url=base_url, note=note, domain=domain)


def own_domain(base_url: str) -> str:
    """The domain of this installation, as in Message-IDs; of its pages where mail has none."""
    domain = _domain_of_mail(os.environ.get("PACTWATCH_MAIL_FROM"))
    return domain or urlsplit(base_url).hostname or "localhost"


@lru_cache(maxsize=8)
def _domain_of_mail(_sender: str | None) -> str | None:
    """The domain of the From address, worked out once for each; a site has thousands of files."""
    try:
        return MailSettings().domain
    except InvalidSetting:
        return None


def note_of(store: EventStore, ceiling: str) -> str:
    """As of which event a file was made, and up to which mark."""
    return f"As of event {store.head()}, TLP:{ceiling}. Checkpoint: {checkpoint_line(store)}"
