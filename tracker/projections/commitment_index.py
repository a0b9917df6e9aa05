"""Finds the agreement of a commitment: from the projection, and from the log after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from functools import cached_property

from events import EventStore
from tracker.entries.decoding import commitment_made_by
from tracker.entries.visible_log import VisibleLog
from tracker.projections.reader import projected


class CommitmentIndex(MutableMapping[str, str]):
    """Commitment id -> agreement id, for every commitment that was ever made.

    Looked up one by one, or in batches with `expect`; only who asks for all reads all.
    """

    def __init__(self, store: EventStore) -> None:
        self._rows = projected(store)
        self._new: dict[str, str] = {}
        for event in store.read_all(after=self._rows.position if self._rows else 0):
            commitment = commitment_made_by(event)
            if commitment:
                self._new.setdefault(commitment, event.stream)
        self._looked_up: dict[str, str | None] = {}

    def expect(self, commitments: Iterable[str]) -> None:
        """Looks many up at once, before they are asked for one by one."""
        unknown = [c for c in dict.fromkeys(commitments) if c not in self._looked_up]
        if self._rows is not None and unknown:
            self._looked_up |= dict.fromkeys(unknown)
            self._looked_up |= dict(self._rows.agreements_of(unknown))

    def __getitem__(self, commitment: str) -> str:
        self.expect([commitment])
        agreement = self._looked_up.get(commitment) or self._new.get(commitment)
        if agreement is None:
            raise KeyError(commitment)
        return agreement

    def __setitem__(self, commitment: str, agreement: str) -> None:
        self._new[commitment] = agreement

    def __delitem__(self, commitment: str) -> None:
        raise TypeError("what is on record stays on record")

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, str]:
        if self._rows is not None:
            self._looked_up |= dict(self._rows.commitment_agreements())
        known = {c: agreement for c, agreement in self._looked_up.items() if agreement}
        return {**self._new, **known}


class VisibleCommitments:
    """Commitment id -> agreement id, of what may be seen under a ceiling.

    The rows are of the whole log: they say where to look, and count where it can be seen there.
    """

    def __init__(self, view: VisibleLog) -> None:
        self._view = view
        self._of_log = CommitmentIndex(view.log)

    def get(self, commitment: str) -> str | None:
        agreement = self._of_log.get(commitment)
        made = map(commitment_made_by, self._view.read_stream(agreement) if agreement else ())
        if agreement is None or commitment in made:
            return agreement
        return self._visible.get(commitment)

    @cached_property
    def _visible(self) -> CommitmentIndex:
        """The same from the log itself, where its first entry is hidden."""
        return CommitmentIndex(self._view)


def index_of(store: EventStore) -> CommitmentIndex | VisibleCommitments:
    """What says in which agreement a commitment was made, as far as it may be seen."""
    return VisibleCommitments(store) if isinstance(store, VisibleLog) else CommitmentIndex(store)


def agreement_of(store: EventStore, commitment: str) -> str | None:
    """The agreement that a commitment was made in; None when there is no such commitment."""
    return index_of(store).get(commitment)
