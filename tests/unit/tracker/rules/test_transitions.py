"""Each row of the transition table, given events, when one more comes, then a state."""

from __future__ import annotations

import pytest

from events import parse_instant
from tests.support.given import REGISTRY, History
from tracker.entries.decoding import entry_of
from tracker.entries.entry import Entry
from tracker.errors import IllegalTransition, UnknownId
from tracker.model.vocabulary import Compliance, Flag, Grade, Kind, State
from tracker.rules.evolve import initial_commitment
from tracker.rules.terms.disputes import flags_of

T = [f"2026-01-{day:02}T12:00:00Z" for day in range(1, 32)]
WINDOW = {"start": "2026-01-01", "duration": "P20D", "count": "exclusive", "zone": "UTC"}
ANTECEDENTS = [{"id": "a", "text": "first"}, {"id": "b", "text": "second"}]
MNT = {"kind": "maintenance", "terms": WINDOW}
PROC = {"kind": "process"}


def accepted(**more: object) -> History:
    return History().promise(at=T[0], **more)


def due(day: str = "2026-01-10", **more: object) -> History:
    return accepted(terms={"due": day, "zone": "UTC", **more})


def conditional(**more: object) -> History:
    return History().promise("AcceptedConditionally", at=T[0], antecedents=ANTECEDENTS, **more)


def test_row_1_a_proposal_is_proposed() -> None:
    """CommitmentProposed makes a proposed commitment."""
    assert State.PROPOSED is History().promise("CommitmentProposed", at=T[0]).commitment(T[1]).state


def test_row_2_a_rejected_proposal_is_rejected() -> None:
    """ProposalRejected closes a proposal."""
    given = History().promise("CommitmentProposed", at=T[0]).on("ProposalRejected", at=T[1])

    assert State.REJECTED is given.commitment(T[2]).state


def test_row_3_a_withdrawn_proposal_is_cancelled() -> None:
    """ProposalWithdrawn cancels a proposal."""
    given = History().promise("CommitmentProposed", at=T[0]).on("ProposalWithdrawn", at=T[1])

    assert State.CANCELLED is given.commitment(T[2]).state


@pytest.mark.parametrize("first", ["CommitmentProposed", "AcceptedConditionally"])
def test_row_4_acceptance_puts_in_force(first: str) -> None:
    """CommitmentAccepted leads to in_force from a proposal and from a condition."""
    given = History().promise(first, at=T[0]).on("CommitmentAccepted", at=T[1])

    assert (
        given.commitment(T[2]).state,
        given.commitment(T[2]).state_cause.rule,
    ) == (State.IN_FORCE, "4")


def test_row_4_a_party_named_twice_owes_and_is_owed_once() -> None:
    """A sheet or another program may name it so; counts and sentences have each party once."""
    made = accepted(debtor=["NOR", "DNK", "NOR"], creditor=["ISL", "ISL"]).commitment(T[1])

    assert (("NOR", "DNK"), ("ISL",)) == (made.debtor, made.creditor)


def test_row_5_conditional_acceptance_is_conditional() -> None:
    """AcceptedConditionally waits for its antecedents."""
    assert State.CONDITIONAL is conditional().commitment(T[1]).state


def test_row_6_a_condition_added_in_force_only_disputes_the_terms() -> None:
    """ConditionAdded on a promise in force moves nothing and raises terms_disputed."""
    given = accepted().on("ConditionAdded", at=T[1], antecedent={"id": "x", "text": "first leave"})
    commitment = given.commitment(T[2])

    assert (State.IN_FORCE, True) == (commitment.state, Flag.TERMS_DISPUTED in flags_of(commitment))


def test_row_7_all_antecedents_detach() -> None:
    """With require all the last satisfied antecedent puts the promise in force."""
    given = conditional().on("ConditionSatisfied", at=T[1], antecedent="a")
    one = given.commitment(T[2]).state
    given.on("ConditionSatisfied", at=T[3], antecedent="b")

    assert (State.CONDITIONAL, State.IN_FORCE) == (one, given.commitment(T[4]).state)


def test_row_7_any_antecedent_detaches() -> None:
    """With require any the first satisfied antecedent is enough."""
    given = conditional(require="any").on("ConditionSatisfied", at=T[1], antecedent="b")

    assert State.IN_FORCE is given.commitment(T[2]).state


def test_row_8_a_failed_condition_expires() -> None:
    """ConditionFailed expires a conditional promise."""
    given = conditional().on("ConditionFailed", at=T[1], antecedent="a")

    assert State.EXPIRED is given.commitment(T[2]).state


