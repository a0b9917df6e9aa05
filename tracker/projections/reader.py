"""Reads the projection tables through the store's own driver: no SQLAlchemy, no fold.

Rows are taken at their word only where the rules of this program made them from the whole log,
and no instant that matters to them has passed since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from events import EventStore, parse_instant
from events.batches import batches
from events.wording import one_slip_away
from tracker.entries.streams import parties_grew_between
from tracker.errors import FIRST_SHOWN

if TYPE_CHECKING:
    from tracker.documents.commitments import AgreementDocument
    from tracker.entries.unreadable import UnreadableDocument

PACKAGE = Path(__file__).resolve().parents[1]
RULES = ("dates", "model", "entries", "rules", "documents", "projections")
"""The folders whose code decides what a row says; commands and their help are not among them."""
OF_AGREEMENT = (
    "agreements",
    "commitments",
    "deadlines",
    "open_ends",
    "incidents",
    "disputes",
    "status_changes",
    "statements",
    "clock_outlook",
    "commitment_agreements",
    "anchors",
    "entry_instants",
    "unreadable_agreements",
)
"""The names of the tables whose rows come from one agreement's events each."""
OTHERS = ("parties", "search_words", "amendments", "projection_checkpoints")
CHECKPOINTS = "projection_checkpoints"
AGREEMENTS = "SELECT id, refold_at FROM agreements"
OBJECTS = "SELECT id, detail FROM agreements WHERE detail IS NOT NULL AND id IN ({})"
KNOWN = "SELECT id FROM agreements WHERE detail IS NOT NULL AND id IN ({})"
NAMES = (
    "(SELECT id, id AS agreement_id FROM agreements WHERE detail IS NOT NULL) AS known",
    "(SELECT id, agreement_id FROM commitments WHERE id <> agreement_id) AS others",
)
"""An agreement and its one promise may share an id."""
BEFORE = "SELECT id, agreement_id FROM {} WHERE id < ? ORDER BY id DESC LIMIT ?"
FROM = "SELECT id, agreement_id FROM {} WHERE id >= ? ORDER BY id LIMIT ?"
AMONG = "SELECT id, agreement_id FROM {} WHERE id IN ({})"
LONGEST_COMPARED = 100
ALONGSIDE = 500
"""So many ids on either side of a name are compared with it."""
COMMITMENTS_OF = "SELECT id FROM commitments WHERE agreement_id IN ({})"
MADE_IN = "SELECT commitment_id, agreement_id FROM commitment_agreements"
COMMITMENTS = (
    "SELECT agreement_id, detail FROM commitments WHERE agreement_id IN ({})"
    " ORDER BY agreement_id, ordinal"
)
NAMED = (
    f"{AGREEMENTS} WHERE id = ?"
    " OR id = (SELECT agreement_id FROM commitment_agreements WHERE commitment_id = ?)"
)
BEGINNING = "substr({}, 1, length(?)) = ?"
"""No range of ids: those compare by the language of the database on PostgreSQL."""
TITLES = f"SELECT id, title FROM agreements WHERE {BEGINNING.format('id')} ORDER BY first_position"
PROMISES = (
    "SELECT made.commitment_id, coalesce(commitments.promise, '')"
    " FROM commitment_agreements AS made"
    " LEFT JOIN commitments ON commitments.id = made.commitment_id"
    " LEFT JOIN agreements ON agreements.id = made.agreement_id"
    f" WHERE {BEGINNING.format('made.commitment_id')}"
    " ORDER BY agreements.first_position, commitments.ordinal"
)
HANGING_ON = (
    "SELECT agreement_id FROM anchors{suffix} WHERE on_id {named}",
    "SELECT anchors.agreement_id FROM commitment_agreements{suffix} AS homes"
    " JOIN anchors{suffix} AS anchors ON anchors.on_id = homes.commitment_id"
    " WHERE homes.agreement_id {named}",
)
"""The agreements with a deadline that hangs on one of these, or on a commitment of theirs."""
UNREADABLE = (
    "SELECT u.agreement_id, u.reason, u.event_id, u.tlp FROM unreadable_agreements u "
    "JOIN agreements a ON a.id = u.agreement_id ORDER BY a.first_position"
)


