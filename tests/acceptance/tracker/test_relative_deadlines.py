"""Deadlines that hang on another promise, entered and read as an analyst does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.command import OnDesk, Run

FIRST = {"PACTWATCH_NOW": "2026-01-02T18:00:00Z"}
LATER = {"PACTWATCH_NOW": "2026-02-02T18:00:00Z"}
LAST = {"PACTWATCH_NOW": "2026-03-01T18:00:00Z"}


def enter_linked(run: Run) -> None:
    """Two agreements; the payment of the second is due ten days after the first is delivered."""
    for name, parties in (("delivery", ("NOR", "ISL")), ("payment", ("ISL", "NOR"))):
        run("agreement", "add", name, "--title", name, "--party", parties[0], "--party",
            parties[1], **FIRST)  # fmt: skip
    add(run, "delivery", "ships", "--debtor", "NOR", "--creditor", "ISL", "--due", "2026-03-01")
    add(run, "payment", "pays", "--debtor", "ISL", "--creditor", "NOR",
        "--due", "P10D after ships discharged")  # fmt: skip
    run("tick", **FIRST)


@pytest.fixture
def linked(on_desk: OnDesk) -> Run:
    """Two agreements; the payment of the second is due ten days after the first is delivered."""
    return on_desk(enter_linked)


def add(run: Run, agreement: str, name: str, *more: str) -> None:
    done = run("commitment", "add", agreement, name, "--kind", "achievement", "--promise", name,
               "--zone", "UTC", *more, **FIRST)  # fmt: skip
    assert done.code == 0, done.err


def pays(run: Run, **when: str) -> dict[str, Any]:
    document: dict[str, Any] = run("status", "pays", "--json", **when).json
    commitment: dict[str, Any] = document["agreements"][0]["commitments"][0]
    return commitment


def delivered(run: Run) -> None:
    done = run("record", "PerformanceConfirmed", "ships", "speaker=ISL", "basis=creditor_admission",
               "occurred=2026-02-01", "-y", **LATER)  # fmt: skip
    assert done.code == 0, done.err


def test_what_is_awaited_is_said_in_words(linked: Run) -> None:
    """Status, its document, explain and the board's rows say what it waits for."""
    waiting = pays(linked, **LATER)

    assert ("awaiting", "ships", "discharged", "P10D") == (
        waiting["timing"],
        *(waiting["awaiting"][name] for name in ("after", "moment", "by")),
    )
    assert "10 days after ships is discharged" in linked("explain", "pays", **LATER).out
    assert "after ships" in linked("status", "payment", **LATER).out


def test_a_deadline_without_a_date_stands_below_those_that_have_one(linked: Run) -> None:
    """It is listed with what it waits for, and with its date once that is known."""
    waiting, table = linked("deadlines", "--json", **LATER).json, linked("deadlines", **LATER).out
    delivered(linked)
    dated, known = linked("deadlines", "--json", **LATER).json, linked("deadlines", **LATER).out

    (pays,) = waiting["awaiting"]
    assert ("pays", "due 10 days after ships is discharged") == (pays["commitment"], pays["words"])
    assert {"after": "ships", "moment": "discharged", "by": "P10D"}.items() <= (
        pays["awaiting"].items()
    )
    assert [] == dated["awaiting"]
    assert "pays" in [row["commitment"] for row in dated["deadlines"]]

    assert "with no date yet:\n  pays: due 10 days after ships is discharged" in table
    assert "with no date yet" not in known
    assert "pays" in known


@pytest.mark.parametrize(
    "due", ["10 working days after ships is due", "P10D after ships due business"]
)
def test_working_days_are_typed_as_a_treaty_has_them(linked: Run, due: str) -> None:
    """Ten of Norway after Sunday 1 March 2026 are over with Friday the 13th."""
    done = linked("record", "CommitmentAccepted", "payment", "commitment=tax", "debtor=NOR",
                  "kind=achievement", "promise=pay", f"terms.due={due}", "terms.calendar=NOR",
                  "speaker=NOR", "occurred=2026-01-02", "-y", **FIRST)  # fmt: skip
    tax = linked("status", "tax", "--json", **LATER).json["agreements"][0]["commitments"][0]

    assert (done.code, tax["latest"]) == (0, "2026-03-13T23:00:00Z"), done.err


def test_news_of_one_agreement_moves_a_deadline_of_another(linked: Run) -> None:
    """In answers at once, in projected rows with the next turn, as in a rebuild of them."""
    delivered(linked)
    linked("tick", **LATER)
    due = pays(linked, **LATER)
    overdue = linked("tick", "--json", **LAST).json
    compared = linked("projection", "rebuild", "-n", "--json", **LAST).json

    assert (due["timing"], due["latest"], due["awaiting"]) == (
        "running", "2026-02-12T00:00:00Z", None,
    )  # fmt: skip
    assert {"overdue", "lapsed"} <= {
        alert["kind"] for alert in overdue["alerts"] if alert["commitment"] == "pays"
    }
    assert not any(table["added"] + table["removed"] + table["changed"]
                   for table in compared["tables"])  # fmt: skip


def test_a_file_in_one_piece_is_as_its_lines(linked: Run, run: Run, tmp_path: Any) -> None:
    """An export with a deadline across agreements is imported again, and gives the same bytes."""
    delivered(linked)
    done = linked("record", "NonPerformanceFound", "pays", "basis=analyst_finding",
                  "occurred=2026-02-20", "-y", **LAST)  # fmt: skip
    exported = linked("-q", "export").out
    other = f"sqlite:///{tmp_path}/other.db"
    taken = run("--db", other, "import", "-", stdin=exported, **LAST)

    assert (done.code, taken.code) == (0, 0), done.err + taken.err
    assert run("--db", other, "-q", "export").out == exported


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("P10D after pays due", "in a circle: pays on pays"),
        ("P10D after nobody due", "unknown commitment or agreement 'nobody'"),
        ("P10D after ships someday", "not a moment to count from: 'someday'"),
        ("P1M after ships due business", "working days are counted in days"),
        ("P3D after ships due business", "terms.calendar=NOR,ISL"),
    ],
)
def test_what_cannot_be_counted_is_refused(linked: Run, due: str, words: str) -> None:
    """In words, with what to write instead, and nothing is written."""
    before = linked("-q", "export").out
    done = linked("record", "ReadingAsserted", "pays", "term=due", f"value={due}", "speaker=ISL",
                  "occurred=2026-01-02", "-y", **FIRST)  # fmt: skip

    assert (done.code, words in done.err) == (1, True), done.err
    assert linked("-q", "export").out == before
