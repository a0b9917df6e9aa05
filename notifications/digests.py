"""What one digest says: the news since the recipient's last one, gravest first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec import Struct, structs

from events import format_instant, parse_instant
from notifications.alerts import Alert
from notifications.outlook import Outlook
from notifications.resolving import Correction, Resolution
from notifications.wording import line, local, named, readings_of, what_happened, why_sent

CAP = 40
TOTAL = 120
"""Items in one digest; fewer where they are so long that mail clients would cut the message."""
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Overdue and lapsed", ("overdue", "lapsed")),
    ("Free to walk away", ("release_available",)),
    ("Contested", ("contested_end_began", "contested_end_closed")),
    ("Due soon", ("due_soon",)),
    ("Ended", ("ended",)),
    ("Changes", ("state_changed", "resumed", "renewed_tacitly")),
)
RESOLVED = "Resolved or closed"
CORRECTIONS = "Corrections to earlier digests"
QUIET: tuple[str, tuple[str, ...]] = ("Quiet or waiting for you", ("stale", "suggestion"))


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
    """The items of one agreement in a section, which say its name once."""

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


class Digest(Struct, frozen=True):
    """What one message says.

    `since` is None for the first one; `gap` says what it makes up for, `tlp` is the strictest mark
    of what it tells, `outlook` what stands when there is no news, `held` what snoozes keep back.
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
    outlook: Outlook | None = None
    held: tuple[str, ...] = ()


class Dateline(Struct, frozen=True):
    """For whom and as of when a digest is written: the reader's zone, and what it rests on.

    `since` is when the reader was last told, None when never, empty where it does not matter.
    """

    zone: str
    now: datetime
    since: str | None
    position: int
    checkpoint: str = ""


