"""A second, plain model of an agreement of many promises, written from 1.11 of the document.

Each promise is a model of its own; one entry about the whole is offered to each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.domain_model import CLOSED, Line, Model, root

ONE_SIDED = (None, "debtor_act", "creditor_admission")


@dataclass
class PackageModel:
    """`own_end` are the promises that state their end themselves."""

    promises: dict[str, Model]
    parties: tuple[str, ...]
    own_end: frozenset[str] = frozenset()
    only_own: bool = False

    def pass_to(self, now: int) -> None:
        for model in self.promises.values():
            model.pass_to(now)

    def take(self, event: str, data: dict[str, Any], event_id: str, now: int) -> set[str]:
        """Moves what the entry moves, and says which promises those are."""
        lines = {name: self._line(name, event, data, now) for name in self.promises}
        moved = {name: line for name, line in lines.items() if line is not None}
        for name, line in moved.items():
            self.promises[name].take(line, data, event_id, now)
        return {*moved}

    def _line(self, name: str, event: str, data: dict[str, Any], now: int) -> Line | None:
        """The line by which an entry about the whole moves a promise; None where it leaves it."""
        model, named = self.promises[name], data.get("commitments") or ()
        ended = event == "TermExtended" and model.closed_by in ("T8", "35")
        if (named and name not in named) or (model.state in CLOSED and not ended):
            return None
        if event == "TermExtended" and name in self.own_end and name not in named:
            return None
        line = model.line_for(event, data, now)
        return line if line is not None and self._may(model, line, data) else None

    def _may(self, model: Model, line: Line, data: dict[str, Any]) -> bool:
        """One party suspends what it owes; its notice ends all, or what it owes by the clause."""
        acting = model.acting(data)
        is_others = data.get("basis") in ONE_SIDED and acting not in (None, model.debtor)
        if line.event == "SuspensionDeclared" and is_others:
            return False
        if line.event == "NonRenewalNotified":
            if is_others and self.only_own:
                return False
            if root(acting) in self.parties:
                return True
        return model.voice_is_right(line, data)
