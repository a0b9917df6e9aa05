"""The moments of promises in other agreements, as steps on the clock that a fold can wait for.

What a reader has folded already is not folded again. Any other agreement is folded once, and
carried on as later moments are asked for. Those that it hangs on in turn are folded first, one
after the other, so a chain of agreements is no deep recursion.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter

from events import RecordedEvent
from tracker.dates.durations import LATEST
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry
from tracker.model.commitment import Commitment
from tracker.model.relative import Anchor
from tracker.rules.agreement import FoldedAgreement
from tracker.rules.fold import AgreementFold, recorded_in
from tracker.rules.packages.promises_fold import EARLIEST
from tracker.rules.terms.anchors import Moved, Step, moments_of, moments_of_all

EventsOf = Callable[[str], Sequence[RecordedEvent]]
MOST_KEPT = 10_000
"""So many values of promises that a reader has folded are kept, some 20 MB at most."""
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
        self._folded: dict[str, _Moments] = {}
        self._number_kept = 0
        self._orders: dict[str, list[str]] = {}
        self._hanging: defaultdict[str, set[str]] = defaultdict(set)
        self._is_advancing = False

    def steps(self, anchor: Anchor, until: datetime) -> list[Step]:
        """When the moment became known, and when it changed, up to an instant."""
        agreement = self.agreement_of(anchor.after)
        if agreement is None:
            return []
        moments = self._moments(agreement, until)
        # What hangs on others in turn asks here again, when these were carried on already.
        if until > moments.reached and not self._is_advancing:
            self._is_advancing = True
            try:
                for name in self._order(agreement):
                    self._moments(name, until).advance(until)
            finally:
                self._is_advancing = False
        return [step for step in moments.steps(anchor) if step.at <= until]

    def keep(self, folded: FoldedAgreement) -> None:
        """Keeps the moments of an agreement that a reader has folded from all that is known of it.

        Others hang on them up to its instant. One that is carried on here already stays so: of
        agreements in a circle that is another fold than the reader's.
        """
        name, moved = folded.state.id, folded.moved
        if name in self._watched or name in self._folded:
            return
        self._folded[name] = _Moments(name, moved, folded.state.as_of)
        self._number_kept += len(moved)
        while self._number_kept > MOST_KEPT:
            self._number_kept -= len(self._folded.pop(next(iter(self._folded))).moved)

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

    def _moments(self, agreement: str, until: datetime) -> _Moments:
        """Those of an agreement, as a reader has folded it where that went so far."""
        folded = self._folded.get(agreement)
        if folded is not None and until <= folded.reached:
            return folded
        if agreement not in self._watched:
            self._watched[agreement] = _Watched(agreement, self)
        return self._watched[agreement]


class _Moments:
    """The moments of an agreement's promises up to an instant, from the values that moved them."""

    def __init__(self, agreement: str, moved: Sequence[Moved], reached: datetime) -> None:
        self.agreement = agreement
        self.reached = reached
        self.moved = moved
        self._steps: dict[Anchor, tuple[int, list[Step]]] = {}

    def advance(self, until: datetime) -> None:
        """Goes on to an instant; as folded by a reader they have come as far as they go."""

    def steps(self, anchor: Anchor) -> list[Step]:
        """The values of a moment, one after the other as they became known."""
        number, steps = self._steps.get(anchor, (-1, []))
        if number != len(self.moved):
            steps = self._steps_of(anchor)
            self._steps[anchor] = len(self.moved), steps
        return steps

    def _steps_of(self, anchor: Anchor) -> list[Step]:
        of_all = anchor.after == self.agreement
        present: dict[str, Commitment] = {}
        steps: list[Step] = []
        for occasion, commitment in self._changes(None if of_all else anchor.after):
            present[commitment.id] = commitment
            moments = (
                moments_of_all(present.values(), anchor.moment)
                if of_all
                else moments_of(commitment, anchor.moment)
            )
            if moments != (steps[-1].moments if steps else ()):
                steps.append(Step(occasion.at, occasion.known_at, moments))
        return steps

    def _changes(self, name: str | None) -> Iterable[Moved]:
        """The values of one commitment, or of all, in the order in which they took effect.

        Of several that one entry, or the clock at one instant, has made of it the last counts.
        """
        values: defaultdict[str, list[Moved]] = defaultdict(list)
        for value in self.moved:
            if name is None or name == value.commitment.id:
                of_one = values[value.commitment.id]
                if of_one and of_one[-1].occasion is value.occasion:
                    of_one.pop()
                of_one.append(value)
        return sorted(chain.from_iterable(values.values()), key=attrgetter("occasion.at"))


class _Watched(_Moments):
    """Those of an agreement whose fold is in progress."""

    def __init__(self, agreement: str, elsewhere: Elsewhere) -> None:
        recorded = elsewhere.events_of(agreement)
        self._waiting = deque(entries(recorded, elsewhere.registry, only_readable=True))
        whole = recorded_in(self._waiting)
        self._fold = AgreementFold(
            agreement, elsewhere.registry, elsewhere.steps, whole, lists_changes=False
        )
        self._taken: list[Moved] = []
        super().__init__(agreement, self._taken, EARLIEST)

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
                self._take()
            self._pass(until)
        except Exception:
            # It is listed as unreadable where it is asked for, and brings about nothing more.
            self.reached = LATEST

    def _pass(self, until: datetime) -> None:
        for _ in self._fold.promises.instants(until):
            self._take()

    def _take(self) -> None:
        """Takes over what has moved: not before an entry, or an instant, is through with it."""
        self._taken += self._fold.promises.moved[len(self._taken) :]


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
