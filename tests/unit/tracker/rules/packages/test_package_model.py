"""Entries about a whole agreement, in the fold and in a second model written from the document."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import RecordedEvent, format_instant, parse_instant
from tests.support.domain_model import SPEAKS_FOR, Model
from tests.support.given import AGREEMENT
from tests.support.package_model import PackageModel
from tests.support.profiles import examples
from tracker.entries.decoding import entry_of, full_type
from tracker.entries.entry import Entry
from tracker.entries.parties import Party, Registry
from tracker.rules.fold import AgreementFold
from tracker.rules.packages.collective import outcome_of

ORIGIN = parse_instant("2026-01-01T00:00:00Z")
REGISTRY = Registry({a: Party(a, a, "UTC", speaks_for=p) for a, p in SPEAKS_FOR.items()})
SIDES = {"a": ("NOR", "ISL"), "b": ("ISL", "NOR"), "c": ("SWE", "NOR")}
PARTIES = ("NOR", "ISL", "SWE")
OWN_END = 90
SPEAKERS = (None, "NOR", "ISL", "SWE", "DNK", "nor-mod")
BASES = (None, None, None, "debtor_act", "creditor_admission", "both_sides", "neutral_body")
WHOLE = ("SuspensionDeclared", "Resumed", "NonRenewalNotified", "MutuallyTerminated",
         "TermExtended", "Superseded")  # fmt: skip
OWN = ("until_hour", "end_hour")
"""What the model reads in hours where an event has an instant."""


def at(hour: int) -> str:
    return format_instant(ORIGIN + timedelta(hours=hour))


class Pair:
    """Three promises of one agreement in both models; the third states its own end."""

    def __init__(self, end: int, period: int | None, only_own: bool) -> None:
        self.count = 0
        recorded = self._entry("AgreementRecorded", 0, self._agreement(end, period, only_own))
        self.folding = AgreementFold(AGREEMENT, REGISTRY, recorded=recorded)
        self.folding.apply(recorded)
        promises = {}
        for name, (debtor, creditor) in SIDES.items():
            own = {"terms": {"end": at(OWN_END)}} if name == "c" else {}
            data = {"commitment": name, "kind": "maintenance", "debtor": [debtor],
                    "creditor": [creditor], "promise": "to keep to it", **own}  # fmt: skip
            self.folding.apply(self._entry("CommitmentAccepted", 0, data))
            promises[name] = Model(
                "maintenance", "in_force", 0, OWN_END if own else end,
                period=period, debtor=debtor, creditor=creditor,
            )  # fmt: skip
        self.model = PackageModel(promises, PARTIES, frozenset("c"), bool(period and only_own))

    def _agreement(self, end: int, period: int | None, only_own: bool) -> dict[str, Any]:
        clause = {"period": f"PT{period}H", "only_own": only_own}
        return {
            "agreement": AGREEMENT,
            "title": "Accord",
            "parties": [*PARTIES],
            "terms": {"end": at(end)},
            "clauses": {"renewal": clause} if period else {},
        }

    def _entry(self, name: str, hour: int, data: dict[str, Any]) -> Entry:
        self.count += 1
        fields = {"occurred": at(hour), "effective_at": at(hour), **data}
        fields = {key: value for key, value in fields.items() if value is not None}
        event = RecordedEvent(self.count, AGREEMENT, self.count, f"e{self.count}",
                              full_type(name), "test", parse_instant(at(hour)), fields)  # fmt: skip
        return entry_of(event, REGISTRY, "UTC")

    def pass_to(self, hour: int) -> None:
        self.folding.advance_clock(parse_instant(at(hour)))
        self.model.pass_to(hour)

    def tell(self, name: str, hour: int, data: dict[str, Any]) -> None:
        entry = self._entry(name, hour, {k: v for k, v in data.items() if k not in OWN})
        moved = outcome_of(self.folding.commitments, entry).moved
        assert self.model.take(name, data, entry.id, hour) == {*moved}
        if moved:
            self.folding.apply(entry)

    def check(self) -> None:
        states = {name: model.state for name, model in self.model.promises.items()}
        commitments = self.folding.commitments.values()
        assert states == {each.id: each.state.value for each in commitments}
        assert not any(each.unapplied for each in commitments)


def fields_of(draw: Any, name: str, hour: int) -> dict[str, Any]:
    """The fields of one entry about the whole, told by one of many voices."""
    joint = st.sampled_from([["NOR"], ["NOR", "ISL"], [*PARTIES]])
    end = hour + draw(st.integers(1, 100))
    data = {
        "SuspensionDeclared": {"tolls": draw(st.booleans()), "until_hour": None},
        "MutuallyTerminated": {"by": draw(joint)},
        "Superseded": {"by": draw(joint), "successor": "d"},
        "TermExtended": {"by": draw(joint), "terms": {"end": at(end)}, "end_hour": end},
    }.get(name, {})
    narrowed = draw(st.sampled_from([None, None, None, ["a"], ["b", "c"]]))
    speaker, basis = draw(st.sampled_from(SPEAKERS)), draw(st.sampled_from(BASES))
    return {**data, "commitments": narrowed, "speaker": speaker, "basis": basis}


@settings(max_examples=examples(250), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_one_entry_moves_the_promises_that_the_document_says(data: Any) -> None:
    """Whatever comes in whatever order: the same promises moved, and the same states after."""
    period = data.draw(st.none() | st.integers(24, 60))
    pair, hour = Pair(data.draw(st.integers(10, 120)), period, data.draw(st.booleans())), 0
    for _ in range(data.draw(st.integers(2, 8))):
        name = data.draw(st.sampled_from(WHOLE))
        hour += data.draw(st.integers(0, 40))
        pair.pass_to(hour)
        pair.check()
        pair.tell(name, hour, fields_of(data.draw, name, hour))
        pair.check()
    for later in (1, 50, 300):
        pair.pass_to(hour + later)
        pair.check()
