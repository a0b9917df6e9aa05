"""The items of a digest, and how they are grouped into sections. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.deadlines import readings_of, when_words
from notifications.alerts.wording import line, local, named, why_sent
from tracker.documents.changes import EndDocument
from tracker.documents.remarks import state_words

CAP = 40
TOTAL = 120
"""Items in one digest; fewer where they are so long that mail clients would cut the message."""
WITH_READINGS = frozenset(
    {"due_soon", "contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)
MOST_LINES = 9
"""News of one commitment beside the gravest."""


class NewsLine(Struct, frozen=True):
    """One alert among several of a commitment: in words, and as data.

    `when` is its deadline, or when it came about; `at` is the instant of the alert itself.
    """

    kind: str
    key: str
    what: str
    at: str
    when: str
    before: str | None
    after: str
    why: str
    severity: str
    by: tuple[str, ...] = ()
    ends: tuple[EndDocument, ...] = ()
    noted: str = ""


class Item(Struct, frozen=True):
    """The news of one commitment, with everything that its reader can check.

    What it says of itself is the gravest of its news; `more` has the rest, and `unlisted` counts
    those that there is no room for. `noted` says who has acknowledged it.
    """

    commitment: str
    agreement: str
    title: str
    who: str
    promise: str
    what: str
    at: str
    local: str
    state: str
    readings: tuple[str, ...]
    why: str
    severity: str
    noted: str = ""
    when: str = ""
    kind: str = ""
    key: str = ""
    before: str | None = None
    after: str = ""
    by: tuple[str, ...] = ()
    ends: tuple[EndDocument, ...] = ()
    more: tuple[NewsLine, ...] = ()
    unlisted: int = 0


class Group(Struct, frozen=True):
    """The items of one agreement in a section, under its name."""

    agreement: str
    title: str
    items: tuple[Item, ...]

    @property
    def heading(self) -> str:
        return named(self.agreement, self.title)


class Section(Struct, frozen=True):
    """The items of one weight; `more` is how many there was no room for."""

    heading: str
    items: tuple[Item, ...]
    more: int

    @property
    def groups(self) -> tuple[Group, ...]:
        """The items by agreement, in their order."""
        by = groupby(self.items, key=lambda item: (item.agreement, item.title))
        return tuple(Group(agreement, title, tuple(items)) for (agreement, title), items in by)


AlertWords = tuple[Alert, str]
ItemBuilder = Callable[[Sequence[AlertWords]], Item]
"""Makes an item of the alerts of one commitment with their words, the gravest first."""


def item_builder(
    commitments: Mapping[str, CommitmentDocument],
    titles: Mapping[str, str],
    zone: str,
    noted: Mapping[str, str],
) -> ItemBuilder:
    """A function that makes an item from alerts and their words."""

    def make_line(alert: Alert, what: str) -> NewsLine:
        return NewsLine(
            alert.kind,
            alert.key,
            what,
            alert.at,
            when_words(alert, commitments.get(alert.commitment, {}), zone),
            alert.before,
            alert.after,
            why_sent(alert),
            alert.severity,
            tuple(alert.origin.get("by", ())),
            tuple(alert.origin.get("ends", ())),
            noted.get(alert.key, ""),
        )

    def make_item(news: Sequence[AlertWords]) -> Item:
        (alert, _), *_ = news
        first, *others = [make_line(*each) for each in news]
        commitment = commitments.get(alert.commitment, {})
        debtors, creditors = (", ".join(commitment.get(s, ())) for s in ("debtor", "creditor"))
        state = state_words(commitment) if "state" in commitment else "?"
        status = f"{state}, {commitment.get('compliance', '?')}"
        return Item(
            alert.commitment,
            alert.agreement,
            line(titles.get(alert.agreement, alert.agreement)),
            f"{debtors} -> {creditors}",
            line(str(commitment.get("promise", ""))),
            first.what,
            alert.at,
            local(parse_instant(alert.at), zone),
            status,
            readings_of(commitment, zone) if WITH_READINGS & {a.kind for a, _ in news} else (),
            first.why,
            alert.severity,
            first.noted,
            when=first.when,
            kind=alert.kind,
            key=alert.key,
            before=alert.before,
            after=alert.after,
            by=first.by,
            ends=first.ends,
            more=tuple(others[:MOST_LINES]),
            unlisted=max(0, len(others) - MOST_LINES),
        )

    return make_item


def capped_sections(sections: Iterable[tuple[str, list[Item]]]) -> Iterator[Section]:
    """Limits sections to what there is room for, gravest first; the rest is counted."""
    room = TOTAL
    for heading, items in sections:
        visible = tuple(items[: min(CAP, room)])
        room -= len(visible)
        if items:
            yield Section(heading, visible, len(items) - len(visible))