def test_row_6_a_condition_joins_those_of_a_conditional_promise() -> None:
    """ConditionAdded on a conditional promise is one more antecedent; twice is refused."""
    given = conditional().on("ConditionAdded", at=T[1], antecedent={"id": "c", "text": "third"})
    for antecedent in ("a", "b"):
        given.on("ConditionSatisfied", at=T[2], antecedent=antecedent)
    waiting = given.commitment(T[3]).state
    with pytest.raises(IllegalTransition, match=r"row 6.*it has an antecedent 'c' already"):
        given.judged("ConditionAdded", at=T[3], antecedent="c")

    assert State.CONDITIONAL is waiting


def test_row_8_with_any_one_antecedent_enough_all_must_fail() -> None:
    """One impossible antecedent leaves the other to wait for."""
    given = conditional(require="any").on("ConditionFailed", at=T[1], antecedent="a")
    one = given.commitment(T[2]).state
    given.on("ConditionFailed", at=T[3], antecedent="b")

    assert (State.CONDITIONAL, State.EXPIRED) == (one, given.commitment(T[4]).state)


def test_row_9_a_reading_by_one_party_shifts_the_earliest_end() -> None:
    """ReadingAsserted adds a reading; the state's end stays the latest."""
    given = accepted(**MNT).on(
        "ReadingAsserted", at=T[1], speaker="ISL", term="duration", value="P10D"
    )
    commitment = given.commitment(T[2])

    assert ("2026-01-12", "2026-01-22") == (
        commitment.earliest and commitment.earliest.date().isoformat(),
        commitment.latest and commitment.latest.date().isoformat(),
    )


def test_row_9_a_clarification_needs_all_parties() -> None:
    """TermsClarified by one side only is refused, and the reading is named instead."""
    with pytest.raises(IllegalTransition) as caught:
        accepted(**MNT).judged("TermsClarified", at=T[1], term="duration", value="P10D", by=["NOR"])

    assert "ReadingAsserted" in caught.value.hint


def test_row_9_a_clarification_settles_the_dispute() -> None:
    """What all parties say replaces what each said."""
    given = (
        accepted(**MNT)
        .on("ReadingAsserted", at=T[1], speaker="ISL", term="duration", value="P10D")
        .on("TermsClarified", at=T[2], term="duration", value="P15D", by=["NOR", "ISL"])
    )
    commitment = given.commitment(T[3])

    assert (1, False) == (len(commitment.readings), Flag.TERMS_DISPUTED in flags_of(commitment))


def test_row_9_the_governing_reading_times_everything() -> None:
    """A chosen reading ends the contest of readings for alerts and for states."""
    given = accepted(
        kind="maintenance",
        terms={"start": "2026-01-01", "duration": "P10D", "zone": "UTC", "reading": "r"},
    )
    given.on("GoverningReadingChosen", at=T[1], term="end", reading="r-inclusive")

    assert State.EXPIRED is given.commitment("2026-01-11T00:00:00Z").state


def test_row_10_a_report_is_only_a_claim() -> None:
    """PerformanceReported moves no axis."""
    given = due().on("PerformanceReported", at=T[1], quantity=5, speaker="NOR")
    commitment = given.commitment(T[2])

    assert (State.IN_FORCE, Grade.NONE, 1) == (
        commitment.state,
        commitment.grade,
        len(commitment.claims),
    )


@pytest.mark.parametrize("basis", ["claim", "debtor_act", None])
def test_row_11_confirmation_needs_more_than_the_debtors_word(basis: str | None) -> None:
    """PerformanceConfirmed asks for an admission, both sides, a neutral body or a finding."""
    with pytest.raises(IllegalTransition, match="needs a basis"):
        due().judged("PerformanceConfirmed", at=T[1], basis=basis)


def test_row_11_a_confirmation_recorded_late_is_not_late() -> None:
    """What occurred before due discharges in time, whenever it is recorded."""
    given = due().add(
        "PerformanceConfirmed", at=T[4], recorded=T[20], commitment="c", basis="both_sides"
    )
    before, after = given.commitment(T[21], T[19]), given.commitment(T[21])

    assert (before.state, after.state, after.late) == (State.LAPSED, State.DISCHARGED, False)


def test_row_11_delivery_after_due_is_late() -> None:
    """A confirmation that occurred after due discharges, late."""
    given = due().on("PerformanceConfirmed", at=T[10], basis="neutral_body")
    commitment = given.commitment(T[12])

    assert (commitment.state, commitment.late) == (State.DISCHARGED, True)


@pytest.mark.parametrize(
    ("terms", "row"), [({}, "11"), ({"preemptive": False}, None)], ids=["preemptive", "not"]
)
def test_row_11_performance_before_it_binds_counts_when_preemptive(
    terms: dict[str, object], row: str | None
) -> None:
    """A conditional promise may be kept early, unless its terms say otherwise."""
    given = conditional(terms=terms)
    if row is None:
        with pytest.raises(IllegalTransition, match=r"row 11.*not preemptive"):
            given.judged("PerformanceConfirmed", at=T[1], basis="both_sides")
    else:
        assert row == given.judged("PerformanceConfirmed", at=T[1], basis="both_sides")


