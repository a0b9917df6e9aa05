"""Dates, places and parties as people write them, wherever a command takes them."""

from __future__ import annotations

import shlex

import pytest

from tests.support.command import OnDesk, Run

NOW = ("--now", "2025-06-04T10:00:00Z")


def enter_accord(run: Run) -> None:
    run("agreement", "add", "acc", "--title", "Accord", "--party", "Norway", "--party", "ISL",
        "--occurred", "1 March 2025", *NOW)  # fmt: skip
    run("commitment", "add", "acc", "c", "--kind", "achievement", "--debtor", "nor", "--creditor",
        "Iceland", "--promise", "p", "--due", "10 April 2027 18:00", "--zone", "Oslo",
        "--occurred", "1 March 2025", "--id", "made", "-y", *NOW)  # fmt: skip


@pytest.fixture
def accord(on_desk: OnDesk) -> Run:
    return on_desk(enter_accord)


def test_what_is_recorded_has_one_form_and_is_told(accord: Run) -> None:
    """Names become ids, cities zones, and dates EDTF or instants; the log has nothing else."""
    made = accord("event", "show", "made", "--json").json["data"]
    reported = accord("record", "PerformanceReported", "c", "occurred=2025-03-20 00:20 Kyiv",
                      "speaker=Norway", "said=yesterday", "-n", "--json", *NOW)  # fmt: skip

    assert {"due": "2027-04-10T18:00:00+02:00", "zone": "Europe/Oslo"} == made["terms"]
    assert ("2025-03-01", ["NOR"], ["ISL"]) == (made["occurred"], made["debtor"], made["creditor"])
    assert "2025-03-19T22:20:00Z" == reported.json["effective_at"]
    assert "2025-06-03" == reported.json["data"]["said"]
    assert (
        "occurred: 2025-03-20 00:20 Kyiv -> 2025-03-20T00:20:00+02:00\n"
        "speaker: Norway -> NOR\n"
        "said: yesterday -> 2025-06-03\n"
    ) in reported.err


def test_a_correction_and_a_question_are_read_so_too(accord: Run) -> None:
    """What was said first stands beside what it is taken for."""
    corrected = accord("event", "correct", "made", "occurred=2 March 2025", "-n", *NOW)
    at = accord("status", "--as-of", "2 March 2025", *NOW)
    two = accord("status", "--as-of", "2/3/2025", *NOW)

    assert "occurred: 2 March 2025 -> 2025-03-02\n" in corrected.err
    assert "2025-03-01 -> 2025-03-02" in corrected.out + corrected.err
    assert "as of 2025-03-03T00:00:00Z" in at.err
    assert (1, "write which one: 2025-03-02, or 2025-02-03") == (
        two.code, two.err.partition("hint: ")[2].strip(),
    )  # fmt: skip


def test_parties_that_promise_each_other_are_named_so_too(accord: Run) -> None:
    """Their promises have the ids of the parties."""
    each = ("--each", "Norway,Iceland", "--kind", "maintenance", "--promise", "p", "-n", "--json")
    recorded = accord("commitment", "add", "acc", "m", *each, *NOW).json["recorded"]

    assert ["m-nor", "m-isl"] == [entry["data"]["commitment"] for entry in recorded]


def test_a_zone_is_named_by_its_city_wherever_one_is_asked_for(accord: Run) -> None:
    """On display, of a reader, of a changed reader, of a snooze."""
    output = accord("--tz", "Oslo", "deadlines", *NOW)
    added = accord("subscribe", "add", "me@example.org", "--zone", "Kyiv", "--json", *NOW)
    changed = accord("subscribe", "change", "1", "--zone", "Oslo", "--json", *NOW)
    snoozed = accord("snooze", "--agreement", "acc", "--calendar", "sat-sun", "--zone", "Kyiv",
                     "--reason", "leave", "--json", *NOW)  # fmt: skip

    assert "2027-04-10 18:00+02:00" in output.out
    assert "Europe/Kyiv" == added.json["zone"]
    assert {"from": "Europe/Kyiv", "to": "Europe/Oslo"} == changed.json["changed"]["zone"]
    assert "Europe/Kyiv" in snoozed.out


def test_a_promise_of_the_past_that_is_not_dated_is_pointed_out(accord: Run) -> None:
    """It would count as made today; what followed is refused with the command that dates it."""
    window = ("--kind", "maintenance", "--debtor", "Turkey", "--promise", "p", "--start",
              "2 April 2025", "--duration", "20 days")  # fmt: skip
    made = accord("commitment", "add", "acc", "safe", *window, "--id", "safe-made", *NOW)
    denounced = ("record", "DebtorCancelled", "safe", "speaker=TUR", "occurred=10 April 2025")
    refused = accord(*denounced, *NOW)
    command = shlex.split(refused.err.partition("pactwatch ")[2])
    accord(*command[:4], "--reason", "it was made then", "-y", *NOW)

    assert "debtor: Turkey -> TUR\n" in made.err
    assert "terms.duration: 20 days -> P20D\n" in made.err
    assert "warning: its start is 2025-04-02, and it counts as made on 2025-06-04" in made.err
    assert ["event", "correct", "safe-made", "occurred=2025-04-02"] == command[:4]
    assert 0 == accord(*denounced, *NOW).code


def test_what_two_promises_lack_is_named_as_options(accord: Run) -> None:
    """The command is given anew with them."""
    refused = accord("commitment", "add", "acc", "m", "--each", "NOR,ISL", "--promise", "p", *NOW)

    assert "acc m --each NOR,ISL --promise p --now" in refused.err
    assert refused.err.endswith(" --kind KIND\n")
