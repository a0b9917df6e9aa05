"""The fold against a second model, written from the domain document and sharing nothing with it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import RecordedEvent, format_instant, parse_instant
from tests.support.domain_model import (
    CLOSED,
    EVENTS,
    LINES,
    OPEN,
    REPORTS,
    SPEAKS_FOR,
    Incident,
    Line,
    Model,
)
from tests.support.given import AGREEMENT
from tests.support.profiles import examples
from tracker.entries.decoding import entry_of, full_type
from tracker.entries.entry import Entry
from tracker.entries.parties import Party, Registry
from tracker.errors import TrackerError
from tracker.model.commitment import Commitment
from tracker.rules.fold import AgreementFold
from tracker.rules.guards import CLAIM_ROW, matching_transition

ORIGIN = parse_instant("2026-01-01T00:00:00Z")
INCIDENTS = ("i1", "i2")
PARTIES = (None, "NOR", "ISL", "SWE", "nor-mod")
REGISTRY = Registry({a: Party(a, a, "UTC", speaks_for=p) for a, p in SPEAKS_FOR.items()})
JOINT = (["NOR"], ["nor-mod", "ISL"], ["NOR", "ISL", "SWE", "DNK"])
BASES = (None, "debtor_act", "creditor_admission", "both_sides", "neutral_body",
         "analyst_finding", "claim")  # fmt: skip


def at(hour: int) -> str:
    return format_instant(ORIGIN + timedelta(hours=hour))


class Pair:
    """One commitment in both models, moved by the same events."""

    def __init__(self, begin: dict[str, Any]) -> None:
        self.count = 0
        self.model = _model(begin)
        self.folding = AgreementFold(AGREEMENT, REGISTRY)
        self.folding.apply(self._entry(begin["event"], 0, _first_data(begin)))
        self.model._strike(0)

    def _entry(self, name: str, hour: int, data: dict[str, Any]) -> Entry:
        self.count += 1
        fields = {"commitment": "c", "occurred": at(hour), "effective_at": at(hour), **data}
        fields = {key: value for key, value in fields.items() if value is not None}
        event = RecordedEvent(self.count, AGREEMENT, self.count, f"e{self.count}",
                              full_type(name), "test", parse_instant(at(hour)), fields)  # fmt: skip
        return entry_of(event, REGISTRY, "UTC")

    @property
    def actual(self) -> Commitment:
        return self.folding.commitments["c"]

    def twin(self) -> Pair:
        """A copy to go on with; what no event changes is shared."""
        fold = self.folding
        shared = (REGISTRY, fold.package.package, *fold.commitments.values())
        shared += (*fold.applied, *fold.promises.changes, *fold.promises.moved)
        return deepcopy(self, {id(each): each for each in shared})

    def pass_to(self, hour: int) -> None:
        self.folding.advance_clock(parse_instant(at(hour)))
        self.model.pass_to(hour)

    def expected(self, name: str, data: dict[str, Any], hour: int) -> Line | str | None:
        """The line that applies, "claim", or None for a refusal."""
        kept_apart = name in REPORTS or name in (
            "PerformanceConfirmed", "ViolationConfirmed", "ViolationRefuted")  # fmt: skip
        if data.get("basis") == "claim" and not kept_apart:
            return "claim"
        if not self._refers_to_what_is_known(name, data):
            return None
        if self.model.contradicts(name, data):
            return None
        line = self.model.line_for(name, data, hour)
        if line is None:
            return "claim" if name in REPORTS else None
        if name == "ConditionAdded" and self.model.state == "conditional":
            return line if data["antecedent"]["id"] not in self.model.conditions else None
        if not self.model.has_what_it_counts_from(data):
            return None
        return line if self.model.voice_is_right(line, data) else None

    def _refers_to_what_is_known(self, name: str, data: dict[str, Any]) -> bool:
        if name in ("ViolationDenied", "ViolationConfirmed", "ViolationRefuted"):
            return data["incident"] in {*self.model.incidents, *self.claimed_incidents()}
        if name in ("ConditionSatisfied", "ConditionFailed"):
            return data["antecedent"] in self.model.conditions
        return True

    def claimed_incidents(self) -> set[str]:
        return {str(c.incident) for c in self.actual.claims if c.type == "ViolationAlleged"}

    def tell(self, name: str, hour: int, data: dict[str, Any]) -> None:
        expected = self.expected(name, data, hour)
        entry = self._entry(name, hour, {k: v for k, v in data.items() if k not in _OWN})
        assert (_row(expected), name) == (self._judged(entry), name)
        if expected is not None:
            self.folding.apply(entry)
        if isinstance(expected, Line):
            self.model.take(expected, data, entry.id, hour)

    def _judged(self, entry: Entry) -> str | None:
        try:
            row = matching_transition(self.actual, entry)
        except TrackerError:
            return None
        return "claim" if row is CLAIM_ROW else row.number

    def check(self) -> None:
        model, actual = self.model, self.actual
        assert (model.state, model.compliance, model.grade, model.late) == (
            actual.state.value,
            actual.compliance.value,
            actual.grade.value,
            actual.late,
        )
        assert model.incidents == {i.id: Incident(i.status, i.counted) for i in actual.incidents}
        assert (model.state == "suspended") == (actual.suspension is not None)
        assert () == actual.unapplied


_OWN = ("until_hour", "end_hour", "notice_hours", "window_hour", "extend_hours",
        "renewal_hours")  # fmt: skip
"""What the model reads in hours where an event has an instant."""


def _row(expected: Line | str | None) -> str | None:
    return expected.row if isinstance(expected, Line) else expected


def _model(begin: dict[str, Any]) -> Model:
    state = {"CommitmentProposed": "proposed", "AcceptedConditionally": "conditional"}
    antecedents = begin["antecedents"] if begin["event"] == "AcceptedConditionally" else []
    return Model(
        kind=begin["kind"],
        state=state.get(begin["event"], "in_force"),
        made=0,
        end=None if begin["kind"] == "process" else begin["end"],
        perdurant=begin["perdurant"],
        preemptive=begin["preemptive"],
        promised=begin["promised"],
        period=begin["period"],
        offer_until=begin["offer_until"],
        require=begin["require"],
        conditions={a["id"]: "open" for a in antecedents},
        deadlines={a["id"]: a["hour"] for a in antecedents if a["hour"] is not None},
        proposer=begin["proposer"],
    )


def _first_data(begin: dict[str, Any]) -> dict[str, Any]:
    term = "due" if begin["kind"] == "achievement" else "end"
    end = begin["end"]
    terms: dict[str, Any] = {
        term: at(end) if end is not None else None,
        "perdurant": begin["perdurant"],
        "preemptive": begin["preemptive"],
        "quantity": begin["promised"],
        "tacit_renewal": f"PT{begin['period']}H" if begin["period"] else None,
    }
    data: dict[str, Any] = {
        "kind": begin["kind"],
        "debtor": ["NOR"],
        "creditor": ["ISL"],
        "promise": "to keep to it",
        "terms": {name: value for name, value in terms.items() if value is not None},
        "proposed_by": begin["proposer"],
    }
    if begin["offer_until"] is not None:
        data["offer_valid_until"] = at(begin["offer_until"])
    if begin["event"] == "AcceptedConditionally":
        data["require"] = begin["require"]
        data["antecedents"] = [
            {"id": a["id"], **({"deadline": at(a["hour"])} if a["hour"] is not None else {})}
            for a in begin["antecedents"]
        ]
    return data


ANTECEDENTS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("ab"), "hour": st.none() | st.integers(1, 200)}),
    unique_by=lambda each: each["id"],
    min_size=1,
)
BEGINNINGS = st.fixed_dictionaries({
    "event": st.sampled_from(["CommitmentAccepted", "CommitmentAccepted", "CommitmentProposed",
                              "AcceptedConditionally"]),
    "kind": st.sampled_from(["achievement", "maintenance", "process"]),
    "end": st.none() | st.integers(1, 240),
    "perdurant": st.booleans(),
    "preemptive": st.booleans(),
    "promised": st.none() | st.just(10),
    "period": st.none() | st.integers(24, 96),
    "offer_until": st.none() | st.integers(1, 100),
    "require": st.sampled_from(["all", "any"]),
    "antecedents": ANTECEDENTS,
    "proposer": st.sampled_from([None, "NOR", "ISL", "SWE"]),
})  # fmt: skip
ANY_EVENT, ANY_BASIS = st.sampled_from(EVENTS), st.sampled_from(BASES)
ANY_VOICE = st.tuples(st.sampled_from(PARTIES), ANY_BASIS)
ANY_HOURS = st.integers(0, 60)


@st.composite
def steps(draw: Any, model: Model, hour: int) -> tuple[str, int, dict[str, Any]]:
    """Mostly something the state lists, told by a voice that may tell it; often anything else."""
    later = hour + draw(_gaps(model, hour))
    line = draw(st.sampled_from(_likely(model)))
    name = draw(st.sampled_from([line.event] * 3 + [draw(ANY_EVENT)]))
    sound = (None, None), (None, "neutral_body"), ("NOR", None), ("ISL", None)
    odd = draw(ANY_VOICE)
    speaker, basis = draw(st.sampled_from([*sound, odd, odd]))
    if line.by == "confirmed" and draw(st.booleans()):
        basis = draw(ANY_BASIS)
    return name, later, {"speaker": speaker, "basis": basis} | _own_fields(draw, name, later)


def _likely(model: Model) -> list[Line]:
    """The lines of this state; those that decide something more often than those that do not."""
    lines = [line for line in LINES if model.kind[0] in line.kinds and model.state in line.sources]
    judging = [line for line in lines if line.event in JUDGING and (
        model.incidents or line.event not in ABOUT_INCIDENTS)]  # fmt: skip
    return lines + judging * 4


ABOUT_INCIDENTS = ("ViolationDenied", "ViolationConfirmed", "ViolationRefuted")
JUDGING = (*ABOUT_INCIDENTS, "ViolationAlleged", "ComplianceObserved", "PerformanceConfirmed",
           "NonPerformanceFound", "ExpiryAcknowledged", "TermRenewed", "Resumed",
           "SuspensionDeclared", "CommitmentAccepted")  # fmt: skip


def _gaps(model: Model, hour: int) -> Any:
    """Some hours, or just up to, onto or past the end."""
    if model.end is None or model.end <= hour:
        return ANY_HOURS
    left = model.end - hour
    return ANY_HOURS | st.sampled_from([left - 1, left, left + 1, left + 48])


def _own_fields(draw: Any, name: str, hour: int) -> dict[str, Any]:
    if name.startswith("Violation"):
        return {"incident": draw(st.sampled_from((*INCIDENTS, "i1")))}
    if name.startswith("Performance"):
        words = [None, None, "none", "partial", "substantial", "full"]
        quantity, word = draw(st.sampled_from([None, 0, 4, 6, 10])), draw(st.sampled_from(words))
        return {"quantity": quantity, "fulfilment": word}
    if name == "ConditionAdded":
        return {"antecedent": {"id": draw(st.sampled_from("abc"))}}
    if name.startswith("Condition"):
        return {"antecedent": draw(st.sampled_from("aab"))}
    if name == "AcceptedConditionally":
        ids = draw(st.lists(st.sampled_from("ab"), unique=True, min_size=1))
        return {"antecedents": [{"id": i} for i in ids], "require": draw(
            st.sampled_from(["all", "any"]))}  # fmt: skip
    if name == "SuspensionDeclared":
        until = draw(st.none() | st.integers(hour + 1, hour + 80))
        until_text = at(until) if until is not None else None
        return {"tolls": draw(st.booleans()), "until": until_text, "until_hour": until}
    if name == "TermExtended":
        end = hour + draw(st.integers(1, 200))
        by = draw(st.sampled_from(JOINT))
        return {**draw(st.sampled_from([_until(end), _longer(end - hour)])), "by": by}
    return _small_fields(draw, name)


def _notice(draw: Any) -> dict[str, Any]:
    hours = draw(st.none() | st.integers(1, 90))
    cited = {"basis": "clause"} if draw(st.booleans()) else {}
    return {"notice": f"PT{hours}H" if hours else None, "notice_hours": hours, **cited}


def _until(end: int) -> dict[str, Any]:
    return {"terms": {"end": at(end)}, "end_hour": end}


def _longer(hours: int) -> dict[str, Any]:
    return {"terms": {"extend_by": f"PT{hours}H"}, "extend_hours": hours}


def _next_period(draw: Any) -> dict[str, Any]:
    hours = draw(st.none() | st.integers(1, 90))
    return {"terms": {"duration": f"PT{hours}H"}, "renewal_hours": hours} if hours else {}


def _small_fields(draw: Any, name: str) -> dict[str, Any]:
    to = st.sampled_from(["NOR", "ISL", "SWE", "DNK"])
    until = draw(st.integers(0, 300))
    joint = st.none() | st.sampled_from(JOINT)
    return {
        "ComplianceObserved": lambda: {"window": at(until), "window_hour": until},
        "CommitmentClosed": lambda: {"reason": "nearly all"},
        "WithdrawalNotified": lambda: _notice(draw),
        "DebtorCancelled": lambda: {"withdrawal_clause": draw(st.booleans())},
        "Superseded": lambda: {"successor": "d", "by": draw(joint)},
        "MutuallyTerminated": lambda: {"by": draw(joint)},
        "TermRenewed": lambda: {**_next_period(draw), "by": draw(joint)},
        "Delegated": lambda: {"to": draw(to), "released": draw(st.booleans())},
        "Assigned": lambda: {"to": draw(to)},
        "ReadingAsserted": lambda: {"term": "scope", "value": "as they say"},
        "PeriodWaived": lambda: {"period": "2026-01-05"},
    }.get(name, dict)()


@settings(max_examples=examples(600), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_fold_agrees_with_the_document_row_by_row_and_hour_by_hour(data: Any) -> None:
    """Whatever happens in whatever order: the same row or refusal, and the same four axes."""
    pair, hour = Pair(data.draw(BEGINNINGS)), 0
    for _ in range(data.draw(st.integers(3, 12))):
        name, hour, fields = data.draw(steps(pair.model, hour))
        pair.pass_to(hour)
        pair.check()
        pair.tell(name, hour, fields)
        pair.check()
    for later in (1, 30, 50, 400):
        pair.pass_to(hour + later)
        pair.check()


@pytest.mark.parametrize("kind", ["achievement", "maintenance", "process", "recurring"])
@pytest.mark.parametrize("state", OPEN + CLOSED)
def test_what_the_program_allows_is_what_the_document_lists(kind: str, state: str) -> None:
    """For every kind and state the two tables name the same events."""
    from tracker.model.vocabulary import Kind, State
    from tracker.rules.transitions import likely_instead

    beyond_one_commitment = {"TermsClarified", "GoverningReadingChosen", "ReleasePowerExercised",
                             "FindingRevised", "EntryRetracted"}  # fmt: skip
    types = {line.event for line in LINES if kind[0] in line.kinds and state in line.sources}

    assert types == set(likely_instead("", Kind(kind), State(state))) - beyond_one_commitment


def test_the_model_holds_every_row_that_moves_a_single_commitment() -> None:
    """Row 27 needs two commitments, rows 34 and 36 act on the record: they have other tests."""
    every = {str(n) for n in range(1, 39)} | {"25b"}

    assert {"27", "34", "36"} == every - {line.row for line in LINES}


Path = tuple[str, dict[str, Any], list[tuple[str, dict[str, Any]]], int]
"""How a state is reached: the first event, its fields, further events, and hours to let pass."""
PLAIN: dict[str, Any] = {
    "end": None, "perdurant": False, "preemptive": True, "promised": 10, "period": None,
    "offer_until": None, "require": "all", "proposer": "ISL",
    "antecedents": [{"id": "a", "hour": None}],
}  # fmt: skip
NEUTRAL = {"basis": "neutral_body"}
ALLEGED = ("ViolationAlleged", {"incident": "i1"})
HELD = ("SuspensionDeclared", {"tolls": True, "until": None, "until_hour": None, **NEUTRAL})


def path_to(state: str, kind: str) -> Path | None:
    """One way to each state; None where a kind cannot get there."""
    first = {"proposed": "CommitmentProposed", "conditional": "AcceptedConditionally",
             "rejected": "CommitmentProposed"}.get(state, "CommitmentAccepted")  # fmt: skip
    by_clock = {"overdue": ("achievement", 5), "lapsed": ("achievement", 60),
                "expired": ("maintenance", 5)}  # fmt: skip
    if state in by_clock:
        only, hours = by_clock[state]
        return (first, {"end": 5}, [ALLEGED], hours) if kind == only else None
    done = {
        "achievement": ("PerformanceConfirmed", {"quantity": 10, **NEUTRAL}),
        "maintenance": ("ExpiryAcknowledged", {}),
        "process": ("ProcessConcluded", {}),
    }
    steps: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "suspended": [HELD],
        "violated": [("DebtorCancelled", {})],
        "discharged": [done[kind]],
        "cancelled": [("MutuallyTerminated", NEUTRAL)],
        "released": [("CreditorReleased", {})],
        "rejected": [("ProposalRejected", {})],
        "superseded": [("Superseded", {"successor": "d", **NEUTRAL})],
    }
    if (state, kind) == ("discharged", "maintenance"):
        return first, {"end": 1}, [("ComplianceObserved", NEUTRAL)], 5
    return first, {}, [ALLEGED, *steps.get(state, [])], 2


def pair_in(state: str, kind: str) -> Pair:
    path = path_to(state, kind)
    assert path is not None
    first, fields, further, hours = path
    pair = Pair({**PLAIN, **fields, "event": first, "kind": kind})
    for name, data in further:
        pair.tell(name, 1, data)
    pair.pass_to(hours)
    return pair


NOTICE = {"notice": "PT20H", "notice_hours": 20}
FIELDS: dict[str, dict[str, Any]] = {
    **{name: {"incident": "i1"} for name in (*ABOUT_INCIDENTS, "ViolationAlleged")},
    "ConditionAdded": {"antecedent": {"id": "b"}},
    "ConditionSatisfied": {"antecedent": "a"},
    "ConditionFailed": {"antecedent": "a"},
    "AcceptedConditionally": {"antecedents": [{"id": "b"}], "require": "all"},
    "SuspensionDeclared": {name: HELD[1][name] for name in ("tolls", "until", "until_hour")},
    "TermExtended": {"terms": {"end": at(300)}, "end_hour": 300, "by": ["NOR", "ISL"]},
    "CommitmentClosed": {"reason": "nearly all"},
    "Superseded": {"successor": "d"},
    "Delegated": {"to": "SWE"},
    "Assigned": {"to": "SWE"},
    "ReadingAsserted": {"term": "scope", "value": "as they say"},
    "PeriodWaived": {"period": "2026-01-05"},
}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "PerformanceConfirmed": [
        {"quantity": 4},
        {"quantity": 10},
        {"quantity": None},
        {"fulfilment": "substantial"},
        {"fulfilment": "full"},
        {"quantity": 10, "fulfilment": "partial"},
    ],
    "TermExtended": [
        FIELDS["TermExtended"],
        {**FIELDS["TermExtended"], "by": ["NOR"]},
        {**_longer(30), "by": ["NOR", "ISL"]},
    ],
    "WithdrawalNotified": [NOTICE, {**NOTICE, "basis": "clause"}],
    "MutuallyTerminated": [{}, {"by": ["nor-mod", "ISL"]}, {"by": ["NOR"]}],
    "Superseded": [{"successor": "d"}, {"successor": "d", "by": ["NOR", "ISL"]}],
    "TermRenewed": [
        {},
        {"by": ["NOR", "ISL"]},
        {"by": ["NOR", "ISL"], "terms": {"duration": "PT30H"}, "renewal_hours": 30},
    ],
    "DebtorCancelled": [{"withdrawal_clause": True}, {"withdrawal_clause": False}],
}
VOICES = [(None, None), (None, "neutral_body"), ("NOR", None), ("ISL", None), ("SWE", None),
          ("nor-mod", None), (None, "debtor_act"), (None, "creditor_admission"),
          ("SWE", "claim")]  # fmt: skip


def cells() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in EVENTS:
        for fields in VARIANTS.get(name, [FIELDS.get(name, {})]):
            yield name, fields


KINDS = ("achievement", "maintenance", "process")
REACHED = [(s, k) for s in OPEN + CLOSED for k in KINDS if path_to(s, k) is not None]


@pytest.mark.parametrize(("state", "kind"), REACHED)
def test_every_event_in_every_state_from_every_voice_goes_by_the_document(
    state: str, kind: str
) -> None:
    """Cell by cell: the same row or refusal, and the same axes then and after the clock."""
    reached, untouched = pair_in(state, kind), pair_in(state, kind)
    assert state == reached.model.state
    hour = reached.model.made + 1
    reached.pass_to(hour)
    untouched.pass_to(hour)
    for name, fields in cells():
        for speaker, basis in VOICES:
            data = {"speaker": speaker, "basis": basis, **fields}
            if reached.expected(name, data, hour) is None:
                reached.tell(name, hour, data)  # refused: nothing moves, now or by the clock
                continue
            pair = reached.twin()
            pair.tell(name, hour, data)
            pair.check()
            pair.pass_to(hour + 400)
            pair.check()
    for pair in (reached, untouched):
        pair.check()
        pair.pass_to(hour + 400)
        pair.check()
    assert (untouched.actual, untouched.model) == (reached.actual, reached.model)


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_claims_never_move_a_state(data: Any) -> None:
    """The same history with and without claims strewn in stands in the same state all along.

    Only T8 looks at what is alleged: a window that would close clear closes expired.
    """
    begin = data.draw(BEGINNINGS)
    plain, claimed, hour = Pair(begin), Pair(begin), 0
    for _ in range(data.draw(st.integers(1, 8))):
        name, hour, fields = data.draw(steps(plain.model, hour))
        for pair in (plain, claimed):
            pair.pass_to(hour)
        if fields["basis"] == "claim" or name in REPORTS:
            before = claimed.actual.state
            claimed.tell(name, hour, fields)
            assert before == claimed.actual.state
            continue
        for pair in (plain, claimed):
            if name not in ("ViolationConfirmed", "ViolationRefuted"):
                pair.tell(name, hour, fields)
    for later in (0, 30, 60, 400):
        for pair in (plain, claimed):
            pair.pass_to(hour + later)
        ends = {s: ("expired" if s == "discharged" else s) for s in OPEN + CLOSED}
        assert ends[plain.actual.state.value] == ends[claimed.actual.state.value], asdict(
            plain.model
        )