class News(Struct, frozen=True):
    """What there is to tell one reader.

    Alerts, what is over of those told before, and what was told and does not hold. Of an alert
    acknowledged `noted` says by whom, by its key; `held` says what snoozes keep back.
    """

    told: tuple[Alert, ...] = ()
    resolved: tuple[Resolution, ...] = ()
    corrected: tuple[Correction, ...] = ()
    noted: Mapping[str, str] = {}
    held: tuple[str, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Everything that it rests on."""
        undone = (correction.alert for correction in self.corrected)
        return (*self.told, *(over.as_alert for over in self.resolved), *undone)


def build(
    news: News,
    commitments: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    dateline: Dateline,
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest | None:
    """The digest of this news, or None when there is nothing to say."""
    describe = _describer(commitments, titles, dateline.zone, news.noted)
    told, resolved = each_told_once(worth_telling(news.told), news.resolved)
    *listed, quiet = [
        (heading, [describe(a, what_happened(a)) for a in by_agreement(told) if a.kind in kinds])
        for heading, kinds in (*SECTIONS, QUIET)
    ]
    over = {r.alert.key: r.words(commitments.get(r.alert.commitment, {})) for r in resolved}
    wrong = {correction.alert.key: correction.words for correction in news.corrected}
    relieved = by_agreement(r.as_alert for r in resolved)
    undone = by_agreement(correction.alert for correction in news.corrected)
    listed += [
        (RESOLVED, [describe(alert, over[alert.key]) for alert in relieved]),
        (CORRECTIONS, [describe(alert, wrong[alert.key]) for alert in undone]),
    ]
    filled = tuple(_capped([*listed, quiet]))
    if not filled:
        return None
    digest = written(dateline, _headline(filled), filled, gap=gap, tlp=tlp)
    return structs.replace(digest, held=news.held)


def all_quiet(stands: Outlook, dateline: Dateline, *, gap: str = "", tlp: str = "") -> Digest:
    """The digest of one who asked to hear that there is no news, and what stands."""
    quiet = written(dateline, f"all quiet, {stands.counts}", gap=gap, tlp=tlp)
    return structs.replace(quiet, outlook=stands)


def written(
    dateline: Dateline,
    headline: str,
    sections: tuple[Section, ...] = (),
    *,
    gap: str = "",
    tlp: str = "",
) -> Digest:
    """A digest with its times in the reader's zone; one whose news is CLEAR needs no mark."""
    at, zone, checkpoint = dateline.now, dateline.zone, dateline.checkpoint
    times = (format_instant(at), local(at, zone), zone, dateline.since)
    mark = "" if tlp == "CLEAR" else tlp
    return Digest(*times, dateline.position, sections, headline, checkpoint, gap, mark)


def worth_telling(alerts: Iterable[Alert]) -> list[Alert]:
    """News without what later news of the same commitment has overtaken.

    Of several lead times only the last still holds, and none once the end itself is news; but an
    end put off has lead times of its own.
    """
    told = sorted(alerts, key=lambda alert: alert.at)
    ended = {alert.commitment: alert.at for alert in told if alert.kind in OVERTAKING}
    last = {alert.commitment: alert.key for alert in told if alert.kind == "due_soon"}
    return [
        alert
        for alert in told
        if alert.kind != "due_soon"
        or (alert.at > ended.get(alert.commitment, "") and last[alert.commitment] == alert.key)
    ]


def each_told_once(
    told: list[Alert], resolved: Iterable[Resolution]
) -> tuple[list[Alert], list[Resolution]]:
    """A change that resolves something is told there, unless what it brought is graver news."""
    said = {(a.commitment, a.at) for a in told if a.severity == "critical" or a.kind in SAYING_SO}
    over = [each for each in resolved if each.moment not in said]
    relieved = {each.moment for each in over}
    rest = [a for a in told if a.kind not in PLAIN or (a.commitment, a.at) not in relieved]
    return rest, over


def by_agreement(alerts: Iterable[Alert]) -> list[Alert]:
    """What is of one agreement stands together, from the earliest news of any on."""
    together: dict[str, list[Alert]] = {}
    for alert in alerts:
        together.setdefault(alert.agreement, []).append(alert)
    return [alert for group in together.values() for alert in group]


PLAIN = frozenset({"state_changed", "resumed", "contested_end_closed"})
"""What says no more than the change that resolves something."""
OVERTAKING = frozenset(
    {"contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)
SAYING_SO = (OVERTAKING - PLAIN) | {"renewed_tacitly"}


def _capped(listed: Iterable[tuple[str, list[Item]]]) -> Iterator[Section]:
    """Sections with what there is room for, gravest first; the rest is counted."""
    room = TOTAL
    for heading, items in listed:
        shown = tuple(items[: min(CAP, room)])
        room -= len(shown)
        if items:
            yield Section(heading, shown, len(items) - len(shown))


def shortened(digest: Digest, room: int) -> Digest:
    """The same digest with its first `room` items; the rest is counted with what was left out."""
    sections = []
    for section in digest.sections:
        shown = section.items[:room]
        room -= len(shown)
        more = section.more + len(section.items) - len(shown)
        sections.append(structs.replace(section, items=shown, more=more))
    return structs.replace(digest, sections=tuple(sections))


def _headline(sections: tuple[Section, ...]) -> str:
    counts = (f"{s.heading.lower()}: {len(s.items) + s.more}" for s in sections)
    return ", ".join(counts)


def _describer(
    commitments: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    zone: str,
    noted: Mapping[str, str],
) -> Callable[[Alert, str], Item]:
    def describe(alert: Alert, what: str) -> Item:
        held = commitments.get(alert.commitment, {})
        return Item(
            alert.commitment,
            alert.agreement,
            line(titles.get(alert.agreement, alert.agreement)),
            f"{', '.join(held.get('debtor', ()))} -> {', '.join(held.get('creditor', ()))}",
            line(str(held.get("promise", ""))),
            what,
            alert.at,
            local(parse_instant(alert.at), zone),
            f"{held.get('state', '?')}, {held.get('compliance', '?')}".replace("_", " "),
            readings_of(held, zone) if alert.kind in WITH_READINGS else (),
            why_sent(alert),
            alert.severity,
            noted.get(alert.key, ""),
        )

    return describe


WITH_READINGS = frozenset(
    {"due_soon", "contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)
