"""Agreements and commitments as an analyst adds them, lists them and reads them on one screen."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.command import OnDesk, Run
from tracker.recording.from_options import TERM_HINTS

NOON = {"PACTWATCH_NOW": "2026-02-01T12:00:00Z"}
LATER = {"PACTWATCH_NOW": "2026-02-12T12:00:00Z"}
PROMISE = ("--kind", "achievement", "--debtor", "NOR", "--creditor", "ISL", "--promise", "to pay")


def enter_accord(run: Run) -> None:
    done = run("agreement", "add", "harbour", "--title", "Harbour accord", "--party", "NOR",
               "--party", "ISL", **NOON)  # fmt: skip
    assert done.code == 0, done.err
    assert "next: pactwatch commitment add harbour" in done.err


@pytest.fixture
def accord(on_desk: OnDesk) -> Run:
    return on_desk(enter_accord)


def added(accord: Run, *args: str) -> Any:
    done = accord("commitment", "add", "harbour", "pay", *PROMISE, *args, "--json", **NOON)
    assert done.code == 0, done.err
    return done.json


def axes_of(run: Run, commitment: str, **more: str) -> Any:
    (agreement,) = run("status", commitment, "--json", **more).json["agreements"]
    return agreement["commitments"][0]


@pytest.mark.parametrize(
    ("options", "type_", "state"),
    [
        ((), "CommitmentAccepted", "in_force"),
        (("--proposed", "--offer-valid-until", "2026-03-01"), "CommitmentProposed", "proposed"),
        (("--conditional-on", "lift=ISL lifts it"), "AcceptedConditionally", "conditional"),
    ],
)
def test_options_say_how_far_a_promise_has_come(
    accord: Run, options: tuple[str, ...], type_: str, state: str
) -> None:
    """Accepted, only proposed, or accepted under conditions."""
    document = added(accord, *options)

    assert f"pactwatch.{type_}.v1" == document["type"]
    assert state == axes_of(accord, "pay", **NOON)["state"]


TERMS: dict[str, tuple[tuple[str, ...], Any]] = {
    "start": (("--start", "2026-02-01"), "2026-02-01"),
    "due": (("--due", "2026-03-01"), "2026-03-01"),
    "end": (("--end", "2026-03-01"), "2026-03-01"),
    "duration": (("--duration", "P30D"), "P30D"),
    "count": (("--count", "inclusive"), "inclusive"),
    "zone": (("--zone", "Europe/Oslo"), "Europe/Oslo"),
    "zones": (("--zones", "Europe/Oslo,Atlantic/Reykjavik"), ["Europe/Oslo", "Atlantic/Reykjavik"]),
    "reading_of": (("--reading-of", "NOR"), "NOR"),
    "reading": (("--reading", "nor-text"), "nor-text"),
    "scope": (("--scope", "30"), "30"),
    "quantity": (("--quantity", "30"), 30),
    "parties": (("--parties", "NOR", "--parties", "ISL"), ["NOR", "ISL"]),
    "grace": (("--grace", "P5D"), "P5D"),
    "leads": (("--leads", "P7D", "--leads", "P1D"), ["P7D", "P1D"]),
    "stale_after": (("--stale-after", "P9D"), "P9D"),
    "perdurant": (("--no-perdurant",), False),
    "preemptive": (("--preemptive",), True),
    "tacit_renewal": (("--tacit-renewal", "P30D"), "P30D"),
    "calendar": (("--calendar", "NO"), ["NO"]),
    "recurrence": (("--recurrence", "FREQ=DAILY"), "FREQ=DAILY"),
}


def test_every_term_is_an_option(accord: Run) -> None:
    """All of them on one line arrive as the event file has them."""
    options = [part for given, _ in TERMS.values() for part in given]
    document = added(accord, *options)

    assert set(TERM_HINTS) == set(TERMS)
    assert {name: value for name, (_, value) in TERMS.items()} == document["data"]["terms"]


def test_silence_on_a_term_is_not_absence(accord: Run) -> None:
    """--duration null says that the account gives no length."""
    assert {"duration": None} == added(accord, "--duration", "null")["data"]["terms"]


def test_conditions_have_deadlines_of_their_own(accord: Run) -> None:
    """ID=TEXT and ID=DATE belong together; a deadline of an unknown condition is refused."""
    document = added(accord, "--conditional-on", "a=A first", "--conditional-on", "b=B first",
                     "--condition-deadline", "b=2026-02-20", "--require", "any")  # fmt: skip
    stray = accord("commitment", "add", "harbour", "x", *PROMISE, "--conditional-on", "a=A",
                   "--condition-deadline", "c=2026-02-20", **NOON)  # fmt: skip

    assert [{"id": "a", "text": "A first"},
            {"id": "b", "text": "B first", "deadline": "2026-02-20"}] == (
        document["data"]["antecedents"]
    )  # fmt: skip
    assert (1, "any") == (stray.code, document["data"]["require"])


def test_off_a_terminal_everything_that_is_missing_is_named_at_once(accord: Run) -> None:
    """Nothing prompts, nothing is written."""
    result = accord("commitment", "add", "harbour", "pay", "--debtor", "NOR", **NOON)

    assert (1, "") == (result.code, result.out)
    assert all(word in result.err for word in ("kind", "maintenance", "promise"))
    assert 1 == accord("event", "list", "--json").json["events"][-1]["position"]


def test_a_breach_without_a_name_is_answered_by_the_number_of_its_report(accord: Run) -> None:
    """What is missing is listed with what to type for it; screens have the number, not the id."""
    window = ("--kind", "maintenance", "--debtor", "NOR", "--promise", "calm", "--duration", "P30D")
    accord("commitment", "add", "harbour", "calm", *window, "--start", "today", **NOON)
    alleged = accord("record", "ViolationAlleged", "calm", "speaker=ISL", "text=a buoy", **LATER)
    refused = accord("record", "ViolationDenied", "calm", "speaker=NOR", "text=never", **LATER)
    command = shlex.split(refused.err.partition("hint: pactwatch ")[2])
    denied = accord(*command, **LATER)

    assert "recorded ViolationAlleged #3" in alleged.err
    assert "needs incident (3, alleged by ISL: 'a buoy')" in refused.err
    assert (0, True) == (denied.code, "breach #3: alleged -> disputed" in denied.out)
    assert "\n#3  disputed" in accord("commitment", "show", "calm", **LATER).out
    diff = accord("diff", "2026-02-01", "now", **LATER).out
    assert "incident #3: alleged -> disputed" in " ".join(diff.split())


def test_an_unknown_breach_is_refused_with_those_on_record(accord: Run) -> None:
    """The hint answers the newest; without any it alleges the first."""
    window = ("--kind", "maintenance", "--debtor", "NOR", "--promise", "calm", "--duration", "P30D")
    accord("commitment", "add", "harbour", "calm", *window, "--start", "today", **NOON)
    denial = ("record", "ViolationDenied", "calm", "speaker=NOR", "text=never")
    first = accord(*denial, **LATER)
    accord("record", "ViolationAlleged", "calm", "speaker=ISL", "text=a buoy", **LATER)
    second = accord(*denial, "incident=01a2265e", **LATER)
    done = accord(*shlex.split(second.err.partition("hint: pactwatch ")[2]), **LATER)

    assert "hint: pactwatch record ViolationAlleged calm speaker=PARTY text='...'" in first.err
    refusal = "unknown incident '01a2265e' on 'calm'; on record: 3, alleged by ISL: 'a buoy'"
    assert (1, 1, True) == (first.code, second.code, refusal in second.err)
    assert (0, True) == (done.code, "breach #3: alleged -> disputed" in done.out), done.err


def test_a_denial_of_the_wrong_breach_is_corrected_by_the_number_of_the_right_one(
    accord: Run,
) -> None:
    """A correction takes what `record` takes."""
    window = ("--kind", "maintenance", "--debtor", "NOR", "--promise", "calm", "--duration", "P30D")
    accord("commitment", "add", "harbour", "calm", *window, "--start", "today", **NOON)
    accord("record", "ViolationAlleged", "calm", "speaker=ISL", "text=a buoy", **LATER)
    accord("record", "ViolationAlleged", "calm", "speaker=ISL", "text=x", "incident=b", **LATER)
    accord("record", "ViolationDenied", "calm", "speaker=NOR", "incident=b", "text=no", **LATER)
    done = accord("event", "correct", "5", "incident=3", "--reason", "the buoy is meant", **LATER)

    assert 0 == done.code, done.err
    output = accord("commitment", "show", "calm", **LATER).out
    assert ("\n#3  disputed" in output, "\nb   alleged" in output) == (True, True)


def test_a_dry_run_shows_the_effect_and_writes_nothing(accord: Run) -> None:
    """-n is the preview: states and the alerts that would follow."""
    output = accord("commitment", "add", "harbour", "pay", *PROMISE, "--due", "2026-02-03", "-n",
                    "--json", **NOON).json  # fmt: skip

    assert {"commitment": "pay", "axis": "state", "before": None, "after": "in_force"} in (
        output["effect"]
    )
    assert [("due_soon", "P3D"), ("state_changed", None)] == [
        (alert["kind"], alert.get("lead")) for alert in output["alerts"]
    ]
    assert 1 == accord("event", "list", "--json").json["events"][-1]["position"]


def test_the_alerts_of_the_preview_are_those_of_the_next_turn(accord: Run) -> None:
    """What is told before recording is what the scheduler tells after it."""
    accord("tick", **NOON)
    preview = added(accord, "--due", "2026-02-03")
    turn = accord("tick", "--json", **NOON).json

    assert preview["alerts"]
    assert [a["key"] for a in preview["alerts"]] == [a["key"] for a in turn["alerts"]]


def test_one_screen_tells_everything_of_a_commitment(shipped: Run) -> None:
    """Heading, axes with their rules, readings, conditions, history with both dates."""
    text = shipped("commitment", "show", "ep-ukr", "--as-of", "2025-03-20T00:00:00Z").out

    assert all(
        word in text
        for word in ("UKR -> RUS, USA", "energy-pause-2025", "conditional", "rule 5", "ds-ep-003",
                     "terms_disputed", "says nothing", "end of 2025-04-16", "talk-with-trump",
                     "2025-03-18 20:30Z", "RequestMade")
    )  # fmt: skip


def test_one_screen_tells_everything_of_an_agreement(shipped: Run) -> None:
    """Its promises, what was said without promising, what came before it."""
    document = shipped("agreement", "show", "energy-pause-2025", "--json").json
    text = shipped("agreement", "show", "energy-pause-2025").out

    assert ["ep-rus", "ep-ukr"] == [c["id"] for c in document["agreement"]["commitments"]]
    assert {"clock", "AgreementRecorded", "PositionStated", "PrecedentLinked"} <= {
        row["type"] for row in document["history"]
    }
    assert all(word in text for word in ("energy-deal-2024", "(clock)", "rule T8", "ds-ep-014"))


def test_counts_claimed_by_two_sides_stand_apart(accord: Run) -> None:
    """One line a claimant, never a sum."""
    added(accord)
    accord("commitment", "add", "harbour", "open", "--kind", "maintenance", "--debtor", "NOR",
           "--creditor", "ISL", "--promise", "to keep it open", **NOON)  # fmt: skip
    for speaker, value in (("ISL", 5), ("NOR", 2)):
        done = accord("record", "ViolationAlleged", "open", "incident=i1", f"speaker={speaker}",
                      f"claimed_count.value={value}", "occurred=2026-02-10", **LATER)  # fmt: skip
        assert done.code == 0, done.err
    text = accord("commitment", "show", "open", **LATER).out
    incidents = text.partition("incidents:")[2].partition("history:")[0]

    assert [["i1", "ISL: 5"], ["NOR: 2"]] == [
        [word for word in ("i1", "ISL: 5", "NOR: 2") if word in line]
        for line in incidents.splitlines()[3:5]
    ]


def test_lists_can_be_narrowed(shipped: Run) -> None:
    """By agreement, state and party."""
    everything = shipped("commitment", "list", "--json").json["commitments"]
    rows = shipped("commitment", "list", "--state", "lapsed", "--party", "UKR", "--json").json

    assert len(everything) > len(rows["commitments"])
    assert ["sw-rus", "sw-ukr"] == [row["id"] for row in rows["commitments"]]
    assert 15 == len(shipped("agreement", "list", "--json").json["agreements"])


REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "known agreement": (("agreement", "add", "harbour", "--title", "x"), 1, "already on record"),
    "agreement unknown": (("commitment", "add", "harbor", "x", *PROMISE), 1, "harbour"),
    "unreadable due": (("commitment", "add", "harbour", "x", *PROMISE, "--due", "soon"), 1,
                       "--due: not a date: 'soon'"),
    "unknown kind": (("commitment", "add", "harbour", "x", "--kind", "promise"), 2, "achievement"),
    "two ways": (("commitment", "add", "harbour", "x", *PROMISE, "--proposed", "--conditional-on",
                  "a=b"), 2, "one or the other"),
    "require alone": (("commitment", "add", "harbour", "x", *PROMISE, "--require", "any"), 2,
                      "--conditional-on"),
    "show a commitment as agreement": (("agreement", "show", "pay"), 1, "commitment show pay"),
    "show an agreement as commitment": (("commitment", "show", "harbour"), 1, "is an agreement"),
    "show unknown": (("commitment", "show", "pax"), 1, "pay"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_is_refused_and_nothing_is_written(accord: Run, name: str) -> None:
    """Exit code of the contract, a word of what was expected, an unchanged log."""
    added(accord)
    before = accord("-q", "export").out
    args, code, word = REFUSED[name]
    result = accord(*args, **NOON)

    assert (code, "") == (result.code, result.out)
    assert word in result.err
    assert before == accord("-q", "export").out


REFUSALS = [
    ("NonPerformanceFound", "row 14", "allowed: PerformanceConfirmed, CommitmentClosed"),
    ("Resumed", "row 21", "allowed: SuspensionDeclared, PerformanceConfirmed"),
    ("ProposalWithdrawn", "row 3", "allowed: DebtorCancelled, CreditorReleased"),
]


@pytest.mark.parametrize(("type_", "row", "allowed"), REFUSALS)
def test_a_refusal_names_row_state_and_what_is_allowed(
    accord: Run, type_: str, row: str, allowed: str
) -> None:
    """The likeliest first; and nothing is written."""
    added(accord, "--due", "2026-03-01")
    before = accord("-q", "export").out
    result = accord("record", type_, "pay", **LATER)

    assert (1, "") == (result.code, result.out)
    assert all(word in result.err for word in (row, "in_force", allowed))
    assert before == accord("-q", "export").out


def test_a_refusal_for_a_reason_of_its_own_says_that_and_lists_no_types(accord: Run) -> None:
    """Without a release clause the list of what else may happen would hide the reason."""
    added(accord, "--due", "2026-03-01")
    before = accord("-q", "export").out
    result = accord("record", "ReleasePowerExercised", "pay", "by=NOR", **LATER)

    assert (1, "") == (result.code, result.out)
    assert all(word in result.err for word in ("row 27", "no release clause on record", "hint:"))
    assert "allowed:" not in result.err
    assert before == accord("-q", "export").out


def test_the_day_of_an_entry_is_today_when_none_is_said(accord: Run) -> None:
    """The event file rule holds for what is typed as well."""
    document = added(accord)

    assert "occurred" not in document["data"]
    assert datetime(2026, 2, 1, 12, tzinfo=UTC).isoformat()[:10] == document["effective_at"][:10]


MORNING_IN_TOKYO = "2026-02-02T23:00:00Z"


@pytest.mark.parametrize(
    ("agreement", "now", "words"),
    [("sea", MORNING_IN_TOKYO, ()), ("sea", MORNING_IN_TOKYO, ("occurred=2026-02-03",)),
     ("harbour", "2026-02-02T16:00:00Z", ())],
)  # fmt: skip
def test_the_first_hours_of_a_day_in_the_east_are_of_that_day(
    accord: Run, agreement: str, now: str, words: tuple[str, ...]
) -> None:
    """It has begun in Tokyo and not in UTC: what is recorded of it takes effect at once."""
    accord("agreement", "add", "sea", "--title", "Sea accord", "--party", "JPN", "--party", "CHN",
           **NOON)  # fmt: skip
    fields = ("speaker=JPN", "by=JPN", "text=met", *words)
    done = accord("record", "PositionStated", agreement, *fields, "--json", PACTWATCH_NOW=now)

    assert (0, now, []) == (done.code, done.json["effective_at"], done.json["warnings"])


def test_a_day_that_has_not_begun_takes_effect_at_its_noon(accord: Run) -> None:
    """Tomorrow in Tokyo is warned of, and waits."""
    accord("agreement", "add", "sea", "--title", "Sea accord", "--party", "JPN", "--party", "CHN",
           **NOON)  # fmt: skip
    fields = ("speaker=JPN", "by=JPN", "text=met", "occurred=2026-02-04", "--yes")
    done = accord("record", "PositionStated", "sea", *fields, "--json",
                  PACTWATCH_NOW=MORNING_IN_TOKYO)  # fmt: skip

    assert (0, "2026-02-04T03:00:00Z") == (done.code, done.json["effective_at"])
    assert "after it was recorded" in " ".join(done.json["warnings"])