def test_row_11_while_a_suspension_tolls_nothing_is_late() -> None:
    """The due date stands still, so what is delivered meanwhile is in time."""
    given = due().on("SuspensionDeclared", at=T[1], tolls=True)
    given.on("PerformanceConfirmed", at=T[20], basis="both_sides")
    commitment = given.commitment(T[21])

    assert (State.DISCHARGED, False) == (commitment.state, commitment.late)


def test_row_12_partial_deliveries_add_up_to_the_promise() -> None:
    """Confirmed partials sum; the one that completes the promise discharges it."""
    given = due(quantity=10).on("PerformanceConfirmed", at=T[1], quantity=4, basis="both_sides")
    partly = given.commitment(T[2])
    given.on("PerformanceConfirmed", at=T[3], quantity=6, basis="both_sides")
    wholly = given.commitment(T[4])

    assert (
        partly.grade,
        partly.delivered,
        partly.state,
        wholly.grade,
        wholly.delivered,
        wholly.state,
    ) == (Grade.PARTIAL, 4, State.IN_FORCE, Grade.FULL, 10, State.DISCHARGED)


def test_row_13_nearly_all_may_be_closed_as_substantial() -> None:
    """CommitmentClosed discharges with grade substantial."""
    given = due().on("CommitmentClosed", at=T[1], fulfilment="substantial", reason="170 of 175")
    commitment = given.commitment(T[2])

    assert (commitment.state, commitment.grade) == (State.DISCHARGED, Grade.SUBSTANTIAL)


def test_row_13_closing_with_less_than_all_needs_a_reason() -> None:
    """CommitmentClosed without a reason is refused."""
    with pytest.raises(IllegalTransition, match=r"row 13.*needs a reason"):
        due().judged("CommitmentClosed", at=T[1])


def test_row_14_a_finding_violates_what_is_overdue_only() -> None:
    """NonPerformanceFound needs the due date to have passed."""
    with pytest.raises(IllegalTransition, match="row 14"):
        due().judged("NonPerformanceFound", at=T[1])

    given = due().on("NonPerformanceFound", at=T[11], reason="seen")
    assert State.VIOLATED is given.commitment(T[12]).state


def test_row_15_an_allegation_in_force_touches_compliance_alone() -> None:
    """ViolationAlleged in force is alleged, and the state does not move."""
    commitment = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="i").commitment(T[2])

    assert (commitment.state, commitment.compliance) == (State.IN_FORCE, Compliance.ALLEGED)


def test_row_15_an_allegation_out_of_force_is_tagged() -> None:
    """An incident outside the time in force counts for nothing and says so."""
    given = conditional(kind="maintenance").on("ViolationAlleged", at=T[1], incident="i")
    commitment = given.commitment(T[2])

    assert (
        commitment.compliance,
        commitment.incidents[0].tags,
    ) == (Compliance.UNASSESSED, ("out_of_force",))


@pytest.mark.parametrize(
    ("event", "tag"),
    [
        ("SuspensionDeclared", "while_suspended"),
        ("CreditorReleased", "out_of_force"),
        ("MutuallyTerminated", "out_of_force"),
    ],
)
def test_row_15_what_does_not_bind_at_the_time_is_out_of_force(event: str, tag: str) -> None:
    """Suspended, released or ended: the incident is kept, and counts for nothing."""
    given = accepted(**MNT).on(event, at=T[1]).on("ViolationAlleged", at=T[2], incident="i")
    commitment = given.commitment(T[3])

    assert (Compliance.UNASSESSED, False, (tag,)) == (
        commitment.compliance,
        commitment.incidents[0].counted,
        commitment.incidents[0].tags,
    )


def test_row_15_late_news_of_an_incident_in_force_counts_although_it_is_over() -> None:
    """What matters is when it occurred, not when it was recorded."""
    given = accepted(**MNT).on("CreditorReleased", at=T[5])
    given.add("ViolationAlleged", at=T[2], recorded=T[9], commitment="c", incident="i")
    commitment = given.commitment(T[10])

    assert (State.RELEASED, Compliance.ALLEGED) == (commitment.state, commitment.compliance)


def test_row_16_a_denial_disputes() -> None:
    """ViolationDenied makes the incident and the compliance disputed."""
    given = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="i")
    given.on("ViolationDenied", at=T[2], incident="i")

    assert Compliance.DISPUTED is given.commitment(T[3]).compliance


