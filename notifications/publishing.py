"""The feed and the calendar of what is published, as files, for command line and web alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from events import EventStore
from events.checkpoints import checkpoint_line
from notifications.calendar import Revision, Revisions, calendar, revisions
from notifications.feeds import LENGTH, atom, is_news
from tracker.parties import Registry, read_registry
from tracker.published import Published
from tracker.queries import agreement_ids
from tracker.shown_log import ShownLog


class Calendars:
    """Revisions by agreement, worked out anew only when events came or the clock moved them."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, Revisions]] = {}
        self._parties = -1

    def of(
        self, view: ShownLog, agreement: str, now: datetime, registry: Registry
    ) -> list[Revision]:
        version = view.stream_version(agreement)
        known, kept = self._kept.get(agreement, (0, None))
        if kept is not None and known == version and (kept.until is None or now < kept.until):
            return kept.listed
        made = revisions(agreement, list(view.read_stream(agreement)), now, registry.zone_of)
        self._kept[agreement] = (version, made)
        return made.listed

    def begin(self, view: ShownLog) -> Registry:
        """News of parties can move every deadline."""
        registry = read_registry(view)
        version = view.stream_version("parties")
        if version != self._parties:
            self._kept, self._parties = {}, version
        return registry


def atom_file(
    published: Published, *, base_url: str, path: str, agreements: Sequence[str] = ()
) -> bytes:
    """The feed of all agreements, or of some."""
    known = published.changes(2 * LENGTH, agreements)
    changes = [change for change in known if is_news(change)][:LENGTH]
    details = published.details({c["commitment"]: c["agreement"] for c in changes})
    promises = {name: str(detail["promise"]) for name, detail in details.items()}
    of = f" of {', '.join(agreements)}" if agreements else ""
    return atom(
        changes,
        promises,
        title=f"Changes{of}",
        base_url=base_url,
        path=path,
        note=note_of(published.view, published.ceiling),
    )


def calendar_file(
    view: ShownLog,
    now: datetime,
    *,
    base_url: str,
    agreements: Sequence[str] = (),
    calendars: Calendars | None = None,
) -> bytes:
    """The calendar of all agreements, or of some."""
    calendars = calendars or Calendars()
    registry = calendars.begin(view)
    listed = [
        (agreement, revision)
        for agreement in agreements or agreement_ids(view)
        for revision in calendars.of(view, agreement, now, registry)
    ]
    name = f"Deadlines of {', '.join(agreements)}" if agreements else "Deadlines"
    return calendar(listed, name=name, base_url=base_url, note=note_of(view, view.ceiling))


def note_of(store: EventStore, ceiling: str) -> str:
    """As of what a file was made, and up to which marking."""
    return f"As of event {store.head()}, TLP:{ceiling}. Checkpoint: {checkpoint_line(store)}"
