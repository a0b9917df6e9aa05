"""An agreement with an entry that cannot be applied: it is named, and stops nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from events import EventStore, NewEvent, parse_instant
from tests.support.command import OnDesk, Run
from tests.support.dataset import DATASET

FILES = (
    "00-parties", "01-energy-deal-2024", "10-energy-pause-2025", "20-pow-swap-2025-03-19",
    "90-statements",
)  # fmt: skip
AGREEMENT, NEIGHBOUR = "energy-pause-2025", "pow-swap-2025-03-19"
NOW = ("--now", "2025-04-01T12:00:00Z")
NO_FINDING = {
    "occurred": "2025-03-20", "event": "ds-ep-001", "reason": "r", "replacement": {"incident": "x"},
}  # fmt: skip
BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "a finding that is none": ("pactwatch.FindingRevised.v1", NO_FINDING),
    "an unknown type": ("pactwatch.Unheard.v1", {"commitment": "ep-rus"}),
    "a foreign type": ("com.example.other", {}),
    "a promise of no kind": (
        "pactwatch.CommitmentAccepted.v1", {"commitment": "new", "kind": "dance"},
    ),
    "a date that is none": (
        "pactwatch.PositionStated.v1", {"commitment": "ep-rus", "occurred": "when"},
    ),
    "an amendment of nothing": ("pactwatch.EntryRetracted.v1", {"reason": "r"}),
    "a mark that is none": (
        "pactwatch.PositionStated.v1", {"commitment": "ep-rus", "text": "t", "tlp": "PURPLE"},
    ),
}  # fmt: skip
GOES_ON = (
    "status", "agreement list", "commitment list", "deadlines", "releases", "blocked", "tick",
    "explain sw-rus", f"readout {NEIGHBOUR}", f"ledger {NEIGHBOUR}",
    f"precedents {NEIGHBOUR}", f"status {NEIGHBOUR}", "diff 2025-03-18 2025-04-01",
    "projection rebuild --yes", "projection list", "feed ics", "feed atom", "export",
    "event list", f"event list {AGREEMENT}", "event show x1", "site build site",
)  # fmt: skip
OF_IT = (f"ledger {AGREEMENT}", f"readout {AGREEMENT}", "explain ep-rus", f"status {AGREEMENT}")


def enter_few(run: Run) -> None:
    """The agreement, its precedent, its neighbour and what was said, after a turn."""
    codes = {run(*NOW, "import", str(DATASET / f"{name}.jsonl")).code for name in FILES}
    assert {0} == {*codes, run(*NOW, "tick").code}


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, on_desk: OnDesk, desk: Path) -> Run:
    """Few agreements, and an entry in one that another program wrote into the log."""
    type_, data = BROKEN[request.param]
    run = on_desk(enter_few)
    with EventStore.open(str(desk / "desk.db")) as store:
        at = parse_instant("2025-03-20T12:00:00Z")
        store.append(AGREEMENT, [NewEvent(type_, data, id="x1", source="s", recorded_at=at)])
    return run


def test_turns_and_digests_name_it(shipped: Run, desk: Path) -> None:
    """In the report of a turn, and at the end of each digest, in text and HTML."""
    shipped(*NOW, "tick")
    shipped(*NOW, "subscribe", "add", "r@example.org", "--cadence", "immediate")
    with EventStore.open(str(desk / "desk.db")) as store:
        at = parse_instant("2025-03-20T12:00:00Z")
        store.append(
            AGREEMENT, [NewEvent("com.example.other", {}, id="x1", source="s", recorded_at=at)]
        )
    report = shipped(*NOW, "tick", "--json").json
    turn = shipped("--now", "2025-04-25T12:00:00Z", "tick")
    files = [file.read_text() for file in (desk / "mail").glob("*.eml")]

    assert [AGREEMENT] == [row["agreement"] for row in report["unreadable"]]
    assert f"without agreement {AGREEMENT}" in turn.err
    assert [2, 2] == [file.count("nothing is known of") for file in files]


def test_everything_else_goes_on_and_a_retraction_mends_it(broken: Run) -> None:
    """Every command answers, `check` with 4; of the agreement itself the reason is said."""
    codes = {command: broken(*NOW, *command.split()).code for command in GOES_ON}
    listed = broken(*NOW, "status", "--json").json["unreadable"]
    check = broken(*NOW, "check", "--json")
    of_it = {command: broken(*NOW, *command.split()) for command in OF_IT}

    assert dict.fromkeys(GOES_ON, 0) == codes
    assert [(AGREEMENT, "x1")] == [(row["agreement"], row["event"]) for row in listed]
    assert (4, "unreadable") == (check.code, check.json["found"][0]["check"])
    assert dict.fromkeys(OF_IT, 1) == {command: result.code for command, result in of_it.items()}
    hint = "hint: pactwatch event retract x1 --reason WHY"
    assert all(hint in result.err for result in of_it.values()), of_it

    retracted = broken(*NOW, "event", "retract", "x1", "--reason", "wrong", "--yes")
    assert (0, []) == (retracted.code, broken(*NOW, "status", "--json").json["unreadable"])
    assert 0 == broken(*NOW, "explain", "ep-rus").code


def test_a_table_over_all_agreements_names_it(shipped: Run, desk: Path) -> None:
    """What is missing from the answer is said, to people and to programs."""
    with EventStore.open(str(desk / "desk.db")) as store:
        at = parse_instant("2025-03-20T12:00:00Z")
        store.append(
            AGREEMENT, [NewEvent("com.example.other", {}, id="x1", source="s", recorded_at=at)]
        )
    for command in ("readout", "releases", "precedents", "blocked"):
        result = shipped(*NOW, command, "--json")

        assert [AGREEMENT] == [row["agreement"] for row in result.json["unreadable"]]
        assert f"without agreement {AGREEMENT}, unreadable because of entry x1" in result.err


def test_the_text_of_status_says_why(broken: Run) -> None:
    """The agreement stands among the others, with the command that mends it."""
    out = broken(*NOW, "status").out

    assert f"{AGREEMENT}: unreadable because of entry x1: " in out
    assert "next: pactwatch event retract x1 --reason WHY" in out


def test_no_alert_of_it_is_withdrawn(broken: Run) -> None:
    """What was noticed is neither true nor undone while nothing can be said of the agreement."""
    before = broken(*NOW, "alert", "list", "--json").json["alerts"]
    broken(*NOW, "tick")
    after = broken(*NOW, "alert", "list", "--json").json["alerts"]

    assert any(alert["agreement"] == AGREEMENT for alert in before)
    assert before == after