@pytest.mark.parametrize(("perdurant", "state"), [(True, State.IN_FORCE), (False, State.VIOLATED)])
def test_row_17_a_confirmed_breach_ends_only_what_does_not_survive_it(
    perdurant: bool, state: State
) -> None:
    """A perdurant promise stays in force after its breach."""
    given = accepted(kind="maintenance", terms={**WINDOW, "perdurant": perdurant})
    given.on("ViolationAlleged", at=T[1], incident="i")
    given.on("ViolationConfirmed", at=T[2], incident="i", basis="neutral_body")
    commitment = given.commitment(T[3])

    assert (commitment.state, commitment.compliance) == (state, Compliance.CONFIRMED)


def test_row_17_a_claim_confirms_nothing() -> None:
    """ViolationConfirmed by a claim is refused and the allegation is named instead."""
    given = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="i")
    with pytest.raises(IllegalTransition) as caught:
        given.judged("ViolationConfirmed", at=T[2], incident="i", basis="claim")

    assert "ViolationAlleged" in caught.value.hint


def test_row_17_an_unknown_incident_is_named_with_the_known() -> None:
    """A finding on an incident that is not on record is refused."""
    given = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="strike-1")
    with pytest.raises(UnknownId, match="strike-1"):
        given.judged("ViolationConfirmed", at=T[2], incident="strike-2", basis="neutral_body")


def test_row_17_a_breach_inside_the_window_found_after_it_violates() -> None:
    """After the end, a confirmed breach of the window turns expired into violated."""
    given = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="i")
    expired = given.commitment(T[25]).state
    given.on("ViolationConfirmed", at=T[26], incident="i", basis="neutral_body")

    assert (State.EXPIRED, State.VIOLATED) == (expired, given.commitment(T[27]).state)


def test_row_18_a_refuted_allegation_after_the_end_discharges() -> None:
    """The end is judged again: what expired under an allegation is discharged without it."""
    given = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="i")
    given.on("ViolationRefuted", at=T[26], incident="i", basis="neutral_body")
    commitment = given.commitment(T[27])

    assert (commitment.state, commitment.compliance) == (State.DISCHARGED, Compliance.CLEAR)


def test_row_16_a_denial_of_what_is_claimed_against_an_achievement_is_kept() -> None:
    """An achievement has no incidents, so allegation and denial are both kept as claims."""
    given = due().on("ViolationAlleged", at=T[1], incident="i", speaker="ISL",
                     claimed_count={"value": 5})  # fmt: skip
    given.on("ViolationDenied", at=T[2], incident="i", speaker="NOR")
    commitment = given.commitment(T[3])

    assert [("ViolationAlleged", "i", 5), ("ViolationDenied", "i", None)] == [
        (c.type, c.incident, c.count and c.count.claimed.value) for c in commitment.claims
    ]
    assert Compliance.UNASSESSED is commitment.compliance


def test_row_18_a_breach_found_after_the_end_and_refuted_is_judged_again() -> None:
    """Violated by a finding after the end, discharged once the incident is refuted."""
    given = accepted(**MNT).on("ViolationAlleged", at=T[1], incident="i")
    given.on("ViolationConfirmed", at=T[25], incident="i", basis="neutral_body")
    given.on("ViolationRefuted", at=T[27], incident="i", basis="analyst_finding")

    assert (State.VIOLATED, State.DISCHARGED) == (
        given.commitment(T[26]).state,
        given.commitment(T[28]).state,
    )


def test_row_19_observation_clears_only_what_was_not_assessed() -> None:
    """ComplianceObserved never lowers an allegation."""
    given = accepted(**MNT).on("ComplianceObserved", at=T[1])
    clear = given.commitment(T[2]).compliance
    given.on("ViolationAlleged", at=T[3], incident="i").on("ComplianceObserved", at=T[4])

    assert (Compliance.CLEAR, Compliance.ALLEGED) == (clear, given.commitment(T[5]).compliance)


def test_rows_20_21_a_tolled_suspension_moves_the_end() -> None:
    """Time under a suspension that tolls is added to the end."""
    given = accepted(**MNT).on("SuspensionDeclared", at=T[1], tolls=True).on("Resumed", at=T[6])
    commitment = given.commitment(T[7])

    assert (State.IN_FORCE, "2026-01-27T00:00:00+00:00") == (
        commitment.state,
        commitment.latest and commitment.latest.isoformat(),
    )


def test_row_20_suspension_by_the_debtor_alone_is_alleged_a_breach() -> None:
    """A debtor that suspends without right also raises an allegation."""
    given = accepted(**MNT).on("SuspensionDeclared", at=T[1], basis="debtor_act")
    commitment = given.commitment(T[2])

    assert (commitment.state, commitment.compliance) == (State.SUSPENDED, Compliance.ALLEGED)


