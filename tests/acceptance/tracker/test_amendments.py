"""Our own errors, mended: corrected, retracted, and brought back, with the history kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.command import Run

AFTER = {"PACTWATCH_NOW": "2025-03-22T12:00:00Z"}
LATER = {"PACTWATCH_NOW": "2025-03-23T12:00:00Z"}
WHY = ("--reason", "misread")


def state(run: Run, commitment: str = "sw-rus", **more: str) -> Any:
    done = run("status", commitment, "--json", **(more or LATER))
    return done.json["agreements"][0]["commitments"][0]["state"] if done.code == 0 else None


def standing(run: Run, event: str, *more: str) -> Any:
    return run("event", "show", event, "--json", *more, **LATER).json


def amend(run: Run, *args: str, **when: str) -> str:
    done = run("event", *args, *WHY, "--json", **(when or AFTER))
    assert done.code == 0, done.err
    return str(done.json["id"])


def test_a_correction_previews_its_effect_and_writes_nothing(shipped: Run) -> None:
    """-n shows what would be said instead, the state before and after, and alerts taken back."""
    args = ("event", "correct", "ds-sw-002", "terms.due=2025-04-19", *WHY, "-n")
    before = shipped("-q", "export").out
    text, document = shipped(*args, **AFTER), shipped(*args, "--json", **AFTER).json

    assert "terms.due: 2025-03-19 -> 2025-04-19" in text.err
    assert {"commitment": "sw-rus", "axis": "state", "before": "lapsed", "after": "in_force"} in (
        document["effect"]
    )
    assert {"overdue", "lapsed"} <= {alert["kind"] for alert in document["withdrawn"]}
    assert before == shipped("-q", "export").out


def test_a_correction_changes_the_answer_and_keeps_what_was_said(shipped: Run) -> None:
    """The entry shows both, the answer of an earlier day stays what it was."""
    amend(shipped, "correct", "ds-sw-002", "terms.due=2025-04-19")
    output = standing(shipped, "ds-sw-002")
    text = shipped("event", "show", "ds-sw-002", **LATER).out
    early = shipped("status", "sw-rus", "--as-of", "2025-03-22T12:00:00Z", "--known-at",
                    "2025-03-22T11:00:00Z", "--json", **LATER).json  # fmt: skip

    assert ("corrected", "2025-03-19", "2025-04-19") == (
        output["standing"], output["data"]["terms"]["due"], output["corrected"]["terms"]["due"]
    )  # fmt: skip
    assert [{"field": "terms.due", "before": "2025-03-19", "after": "2025-04-19"}] == (
        output["corrected_by"][0]["changed"]
    )
    assert "2025-04-19 (was: 2025-03-19)" in text
    assert ("in_force", "lapsed") == (
        state(shipped), early["agreements"][0]["commitments"][0]["state"]
    )  # fmt: skip


def test_two_corrections_stand_together_and_each_can_be_taken_back(shipped: Run) -> None:
    """The later mends other fields; retracting it leaves the earlier one in place."""
    amend(shipped, "correct", "ds-sw-002", "terms.due=2025-04-19")
    second = amend(shipped, "correct", "ds-sw-002", "terms.quantity=170")
    both = standing(shipped, "ds-sw-002")["corrected"]["terms"]
    amend(shipped, "correct", second, 'replacement={"terms":{"due":"2025-05-01","quantity":171}}')
    corrected_twice = standing(shipped, "ds-sw-002")["corrected"]["terms"]
    amend(shipped, "retract", second)
    one = standing(shipped, "ds-sw-002")["corrected"]["terms"]

    assert [("2025-04-19", 170), ("2025-05-01", 171), ("2025-04-19", 175)] == [
        (terms["due"], terms["quantity"]) for terms in (both, corrected_twice, one)
    ]


def test_a_retraction_leaves_a_tombstone_and_can_be_retracted(shipped: Run) -> None:
    """The commitment is gone from the answers, its entry is still listed; then both are back."""
    retraction = amend(shipped, "retract", "ds-sw-002")
    gone, lines = state(shipped), shipped("event", "list", "pow-swap-2025-03-19", **LATER).out
    document = standing(shipped, "ds-sw-002")
    output = shipped("event", "show", "ds-sw-002", **LATER).out
    amend(shipped, "retract", retraction, **LATER)

    assert (None, "retracted", "misread") == (
        gone, document["standing"], document["retracted_by"]["reason"]
    )  # fmt: skip
    assert output.startswith("RETRACTED by #171 on ")
    assert 1 == lines.count("RETRACTED")
    assert ("lapsed", "stands") == (state(shipped), standing(shipped, "ds-sw-002")["standing"])


def test_an_amendment_is_not_known_before_it_was_recorded(shipped: Run) -> None:
    """--known-at gives the entry as it stood then."""
    amend(shipped, "retract", "ds-sw-002")
    known = ("--known-at", "2025-03-22T11:59:59Z")

    assert "stands" == standing(shipped, "ds-sw-002", *known)["standing"]
    assert 1 == shipped("event", "show", "ds-sw-002", "--known-at", "2025-03-18T20:00:00Z").code


def test_the_dossier_has_the_correction_beside_the_entry(shipped: Run) -> None:
    """With both dates and the reason."""
    amend(shipped, "correct", "ds-sw-002", "terms.due=2025-04-19")
    text = " ".join(shipped("commitment", "show", "sw-rus", **LATER).out.split())

    assert "CORRECTED CommitmentAccepted ds-sw-002" in text
    assert "terms.due: 2025-03-19" in text
    assert "(misread)" in text


def test_statements_of_nobody_can_be_retracted_as_well(shipped: Run) -> None:
    """The stream of statements is amended like any other, and unknown entries are refused."""
    entries = shipped("event", "list", "statements", "--json").json["events"]
    amend(shipped, "retract", entries[0]["id"])
    unknown = shipped("record", "EntryRetracted", "statements", "event=ds-st-xx", **AFTER)

    assert "retracted" == standing(shipped, entries[0]["id"])["standing"]
    assert (1, True) == (unknown.code, "unknown event" in unknown.err)


@pytest.mark.parametrize("name", ["EntryCorrected", "FindingRevised"])
def test_an_entry_is_not_moved_to_a_promise_that_is_not_on_record(shipped: Run, name: str) -> None:
    """A correction and a revision alike; nothing is written."""
    done = shipped("record", "PerformanceConfirmed", "sw-rus", "basis=both_sides", "--id", "kept",
                   "occurred=2025-03-19", "-y", **AFTER)  # fmt: skip
    moved = shipped("record", name, "pow-swap-2025-03-19", "event=kept", "reason=misread",
                    'replacement={"commitment":"sw-nobody"}', "-y", **LATER)  # fmt: skip

    assert (0, 1) == (done.code, moved.code)
    assert "unknown commitment 'sw-nobody'" in moved.err
    assert "discharged" == state(shipped)


def test_every_command_finds_an_entry_by_number_by_letters_and_as_the_last(shipped: Run) -> None:
    """What is recorded says the number; stored is the whole id."""
    done = shipped("record", "PositionStated", "sw-rus", "text=x", "by=RUS", "--id", "own", **AFTER)
    number = done.err.partition("recorded PositionStated ")[2].split()[0]
    stored = shipped("record", "EntryCorrected", "pow-swap-2025-03-19", f"event={number}",
                     'replacement={"text":"y"}', "--id", "fix", "--json", **AFTER)  # fmt: skip
    amend(shipped, "correct", number, "derived_from=68", "--id", "derive")
    amend(shipped, "retract", "last", "--id", "back")
    amend(shipped, "retract", "last", "--id", "back")  # the same again, which means the same
    output = standing(shipped, number[1:])

    assert f"recorded PositionStated {number} own" in done.err
    assert ("own", int(number[1:]) + 1) == (stored.json["data"]["event"], stored.json["position"])
    assert ("y", None) == (output["corrected"]["text"], output["corrected"].get("derived_from"))
    assert "derive" == standing(shipped, "back")["data"]["event"]
    assert ("fix", 1) == (
        shipped("proof", "fi", "--json").json["event"], shipped("event", "show", "ds-sw").code
    )  # fmt: skip


def test_a_part_deep_in_a_structure_is_corrected_alone(run: Run) -> None:
    """The other parts of its clause stay."""
    clauses = ("--clause", "renewal.period=P30D", "--clause", "renewal.notice=P10D")
    run("agreement", "add", "acc", "--title", "A", *clauses, "-y", **AFTER)
    amend(run, "correct", "1", "clauses.renewal.notice=P5D")

    assert {"renewal": {"period": "P30D", "notice": "P5D"}} == (
        standing(run, "1")["corrected"]["clauses"]
    )


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown": (("retract", "ds-sw-00x", *WHY), "ds-sw-00"),
    "without a reason": (("retract", "ds-sw-003"), "--reason"),
    "retracted twice": (("retract", "ds-sw-002", *WHY), "to bring it back"),
    "correcting a tombstone": (("correct", "ds-sw-002", "terms.due=2025-04-01", *WHY),
                               "was retracted by"),
    "nothing new": (("correct", "ds-sw-003", "speaker=kremlin", "terms.due=2025-03-19", *WHY),
                    "says already"),
    "unreadable": (("correct", "ds-sw-003", "terms.due=soon", *WHY), "accepted forms"),
    "unknown field": (("correct", "ds-sw-003", "duedate=2025-04-01", *WHY), "no field is called"),
    "another agreement": (
        ("correct", "ds-sw-001", "agreement=other", *WHY),
        "expected agreement 'pow-swap-2025-03-19', under which all of its entries stand, "
        "found 'other'\nhint: record it under another name: pactwatch agreement add ID",
    ),
    "another's commitment": (("correct", "ds-sw-003", "commitment=ep-rus", *WHY), "belongs to"),
    "owed by nobody": (("correct", "ds-sw-003", "debtor=null", *WHY), "without debtor"),
    "owed by no list": (("correct", "ds-sw-003", "debtor=[]", *WHY), "without debtor"),
    "a wrong form": (("correct", "ds-sw-003", "credibility=high", *WHY), "credibility"),
}  # fmt: skip


def test_senseless_amendments_are_refused_and_nothing_is_written(shipped: Run) -> None:
    """Each says what stands in the way."""
    amend(shipped, "retract", "ds-sw-002")
    speaker = standing(shipped, "ds-sw-003")["data"]["speaker"]
    before = shipped("-q", "export").out
    for name, (args, word) in REFUSED.items():
        given = [f"speaker={speaker}" if arg == "speaker=kremlin" else arg for arg in args]
        result = shipped("event", *given, **LATER)
        assert (name, 1, "") == (name, result.code, result.out)
        assert word in result.err, f"{name}: {result.err}"
    assert before == shipped("-q", "export").out


def test_a_refusal_cites_an_entry_by_its_number_where_nobody_gave_it_an_id(run: Run) -> None:
    """In its words and in the command of its hint, which works."""
    run("agreement", "add", "acc", "--title", "A", "-y", **AFTER)
    run("commitment", "add", "acc", "fish", "--kind", "achievement", "--debtor", "NOR",
        "--promise", "to report", "--due", "2026-12-24", "-y", **AFTER)  # fmt: skip
    run("record", "PerformanceReported", "fish", "speaker=NOR", "quantity=1", "-y", **AFTER)
    amend(run, "retract", "3")
    refused = {
        words: run("event", *command, *WHY, **LATER).err
        for words, command in {
            "event #3 was retracted by #4 at ": ("retract", "3"),
            "retract 4 --reason": ("correct", "3", "quantity=2"),
            "that is what #2 says already\nhint: pactwatch event show 2\n": (
                "correct", "2", "terms.due=2026-12-24",
            ),
            "the correction of #2 leaves commitment 'fish' without debtor\n"
            "hint: pactwatch event correct 2 debtor=DEBTOR": ("correct", "2", "debtor=null"),
            "the correction of #1: expected agreement 'acc'": ("correct", "1", "agreement=other"),
        }.items()
    }  # fmt: skip

    assert [] == [(words, err) for words, err in refused.items() if words not in err]


def test_an_end_of_the_same_day_elsewhere_is_told_by_its_instant(run: Run) -> None:
    """Whose day it is moves with the debtor: two equal days would say that nothing changes."""
    agreement = ("agreement", "add", "accord", "--title", "Accord", "--party", "NOR", "-y")
    promise = ("commitment", "add", "accord", "fish", "--kind", "achievement", "--debtor", "NOR",
               "--promise", "to report", "--due", "2026-12-24", "--id", "made", "-y")  # fmt: skip
    for words in (agreement, promise):
        assert 0 == run(*words, **AFTER).code
    corrected = run("event", "correct", "made", "debtor=ISL", "creditor=NOR", "-n", **LATER)

    assert "debtor: NOR -> ISL\n" in corrected.err
    assert "due: Thu 24 Dec 2026 23:00 +0000 -> end of Thu 24 Dec 2026 (Atlantic/Reykjavik)" in (
        corrected.out
    )


def test_a_correction_without_a_reason_is_listed_by_what_it_sets(shipped: Run) -> None:
    """The id of the entry says nothing to a reader."""
    done = shipped("event", "correct", "ds-sw-002", "terms.due=2025-04-19", "-y", **AFTER)
    rows = shipped("event", "list", "pow-swap-2025-03-19", "--json", **LATER).json["events"]

    assert 0 == done.code
    assert rows[-1]["text"].startswith("terms.due: 2025-04-19; ")


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md", "table"])
def test_amended_entries_print_in_every_form(shipped: Run, form: str) -> None:
    """The standing of an entry is part of its row."""
    amend(shipped, "retract", "ds-sw-002")
    output = shipped("event", "list", "pow-swap-2025-03-19", "--format", form, **LATER)

    assert (0, True) == (output.code, "retracted" in output.out.lower())


def test_last_after_a_correction_is_the_entry_that_it_corrects(run: Run) -> None:
    """`event correct last`, given twice, corrects one entry twice."""
    run("agreement", "add", "cod", "--title", "Cod shares", "--party", "NOR", **AFTER)
    run("record", "PositionStated", "cod", "text=we will talk", "speaker=NOR", **AFTER)
    run("event", "correct", "last", "text=we shall talk", **AFTER)
    second = run("event", "correct", "last", "occurred=2025-03-20", **AFTER)
    output = standing(run, "2")

    assert "corrects #2 PositionStated on cod" in second.err
    assert ("we shall talk", "2025-03-20") == (
        output["corrected"]["text"],
        output["corrected"]["occurred"],
    )
    assert "EntryCorrected" == standing(run, "last")["name"]
    amend(run, "correct", "4", "note=twice")
    assert 1 == len(standing(run, "4")["corrected_by"])
