"""Row 27's condition: how the other side stands, and whether a clause lets the debtor leave. Pure.

Mirrored commitments are linked; one is never computed from the other. A release is never automatic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from tracker.model.commitment import RELEASABLE, Commitment
from tracker.model.vocabulary import Breach, Compliance, Kind, State
from tracker.rules.terms.extension import Lack

ORDER = (Breach.CONFIRMED, Breach.DISPUTED, Breach.ALLEGED, Breach.UNPERFORMED)
"""From the gravest on."""
SELF_JUDGED = (Breach.CONFIRMED, Breach.DISPUTED, Breach.ALLEGED)
BY_COMPLIANCE = {
    Compliance.CONFIRMED: Breach.CONFIRMED,
    Compliance.DISPUTED: Breach.DISPUTED,
    Compliance.ALLEGED: Breach.ALLEGED,
}
BY_STATE = {State.LAPSED: Breach.ALLEGED, State.OVERDUE: Breach.UNPERFORMED}
"""What is presumed of a promise to do something: only a finding makes it a violation."""


class Mirrors:
    """Which promises of an agreement mirror one another; either side's word is enough.

    What mirrors the same promise mirrors each other: an exchange may have many parties.
    """

    def __init__(self) -> None:
        self._groups: dict[str, set[str]] = {}

    def link(self, commitment: Commitment) -> None:
        """Records which promise a commitment mirrors, where it says so."""
        other = commitment.reciprocal_with
        if other is None or other == commitment.id:
            return
        sides = (commitment.id, other)
        group = {*sides}.union(*(self._groups.get(side, set()) for side in sides))
        self._groups |= {each: group - {each} for each in group}

    def updated(self, moved: str, commitments: Mapping[str, Commitment]) -> Iterator[Commitment]:
        """A promise and its mirrors as they stand to one another, where that has changed."""
        if moved not in self._groups:
            return
        names = (moved, *sorted(self._groups[moved]))
        sides = [(c, breach_of(c)) for c in map(commitments.get, names) if c is not None]
        # Counted once, since every move of each of many parties is seen by all the others.
        count = Counter(breach for _, breach in sides)
        for commitment, own in sides:
            other_side = next((b for b in ORDER if count[b] > (b is own)), Breach.NONE)
            available = is_release_available(commitment, other_side)
            known = (commitment.release_available, commitment.other_side)
            if (available, other_side) != known:
                yield replace(commitment, release_available=available, other_side=other_side)


def breach_of(commitment: Commitment) -> Breach:
    """How far a promise counts as broken: by its state, else by what is said of its incidents."""
    if commitment.state is State.VIOLATED:
        return Breach.CONFIRMED
    by_incidents = BY_COMPLIANCE.get(commitment.compliance, Breach.NONE)
    if commitment.kind is not Kind.ACHIEVEMENT:
        return by_incidents
    return worst((by_incidents, BY_STATE.get(commitment.state, Breach.NONE)))


def worst(breaches: Iterable[Breach]) -> Breach:
    known = set(breaches)
    return next((breach for breach in ORDER if breach in known), Breach.NONE)


def is_release_available(commitment: Commitment, other_side: Breach) -> bool:
    """Whether the debtor may now walk away: by a clause on record, and a breach that it names."""
    if commitment.state not in RELEASABLE or commitment.release_on is None:
        return False
    enough = SELF_JUDGED if commitment.release_on == "alleged" else SELF_JUDGED[:1]
    return other_side in enough


def lack_of_release(commitment: Commitment) -> Lack:
    """Why the debtor may not leave now, and how a clause that there is comes on record."""
    parties = ",".join(dict.fromkeys((*commitment.debtor, *commitment.creditor)))
    clarify = f"pactwatch record TermsClarified {commitment.id} by={parties}"
    if commitment.release_on is None:
        return Lack(
            no_clause_words(commitment.other_side),
            f"a clause that all parties agreed on: {clarify} power.release_on=confirmed",
        )
    return Lack(
        "no release is available, its clause asks for a breach of the other side that is "
        f"{commitment.release_on}; found {commitment.other_side}",
        f"how each side stands: pactwatch releases {commitment.agreement}",
    )


def no_clause_words(other_side: Breach) -> str:
    """What stands of a release where no clause gives one."""
    if other_side is Breach.NONE:
        return "no release clause on record; no breach of the other side is on record"
    if other_side is Breach.UNPERFORMED:
        return "no release clause on record; the other side's promise is unperformed"
    return f"no release clause on record; the other side's breach is {other_side}"
