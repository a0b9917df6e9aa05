"""What changed between two instants, in the world or in what we knew of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.command import Run

LATE = {"PACTWATCH_NOW": "2025-03-25T12:00:00Z"}
AT = "2025-03-25T13:00:00Z"


def confirm(run: Run, occurred: str = "2025-03-19") -> str:
    """News of the 25th of what happened on the 19th, before it was due."""
    done = run("record", "PerformanceConfirmed", "sw-rus", "basis=both_sides", "quantity=175",
               f"occurred={occurred}", "--json", **LATE)  # fmt: skip
    assert done.code == 0, done.err
    return str(done.json["id"])


def changes(run: Run, *args: str) -> list[dict[str, Any]]:
    done = run("diff", *args, "--json", "--now", AT)
    assert done.code == 0, done.err
    return list(done.json["changes"])


def brief(rows: list[dict[str, Any]], axis: str = "state") -> list[tuple[Any, ...]]:
    return [(row["how"], row["before"], row["after"]) for row in rows if row["axis"] == axis]


def test_what_the_clock_did_happened(shipped: Run) -> None:
    """Both clocks move and nothing was learned: the due date passed, step by step."""
    rows = changes(shipped, "2025-03-19", "2025-03-22", "sw-rus")

    assert [("happened", "in_force", "overdue"), ("happened", "overdue", "lapsed")] == brief(rows)
    assert ["T6", "T7"] == [row["rule"] for row in rows if row["axis"] == "state"]


def test_late_news_of_an_earlier_day_is_a_correction(shipped: Run) -> None:
    """As of the 22nd we said lapsed; it had been delivered in time."""
    event = confirm(shipped)
    rows = changes(shipped, "2025-03-22", AT, "sw-rus")
    (state,) = [row for row in rows if row["axis"] == "state"]

    assert ("corrected", "lapsed", "discharged", [event], LATE["PACTWATCH_NOW"]) == (
        state["how"], state["before"], state["after"], state["events"], state["recorded_at"]
    )  # fmt: skip


def test_what_was_told_in_between_and_no_longer_holds_is_corrected(shipped: Run) -> None:
    """From before the due day to after the news: overdue and lapsed were said, and taken back."""
    confirm(shipped)
    rows = changes(shipped, "2025-03-18T22:00:00Z", AT, "sw-rus")

    assert [
        ("corrected", "overdue since 2025-03-19T22:00:00Z", "discharged"),
        ("corrected", "lapsed since 2025-03-21T22:00:00Z", "discharged"),
        ("happened", "in_force", "discharged"),
    ] == brief(rows)


def test_a_correction_names_the_entry_by_which_an_answer_ceased(shipped: Run) -> None:
    """Not the first entry after it, nor one about another promise of the same second."""
    wrong, taken_back = confirm(shipped), {"PACTWATCH_NOW": "2025-03-25T12:20:00Z"}
    for now in ({"PACTWATCH_NOW": "2025-03-25T12:10:00Z"}, taken_back):
        done = shipped("record", "PerformanceReported", "sw-ukr", "speaker=UKR", "quantity=175",
                       "occurred=2025-03-24", **now)  # fmt: skip
        assert done.code == 0, done.err
    retraction = shipped("event", "retract", wrong, "--reason", "misread", "--json", **taken_back)
    rows = changes(shipped, "2025-03-18T22:00:00Z", AT, "sw-rus")

    assert [([retraction.json["id"]], taken_back["PACTWATCH_NOW"])] == [
        (row["events"], row["recorded_at"])
        for row in rows
        if row["axis"] == "state" and str(row["before"]).startswith("discharged since")
    ]


def test_what_is_so_all_the_same_says_since_when(shipped: Run) -> None:
    """A breach of the 20th that was of the 19th stays alleged, from a day earlier on."""
    alleged = shipped("record", "ViolationAlleged", "ep-rus", "speaker=UKR", "text=x",
                      "occurred=2025-03-20", "--json", **LATE).json["id"]  # fmt: skip
    done = shipped("event", "correct", alleged, "occurred=2025-03-19", "--reason", "misread",
                   "--now", "2025-03-25T12:20:00Z")  # fmt: skip
    rows = brief(changes(shipped, "2025-03-18T22:00:00Z", AT, "ep-rus"), "compliance")

    assert 0 == done.code, done.err
    assert [
        ("corrected", "alleged since 2025-03-20T09:00:00Z", "alleged since 2025-03-19T09:00:00Z"),
        ("happened", "unassessed", "alleged"),
    ] == rows


def test_holding_the_world_leaves_what_we_learned(shipped: Run) -> None:
    """--as-of: one instant of the world, seen from two states of knowledge."""
    confirm(shipped)
    rows = changes(shipped, "2025-03-24", AT, "sw-rus", "--as-of", "2025-03-22")

    assert [("corrected", "lapsed", "discharged")] == brief(rows)
    assert {"corrected"} == {row["how"] for row in rows if row["before"] is not None}


def test_holding_what_we_knew_leaves_the_world(shipped: Run) -> None:
    """--known-at: the news of the 25th does not exist."""
    confirm(shipped)
    rows = changes(shipped, "2025-03-19", AT, "sw-rus", "--known-at", "2025-03-20")

    assert [("happened", "in_force", "overdue"), ("happened", "overdue", "lapsed")] == brief(rows)
    assert {"happened"} == {row["how"] for row in rows}


def test_a_corrected_entry_is_told_as_a_correction(shipped: Run) -> None:
    """Our own error, mended: the answer for the 22nd is another one now."""
    done = shipped("event", "correct", "ds-sw-002", "terms.due=2025-04-19", "--reason", "misread",
                   "--json", **LATE)  # fmt: skip
    rows = changes(shipped, "2025-03-22", AT, "sw-rus")

    assert ("corrected", "lapsed", "in_force") in brief(rows)
    assert done.json["id"] in rows[0]["events"]


def test_what_was_new_to_us_was_learned(shipped: Run) -> None:
    """Before anything was recorded there was no answer to correct."""
    rows = changes(shipped, "2025-03-18T19:00:00Z", "2025-03-18T22:00:00Z", "ep-rus")

    assert [("learned", None, "in_force")] == brief(rows)


def test_nothing_changed_is_an_answer(shipped: Run) -> None:
    """No rows, a word on stderr, exit code 0."""
    result = shipped("diff", "2025-03-23", "2025-03-23", "--now", AT)

    assert (0, "") == (result.code, result.out)
    assert "nothing changed" in result.err


def test_the_resolved_instants_are_echoed(shipped: Run) -> None:
    """Relative forms count from now; both clocks of both sides are told."""
    result = shipped("diff", "-1w", "now", "--now", AT)

    assert "from 2025-03-18T13:00:00Z, known at 2025-03-18T13:00:00Z" in result.err
    assert f"to {AT}, known at {AT}" in result.err


BAD_DIFFS = {
    "backwards": (("diff", "2025-03-22", "2025-03-19"), 1, "diff 2025-03-19 2025-03-22"),
    "no instant": (("diff", "then", "now"), 1, "T1: not a date"),
    "an unknown option": (("diff", "2025-03-19", "2025-03-22", "--asof"), 2, "No such option"),
    "one instant": (("diff", "2025-03-22"), 2, "T2"),
    "unknown": (("diff", "2025-03-19", "2025-03-22", "sw-rux"), 1, "sw-rus"),
}


@pytest.mark.parametrize("name", BAD_DIFFS)
def test_a_diff_that_can_not_be_is_refused(shipped: Run, name: str) -> None:
    """With a hint, and the exit code of the contract."""
    args, code, word = BAD_DIFFS[name]
    result = shipped(*args, "--now", AT)

    assert (code, "") == (result.code, result.out)
    assert word in result.err


@pytest.mark.parametrize("form", ["csv", "jsonl", "md", "table"])
def test_both_print_in_every_form(shipped: Run, form: str) -> None:
    """Rows for programs, tables for people."""
    diff = shipped("diff", "2025-03-19", "2025-03-22", "--format", form, "--now", AT)
    check = shipped("check", "--fail-on", "lapsed", "--format", form, **LATE)

    assert (0, 4) == (diff.code, check.code)
    assert all("sw-rus" in done.out and "lapsed" in done.out for done in (diff, check))


def rested(run: Run, **clock: str) -> None:
    """Agreed rest of the energy pause on the 24th, over on the 25th."""
    for name, at in (("SuspensionDeclared", "2025-03-24"), ("Resumed", "2025-03-25")):
        done = run("record", name, "ep-rus", "by=RUS,UKR,USA", f"occurred={at}", "-y", **clock)
        assert done.code == 0, done.err


def test_what_changed_and_stands_again_as_it_did_is_not_nothing(shipped: Run) -> None:
    """Suspended and resumed between the two instants: both are listed."""
    rested(shipped, **{"PACTWATCH_NOW": "2025-03-26T12:00:00Z"})
    done = shipped("diff", "2025-03-20", "2025-03-28", "ep-rus", "--json", "--now",
                   "2025-03-29T00:00:00Z")  # fmt: skip

    assert [("happened", "in_force", "suspended"), ("happened", "suspended", "in_force")] == brief(
        done.json["changes"]
    )


ISL_READS_END = "ReadingAsserted port speaker=ISL term=end value=2026-05-20 terms.reading=isl"


def port_of_harbour(run: Run, entries: Iterable[tuple[str, str]], more: str = "") -> None:
    """A promise of sixty days from 1 February, and entries about it, each at noon of its day."""
    made = ("agreement add harbour --title Harbour --party NOR --party ISL --zone UTC",
            "commitment add harbour port --kind maintenance --debtor NOR --creditor ISL "
            "--promise x --zone UTC --start 2026-02-01 --duration P60D "
            f"--count exclusive {more}")  # fmt: skip
    recorded = ((day, f"record {entry}") for day, entry in entries)
    for day, line in (*(("2026-02-01", each) for each in made), *recorded):
        done = run(*line.split(), "--now", f"{day}T12:00:00Z", "-y")
        assert 0 == done.code, done.err


def test_each_end_on_the_way_is_listed(run: Run) -> None:
    """Extended, read otherwise and settled: four ends, each with its entry, and a notice."""
    port_of_harbour(run, (
        ("2026-02-10", "TermExtended port by=NOR,ISL terms.extend_by=P30D"),
        ("2026-02-20", ISL_READS_END),
        ("2026-02-25", "TermsClarified port by=NOR,ISL terms.end=2026-05-10"),
        ("2026-02-26", "NonRenewalNotified port speaker=NOR"),
    ), "--tacit-renewal true --reading text")  # fmt: skip
    done = run("diff", "2026-02-05", "2026-03-01", "port", "--json", "--now", AT)
    rows = [r for r in done.json["changes"] if r["axis"].split()[0] in ("end", "renewal")]

    assert [
        ("end", "2026-04-03T00:00:00Z", "2026-05-03T00:00:00Z", "22"),
        ("end isl", None, "2026-05-21T00:00:00Z", "9"),
        ("end", "2026-05-03T00:00:00Z or 2026-05-21T00:00:00Z", "2026-05-11T00:00:00Z", "9"),
        ("renewal", None, "none", "24"),
    ] == [(r["axis"], r["before"], r["after"], r["rule"]) for r in rows]


def test_what_was_recorded_later_is_hinted_at(shipped: Run) -> None:
    """By what was known at the two instants nothing changed; by what is known now it did."""
    rested(shipped, **{"PACTWATCH_NOW": "2025-04-02T12:00:00Z"})
    command = ("diff", "2025-03-23", "2025-03-26", "ep-rus", "--now", "2025-04-02T13:00:00Z")
    done = shipped(*command)

    assert "nothing changed" in done.err
    hint = "pactwatch diff 2025-03-23 2025-03-26 ep-rus --known-at now"
    assert f"2 entries of this time entered later; next: {hint}" in done.err
    known = shipped(*command, "--known-at", "now", "--json").json["changes"]
    assert ("happened", "suspended", "in_force") in brief(known)


def test_what_the_clock_will_do_lies_ahead(shipped: Run) -> None:
    """What falls due until an instant to come has not happened."""
    done = shipped("diff", "2025-03-19T06:00:00Z", "2025-03-20T22:00:00Z", "sw-rus", "--json",
                   "--now", "2025-03-19T12:00:00Z")  # fmt: skip

    assert [("ahead", "in_force", "overdue")] == brief(done.json["changes"])
    assert (0, True) == (done.json["counts"]["happened"], done.json["counts"]["ahead"] > 0)


def test_a_day_is_meant_whole_and_never_beyond_now(shipped: Run) -> None:
    """From its beginning as the first, to its end as the second; what comes after now is named."""
    zoned = shipped("diff", "2025-03-18", "2025-03-20", "--tz", "Europe/Kyiv", "--now", AT)
    today = shipped("diff", "2025-03-19", "19 March 2025", "--now", "2025-03-19T12:00:00Z")

    assert "from 2025-03-17T22:00:00Z, known" in zoned.err
    assert "to 2025-03-20T22:00:00Z, known" in zoned.err
    assert "to 2025-03-19T12:00:00Z, known" in today.err
    assert (
        "will do by the end of 19 March 2025: pactwatch diff 2025-03-19 2025-03-20T00:00:00Z"
        in (today.err)
    )


def test_each_entry_between_is_listed(shipped: Run) -> None:
    """What was recorded then, and what happened then; in documents with all of it."""
    event = confirm(shipped)
    document = shipped("diff", "2025-03-25", AT, "sw-rus", "--json", "--now", AT).json
    out = shipped("diff", "2025-03-25", AT, "sw-rus", "--now", AT).out

    assert ([event], 0) == ([row["id"] for row in document["entries"]], document["entered_later"])
    assert "\nentries (1):\n" in out
    assert "performance confirmed" in out


def test_a_moment_of_warning_that_changes_nothing_is_no_change(shipped: Run) -> None:
    """A day before the end the timing is due_soon, as it was since a week before."""
    rows = changes(shipped, "2025-04-12T00:00:00Z", "2025-04-16T00:00:00Z", "ep-rus", "--known-at",
                   "2025-03-20")  # fmt: skip

    assert [] == rows


@pytest.mark.parametrize("command", [("diff", "2025-03-18", "2025-03-26"), ("commitment", "show")])
def test_an_entry_with_a_long_id_is_named_by_its_number(
    shipped: Run, command: tuple[str, ...]
) -> None:
    """An id made by the program has 36 characters; JSON has it as it is."""
    own_id = confirm(shipped)
    number = shipped("event", "show", "last", "--json", **LATE).json["position"]
    done = shipped(*command, "sw-rus", "--now", AT)

    assert 0 == done.code, done.err
    assert re.search(rf"rule 11,[^#]*#{number}\b", done.out)
    assert own_id not in "".join(done.out.split())


def test_what_was_learned_names_the_entry_that_it_comes_of(shipped: Run) -> None:
    """And not what else was recorded of the promise since, nor when that was."""
    ids = []
    for name, when, fields in (
        ("ViolationAlleged", "2025-03-25T12:00:00Z",
         ("occurred=2025-03-20", "text=a strike", "source=https://example.org/a", "speaker=UKR")),
        ("ReadingAsserted", "2025-03-26T12:00:00Z", ("term=scope", "value=all", "speaker=USA")),
    ):  # fmt: skip
        done = shipped("record", name, "ep-rus", *fields, "--json", "-y", "--now", when)
        assert done.code == 0, done.err
        ids.append(done.json["id"])
    done = shipped("diff", "2025-03-22", "2025-03-27", "energy-pause-2025", "--json",
                   "--now", "2025-03-27T12:00:00Z")  # fmt: skip
    learned = {
        row["axis"].partition(" ")[0]: (row["events"], row["recorded_at"])
        for row in done.json["changes"]
        if row["how"] in ("learned", "corrected")
    }

    assert (
        dict.fromkeys(("compliance", "incident", "roll_up"), (ids[:1], "2025-03-25T12:00:00Z"))
        == learned
    )


def test_a_check_of_periods_says_how_many_of_how_many(run: Run) -> None:
    """That the promise is in force and running tells nobody what was missed."""
    made = ("--now", "2026-01-01T00:00:00Z")
    run("agreement", "add", "grain", "--title", "Grain", "--party", "NOR", "--party", "ISL", *made)
    run("commitment", "add", "grain", "pay", "--kind", "recurring", "--debtor", "NOR",
        "--creditor", "ISL", "--promise", "to pay", "--start", "2026-01-01", "--recurrence",
        "FREQ=MONTHLY;COUNT=12", *made)  # fmt: skip
    done = run("check", "--fail-on", "periods_missed", "--json", "--now", "2026-03-15T00:00:00Z")

    assert (4, ["0 of 3 periods met, 2 missed, 1 open"]) == (
        done.code,
        [row["found"] for row in done.json["found"]],
    )
    diff = run("diff", "2026-01-02", "2026-03-15", "pay", "--now", "2026-03-15T00:00:00Z").out
    assert (
        "-> 0 of 3 periods met, 2 missed, 1 open (missed: January 2026, February 2026)"
        in change_column(diff)
    )
    assert "periods_missed" not in diff


def change_column(out: str) -> str:
    """What stands in the column of changes, from top to bottom."""
    heading, *lines = out.split("\n\n")[0].splitlines()
    begin, end = heading.index("change"), heading.index("because")
    return " ".join(" ".join(line[begin:end] for line in lines).split())


def test_a_new_promise_is_as_it_was_made_and_what_came_later_stands_by_itself(run: Run) -> None:
    """The end of a second account and the suspension by one side came after it, each on its day."""
    port_of_harbour(run, (
        ("2026-02-10", ISL_READS_END),
        ("2026-02-20", "SuspensionDeclared port speaker=NOR"),
    ))  # fmt: skip
    both = ("diff", "2026-01-01", "2026-03-01", "port", "--now", AT)
    rows, words = run(*both, "--json").json["changes"], change_column(run(*both).out)

    assert (
        "new: in_force, unassessed, running, end of Thu 02 Apr 2026 (UTC), single_source "
        "end isl: end of Wed 20 May 2026 (UTC) state: in_force -> suspended"
    ) in words
    assert [("single_source", "4"), ("terms_disputed", None), ("suspension_contested", None)] == [
        (row["axis"].removeprefix("flag "), row["rule"])
        for row in rows
        if row["axis"].startswith("flag") and row["after"]
    ]


def test_what_is_learned_late_of_a_promise_is_one_row(shipped: Run) -> None:
    """How it stood, its end, its breaches; its roll-up would say it again. JSON has each axis."""
    late = ("diff", "2025-03-18", "2025-03-22", "iaea-rotation-truces", "--now", AT)
    rows, done = shipped(*late, "--json").json["changes"], shipped(*late)

    assert {"roll_up", "state", "compliance", "end"} < {row["axis"] for row in rows}
    assert change_column(done.out).endswith(
        "new: expired, alleged, past, end of Mon 17 Mar 2025 (Europe/Moscow), single_source, "
        "1 breach alleged"
    )


def test_what_one_cause_changes_at_one_instant_is_one_row(shipped: Run) -> None:
    """State and timing of a promise that is overdue."""
    done = shipped("diff", "2025-03-19T20:00:00Z", "2025-03-20", "sw-rus", "--now", AT)

    assert 1 == done.out.count("2025-03-19 22:00Z")
    both = "state: in_force -> overdue timing: contested_end -> in_grace"
    assert both in change_column(done.out)


def test_many_entries_behind_a_change_are_counted(shipped: Run) -> None:
    """The roll-up of what was learned of a whole agreement names three."""
    done = shipped("diff", "2025-03-18T20:00:00Z", "2025-04-01", "energy-pause-2025", "--as-of",
                   "2025-03-20", "--now", AT)  # fmt: skip

    assert re.search(r"and \d+ more", done.out)