def test_row_20_what_is_suspended_while_overdue_stays_suspended_and_lapses_with_its_grace() -> None:
    """The due date has passed already; without tolling only the grace runs on."""
    given = due().on("SuspensionDeclared", at=T[10], tolls=False)

    assert [State.SUSPENDED, State.LAPSED] == [
        given.commitment(T[10]).state,
        given.commitment(T[12]).state,
    ]


def test_row_20_an_achievement_suspended_without_right_is_claimed_against() -> None:
    """Row 15 has no line for achievements: the allegation is kept as a claim."""
    commitment = due().on("SuspensionDeclared", at=T[1], basis="debtor_act").commitment(T[2])

    assert (State.SUSPENDED, ["ViolationAlleged"], Compliance.UNASSESSED) == (
        commitment.state,
        [claim.type for claim in commitment.claims],
        commitment.compliance,
    )


def test_row_21_resumed_after_its_due_date_is_overdue_at_once() -> None:
    """Back in force past its due date, the clock has its say."""
    given = due().on("SuspensionDeclared", at=T[10], tolls=True).on("Resumed", at=T[11])

    assert State.OVERDUE is given.commitment(T[11]).state


def test_row_22_an_extension_needs_both_sides() -> None:
    """TermExtended by the debtor alone is refused."""
    with pytest.raises(IllegalTransition, match="`by`"):
        due().judged("TermExtended", at=T[11], terms={"due": "2026-01-20"}, by=["NOR"])


def test_row_22_an_extension_revives_what_is_overdue() -> None:
    """A new due date agreed by both sides puts an overdue promise in force again."""
    given = due().on("TermExtended", at=T[10], terms={"due": "2026-01-20"}, by=["NOR", "ISL"])

    assert (
        given.commitment(T[12]).state,
        given.commitment(T[20]).state,
    ) == (State.IN_FORCE, State.OVERDUE)


def test_row_23_a_renewal_adds_a_period() -> None:
    """TermRenewed without terms runs the window once more."""
    given = accepted(**MNT).on("TermRenewed", at=T[5])
    commitment = given.commitment(T[6])

    assert parse_instant("2026-02-11T00:00:00Z") == commitment.latest


def test_row_23_a_renewal_without_terms_or_period_is_refused() -> None:
    """There must be something to renew for."""
    given = accepted(kind="maintenance", terms={"end": "2026-01-20", "zone": "UTC"})
    with pytest.raises(IllegalTransition, match=r"row 23.*no period"):
        given.judged("TermRenewed", at=T[5])


def test_row_24_notice_blocks_tacit_renewal() -> None:
    """After NonRenewalNotified the end is an end."""
    given = accepted(kind="maintenance", terms={**WINDOW, "tacit_renewal": True})
    renewed = given.commitment(T[25]).state
    given.on("NonRenewalNotified", at=T[5])

    assert (State.IN_FORCE, State.EXPIRED) == (renewed, given.commitment(T[25]).state)


def test_row_25_cancelling_what_is_not_yet_binding_is_no_breach() -> None:
    """DebtorCancelled on a conditional promise cancels it."""
    assert State.CANCELLED is conditional().on("DebtorCancelled", at=T[1]).commitment(T[2]).state


@pytest.mark.parametrize(("clause", "state"), [(False, State.VIOLATED), (True, State.CANCELLED)])
def test_row_25b_repudiation_violates_unless_a_clause_was_honoured(
    clause: bool, state: State
) -> None:
    """DebtorCancelled in force is a breach, but under a withdrawal clause."""
    given = accepted().on("DebtorCancelled", at=T[1], withdrawal_clause=clause)

    assert state is given.commitment(T[2]).state


def test_row_26_the_creditor_may_waive() -> None:
    """CreditorReleased releases."""
    assert State.RELEASED is accepted().on("CreditorReleased", at=T[1]).commitment(T[2]).state


def mirrored() -> History:
    given = accepted(**MNT, reciprocal_with="m")
    given.on("TermsClarified", at=T[0], by=["NOR", "ISL"], power={"release_on": "confirmed"})
    return given.promise(
        at=T[0],
        commitment="m",
        kind="maintenance",
        terms=WINDOW,
        debtor=["ISL"],
        creditor=["NOR"],
        reciprocal_with="c",
    )


def test_row_27_release_needs_a_breach_on_the_other_side() -> None:
    """ReleasePowerExercised is refused while the mirrored commitment is not breached."""
    with pytest.raises(IllegalTransition, match="no release is available"):
        mirrored().judged("ReleasePowerExercised", at=T[1], by="NOR")


