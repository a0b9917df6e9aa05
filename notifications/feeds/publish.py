"""The feed and the calendar as files, for the command line and the web alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from threading import Lock
from urllib.parse import urlsplit

from msgspec import Struct

from events import EventStore, RecordedEvent
from events.transparency.checkpoints import checkpoint_line
from notifications.errors import InvalidSetting
from notifications.feeds.atom import MAX_ENTRIES, FeedChanges, atom, is_news
from notifications.feeds.calendar import Place, calendar, entries_text
from notifications.feeds.revisions import Revisions, revisions
from notifications.feeds.stated import names_in
from notifications.settings import MailSettings
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import agreement_ids, is_of_parties
from tracker.entries.visible_log import VisibleLog
from tracker.projections.elsewhere import elsewhere
from tracker.queries.board.changes import changes_of
from tracker.queries.board.queries import BoardQueries


class WrittenEntries(Struct, frozen=True):
    """The entries of an agreement as a calendar has them, and the instant until which they stay."""

    text: str
    until: datetime | None


class Calendars:
    """Entries by agreement, worked out anew only when events came or the clock changed them.

    One place, and what lies below one ceiling, at a time.
    """

    def __init__(self) -> None:
        self._written: dict[str, WrittenEntries] = {}
        self._place = Place("", "")
        self._position = 0
        self._leaf = b""
        self._lock = Lock()

    def entries(
        self, view: VisibleLog, now: datetime, place: Place, agreements: Sequence[str] = ()
    ) -> list[str]:
        """The entries of all agreements, or of some, in the order they were recorded."""
        with self._lock:
            self._drop_outdated(view, place)
            registry = read_registry(view)
            names, outside = names_in(registry), elsewhere(view, registry).steps
            revised = partial(revisions, now=now, registry=registry, names=names, outside=outside)
            return [
                self._of(view, agreement, now, revised)
                for agreement in agreements or agreement_ids(view)
            ]

    def _drop_outdated(self, view: VisibleLog, place: Place) -> None:
        """Drops what events have changed; news of parties can change every deadline.

        Everything is dropped where another log has taken its place, say one that was restored.
        """
        head = view.head()
        if view.leaf(self._position) != self._leaf or place != self._place:
            self._written.clear()
        changed = view.streams_after(self._position) if self._written else ()
        if any(map(is_of_parties, changed)):
            self._written.clear()
        for stream in changed:
            self._written.pop(stream, None)
        self._position, self._leaf, self._place = head, view.leaf(head), place

    def _of(
        self,
        view: VisibleLog,
        agreement: str,
        now: datetime,
        revised: Callable[[str, Sequence[RecordedEvent]], Revisions],
    ) -> str:
        written = self._written.get(agreement)
        if written is None or (written.until is not None and written.until <= now):
            events = list(view.read_stream(agreement))
            made = revised(agreement, events)
            text = entries_text(agreement, made.entries, self._place)
            written = self._written[agreement] = WrittenEntries(text, made.until)
        return written.text


def atom_file(
    published: BoardQueries, *, base_url: str, path: str, agreements: Sequence[str]
) -> bytes:
    """The feed of all agreements, or of some."""
    latest = changes_of(published, 2 * MAX_ENTRIES, agreements)
    changes = [change for change in latest if is_news(change)][:MAX_ENTRIES]
    details = published.details({c["commitment"]: c["agreement"] for c in changes})
    events = {event for change in changes for event in change["events"]}
    recorded = published.view.find_all([*events])
    parties = published.folding.registry.parties.values()
    titles = published.titles(agreements)
    of = ", ".join(titles.get(name, name) for name in agreements) or "all promises"
    feed_changes = FeedChanges(
        changes,
        details,
        names={party.id: party.name for party in parties},
        numbers={name: event.position for name, event in recorded.items()},
    )
    return atom(
        feed_changes,
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
    agreements: Sequence[str],
    calendars: Calendars | None = None,
) -> bytes:
    """The calendar of all agreements, or of some."""
    place = Place(base_url, own_domain(base_url))
    entries = (calendars or Calendars()).entries(view, now, place, agreements)
    name = f"Deadlines of {', '.join(agreements) or 'all promises'}"
    return calendar(entries, name=name, note=note_of(view, view.ceiling))


def own_domain(base_url: str) -> str:
    """The domain of this installation, as in Message-IDs; of its pages where mail has none."""
    sender = os.environ.get("PACTWATCH_MAIL_FROM")
    return (sender and _domain_of_mail(sender)) or urlsplit(base_url).hostname or "localhost"


@lru_cache(maxsize=8)
def _domain_of_mail(_sender: str) -> str | None:
    """The domain of the From address, worked out once for each; a site has thousands of files."""
    try:
        return MailSettings().domain
    except InvalidSetting:
        return None


def note_of(store: EventStore, ceiling: str) -> str:
    """As of which event a file was made, and up to which mark."""
    return f"As of event {store.head()}, TLP:{ceiling}. Checkpoint: {checkpoint_line(store)}"
