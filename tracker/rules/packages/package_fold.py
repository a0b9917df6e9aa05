"""What the entries so far say of an agreement as a whole: heading, tags, conditions, its terms."""

from __future__ import annotations

from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.model import event_types as types
from tracker.model.clauses import Package, Phase
from tracker.model.commitment import Commitment
from tracker.model.parts import Condition
from tracker.model.payload import Collective
from tracker.rules.conditions import added_condition, antecedent_id, marked
from tracker.rules.evolve import initial_commitment
from tracker.rules.packages.collective import is_collective, with_earlier_entry
from tracker.rules.packages.inheritance import package_of

OF_AGREEMENT = ("AgreementRecorded", "TagsSet", "PrecedentLinked")
CONDITIONS = (types.ConditionAdded, types.ConditionSatisfied, types.ConditionFailed)


class PackageFold:
    """The part of a fold that is no promise's own.

    `recorded` is the entry of the agreement: its terms and clauses count for promises of any date,
    while its heading is known from when it took effect. `entries` are those about all promises so
    far, `conditions` those on which all wait.
    """

    def __init__(self, agreement: str, registry: Registry, recorded: Entry | None) -> None:
        self.agreement = agreement
        self.registry = registry
        self.recorded = recorded
        self.package = package_of(recorded) if recorded else Package()
        self.heading: types.AgreementRecorded | None = None
        self.precedents: list[str] = []
        self.tags: tuple[str, ...] = ()
        self.entries: list[Entry] = []
        self.conditions: tuple[Condition, ...] = ()

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that its promises may name."""
        payload = self.recorded.payload if self.recorded else None
        return payload.phases if isinstance(payload, types.AgreementRecorded) else ()

    def add(self, entry: Entry) -> None:
        """Takes what an entry says of the agreement as a whole."""
        payload = entry.payload
        if payload.commitment is not None and entry.type not in OF_AGREEMENT:
            return
        if isinstance(payload, types.AgreementRecorded):
            self.heading = payload
            self.tags = self.tags or payload.tags
        elif isinstance(payload, types.TagsSet):
            self.tags = payload.tags
        elif isinstance(payload, types.PrecedentLinked):
            self.precedents.append(payload.precedent)
        elif isinstance(payload, Collective) and is_collective(entry) and not payload.commitments:
            self.entries.append(entry)
            self._note_condition(payload)

    def _note_condition(self, payload: Collective) -> None:
        if isinstance(payload, types.ConditionAdded):
            condition = added_condition(payload, self.package.zone)
            self.conditions = (*self.conditions, condition)
        elif isinstance(payload, types.ConditionSatisfied | types.ConditionFailed):
            is_met = isinstance(payload, types.ConditionSatisfied)
            status = "satisfied" if is_met else "failed"
            self.conditions = marked(self.conditions, antecedent_id(payload), status)

    def counts_by_itself(self, entry: Entry) -> bool:
        """Whether an entry says something of the agreement, though it moves none of its promises.

        That is a condition of all its promises, also of those to come, and what became of it.
        """
        payload, known = entry.payload, [condition.id for condition in self.conditions]
        if not isinstance(payload, CONDITIONS) or payload.commitments:
            return False
        return isinstance(payload, types.ConditionAdded) != (antecedent_id(payload) in known)

    def initial_commitment(self, entry: Entry) -> Commitment:
        """The commitment that an entry begins, with all that the agreement says of it by then."""
        waiting = tuple(each for each in self.conditions if each.status == "open")
        commitment = initial_commitment(
            self.agreement, entry, self.registry, self.recorded, waiting
        )
        for earlier in self.entries:
            commitment = with_earlier_entry(commitment, earlier)
        return commitment