def test_row_27_a_confirmed_breach_opens_a_release_that_must_be_exercised() -> None:
    """The flag is raised, and nothing moves until the power is used."""
    given = mirrored().add("ViolationAlleged", at=T[1], commitment="m", incident="i")
    given.add("ViolationConfirmed", at=T[2], commitment="m", incident="i", basis="neutral_body")
    open_ = given.commitment(T[3])
    given.on("ReleasePowerExercised", at=T[4], by="NOR")

    assert (State.IN_FORCE, True, State.RELEASED) == (
        open_.state,
        Flag.RELEASE_AVAILABLE in flags_of(open_),
        given.commitment(T[5]).state,
    )


@pytest.mark.parametrize(("clause", "opens"), [("alleged", True), ("confirmed", False)])
def test_row_27_a_self_judging_clause_opens_on_an_allegation(clause: str, opens: bool) -> None:
    """Whether an allegation is enough is what the clause says."""
    given = mirrored().on("TermsClarified", at=T[1], by=["NOR", "ISL"],
                          power={"release_on": clause})  # fmt: skip
    given.add("ViolationAlleged", at=T[2], commitment="m", incident="i")

    assert opens is (Flag.RELEASE_AVAILABLE in flags_of(given.commitment(T[3])))


def test_row_27_only_its_debtor_exercises_the_power() -> None:
    """The other side cannot walk away for it."""
    given = mirrored().add("ViolationAlleged", at=T[1], commitment="m", incident="i")
    given.add("ViolationConfirmed", at=T[2], commitment="m", incident="i", basis="neutral_body")
    with pytest.raises(IllegalTransition, match=r"row 27.*act of the debtor, NOR"):
        given.judged("ReleasePowerExercised", at=T[3], by="ISL")


def test_row_27_a_reserved_right_releases_nothing() -> None:
    """Who only reserves the right stays bound, with the right still open."""
    given = mirrored().add("ViolationAlleged", at=T[1], commitment="m", incident="i")
    given.add("ViolationConfirmed", at=T[2], commitment="m", incident="i", basis="neutral_body")
    given.on("PositionStated", at=T[3], text="reserves the right to walk away", speaker="NOR")
    given.on("ReleasePowerExercised", at=T[3], by="NOR", basis="claim")
    commitment = given.commitment(T[4])

    assert (State.IN_FORCE, True) == (
        commitment.state,
        Flag.RELEASE_AVAILABLE in flags_of(commitment),
    )


def test_row_27_the_right_lapses_with_the_refutation_and_with_the_end() -> None:
    """What opened the release is gone, so it is closed again."""
    given = mirrored().add("ViolationAlleged", at=T[1], commitment="m", incident="i")
    given.add("ViolationConfirmed", at=T[2], commitment="m", incident="i", basis="neutral_body")
    ended = given.commitment(T[25])
    given.add("ViolationRefuted", at=T[4], commitment="m", incident="i", basis="neutral_body")
    refuted = given.commitment(T[5])

    assert (False, False) == (ended.release_available, refuted.release_available)


def test_mirrored_commitments_are_never_inferred_from_one_another() -> None:
    """Whatever happens to one side, the other side's four axes stand as they did."""
    given = mirrored()
    before = given.commitment(T[1])
    for n, name in enumerate(("SuspensionDeclared", "Resumed", "CreditorReleased"), start=2):
        given.add(name, at=T[n], commitment="m")
    after = given.commitment(T[6])

    assert (before.state, before.compliance, before.grade, before.events) == (
        after.state,
        after.compliance,
        after.grade,
        after.events,
    )


def test_row_29_what_was_broken_has_no_successor() -> None:
    """A deal broken, then renegotiated: the breach stays on record, and the new deal beside it."""
    broken = accepted().on("DebtorCancelled", at=T[1])
    with pytest.raises(IllegalTransition, match="stays broken, whatever is agreed") as refused:
        broken.judged("Superseded", at=T[2], successor="d", by=["NOR", "ISL"])
    assert "pactwatch commitment add accord ID" in str(refused.value.hint)
    assert "--predecessor accord" in str(refused.value.hint)


def test_row_29_nothing_supersedes_itself() -> None:
    """The successor is another commitment, and it is kept by its id."""
    with pytest.raises(IllegalTransition, match=r"row 29.*itself"):
        accepted().judged("Superseded", at=T[1], successor="c")

    assert "d" == accepted().on("Superseded", at=T[1], successor="d").commitment(T[2]).successor


def test_rows_28_29_end_any_open_promise() -> None:
    """MutuallyTerminated cancels, Superseded supersedes."""
    ended = accepted().on("MutuallyTerminated", at=T[1]).commitment(T[2]).state
    replaced = accepted().on("Superseded", at=T[1], successor="d").commitment(T[2]).state

    assert (State.CANCELLED, State.SUPERSEDED) == (ended, replaced)


