"""The items of a digest, and how they are grouped into sections. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from msgspec import Struct

from events import parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.wording import line, local, named, readings_of, why_sent

CAP = 40
TOTAL = 120
"""Items in one digest; fewer where they are so long that mail clients would cut the message."""
WITH_READINGS = frozenset(
    {"due_soon", "contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)


class Item(Struct, frozen=True):
    """One line of news about one commitment, with everything that its reader can check.

    `noted` says who has acknowledged it.
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


ItemBuilder = Callable[[Alert, str], Item]


def item_builder(
    commitments: Mapping[str, CommitmentDocument],
    titles: Mapping[str, str],
    zone: str,
    noted: Mapping[str, str],
) -> ItemBuilder:
    """A function that makes an item from an alert and its words."""

    def make_item(alert: Alert, what: str) -> Item:
        commitment = commitments.get(alert.commitment, {})
        debtors, creditors = (", ".join(commitment.get(s, ())) for s in ("debtor", "creditor"))
        status = f"{commitment.get('state', '?')}, {commitment.get('compliance', '?')}"
        return Item(
            alert.commitment,
            alert.agreement,
            line(titles.get(alert.agreement, alert.agreement)),
            f"{debtors} -> {creditors}",
            line(str(commitment.get("promise", ""))),
            what,
            alert.at,
            local(parse_instant(alert.at), zone),
            status.replace("_", " "),
            readings_of(commitment, zone) if alert.kind in WITH_READINGS else (),
            why_sent(alert),
            alert.severity,
            noted.get(alert.key, ""),
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
