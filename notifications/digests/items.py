"""The items of a digest, how they are grouped into sections, and what these are about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct, structs

from events import in_order, parse_instant
from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.deadlines import deadline_of, readings_of, when_words
from notifications.alerts.resolution import OVERDUE
from notifications.alerts.wording import line, named, why_sent
from notifications.digests.item_data import ItemData, item_data
from notifications.language import N_
from notifications.prose.amounts import delivery_sentence
from notifications.prose.news import moved_ends, short_words
from notifications.prose.promises import (
    headline,
    keeping_sentences,
    open_conditions,
    promise_words,
    state_sentence,
)
from notifications.prose.reader import Reader
from notifications.prose.sentence_keys import says_end_itself
from tracker.dates.instants import local_words
from tracker.documents.changes import OF_INCIDENT, EndDocument
from tracker.documents.remarks import state_words
from tracker.entries.tlp import is_within
from tracker.model.vocabulary import CLOSED_STATES, Compliance, State

CAP = 40
TOTAL = 120
"""Items in one digest; fewer where they are so long that mail clients would cut the message."""
WITH_READINGS = frozenset(
    {"due_soon", "contested_end_began", "contested_end_closed", "overdue", "lapsed", "ended"}
)
SAYS_STATE: Mapping[str, frozenset[str]] = {
    "overdue": frozenset({State.OVERDUE}),
    "lapsed": frozenset({State.LAPSED}),
    "ended": CLOSED_STATES,
    "due_while_conditional": frozenset({State.CONDITIONAL}),
    "suspension_contested": frozenset({State.SUSPENDED}),
    "offer_expires_soon": frozenset({State.PROPOSED}),
    **dict.fromkeys(
        ("due_soon", "contested_end_began", "contested_end_closed", "resumed", "renewed_tacitly"),
        frozenset({State.IN_FORCE}),
    ),
}
"""The states that some news says itself that its commitment is in."""
SAYS_NOTICE = frozenset({"withdrawal_notified", "withdrawal_soon"})
"""News that says itself by whose notice its commitment ends."""
UNASSESSED = N_("Nobody has assessed whether it was kept.")
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
    sentence: str = ""


class Item(Struct, frozen=True):
    """The news of one commitment, with everything that its reader can check.

    What it says of itself is the gravest of its news; `more` has the rest, and `unlisted` counts
    those that there is no room for. `noted` says who has acknowledged it.

    A reader sees `headline`, the promise with its parties, `sentence`, what happened, and
    `standing`, how it stands now where that is not said yet. `short` follows the name of its
    agreement in a subject, and of the `matter`, the promise, where the agreement holds several;
    `moved` has an end before and after, and `data` all of it for machines.
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
    headline: str = ""
    sentence: str = ""
    short: str = ""
    matter: str = ""
    standing: str = ""
    moved: tuple[str, str] | None = None
    data: ItemData | None = None

    @property
    def awaits_answer(self) -> bool:
        """Whether somebody may acknowledge it: news that is grave, and neither over nor wrong."""
        is_news = self.data is not None and self.data.about in ("news", "standing")
        return is_news and self.severity != "info"


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


class AlertWords(Struct, frozen=True):
    """An alert with its words: as they follow an id, and as a sentence.

    `short` is what a subject says of it, where that is not what it says of the alert alone.
    """

    alert: Alert
    what: str
    sentence: str
    short: str = ""