@cache
def rule_hash() -> str:
    """The hash of the rules of this program, as sixteen hex digits.

    It is over the modules that make rows, so nobody has to remember a number.
    """
    digest = sha256()
    for folder in RULES:
        for module in sorted((PACKAGE / folder).rglob("*.py")):
            digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


class ProjectedAgreement(Struct, frozen=True):
    """One agreement's row, but for its object."""

    id: str
    refold_at: datetime | None


class ProjectionReader:
    """The tables, for a position of the log and an instant."""

    def __init__(self, store: EventStore, position: int, at: datetime) -> None:
        self.store = store
        self.position = position
        self.at = at

    def answers(self, *instants: datetime) -> bool:
        """Whether the whole log is in the tables, and they were not made for a later instant.

        Nor may a party have become known since, whose zone moves deadlines.
        """
        if self.position != self.store.head() or self.at > min(instants):
            return False
        return not parties_grew_between(self.store, self.at, max(instants))

    def agreements(self) -> list[ProjectedAgreement]:
        """Every agreement, in the order they were recorded."""
        return [_agreement_row(row) for row in self._rows(f"{AGREEMENTS} ORDER BY first_position")]

    def named(self, name: str) -> ProjectedAgreement | None:
        """The agreement with this id, else the one that a commitment with this id was made in."""
        rows = [_agreement_row(row) for row in self._rows(NAMED, (name, name))]
        return next((row for row in rows if row.id == name), rows[0] if rows else None)

    def documents(self, agreements: Sequence[str]) -> dict[str, AgreementDocument]:
        """The object of each of some agreements, by id; none of which nothing is known."""
        documents: dict[str, AgreementDocument] = {}
        decode = msgspec.json.decode
        for some in batches(agreements):
            marks, values = ", ".join("?" * len(some)), tuple(some)
            for agreement, detail in self._rows(OBJECTS.format(marks), values):
                documents[agreement] = decode(detail)
                documents[agreement]["commitments"] = []
            for agreement, detail in self._rows(COMMITMENTS.format(marks), values):
                if agreement in documents:
                    documents[agreement]["commitments"].append(decode(detail))
        return documents

    def ids(self, agreements: Sequence[str]) -> Iterator[str]:
        """The ids of those of some agreements of which something is known, and of their promises.

        None of their objects is read.
        """
        for some in batches(agreements):
            marks = ", ".join("?" * len(some))
            for query in (KNOWN, COMMITMENTS_OF):
                yield from (row[0] for row in self._rows(query.format(marks), tuple(some)))

    def count(self, agreements: Sequence[str] | None = None) -> int:
        """How many agreements are known, and promises; of some or of all."""
        if agreements is not None:
            return sum(1 for _ in self.ids(agreements))
        return sum(self._rows(f"SELECT count(*) FROM {each}")[0][0] for each in NAMES)

    def ids_like(self, name: str) -> dict[str, str]:
        """The ids of agreements and promises that may be meant by a name, each with its agreement.

        Those next to it in order, those one slip away, and the first of all: what is read does not
        grow with the record.
        """
        ids: dict[str, str] = {}
        spellings = {each[:LONGEST_COMPARED] for each in (name, name.casefold(), name.upper())}
        for names in NAMES:
            ids |= dict(self._rows(FROM.format(names), ("", FIRST_SHOWN)))
            for each in spellings:
                for query in (BEFORE, FROM):
                    ids |= dict(self._rows(query.format(names), (each, ALONGSIDE)))
                for some in batches(sorted(one_slip_away(each))):
                    among = AMONG.format(names, ", ".join("?" * len(some)))
                    ids |= dict(self._rows(among, tuple(some)))
        return ids

    def commitment_agreements(self) -> Iterator[tuple[str, str]]:
        """Every commitment with the agreement that it was made in."""
        yield from ((row[0], row[1]) for row in self._rows(f"{MADE_IN} ORDER BY commitment_id"))

    def agreements_of(self, commitments: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Some commitments, each with its agreement, in few queries."""
        for some in batches(commitments):
            marks = ", ".join("?" * len(some))
            rows = self._rows(f"{MADE_IN} WHERE commitment_id IN ({marks})", tuple(some))
            yield from ((row[0], row[1]) for row in rows)

    def agreement_titles(self, prefix: str) -> list[tuple[str, str]]:
        """The agreements with an id of this prefix, each with its title, as they were recorded."""
        return [(name, title) for name, title in self._rows(TITLES, (prefix, prefix))]

    def commitment_promises(self, prefix: str) -> list[tuple[str, str]]:
        """The commitments with an id of this prefix, each with its promise, by agreement."""
        return [(name, promise) for name, promise in self._rows(PROMISES, (prefix, prefix))]

    def with_dependents(self, agreements: Iterable[str]) -> list[str]:
        """Some agreements, and those whose deadlines hang on them."""
        return with_dependents(self._rows, agreements)

    def unreadable(self) -> list[UnreadableDocument]:
        """Every agreement that could not be folded, in the order they were recorded."""
        from tracker.entries.lookup import position_of

        return [
            {
                "agreement": agreement,
                "reason": reason,
                "event": event,
                "position": position_of(self.store, event),
                "tlp": tlp,
            }
            for agreement, reason, event, tlp in self._rows(UNREADABLE)
        ]

    def _rows(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self.store.read_table("agreements", query, parameters)


ReadRows = Callable[[str, tuple[Any, ...]], Iterable[tuple[Any, ...]]]
"""Reads rows by a query and its parameters."""


def with_dependents(rows: ReadRows, agreements: Iterable[str], suffix: str = "") -> list[str]:
    """Some agreements, and those whose deadlines hang on them, one through the other.

    Only the links to these are read: it costs what they are, however many links there are.
    `suffix` ends the names of tables beside the live ones.
    """
    reached = dict.fromkeys(agreements)
    new = [*reached]
    while new:
        hanging: dict[str, None] = {}
        for names in batches(new):
            named = f"IN ({', '.join('?' * len(names))})"
            for query in HANGING_ON:
                dependents = rows(query.format(suffix=suffix, named=named), tuple(names))
                hanging |= dict.fromkeys(name for (name,) in dependents)
        new = [name for name in hanging if name not in reached]
        reached |= dict.fromkeys(new)
    return [*reached]


def projected_to(store: EventStore) -> tuple[int, str] | None:
    """Up to which event the tables have read, and as of when; None before any, or without tables.

    Whichever rules made them: what watches over the projection asks no more than that.
    """
    query = f"SELECT position, projected_at FROM {CHECKPOINTS} WHERE projection = 'status'"
    rows = store.read_table(CHECKPOINTS, query)
    return (rows[0][0], rows[0][1]) if rows else None


def projected(store: EventStore) -> ProjectionReader | None:
    """A reader of the tables; None where there are none, or other rules made them."""
    reached = reached_by(store.read_table)
    return ProjectionReader(store, *reached) if reached else None


ReadTable = Callable[[str, str], list[tuple[Any, ...]]]
"""Reads rows of a table by a query; none where the table is not there."""


def reached_by(read: ReadTable) -> tuple[int, datetime] | None:
    """Up to which event the tables have read, and as of when; None where other rules made them.

    Tables of other rules may have other columns, so a reader takes them for not there.
    """
    for row in read(CHECKPOINTS, f"SELECT * FROM {CHECKPOINTS} WHERE projection = 'status'"):
        if len(row) == 5 and row[2] == rule_hash():
            return row[3], parse_instant(row[4])
    return None


def _agreement_row(row: tuple[Any, ...]) -> ProjectedAgreement:
    agreement, refold_at = row
    return ProjectedAgreement(agreement, parse_instant(refold_at) if refold_at else None)
