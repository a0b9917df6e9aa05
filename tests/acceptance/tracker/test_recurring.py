"""A daily quota as an analyst enters it: 600 lorries a day for the 42 days of a first phase."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.command import OnDesk, Run

MADE = ("--now", "2025-01-18T12:00:00Z")
AFTER = ("--now", "2025-03-10T12:00:00Z")
FIRST = date(2025, 1, 19)
MISSED = (5, 6)
SHORT = 7


def enter_lorries(run: Run) -> None:
    """The promise, entered with options."""
    for args in (
        ("agreement", "add", "gaza-2025", "--title", "Ceasefire", "--party", "ISR",
         "--party", "HAM"),
        ("commitment", "add", "gaza-2025", "lorries", "--kind", "recurring", "--debtor", "ISR",
         "--creditor", "HAM", "--promise", "to let 600 lorries in a day", "--quantity", "600",
         "--start", "2025-01-19", "--recurrence", "FREQ=DAILY;COUNT=42", "--zone",
         "Asia/Jerusalem", "--occurred", "2025-01-18"),
    ):  # fmt: skip
        done = run(*args, *MADE)
        assert done.code == 0, done.err


@pytest.fixture
def lorries(on_desk: OnDesk) -> Run:
    """The promise, entered with options."""
    return on_desk(enter_lorries)


def deliveries() -> str:
    """What a monitor confirmed, day by day, as a file of events: two days nothing, one day 312."""
    lines = []
    for n in range(42):
        if n in MISSED:
            continue
        day = (FIRST + timedelta(days=n)).isoformat()
        data = {"commitment": "lorries", "occurred": day, "basis": "neutral_body",
                "quantity": 312 if n == SHORT else 600}  # fmt: skip
        event = {"specversion": "1.0", "id": f"d-{day}", "source": "monitor",
                 "type": "pactwatch.PerformanceConfirmed.v1", "subject": "gaza-2025",
                 "time": f"{day}T21:00:00Z", "data": data}  # fmt: skip
        lines.append(json.dumps(event))
    return "\n".join(lines) + "\n"


def lorries_at(run: Run, at: str) -> Any:
    document = run("status", "lorries", "--as-of", at, "--json", *AFTER).json
    return document["agreements"][0]["commitments"][0]


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2025-01-18T12:00:00Z", "2025-03-01"),
        ("2025-01-30T12:00:00Z", "2025-03-01;"),
        ("2025-03-01T12:00:00Z", "2025-03-01"),
        ("2025-03-10T12:00:00Z", "2025-03-01"),
    ],
    ids=["before", "during", "on the last day", "over"],
)
def test_a_quota_ends_with_its_last_day(lorries: Run, at: str, end: str) -> None:
    """Its rule bounds it, though no term does: before, in, at and after its 42 days."""
    columns = lorries("status", "--as-of", at, *AFTER, COLUMNS="200").out

    assert f"  {end} " in columns


def test_a_quota_ends_with_its_last_day_for_programs(lorries: Run) -> None:
    """At the end of that day in its zone; one that goes on for ever says nothing."""
    assert (
        "2025-03-01T22:00:00Z" == lorries_at(lorries, "2025-01-30T12:00:00Z")["periods"]["last_due"]
    )


def test_a_quota_is_counted_day_by_day_to_its_end(lorries: Run) -> None:
    """39 of 42 met, two missed, one met in part; then expired with this count."""
    assert 0 == lorries("import", "-", *AFTER, stdin=deliveries()).code
    during, over = (
        lorries_at(lorries, "2025-01-30T12:00:00Z"),
        lorries_at(lorries, "2025-03-05T12:00:00Z"),
    )

    assert {"met": 9, "of": 12, "missed": 2, "partial": 1} == {
        name: during["periods"][name] for name in ("met", "of", "missed", "partial")
    }
    assert ("in_force", 600, "2025-01-30T22:00:00Z") == (
        during["state"],
        during["periods"]["current"]["promised"],
        during["periods"]["current"]["due"],
    )
    assert during["periods"]["current"] == during["fulfilment"]["current"]
    assert ("expired", 39, 42, 2, 1, None) == (
        over["state"],
        *(over["periods"][name] for name in ("met", "of", "missed", "partial", "current")),
    )
    assert "periods_missed" in over["flags"]


def test_commands_say_what_is_due_and_what_was_missed(lorries: Run) -> None:
    """What was delivered already is no deadline; explain and ledger count the days."""
    assert 0 == lorries("import", "-", *AFTER, stdin=deliveries()).code
    at = ("--as-of", "2025-01-30T12:00:00Z")
    before = ("--as-of", "2025-01-30T09:00:00Z")
    explained, ledger = lorries("explain", "lorries", *at), lorries("ledger", "gaza-2025", *at)

    def due(*instant: str) -> list[tuple[str, str]]:
        rows = lorries("deadlines", *instant, "--json", *AFTER).json["deadlines"]
        return [(row["term"], row["at"]) for row in rows]

    assert [("period", "2025-01-30T22:00:00Z"), ("period", "2025-01-31T22:00:00Z")] == due(*before)
    assert [("period", "2025-01-31T22:00:00Z")] == due(*at)
    assert "periods: 9 of 12 periods met, 1 partial, 2 missed" in explained.out
    assert "in each period" in ledger.out
    assert 0 == lorries("readout", "gaza-2025", *at).code
    assert 4 == lorries("check", "--fail-on", "periods_missed", *at).code


def test_a_turn_tells_each_missed_day_once_its_grace_is_over(lorries: Run) -> None:
    """Two days missed and one met in part; the same turn again tells nothing."""
    assert 0 == lorries("import", "-", *AFTER, stdin=deliveries()).code
    turn = ("tick", "--now", "2025-03-10T12:00:00Z", "--json")
    missed = [a for a in lorries(*turn).json["alerts"] if a["kind"] == "period_missed"]

    assert [("2025-01-24", "missed"), ("2025-01-25", "missed"), ("2025-01-26", "partial")] == [
        (alert["before"], alert["after"]) for alert in missed
    ]
    assert [] == lorries(*turn).json["alerts"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never occurs"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20250301", "COUNT and UNTIL"),
        ("FREQ=MINUTELY", "several periods a day"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_written(
    lorries: Run, rule: str, words: str
) -> None:
    """With a hint that can be typed."""
    done = lorries("commitment", "add", "gaza-2025", "fuel", "--kind", "recurring", "--debtor",
                   "ISR", "--promise", "fuel", "--start", "2025-01-19", "--recurrence", rule,
                   *MADE)  # fmt: skip

    assert (1, True, True) == (done.code, words in done.err, "hint: " in done.err)
    assert 1 == len(lorries("commitment", "list", "--json").json["commitments"])


def test_a_recurring_promise_without_a_rule_is_told_how_to_say_it(lorries: Run) -> None:
    """The hint is the command with the option that is missing."""
    words = ("gaza-2025", "w", "--kind", "recurring", "--debtor", "ISR", "--promise", "p", "-y")
    refused = lorries("commitment", "add", *words)
    assert "needs terms.recurrence (how often: daily, monthly, 'every 6 months'" in refused.err
    assert "-y --recurrence RECURRENCE" in refused.err
    assert 0 == lorries("commitment", "add", *words, "--recurrence", "every 6 months").code


def test_a_confirmation_after_its_period_is_asked_when_it_was_done(lorries: Run) -> None:
    """As typed it is met late; as the warning says it was only confirmed late."""
    entry = ("record", "PerformanceConfirmed", "lorries", "quantity=600", "period=2025-01-19",
             "basis=neutral_body", "--now", "2025-01-30T12:00:00Z", "-n", "--json")  # fmt: skip
    question = lorries(*entry, "occurred=2025-01-25")
    words = "occurred=2025-01-19 said=2025-01-25"

    assert [words] == [words for each in question.json["warnings"] if words in str(each)]
    assert [] == lorries(*entry, *words.split()).json["warnings"]


def enter_monthly_payments(run: Run) -> None:
    """A promise to pay in each month."""
    for args in (
        ("agreement", "add", "grain", "--title", "Grain", "--party", "NOR", "--party", "ISL"),
        ("commitment", "add", "grain", "pay", "--kind", "recurring", "--debtor", "NOR",
         "--creditor", "ISL", "--promise", "to pay 10 a month", "--quantity", "10", "--start",
         "2026-07-01", "--recurrence", "FREQ=MONTHLY", "--zone", "UTC"),
    ):  # fmt: skip
        done = run(*args, "--now", "2026-06-20T12:00:00Z")
        assert done.code == 0, done.err


def test_turns_alerts_and_previews_name_a_period_as_mail_does(on_desk: OnDesk) -> None:
    """By its month, also where no rule is stored beside the alert."""
    run = on_desk(enter_monthly_payments)
    turn = run("tick", "--now", "2026-08-12T12:00:00Z")
    alerts = run("alert", "list", "--now", "2026-08-12T12:00:00Z")
    preview = run("record", "PerformanceConfirmed", "pay", "period=2026-07-01", "quantity=10",
                  "basis=both_sides", "occurred=2026-08-13", "-n", "--now",
                  "2026-08-13T12:00:00Z")  # fmt: skip

    for output in (turn, alerts):
        assert "pay is due within 1 day, for July 2026\n" in output.out
        assert "pay missed for July 2026\n" in output.out
    assert "would alert: info performance, pay: for July 2026: met late, at " in preview.out


def test_a_limit_that_was_passed_and_a_period_that_an_end_cuts_are_named_alike(run: Run) -> None:
    """In a dry run, in what a turn prints and in the history: exceeded, for 15 to 30 June."""
    for args in (
        ("agreement", "add", "fish", "--title", "Herring", "--party", "NOR", "--party", "ISL"),
        ("commitment", "add", "fish", "catch", "--kind", "recurring", "--deontic", "prohibition",
         "--debtor", "NOR", "--creditor", "ISL", "--promise", "not to catch more than 100",
         "--start", "2024-06-20", "--recurrence", "FREQ=DAILY;INTERVAL=90", "--quantity", "100",
         "--end", "2025-06-30", "--occurred", "2024-06-20"),
    ):  # fmt: skip
        assert 0 == run(*args, "--now", "2024-06-20T12:00:00Z").code
    over = ("record", "PerformanceConfirmed", "catch", "quantity=120", "basis=both_sides",
            "occurred=2025-06-20")  # fmt: skip
    output = run(*over, "-n", "--now", "2025-06-21T12:00:00Z").out
    run(*over, "--now", "2025-06-21T12:00:00Z")
    turn = run("tick", "--now", "2025-06-21T13:00:00Z").out
    history = run("explain", "catch", "--now", "2025-07-21T13:00:00Z", COLUMNS="200").out

    assert "catch: for 15 to 30 June 2025: exceeded" in output
    assert "catch has exceeded its limit for 15 to 30 June 2025" in turn
    assert "for 15 to 30 June 2025: exceeded" in history


def test_what_is_due_next_is_what_is_still_owed(run: Run) -> None:
    """The lists of January are exchanged: the next are those of next year, in each list."""
    made, after = ("--now", "2024-06-20T12:00:00Z"), ("--now", "2025-01-06T12:00:00Z")
    for args in (
        ("agreement", "add", "lists", "--title", "Lists", "--party", "NOR", "--party", "ISL"),
        ("commitment", "add", "lists", "list", "--kind", "recurring", "--debtor", "NOR",
         "--creditor", "ISL", "--promise", "to send a list", "--start", "2025-01-01",
         "--recurrence", "FREQ=YEARLY"),
    ):  # fmt: skip
        assert 0 == run(*args, *made).code
    run("record", "PerformanceConfirmed", "list", "basis=both_sides", "occurred=2025-01-02",
        *after)  # fmt: skip

    assert "next due 2026-12-31" in run("status", *after, COLUMNS="200").out
    assert "end of 2026-12-31" in run("deadlines", *after).out