def test_row_30_a_delegating_debtor_stays_responsible() -> None:
    """Delegated names a new debtor and keeps the old one responsible."""
    commitment = accepted().on("Delegated", at=T[1], to="DNK").commitment(T[2])

    assert (commitment.debtor, commitment.responsible) == (("DNK",), ("NOR",))


def test_row_30_those_who_delegated_before_stay_responsible_when_the_last_is_released() -> None:
    """A release concerns the one who hands on, and nobody before it."""
    given = accepted().on("Delegated", at=T[1], to="DNK")
    given.on("Delegated", at=T[2], to="SWE", released=True)
    commitment = given.commitment(T[3])

    assert (("SWE",), ("NOR",)) == (commitment.debtor, commitment.responsible)


def test_row_30_of_several_only_the_one_who_speaks_hands_on_its_part() -> None:
    """The other debtors and creditors stay as they were."""
    given = accepted(debtor=["NOR", "DNK"], creditor=["ISL", "FIN"])
    given.on("Delegated", at=T[1], to="SWE", speaker="DNK")
    given.on("Assigned", at=T[2], to="EST", speaker="ISL")
    commitment = given.commitment(T[3])

    assert (("NOR", "SWE"), ("DNK",), ("EST", "FIN")) == (
        commitment.debtor,
        commitment.responsible,
        commitment.creditor,
    )


def test_row_31_a_round_restarts_the_stale_clock() -> None:
    """RoundHeld puts a process in force and counts as activity."""
    given = History().promise("CommitmentProposed", at=T[0], **PROC).on("RoundHeld", at=T[1])

    assert State.IN_FORCE is given.commitment(T[2]).state


def test_rows_32_33_a_process_concludes_or_collapses() -> None:
    """ProcessConcluded discharges, ProcessCollapsed cancels."""
    done = accepted(**PROC).on("ProcessConcluded", at=T[1]).commitment(T[2]).state
    gone = accepted(**PROC).on("ProcessCollapsed", at=T[1]).commitment(T[2]).state

    assert (State.DISCHARGED, State.CANCELLED) == (done, gone)


def test_row_32_a_concluded_process_names_what_came_of_it() -> None:
    """ProcessConcluded keeps the commitments that the agreement brought."""
    given = accepted(**PROC).on("ProcessConcluded", at=T[1], children=["truce-nor", "truce-isl"])

    assert ("truce-nor", "truce-isl") == given.commitment(T[2]).children


def test_row_34_a_withdrawn_finding_is_folded_without() -> None:
    """FindingRevised gives the state as it would be without the finding, from then on."""
    given = due().on("NonPerformanceFound", at=T[11])
    given.add("FindingRevised", at=T[15], event=given.events[-1].id, reason="wrong place")

    assert (
        given.commitment(T[14]).state,
        given.commitment(T[16]).state,
    ) == (State.VIOLATED, State.LAPSED)


def test_row_34_what_a_finding_alone_had_set_is_told_to_be_so_no_more() -> None:
    """Of the grade and of compliance as of the state: they are again as before the finding."""
    closed = due().on("CommitmentClosed", at=T[11], fulfilment="substantial", reason="nearly")
    clear = accepted(
        kind="maintenance", terms={"start": "2026-01-01", "duration": "P10D", "zone": "UTC"}
    ).on("ComplianceObserved", at=T[12], basis="neutral_body")
    for given in (closed, clear):
        given.add("FindingRevised", at=T[15], event=given.events[-1].id, reason="wrong place")
        last = given.events[-1].id
        steps = [c for c in given.state(T[16]).changes if last in c.events]
        changes = {(c.axis, c.before, c.after, c.rule) for c in steps}
        expected = {
            ("fulfilment", "substantial", "none", "34") if given is closed
            else ("compliance", "clear", "unassessed", "34")
        }  # fmt: skip
        assert expected <= changes


def test_row_35_the_debtor_may_end_by_a_reading_that_has_passed() -> None:
    """ExpiryAcknowledged after some reading ended closes as the end would."""
    given = accepted(
        kind="maintenance", terms={"start": "2026-01-01", "duration": "P10D", "zone": "UTC"}
    )
    given.on("ExpiryAcknowledged", at="2026-01-11T06:00:00Z")
    noon = "2026-01-11T12:00:00Z"
    given.on("ViolationAlleged", at=noon, occurred=noon, incident="i")
    commitment = given.commitment(T[12])

    assert (commitment.state, commitment.incidents[0].tags) == (
        State.EXPIRED,
        ("contested_window",),
    )


