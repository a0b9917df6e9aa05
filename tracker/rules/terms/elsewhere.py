"""The moments of promises in other agreements, as steps on the clock that a fold can wait for.

An agreement is folded once, and carried on as later moments are asked for. Those that it hangs on
in turn are folded first, one after the other, so a chain of agreements is no deep recursion.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter

from events import RecordedEvent
from tracker.dates.durations import LATEST
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry
from tracker.model.commitment import Commitment
from tracker.model.relative import Anchor
from tracker.rules.fold import AgreementFold, recorded_in
from tracker.rules.packages.promises_fold import EARLIEST
from tracker.rules.terms.anchors import Step, moments_of, moments_of_all

EventsOf = Callable[[str], Sequence[RecordedEvent]]
Changed = tuple[datetime, datetime, Commitment]
"""A value that a commitment took: when it took effect, when it was known, and the value."""
AgreementOf = Callable[[str], str | None]


class Elsewhere:
    """What other agreements bring about; `events_of` gives what is known of one.

    `agreement_of` names the agreement of a commitment or of itself, None for what is unknown. What
    it gave once is taken to stand until `forget` says that there is news.
    """

    def __init__(self, registry: Registry, events_of: EventsOf, agreement_of: AgreementOf) -> None:
        self.registry = registry
        self.events_of = events_of
        self.agreement_of = agreement_of
        self._watched: dict[str, _Watched] = {}
        self._orders: dict[str, list[str]] = {}
        self._hanging: defaultdict[str, set[str]] = defaultdict(set)
        self._is_advancing = False

    def steps(self, anchor: Anchor, until: datetime) -> list[Step]:
        """When the moment became known, and when it changed, up to an instant."""
        agreement = self.agreement_of(anchor.after)
        if agreement is None:
            return []
        watched = self._watch(agreement)
        # What hangs on others in turn asks here again, when these were carried on already.
        if until > watched.reached and not self._is_advancing:
            self._is_advancing = True
            try:
                for name in self._order(agreement):
                    self._watch(name).advance(until)
            finally:
                self._is_advancing = False
        return [step for step in watched.steps(anchor) if step.at <= until]

    def hang(self, agreement: str, names: Iterable[str]) -> None:
        """Notes the commitments and agreements on which deadlines of an agreement hang."""
        for needed in filter(None, map(self.agreement_of, names)):
            self._hanging[needed].add(agreement)

    def forget(self, agreement: str) -> list[str]:
        """Begins anew with an agreement that has news, and with all known to hang on it: its list.

        One hangs on it through others, too, that have no news themselves.
        """
        gone, reached = [agreement], {agreement}
        for name in gone:
            self._watched.pop(name, None)
            self._orders.pop(name, None)
            further = self._hanging.get(name, reached) - reached
            reached |= further
            gone += further
        return gone[1:]

    def forget_all(self) -> None:
        """Begins anew with every agreement: who the parties are decides how each is read."""
        self._watched.clear()
        self._orders.clear()

    def _order(self, agreement: str) -> list[str]:
        """An agreement and all that it hangs on, what is needed first before the others.

        Of agreements in a circle, as another writer may leave them, one does not wait.
        """
        if agreement in self._orders:
            return self._orders[agreement]
        order: dict[str, None] = {}
        entered: set[str] = set()
        waiting = [agreement]
        while waiting:
            name = waiting[-1]
            needed = [] if name in entered else self._needed(name)
            entered.add(name)
            for each in needed:
                self._hanging[each].add(name)
            further = [each for each in needed if each not in entered]
            waiting += further
            if not further:
                order.setdefault(waiting.pop())
        self._orders[agreement] = list(order)
        return self._orders[agreement]

    def _needed(self, agreement: str) -> list[str]:
        """The other agreements that are named as an anchor anywhere in the record of one."""
        named = {name for e in self.events_of(agreement) for name in anchors_in(e.data)}
        agreements = {self.agreement_of(name) for name in named}
        return sorted(name for name in agreements if name is not None and name != agreement)

    def _watch(self, agreement: str) -> _Watched:
        if agreement not in self._watched:
            self._watched[agreement] = _Watched(agreement, self)
        return self._watched[agreement]


class _Watched:
    """The fold of one agreement in progress, with what became of each of its commitments."""

    def __init__(self, agreement: str, elsewhere: Elsewhere) -> None:
        recorded = elsewhere.events_of(agreement)
        self._waiting = deque(entries(recorded, elsewhere.registry, only_readable=True))
        whole = recorded_in(self._waiting)
        self._fold = AgreementFold(
            agreement, elsewhere.registry, elsewhere.steps, whole, lists_changes=False
        )
        self._changed: dict[str, list[Changed]] = {}
        self._steps: dict[Anchor, list[Step]] = {}
        self.reached = EARLIEST

    def advance(self, until: datetime) -> None:
        """Carries the fold on to an instant, where it is not there yet."""
        if until <= self.reached:
            return
        self.reached = until
        try:
            while self._waiting and self._waiting[0].effective_at <= until:
                entry = self._waiting.popleft()
                self._pass(entry.effective_at)
                self._fold.apply(entry)
                self._log(entry.effective_at, max(entry.effective_at, entry.recorded_at))
            self._pass(until)
        except Exception:
            # It is listed as unreadable where it is asked for, and brings about nothing more.
            self.reached = LATEST

    def _pass(self, until: datetime) -> None:
        for at in self._fold.promises.instants(until):
            self._log(at, at)

    def _log(self, at: datetime, known_at: datetime) -> None:
        for name, commitment in self._fold.commitments.items():
            changed = self._changed.setdefault(name, [])
            if not changed or changed[-1][2] is not commitment:
                changed.append((at, known_at, commitment))
                self._steps.clear()

    def steps(self, anchor: Anchor) -> list[Step]:
        """The values of a moment, one after the other as they became known."""
        if anchor not in self._steps:
            self._steps[anchor] = self._steps_of(anchor)
        return self._steps[anchor]

    def _steps_of(self, anchor: Anchor) -> list[Step]:
        of_all = anchor.after == self._fold.id
        present: dict[str, Commitment] = {}
        steps: list[Step] = []
        for at, known_at, commitment in self._changes(None if of_all else anchor.after):
            present[commitment.id] = commitment
            moments = (
                moments_of_all(present.values(), anchor.moment)
                if of_all
                else moments_of(commitment, anchor.moment)
            )
            if moments != (steps[-1].moments if steps else ()):
                steps.append(Step(at, known_at, moments))
        return steps

    def _changes(self, name: str | None) -> list[Changed]:
        """The values of one commitment, or of all, in the order in which they took effect."""
        if name is not None:
            return self._changed.get(name, [])
        return sorted(chain.from_iterable(self._changed.values()), key=itemgetter(0))


def anchors_in(value: object) -> Iterator[str]:
    """What is named as an anchor anywhere in the data of an event."""
    if isinstance(value, dict):
        after = value.get("after")
        if isinstance(after, str) and "moment" in value:
            yield after
        for part in value.values():
            yield from anchors_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from anchors_in(part)
