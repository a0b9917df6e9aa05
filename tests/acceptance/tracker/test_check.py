"""What wants attention: what `check` looks for, at which instant, and with which exit code."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from tests.support.command import Run

LATE = {"PACTWATCH_NOW": "2025-03-25T12:00:00Z"}


def findings(run: Run, *args: str, **more: str) -> tuple[int, list[tuple[str, Any]]]:
    done = run("check", *args, "--json", **more)
    return done.code, [(row["check"], row["commitment"]) for row in done.json["found"]]


def test_check_finds_what_it_was_asked_for_and_exits_4(shipped: Run) -> None:
    """Only the words given; the document is printed all the same."""
    when = {"PACTWATCH_NOW": "2025-03-22T12:00:00Z"}

    assert (4, [("lapsed", "sw-rus"), ("lapsed", "sw-ukr")]) == (
        findings(shipped, "--fail-on", "overdue,lapsed", **when)
    )
    assert (0, []) == findings(shipped, "--fail-on", "violated", "--fail-on", "confirmed", **when)


def test_check_asks_of_any_instant(shipped: Run) -> None:
    """--as-of and --known-at, as every query."""
    question = ("--fail-on", "overdue", "--as-of", "2025-03-20T12:00:00Z")

    assert (4, [("overdue", "sw-rus"), ("overdue", "sw-ukr")]) == findings(shipped, *question)
    assert (0, []) == findings(shipped, *question, "--known-at", "2025-03-18T19:00:00Z")


def test_a_finding_says_since_when(run: Run) -> None:
    """Of silence, when anything was last reported; of a suspension by one side, when it began."""
    lines = ["agreement add harbour --title Harbour --party NOR --party ISL --zone UTC",
             "commitment add harbour talks --kind process --debtor NOR --creditor ISL --promise x",
             "commitment add harbour port --kind maintenance --debtor NOR --creditor ISL "
             "--promise x --start 2026-02-01 --duration P60D --zone UTC"]  # fmt: skip
    for line in lines:
        assert 0 == run(*line.split(), "--now", "2026-02-01T12:00:00Z", "-y").code
    suspended = "record SuspensionDeclared port speaker=NOR --now 2026-02-10T12:00:00Z -y"
    assert 0 == run(*suspended.split()).code
    words = ("--fail-on", "stale,suspension_contested,contested_end", "--json")
    late = run("check", *words, "--now", "2026-04-02T12:00:00Z").json["found"]

    assert [
        ("talks", "stale", "2026-02-01T12:00:00Z"),
        ("port", "suspension_contested", "2026-02-10T12:00:00Z"),
        ("port", "contested_end", "2026-04-02T00:00:00Z"),
    ] == [(row["commitment"], row["check"], row["since"]) for row in late]


def test_contested_is_any_standing_breach(shipped: Run) -> None:
    """Alleged by one side is enough; the word alleged finds the same."""
    shipped("record", "ViolationAlleged", "ep-rus", "occurred=2025-03-20", "speaker=UKR", **LATE)

    assert (4, [("contested", "ep-rus")]) == findings(shipped, "--fail-on", "contested", **LATE)
    assert (4, [("alleged", "ep-rus")]) == findings(shipped, "--fail-on", "alleged", **LATE)
    assert (0, []) == findings(shipped, "--fail-on", "disputed", **LATE)


def test_an_unknown_word_is_refused_with_the_nearest_or_the_list(shipped: Run) -> None:
    """Nothing is checked when one word is not known."""
    slip = shipped("check", "--fail-on", "overdue,lapsd")
    unknown = shipped("check", "--fail-on", "xyzzy")

    assert (2, "", 2, "") == (slip.code, slip.out, unknown.code, unknown.out)
    assert (
        "--fail-on: no check is called 'lapsd'; did you mean lapsed?\nhint: pactwatch check"
        in slip.err
    )
    assert all(word in unknown.err for word in ("overdue", "tamper", "lag"))


def test_a_scheduler_that_stopped_is_lag(shipped: Run) -> None:
    """An hour after the last turn, or what --lag-after says."""
    shipped("tick", "--now", "2025-03-19T12:00:00Z")
    soon, later = "2025-03-19T12:50:00Z", "2025-03-19T13:10:00Z"

    assert (0, []) == findings(shipped, "--fail-on", "lag", "--now", soon)
    assert (4, [("lag", None)]) == findings(shipped, "--fail-on", "lag", "--now", later)
    assert (4, [("lag", None)]) == (
        findings(shipped, "--fail-on", "lag", "--lag-after", "PT10M", "--now", soon)
    )


def test_a_last_turn_far_ahead_of_the_clock_is_lag(shipped: Run) -> None:
    """One that was taken at a wrong instant would hide for years that no other is taken."""
    shipped("tick", "--now", "2030-03-19T12:00:00Z")
    checked = shipped("check", "--fail-on", "lag", "--now", "2030-03-17T11:00:00Z", "--json")
    near = findings(shipped, "--fail-on", "lag", "--now", "2030-03-19T11:30:00Z")

    assert ["last turn at 2030-03-19T12:00:00Z, 2 days ahead of the clock here"] == [
        row["found"] for row in checked.json["found"]
    ]
    assert (0, []) == near


def test_a_desk_without_a_scheduler_is_told_of_its_last_projection(shipped: Run) -> None:
    """And not of a turn that it has never taken."""
    checked = shipped("check", "--fail-on", "lag", "--now", "2025-03-20T22:00:00Z", "--json")

    assert ["last projection, by no turn yet, at 2025-03-18T22:00:00Z, 2 days ago"] == [
        row["found"] for row in checked.json["found"]
    ]


def test_turns_that_reach_no_relay_are_lag(shipped: Run) -> None:
    """The scheduler runs on, and still nobody gets a mail: the last good turn is what counts."""
    shipped("subscribe", "add", "reader@example.org", "--cadence", "immediate")
    assert 0 == shipped("tick", "--now", "2025-03-18T22:00:00Z").code
    dead = {"PACTWATCH_SMTP_URL": "smtp://127.0.0.1:1", "PACTWATCH_MAIL_DIR": ""}
    shipped("tick", "--now", "2025-03-20T01:00:00Z", **dead)

    assert (4, [("lag", None)]) == findings(
        shipped, "--fail-on", "lag", "--now", "2025-03-20T01:01:00Z"
    )


def test_projections_behind_the_log_are_lag(shipped: Run, desk: Path) -> None:
    """Events came in by another way, and nobody projected them."""
    with closing(apsw.Connection(str(desk / "desk.db"))) as db:
        db.execute("UPDATE projection_checkpoints SET position = position - 3")
    result = shipped("check", "--fail-on", "lag", PACTWATCH_NOW="2025-03-18T22:10:00Z")

    assert (4, True) == (result.code, "3 events behind" in result.out)
    assert "pactwatch tick" in result.err


def test_a_log_that_was_changed_is_tamper(shipped: Run, desk: Path) -> None:
    """The first bad position is named; what such a log says of commitments is not."""
    assert (0, []) == findings(shipped, "--fail-on", "tamper")
    with closing(apsw.Connection(str(desk / "desk.db"))) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET data = CAST(replace(data, 'a', 'b') AS BLOB) "
                   "WHERE position = 45")  # fmt: skip
    result = shipped("check", "--fail-on", "lapsed,tamper", "--json")

    assert (4, ["tamper"]) == (result.code, [row["check"] for row in result.json["found"]])
    assert "position 45" in result.json["found"][0]["found"]


LINT = {
    "never_expires": ("recurring", ["--start", "2025-03-01", "--recurrence", "FREQ=MONTHLY"]),
    "renews_without_notice": (
        "maintenance",
        ["--start", "2025-03-01", "--duration", "P60D", "--tacit-renewal", "P60D"],
    ),
    "anchor_never": ("achievement", ["--due", "P14D after off discharged"]),
}


def test_what_an_expert_would_object_to_is_told_at_once_in_a_file_and_later(run: Run) -> None:
    """By `commitment add`, `import -n` and `check --fail-on lint`, which is asked for."""
    at = ("--now", "2025-03-01T12:00:00Z")
    sides = ("--debtor", "NOR", "--creditor", "ISL", "--promise", "do it")
    run(*at, "agreement", "add", "pkg", "--title", "Package")
    run(*at, "commitment", "add", "pkg", "off", "--kind", "achievement", "--due", "2025-04", *sides)
    run(*at, "record", "DebtorCancelled", "off", "speaker=NOR", "withdrawal_clause=true")
    outputs = [
        code in run(*at, "commitment", "add", "pkg", code, "--kind", kind, *terms, *sides).err
        for code, (kind, terms) in LINT.items()
    ]
    run(*at, "export", "-o", "log.jsonl")
    dry = run(*at, "--db", "other.db", "import", "-n", "log.jsonl").err
    report = run(*at, "check", "--fail-on", "lint", "--json")

    assert [True] * 3 == outputs
    assert [f"[{code}]" in dry for code in LINT] == [True] * 3
    assert 4 == report.code
    assert [(code, f"[{code}]") for code in LINT] == [
        (row["commitment"], row["found"].split()[-1]) for row in report.json["found"]
    ]
    assert 0 == run(*at, "check").code