def test_row_35_under_a_confirmed_breach_is_violated_at_once() -> None:
    """As at the end: what compliance says decides."""
    given = accepted(
        kind="maintenance", terms={"start": "2026-01-01", "duration": "P10D", "zone": "UTC"}
    )
    given.on("ViolationAlleged", at=T[1], incident="i")
    given.on("ViolationConfirmed", at=T[2], incident="i", basis="neutral_body")
    given.on("ExpiryAcknowledged", at="2026-01-11T06:00:00Z", speaker="NOR")
    commitment = given.commitment(T[12])

    assert (State.VIOLATED, "35", 2) == (
        commitment.state,
        commitment.state_cause.rule,
        len(commitment.readings),
    )


def test_row_35_before_any_reading_ends_it_is_repudiation() -> None:
    """ExpiryAcknowledged with no reading ended is row 25b."""
    given = accepted(**MNT).on("ExpiryAcknowledged", at=T[3])
    commitment = given.commitment(T[4])

    assert (commitment.state, commitment.state_cause.rule) == (State.VIOLATED, "25b")


def test_row_36_a_retracted_entry_is_not_folded() -> None:
    """EntryRetracted takes our own error out of every answer known since."""
    given = accepted().on("CreditorReleased", at=T[1])
    given.add("EntryRetracted", at=T[3], event=given.events[-1].id, reason="misread")

    assert (
        given.commitment(T[5], T[2]).state,
        given.commitment(T[5]).state,
    ) == (State.RELEASED, State.IN_FORCE)


def test_row_36_retracting_the_first_event_leaves_the_rest_without_a_beginning() -> None:
    """What leant on the retracted entry begins nothing, and no answer fails for it."""
    given = History().promise("CommitmentProposed", at=T[0])
    given.on("CommitmentAccepted", at=T[1]).add("EntryRetracted", at=T[2], event="e2")

    assert {} == given.state(T[3]).commitments


def test_terms_that_do_not_go_together_are_refused_and_never_fail_an_answer() -> None:
    """A month has no elapsed length, whoever says how to count it."""
    given = accepted(kind="maintenance", terms={"duration": "P1M", "zone": "UTC"})
    given.on("ReadingAsserted", at=T[1], speaker="ISL", term="count", value="elapsed")
    commitment = given.commitment(T[2])

    assert (("e3",), State.IN_FORCE) == (commitment.unapplied, commitment.state)


def test_a_correction_replaces_the_fields_it_names() -> None:
    """EntryCorrected is folded in place of what it corrects, once it is known."""
    given = due().add("EntryCorrected", at=T[5], event="e2",
                      replacement={"terms": {"due": "2026-01-20", "zone": "UTC"}})  # fmt: skip

    assert (State.OVERDUE, State.IN_FORCE) == (
        given.commitment(T[10], T[4]).state,
        given.commitment(T[10]).state,
    )


def test_a_refusal_out_of_nothing_names_the_row_and_what_may_begin_a_promise() -> None:
    """A mere claim cannot begin one; what can is listed."""
    with pytest.raises(IllegalTransition, match=r"row 4.*state none.*CommitmentProposed"):
        initial_commitment("accord", claimed_acceptance(), REGISTRY)


def claimed_acceptance() -> Entry:
    given = accepted(basis="claim")
    return entry_of(given.events[-1], REGISTRY, "UTC")


def test_what_no_row_lists_is_refused_with_what_is_allowed() -> None:
    """The refusal names the row, the state it met, and the events it would allow."""
    with pytest.raises(IllegalTransition) as caught:
        accepted(**PROC).judged("PerformanceConfirmed", at=T[1], basis="both_sides")

    assert all(word in caught.value.message for word in ("row 11/12", "in_force", "RoundHeld"))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_report_can_always_be_recorded(kind: Kind) -> None:
    """An allegation against a closed promise of any kind is kept and moves nothing."""
    terms = {"recurrence": "FREQ=DAILY"} if kind is Kind.RECURRING else {}
    given = accepted(kind=kind.value, terms=terms).on("CreditorReleased", at=T[1])
    given.judged("ViolationAlleged", at=T[2], incident="i", speaker="ISL")
    commitment = given.commitment(T[3])

    assert (commitment.state, commitment.compliance) == (State.RELEASED, Compliance.UNASSESSED)


def test_a_fact_that_is_only_claimed_moves_nothing() -> None:
    """An act reported with basis claim is kept beside the state."""
    commitment = accepted().on("CreditorReleased", at=T[1], basis="claim").commitment(T[2])

    assert (State.IN_FORCE, 1) == (commitment.state, len(commitment.claims))


def test_late_news_that_makes_an_entry_impossible_leaves_it_out_and_says_so() -> None:
    """The fold never fails: an entry that no longer fits is listed as unapplied."""
    given = due().on("NonPerformanceFound", at=T[12])
    given.add("PerformanceConfirmed", at=T[4], recorded=T[20], commitment="c", basis="both_sides")
    commitment = given.commitment(T[21])

    assert (commitment.state, commitment.unapplied) == (State.DISCHARGED, ("e3",))
