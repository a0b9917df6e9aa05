"""`status` leads with what needs attention; then every promise with its text and progress."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.support.command import Run
from tracker.documents.attention import progress, urgent

AT = ("--as-of", "2025-03-20T22:00:00Z")


def test_what_needs_attention_comes_first(shipped: Run) -> None:
    """Then one table over all agreements, with what was promised to whom, in 80 columns."""
    out = shipped("status", *AT).out
    head, table = out.split("\n\npromise")

    assert "needs attention (2 of 19):" in head
    assert "overdue  sw-rus   RUS -> UKR: To hand over 175 prisoners  2025-03-19\n" in head
    assert "ep-rus" not in head
    assert "0 of" in table
    assert all(len(line) <= 80 for line in out.splitlines())


def test_each_agreement_has_its_table_on_request(shipped: Run) -> None:
    """With its title and roll-up, as documents have it."""
    out = shipped("status", "--by", "agreement", *AT).out

    assert "pow-swap-2025-03-19: Exchange of 175 prisoners for 175 [attention]\n" in out
    assert "needs attention" not in out


def test_a_spreadsheet_gets_the_promise_and_how_far_it_has_come(shipped: Run) -> None:
    """Beside the columns that were there."""
    rows = csv.DictReader(io.StringIO(shipped("--format", "csv", "status", "sw-rus", *AT).out))
    row = next(iter(rows))

    assert ("sw-rus", "overdue") == (row["id"], row["state"])
    assert ("To hand over 175 prisoners", "0 of 175") == (row["promise"], row["progress"])


def commitment(name: str, state: str = "in_force", **values: Any) -> dict[str, Any]:
    plain = {"compliance": "unassessed", "timing": "running", "flags": [], "pending": []}
    ends = {"earliest": None, "latest": None, "withdrawals": []}
    return {"id": name, "state": state, **plain, **ends, **values}


def test_the_most_urgent_stands_first() -> None:
    """By the word, then by the end; what is closed or quiet does not stand there."""
    rows: list[Any] = [
        commitment("quiet"),
        commitment("soon", timing="due_soon", earliest="2025-03-20T00:00:00Z"),
        commitment("sooner", timing="due_soon", earliest="2025-03-19T00:00:00Z"),
        commitment("left", withdrawals=[{"timing": "soon"}]),
        commitment("left later", withdrawals=[{"timing": "ahead"}]),
        commitment("doubted", compliance="disputed", timing="stale"),
        commitment("over", "overdue"),
        commitment("closed", "discharged", compliance="alleged"),
    ]
    leads = urgent([{"id": "a", "commitments": rows}])  # type: ignore[typeddict-item]

    assert [
        ("over", ("overdue",)),
        ("doubted", ("disputed", "stale")),
        ("sooner", ("due_soon",)),
        ("soon", ("due_soon",)),
        ("left", ("withdrawal_soon",)),
    ] == [(row.commitment["id"], row.words) for row in leads]


def test_what_does_not_bind_yet_says_until_when_it_waits(run: Run) -> None:
    """An offer and a condition have a deadline, which is no end of theirs; none is a word alone."""
    now = {"PACTWATCH_NOW": "2025-03-18T12:00:00Z"}
    run("agreement", "add", "acc", "--title", "Accord", "--party", "NOR", "--party", "ISL", **now)
    about = ("kind=maintenance", "debtor=NOR", "creditor=ISL", "promise=p", "speaker=NOR",
             "occurred=2025-03-01", "-y")  # fmt: skip
    lift = '[{"id": "lift", "text": "sanctions are lifted", "deadline": "2025-03-25"}]'
    for words in (
        ("CommitmentProposed", "acc", "commitment=o", "offer_valid_until=2025-03-20"),
        ("AcceptedConditionally", "acc", "commitment=k", f"antecedents={lift}",
         "terms.end=2025-12-31"),
        ("CommitmentAccepted", "acc", "commitment=m"),
    ):  # fmt: skip
        assert 0 == run("record", *words, *about, **now).code
    head, table = run("status", **now).out.split("\n\npromise")
    lines = {line.split()[0]: line for line in table.splitlines() if " NOR -> ISL" in line}

    assert "offer_expires_soon  o        NOR -> ISL: p  offer 2025-03-20" in head
    assert lines["o"].endswith("proposed     offer 2025-03-20")
    assert lines["k"].endswith("conditional  2025-12-31")
    assert "condition 2025-03-25" in table
    assert lines["m"].endswith("in_force     none")


def test_who_claims_to_have_delivered_is_told_while_it_is_open(run: Run) -> None:
    """A claim moves nothing, so what is overdue may have been done, as one side says."""
    at = ("--now", "2025-03-12T00:00:00Z")
    run("agreement", "add", "acc", "--title", "Accord", "--party", "NOR", "--party", "ISL", *at)
    terms = ("--kind", "achievement", "--due", "2025-03-10", "--promise", "to pay")
    run("commitment", "add", "acc", "c", *terms, "--debtor", "NOR", "--creditor", "ISL", "-y", *at)
    run("record", "PerformanceReported", "c", "speaker=NOR", "-y", *at)
    overview, page = run("status", *at).out, run("commitment", "show", "c", *at).out
    by_creditor = ("speaker=ISL", "basis=creditor_admission")
    run("record", "PerformanceConfirmed", "c", *by_creditor, "-y", *at)

    assert "to pay  overdue   2025-03-10  NOR claims it is done\n" in overview
    assert "fulfilment  none (NOR claims it is done)\n" in page
    assert "claims" not in run("status", *at).out


@pytest.mark.parametrize(
    ("grade", "delivered", "promised", "words"),
    [
        ("partial", 13, 33, "13 of 33"),
        ("none", None, 33, "0 of 33"),
        ("partial", 13, None, "13"),
        ("substantial", None, None, "substantial"),
        ("none", None, None, ""),
    ],
)
def test_progress_is_a_count_where_there_is_one(
    grade: str, delivered: int | None, promised: int | None, words: str
) -> None:
    """Else the word for it, and nothing where nothing was delivered."""
    done = {"grade": grade, "delivered": delivered, "promised": promised}
    document: Any = {"periods": None, "fulfilment": done}

    assert words == progress(document)
