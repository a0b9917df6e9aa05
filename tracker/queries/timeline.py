"""The record as a timeline: entries with what they are about, and which of them are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from events import EventStore, parse_instant
from events.wording import did_you_mean, nearest, typo_of
from tracker.entries.amendments import short_type
from tracker.entries.decoding import commitment_made_by
from tracker.entries.texts import has_words, words_in, words_of
from tracker.errors import TrackerError, UnknownId, unknown_id
from tracker.model.event_types import EVENT_TYPES
from tracker.queries.entries import EntryDocument, Known, KnownEntries
from tracker.queries.subjects import commitments_of, names_in, parties_of, summary

TAGGING = ("AgreementRecorded", "TagsSet")


@cache
def type_in_words(name: str) -> str:
    """`ViolationAlleged` -> `violation alleged`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


class TimelineRow(EntryDocument):
    """An entry with its type in words, what it is about, and its words in one line."""

    what: str
    commitments: list[str]
    speaker: str | None
    parties: list[str]
    tags: list[str]
    text: str


class Filter(Struct, frozen=True):
    """Which entries are wanted: each part that is given has to fit."""

    commitment: str | None = None
    party: str | None = None
    speaker: str | None = None
    type: str | None = None
    author: str | None = None
    tag: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[str, ...] = ()

    def fits(self, row: TimelineRow) -> bool:
        """Whether an entry is wanted, as it now reads."""
        data = row["corrected"] or row["data"]
        return (
            (self.commitment is None or self.commitment in row["commitments"])
            and (self.party is None or self.party in row["parties"])
            and (self.speaker is None or self.speaker == row["speaker"])
            and (self.type is None or self.type == row["name"])
            and (self.author is None or self.author in (row["author"], row["source"]))
            and (self.tag is None or self.tag in row["tags"])
            and (self.since is None or parse_instant(row["effective_at"]) >= self.since)
            and (self.until is None or parse_instant(row["effective_at"]) < self.until)
            and (not self.words or has_words(self.words, words_of(data)))
        )


class Timeline:
    """The entries known at an instant, each with its promises, parties, author and words."""

    def __init__(self, store: EventStore, known_at: datetime | None = None) -> None:
        self.store = store
        self.entries = KnownEntries(store, known_at)
        self._debtors: dict[str, dict[str, list[str]]] = {}

    def each(
        self,
        stream: str | None,
        entry_filter: Filter,
        after: int = 0,
        as_of: datetime | None = None,
    ) -> Iterator[TimelineRow]:
        """The entries that are wanted, in the order they were recorded."""
        rows = map(self.row, self.entries.each(stream, after, as_of))
        return filter(self.resolved(entry_filter).fits, rows)

    def resolved(self, entry_filter: Filter) -> Filter:
        """The filter with the ids of parties that it names by their names."""
        return replace(
            entry_filter, party=self._id(entry_filter.party), speaker=self._id(entry_filter.speaker)
        )

    def _id(self, name: str | None) -> str | None:
        registry = self.entries.registry
        named = () if name is None or registry.knows(name) else registry.named(name)
        return named[0] if len(named) == 1 else name

    def check(self, entry_filter: Filter) -> None:
        """Raises UnknownId where a filter that fits nothing names what is not on record."""
        promises = map(commitment_made_by, self.store.read_all() if entry_filter.commitment else ())
        known = {name for name in promises if name}
        if entry_filter.commitment and entry_filter.commitment not in known:
            raise unknown_id("commitment", entry_filter.commitment, known)
        registry = self.entries.registry
        for name in (entry_filter.party, entry_filter.speaker):
            if name is not None and not registry.named(name):
                meant = registry.nearest(name)
                raise UnknownId(f"unknown party {name!r}{meant}", hint="pactwatch party list")

    def row(self, entry: EntryDocument) -> TimelineRow:
        """An entry with what a timeline shows of it."""
        known, data = self.entries.of(entry["stream"]), entry["corrected"] or entry["data"]
        promises = self._debtors_of(entry["stream"])
        commitments = commitments_of(data, entry["position"], known.events, known.amended)
        if not commitments and acts_on_all(entry["name"]):
            commitments = list(promises)
        bound = [party for name in commitments for party in promises.get(name, ())]
        return {
            **entry,
            "what": type_in_words(entry["name"]),
            "commitments": commitments,
            "speaker": data.get("speaker"),
            "parties": parties_of(data, bound, self.entries.registry),
            "tags": tags_of(known),
            "text": summary(data),
        }

    def _debtors_of(self, stream: str) -> dict[str, list[str]]:
        """Who owes each promise of a stream, as it was first put on record."""
        if stream not in self._debtors:
            known = self.entries.of(stream)
            promised = [
                (data["commitment"], list(names_in(data["debtor"])))
                for data in map(known.amended.data, known.events.values())
                if "debtor" in data and isinstance(data.get("commitment"), str)
            ]
            self._debtors[stream] = dict(reversed(promised))
        return self._debtors[stream]


def tags_of(known: Known) -> list[str]:
    """The tags that an agreement now has: those that were set last."""
    for event in reversed(known.events.values()):
        if known.amended.standing(event) and short_type(event) in TAGGING:
            tags = known.amended.data(event).get("tags")
            if tags is not None:
                return list(names_in(tags))
    return []


def acts_on_all(name: str) -> bool:
    """Whether an entry of this type that names no promise is about all of its agreement."""
    payload = EVENT_TYPES.get(name)
    return payload is not None and payload.level == "commitment_or_agreement"


def happened(row: EntryDocument) -> tuple[datetime, int]:
    """Places an entry in the order of what happened."""
    return parse_instant(row["effective_at"]), row["position"]


def event_type(text: str) -> str:
    """The event type that is meant by its name or its words; raises with the nearest."""
    spelling = "".join(words_in(text))
    name = next((name for name in EVENT_TYPES if name.lower() == spelling), None)
    if name is None:
        close = nearest(text, EVENT_TYPES)
        raise TrackerError(
            f"unknown event type {text!r}{did_you_mean(text, close)}",
            hint="all: pactwatch help entries",
            typo=typo_of(text, close),
        )
    return name


def search_words(text: str) -> tuple[str, ...]:
    """The words to look for; raises where a text has none."""
    words = tuple(dict.fromkeys(words_in(text)))
    if not words:
        raise TrackerError(
            f"no word to look for in {text!r}: a word has letters or digits",
            hint="pactwatch search substation",
        )
    return words
