"""Which promises of an agreement hang on what, inside the agreement and outside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from tracker.model.commitment import Commitment
from tracker.model.relative import Anchor, Moment
from tracker.rules.terms.anchors import (
    Outside,
    Step,
    anchors_of,
    is_hanging,
    moments_of,
    moments_of_all,
)
from tracker.rules.terms.windows import recompute_readings


class AnchorIndex:
    """The anchors of an agreement's promises; `outside` knows those of other agreements."""

    def __init__(self, agreement: str, outside: Outside) -> None:
        self.agreement = agreement
        self.outside = outside
        self._dependents: dict[str, set[str]] = {}
        self._outside_anchors: dict[Anchor, None] = {}

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """The commitments and agreements outside that deadlines hang on."""
        return tuple(sorted({anchor.after for anchor in self._outside_anchors}))

    @property
    def has_dependents(self) -> bool:
        """Whether any deadline hangs on a moment, here or elsewhere."""
        return bool(self._dependents)

    def dependents_of(self, name: str) -> list[str]:
        """The commitments whose deadlines hang on one, or on the agreement that it is part of."""
        of_all = self._dependents.get(self.agreement, set())
        return sorted(self._dependents.get(name, set()) | of_all)

    def resolved(
        self, commitment: Commitment, commitments: Mapping[str, Commitment], at: datetime
    ) -> Commitment:
        """The commitment with the moments that its deadlines hang on, as known by an instant."""
        if not commitment.anchored and not is_hanging(commitment):
            return commitment
        anchors = anchors_of(commitment)
        for anchor in anchors:
            self._dependents.setdefault(anchor.after, set()).add(commitment.id)
        known = {anchor: self._moments(anchor, commitments, at) for anchor in anchors}
        known = {anchor: moments for anchor, moments in known.items() if moments}
        if known == commitment.anchored:
            return commitment
        return recompute_readings(replace(commitment, anchored=known))

    def steps(self, after: datetime, until: datetime) -> list[tuple[Anchor, Step]]:
        """What other agreements bring about after an instant and up to another, in order."""
        steps = (
            (anchor, step)
            for anchor in self._outside_anchors
            for step in self.outside(anchor, until)
            if after < step.at <= until
        )
        return sorted(steps, key=lambda each: each[1].at)

    def _moments(
        self, anchor: Anchor, commitments: Mapping[str, Commitment], at: datetime
    ) -> tuple[Moment, ...]:
        if anchor.after == self.agreement:
            return moments_of_all(commitments.values(), anchor.moment)
        commitment = commitments.get(anchor.after)
        if commitment is not None:
            return moments_of(commitment, anchor.moment)
        self._outside_anchors[anchor] = None
        steps = self.outside(anchor, at)
        return steps[-1].moments if steps else ()
