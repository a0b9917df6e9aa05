"""A party withdraws under a clause: it binds until the notice ends, unless it is revoked."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.alerts.alert import alerts_of
from tests.support.given import History
from tracker.documents.changes import stored_change
from tracker.documents.ends import moved_withdrawal
from tracker.errors import TrackerError
from tracker.model.vocabulary import State

CLAUSE = {"basis": "clause", "notice": "P10D"}


def at(day: int, month: int = 3) -> str:
    return f"2025-{month:02}-{day:02}T12:00:00Z"


def promised() -> History:
    return History().promise(at=at(1), kind="maintenance", terms={"zone": "UTC"})


def notified(**data: Any) -> History:
    given = promised()
    return given.on("WithdrawalNotified", at=at(10), **{"speaker": "NOR", **CLAUSE, **data})


def test_t13_it_ends_with_the_last_day_of_the_notice() -> None:
    """Ten days from the tenth, the day of the notice not counted: T13 at the close of the 20th."""
    given = notified()
    before, after = (given.commitment(f"2025-03-{day}T00:00:00Z") for day in ("20", "21"))

    assert [State.IN_FORCE, State.CANCELLED] == [before.state, after.state]
    assert ("T13", ("e3",)) == (after.state_cause.rule, after.state_cause.events)


def test_row_38_a_notice_that_is_revoked_ends_nothing() -> None:
    """By whoever gave it; a finding may say so, too."""
    given = notified().on("WithdrawalRevoked", at=at(15), speaker="NOR")

    assert State.IN_FORCE is given.commitment(at(25)).state


def test_the_first_of_two_notices_ends_it() -> None:
    """Each party's stands by itself: what one revokes leaves that of the other."""
    given = notified().on("WithdrawalNotified", at=at(11), speaker="ISL", **CLAUSE)
    given.on("WithdrawalRevoked", at=at(12), speaker="NOR")

    assert [State.IN_FORCE, State.CANCELLED] == [
        given.commitment(at(21)).state,
        given.commitment("2025-03-22T00:00:00Z").state,
    ]


def test_what_is_suspended_is_withdrawn_from_as_well() -> None:
    """Nothing of the suspension is left."""
    given = notified().on("SuspensionDeclared", at=at(11), by=["NOR", "ISL"], tolls=True)
    commitment = given.commitment(at(21))

    assert (State.CANCELLED, None) == (commitment.state, commitment.suspension)


def test_a_preview_says_when_the_notice_ends_it() -> None:
    """As it says of ends: before, and after."""
    before, after = promised().commitment(at(11)), notified().commitment(at(11))

    assert {"withdrawal": (None, "2025-03-21T00:00:00Z")} == moved_withdrawal(before, after)
    assert {} == moved_withdrawal(after, after)


def test_a_revocation_of_the_same_day_comes_after_its_notice() -> None:
    """However late the notice takes effect, where no hour of the revocation is known."""
    given = notified(occurred="2025-03-10")
    given.add("WithdrawalRevoked", at="2025-03-10T08:00:00Z", recorded=at(11), commitment="c",
              occurred="2025-03", speaker="NOR")  # fmt: skip
    del given.events[-1].data["effective_at"]

    assert State.IN_FORCE is given.commitment(at(25)).state


def test_row_37_a_refusal_has_what_the_one_who_leaves_can_record() -> None:
    """Of several debtors the one whose notice it is, and not the first."""
    given = History().promise(at=at(1), debtor=["NOR", "SWE"], creditor=["ISL"])
    with pytest.raises(TrackerError) as refused:
        given.judged("WithdrawalNotified", at=at(5), speaker="SWE")

    assert "pactwatch record DebtorCancelled c speaker=SWE" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("event", "data", "words"),
    [
        ("WithdrawalNotified", {"speaker": "NOR"}, "no clause on record allows a withdrawal"),
        ("WithdrawalNotified", {"speaker": "NOR", "notice": "P1D"}, "no clause on record"),
        ("WithdrawalNotified", {"speaker": "SWE", **CLAUSE}, "for a party to withdraw, ISL, NOR"),
        ("WithdrawalRevoked", {"speaker": "NOR"}, "no notice of withdrawal stands"),
    ],
)
def test_row_37_without_a_clause_or_a_notice_it_is_refused(
    event: str, data: dict[str, Any], words: str
) -> None:
    """Each refusal names what can be recorded instead."""
    with pytest.raises(TrackerError, match=words) as refused:
        promised().judged(event, at=at(10), **data)

    assert "pactwatch" in refused.value.hint


def test_the_refusal_of_a_debtor_names_its_breach() -> None:
    """A withdrawal that no clause allows is a repudiation, or mere words."""
    with pytest.raises(TrackerError) as refused:
        promised().judged("WithdrawalNotified", at=at(10), speaker="NOR")

    assert "pactwatch record DebtorCancelled c speaker=NOR" in refused.value.hint


def test_another_party_cannot_revoke_it() -> None:
    """The refusal says whose notice it is."""
    with pytest.raises(TrackerError, match="that of NOR, who may revoke it; found ISL"):
        notified().judged("WithdrawalRevoked", at=at(12), speaker="ISL")


def test_it_is_told_when_given_before_it_ends_and_when_it_ends() -> None:
    """The leads of the promise count back from the end of the notice."""
    changes = notified().state(at(22)).changes
    alerts = [alert for change in changes for alert in alerts_of(stored_change(change))]

    assert [
        ("withdrawal_notified", None),
        ("withdrawal_soon", "P7D"),
        ("withdrawal_soon", "P3D"),
        ("withdrawal_soon", "P1D"),
        ("state_changed", None),
    ] == [(alert.kind, alert.lead) for alert in alerts][1:]
