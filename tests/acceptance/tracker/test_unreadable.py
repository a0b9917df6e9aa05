"""An agreement with an entry that cannot be applied: it is named, and stops nothing else."""

from __future__ import annotations

import json
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
BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "a finding that is none": (
        "pactwatch.FindingRevised.v1",
        {"occurred": "2025-03-20", "event": "ds-ep-001", "reason": "r",
         "replacement": {"incident": "x"}},
    ),
    "an unknown type": ("pactwatch.Unheard.v1", {"commitment": "ep-rus"}),
    "a foreign type": ("com.example.other", {}),
    "a promise of no kind": (
        "pactwatch.CommitmentAccepted.v1", {"commitment": "ep-new", "kind": "dance"},
    ),
    "a date that is none": (
        "pactwatch.PositionStated.v1", {"commitment": "ep-rus", "occurred": "when"},
    ),
    "an amendment of nothing": ("pactwatch.EntryRetracted.v1", {"reason": "r"}),
    "a mark that is none": (
        "pactwatch.PositionStated.v1", {"commitment": "ep-rus", "text": "t", "tlp": "PURPLE"},
    ),
}  # fmt: skip
"""An entry of each kind that cannot be applied, about the promise or the first entry of a copy."""
COPIES = [f"pause-{number}" for number in range(len(BROKEN))]
ENTRIES = [f"{copy}-x" for copy in COPIES]
GOES_ON = (
    "status", "agreement list", "commitment list", "deadlines", "releases", "blocked", "tick",
    "explain sw-rus", f"readout {NEIGHBOUR}", f"ledger {NEIGHBOUR}",
    f"precedents {NEIGHBOUR}", f"status {NEIGHBOUR}", "diff 2025-03-18 2025-04-01",
    "projection rebuild --yes", "projection list", "feed ics", "feed atom", "export",
    "event list", *(f"event list {copy}" for copy in COPIES),
    *(f"event show {entry}" for entry in ENTRIES), "site build site",
)  # fmt: skip
OF_ONE = ("ledger {copy}", "readout {copy}", "explain {copy}-rus", "status {copy}")
OF_THEM = {command.format(copy=copy): copy for command in OF_ONE for copy in COPIES}


def of_copy(text: str, copy: str) -> str:
    """What is said of the agreement and its promises, said of a copy of it."""
    return text.replace(AGREEMENT, copy).replace('"ep-', f'"{copy}-').replace("ds-ep", copy)


def enter_few(run: Run) -> None:
    """The agreement with a copy for each kind, its precedent, its neighbour, after a turn."""
    files = [str(DATASET / f"{name}.jsonl") for name in FILES]
    agreement = (DATASET / f"{FILES[2]}.jsonl").read_text(encoding="utf-8")
    copies = "".join(of_copy(agreement, copy) for copy in COPIES)
    codes = {run(*NOW, "import", file).code for file in files}
    codes.add(run(*NOW, "import", "-", stdin=copies).code)
    assert {0} == {*codes, run(*NOW, "tick").code}


@pytest.fixture
def broken(on_desk: OnDesk, desk: Path) -> Run:
    """Few agreements, and in some an entry that another program wrote into the log."""
    run = on_desk(enter_few)
    at = parse_instant("2025-03-20T12:00:00Z")
    with EventStore.open(str(desk / "desk.db")) as store:
        for copy, entry, (type_, data) in zip(COPIES, ENTRIES, BROKEN.values(), strict=True):
            own = json.loads(of_copy(json.dumps(data), copy))
            store.append(copy, [NewEvent(type_, own, id=entry, source="s", recorded_at=at)])
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
    """Every command answers, `check` with 4; of the agreements themselves the reason is said."""
    codes = {command: broken(*NOW, *command.split()).code for command in GOES_ON}
    lines = broken(*NOW, "status", "--json").json["unreadable"]
    check = broken(*NOW, "check", "--json")
    of_them = {command: broken(*NOW, *command.split()) for command in OF_THEM}
    unhinted = [
        command
        for command, copy in OF_THEM.items()
        if f"hint: pactwatch event retract {copy}-x --reason WHY" not in of_them[command].err
    ]

    assert dict.fromkeys(GOES_ON, 0) == codes
    assert [*zip(COPIES, ENTRIES, strict=True)] == [
        (row["agreement"], row["event"]) for row in lines
    ]
    assert (4, ["unreadable"] * len(COPIES)) == (
        check.code, [each["check"] for each in check.json["found"][: len(COPIES)]],
    )  # fmt: skip
    assert dict.fromkeys(OF_THEM, 1) == {command: each.code for command, each in of_them.items()}
    assert [] == unhinted

    for left, (copy, entry) in enumerate(zip(COPIES, ENTRIES, strict=True), start=1):
        retracted = broken(*NOW, "event", "retract", entry, "--reason", "wrong", "--yes")
        unreadable = broken(*NOW, "status", "--json").json["unreadable"]
        assert (0, COPIES[left:]) == (retracted.code, [row["agreement"] for row in unreadable])
        assert 0 == broken(*NOW, "explain", f"{copy}-rus").code


def test_a_retraction_of_no_entry_is_retracted_and_recording_goes_on(
    shipped: Run, desk: Path
) -> None:
    """Its id is no text, as another program may have written it."""
    with EventStore.open(str(desk / "desk.db")) as store:
        odd = NewEvent("pactwatch.EntryRetracted.v1", {"event": ["x"], "reason": "?"}, id="odd",
                       source="s", recorded_at=parse_instant("2025-03-20T12:00:00Z"))  # fmt: skip
        store.append(AGREEMENT, [odd])
    position = ("PositionStated", "ep-rus", "speaker=RUS", "text=soon", "occurred=2025-03-20")
    refused = shipped(*NOW, "record", *position, "--yes")
    assert 0 == shipped(*NOW, "event", "retract", "odd", "--reason", "wrong", "--yes").code

    assert (1, True) == (refused.code, "hint: pactwatch event retract odd" in refused.err)
    assert 0 == shipped(*NOW, "record", *position, "--yes").code


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
    """The agreements stand among the others, each with the command that mends it."""
    out = broken(*NOW, "status").out
    reasons = [f"{copy}: unreadable because of entry {copy}-x: " in out for copy in COPIES]
    hints = [f"next: pactwatch event retract {entry} --reason WHY" in out for entry in ENTRIES]

    assert [True] * 2 * len(COPIES) == [*reasons, *hints], out


def test_no_alert_of_it_is_withdrawn(broken: Run) -> None:
    """What was noticed is neither true nor undone while nothing can be said of the agreement."""
    before = broken(*NOW, "alert", "list", "--json").json["alerts"]
    broken(*NOW, "tick")
    after = broken(*NOW, "alert", "list", "--json").json["alerts"]

    assert {*COPIES} <= {alert["agreement"] for alert in before}
    assert before == after