class ItemWriter:
    """Makes items of news, for one reader, of commitments as they stand now.

    `titles` are those of agreements by id, `several` the agreements that hold more than one
    promise; `noted` are words about an alert by its key.
    """

    def __init__(
        self,
        commitments: Mapping[str, CommitmentDocument],
        titles: Mapping[str, str],
        reader: Reader,
        noted: Mapping[str, str],
        several: Collection[str] = (),
    ) -> None:
        self.commitments = commitments
        self.titles = titles
        self.reader = reader
        self.noted = noted
        self.several = several

    def commitment_of(self, alert: Alert) -> CommitmentDocument:
        """The commitment of an alert; empty for one that is gone."""
        return self.commitments.get(alert.commitment, {})

    def named_beside(self, commitment: CommitmentDocument, name: str) -> str:
        """What an id in the terms of a commitment names: a promise in words, or an agreement.

        What is marked above the commitment goes by its id, which stands in these terms.
        """
        other = self.commitments.get(name)
        if other is None:
            return line(self.titles.get(name, name))
        is_open = is_within(other["tlp"], commitment["tlp"])
        return promise_words(other) if is_open else name

    def comes_at(self, alert: Alert) -> str:
        """When what it is about comes, as it is compared: of a warning its deadline."""
        deadline = deadline_of(alert, self.commitment_of(alert)) if alert.lead else None
        return in_order(str(deadline["at"]) if deadline else alert.at)

    def item(self, news: Sequence[AlertWords], overtaken: Sequence[AlertWords] = ()) -> Item:
        """The item of the alerts of one commitment with their words, the gravest first.

        What is overtaken is told to machines alone.
        """
        alert, reader = news[0].alert, self.reader
        first, *others = map(self._line, news)
        commitment = self.commitment_of(alert)
        debtors, creditors = (", ".join(commitment.get(s, ())) for s in ("debtor", "creditor"))
        state = state_words(commitment) if "state" in commitment else "?"
        has_readings = WITH_READINGS & {each.alert.kind for each in news}
        return Item(
            commitment=alert.commitment,
            agreement=alert.agreement,
            title=line(self.titles.get(alert.agreement, alert.agreement)),
            who=f"{debtors} -> {creditors}",
            promise=line(str(commitment.get("promise", ""))),
            what=first.what,
            at=alert.at,
            local=local_words(parse_instant(alert.at), reader.zone),
            state=f"{state}, {commitment.get('compliance', '?')}",
            readings=readings_of(commitment, reader.zone) if has_readings else (),
            why=first.why,
            severity=alert.severity,
            noted=first.noted,
            when=first.when,
            kind=alert.kind,
            key=alert.key,
            before=alert.before,
            after=alert.after,
            by=first.by,
            ends=first.ends,
            more=tuple(others[:MOST_LINES]),
            unlisted=max(0, len(others) - MOST_LINES),
            headline=headline(commitment, reader),
            sentence=first.sentence,
            short=news[0].short or short_words(alert, commitment, reader),
            matter=promise_words(commitment) if alert.agreement in self.several else "",
            standing=_standing_and_delivery([each.alert for each in news], commitment, reader),
            moved=moved_ends(alert, reader),
            data=item_data(
                commitment, [(each.alert, each.sentence) for each in (*news, *overtaken)], reader
            ),
        )

    def _line(self, news: AlertWords) -> NewsLine:
        alert = news.alert
        return NewsLine(
            kind=alert.kind,
            key=alert.key,
            what=news.what,
            at=alert.at,
            when=when_words(alert, self.commitment_of(alert), self.reader.zone),
            before=alert.before,
            after=alert.after,
            why=why_sent(alert, self.reader.language, self.reader.numbers),
            severity=alert.severity,
            by=tuple(alert.origin.get("by", ())),
            ends=tuple(alert.origin.get("ends", ())),
            noted=self.noted.get(alert.key, ""),
            sentence=news.sentence,
        )


def _states_told(alert: Alert, reader: Reader) -> Collection[str]:
    """The states that an alert says itself that its commitment is in."""
    if (moved := moved_ends(alert, reader)) is not None and moved[1]:
        return {State.IN_FORCE}
    # That it came into force says nothing of its end, which a new reader is to know.
    if (alert.kind, alert.after) == ("state_changed", State.IN_FORCE):
        return ()
    return {alert.after} if alert.axis == "state" else SAYS_STATE.get(alert.kind, ())


def _standing_and_delivery(
    news: Sequence[Alert], commitment: CommitmentDocument, reader: Reader
) -> str:
    """How it stands now, and how much of it is done; each where the news does not say so itself."""
    # What is late is told with how much of it is confirmed.
    is_told = any(each.axis.startswith("performance") or each.kind in OVERDUE for each in news)
    delivery = "" if is_told else delivery_sentence(commitment, reader)
    return " ".join(filter(None, (_standing(news, commitment, reader), delivery)))


def _standing(news: Sequence[Alert], commitment: CommitmentDocument, reader: Reader) -> str:
    """How it stands now; empty where the news says so itself."""
    alert, state = news[0], commitment.get("state")
    if (alert.kind, alert.after) == ("ended", State.EXPIRED):
        is_unknown = commitment.get("compliance") == Compliance.UNASSESSED
        unassessed = reader.text(UNASSESSED) if is_unknown else ""
        return keeping_sentences(commitment, reader) or unassessed
    if alert.kind in SAYS_NOTICE and state == State.IN_FORCE:
        return keeping_sentences(commitment, reader)
    if not commitment or state in _states_told(alert, reader):
        return ""
    if says_end_itself(alert, commitment):
        return keeping_sentences(commitment, reader)
    if alert.kind == "condition_due_soon" and len(open_conditions(commitment)) == 1:
        return ""
    if alert.kind == "overdue" and state == State.LAPSED:
        return reader.text("Missed; its grace is over, too.")
    is_of_breach = alert.axis.startswith(OF_INCIDENT) or alert.axis == "compliance"
    # What is in force is told with its end, which no line of an item says twice; nor why it rests.
    if state in (State.IN_FORCE, State.SUSPENDED) and any(
        state in _states_told(each, reader) for each in news
    ):
        return "" if is_of_breach else keeping_sentences(commitment, reader)
    how = state_sentence(commitment, reader, with_notices=alert.kind not in SAYS_NOTICE)
    keeping = "" if is_of_breach else keeping_sentences(commitment, reader)
    return " ".join(filter(None, (how, keeping)))


def item_about(about: str, item: Item) -> Item:
    """The item, with data that says what is told of it."""
    return structs.replace(item, data=item.data and structs.replace(item.data, about=about))


def capped_sections(
    sections: Iterable[tuple[str, list[Item]]], reader: Reader
) -> Iterator[Section]:
    """Limits sections to what there is room for, gravest first; the rest is counted."""
    room = TOTAL
    for heading, items in sections:
        visible = tuple(items[: min(CAP, room)])
        room -= len(visible)
        if items:
            yield Section(reader.text(heading), visible, len(items) - len(visible))
