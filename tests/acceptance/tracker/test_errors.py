"""What an error says: what, which, expected, found, and a hint that can be given as it stands."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Command, Run, plain_environment
from tests.support.hints import parse_command
from tracker.recording.typed_fields import typed_fields

NOW = ("--now", "2025-06-01T00:00:00Z")
PROMISES = (
    ("c", "--kind", "achievement", "--due", "2027-04-10"),
    ("m", "--kind", "maintenance", "--start", "2025-03-01", "--end", "2025-12-10"),
)


@pytest.fixture(scope="module")
def accord(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An agreement with a payment and a window. Nothing here writes, so all tests share it."""
    desk: Path = tmp_path_factory.mktemp("desk")
    run = Command(desk, plain_environment(desk))
    run("agreement", "add", "acc", "--title", "Accord", "--party", "NOR", "--party", "ISL", *NOW)
    for promise in PROMISES:
        run("commitment", "add", "acc", *promise, "--debtor", "NOR", "--creditor", "ISL",
            "--promise", "p", "-y", *NOW)  # fmt: skip
    return run


def alleged(*fields: str) -> tuple[str, ...]:
    return ("record", "ViolationAlleged", "m", "speaker=ISL", "text=x", *fields, "-n")


ERRORS: dict[tuple[str, ...], tuple[str, str]] = {
    # The type, and what it is about.
    ("record", "ViolationAleged", "m", "speaker=ISL"): (
        "no entry is of the type 'ViolationAleged'; did you mean ViolationAlleged, "
        "ViolationDenied, ViolationRefuted?",
        "pactwatch record ViolationAlleged m speaker=ISL",
    ),
    ("record", "violation", "m"): (
        "no entry is of the type 'violation'; did you mean ViolationAlleged, ViolationDenied, "
        "ViolationConfirmed?",
        "pactwatch help entries",
    ),
    ("record", "ViolationAlleged", "accc", "-n"): (
        "unknown agreement or commitment 'accc'; did you mean acc?",
        "pactwatch record ViolationAlleged acc -n",
    ),
    ("explain", "nothing"): (
        "unknown agreement or commitment 'nothing'; on record: acc, c, m",
        "pactwatch status",
    ),
    ("commitment", "add", "other", "x", "--kind", "process", "--debtor", "NOR"): (
        "unknown agreement 'other'; on record: acc",
        "pactwatch agreement add other --title TITLE",
    ),
    ("commitment", "add", "acc", "m", "--kind", "process", "--debtor", "NOR", "--promise", "p"): (
        "commitment 'm' is already on record, in state in_force; another promise needs an id of "
        "its own",
        "pactwatch commitment show m",
    ),
    ("record", "PrecedentLinked", "acc", "precedent=acc", "-n"): (
        "PrecedentLinked: precedent: expected an earlier agreement, found 'acc' itself",
        "pactwatch agreement list",
    ),
    ("record", "Foo", "m"): ("no entry is of the type 'Foo'", "pactwatch help entries"),
    ("record", "ViolationAlleged", "mm", "-n"): (
        "unknown agreement or commitment 'mm'; did you mean m?",
        "pactwatch status m",
    ),
    ("event", "show", "zzz"): ("unknown event 'zzz'", "pactwatch event list"),
    ("party", "show", "osce"): (
        "unknown party 'osce'",
        "pactwatch party add osce --name osce --zone UTC",
    ),
    ("party", "show", "Rusia"): (
        "unknown party 'Rusia'; did you mean RUS?",
        "pactwatch party add Rusia --name Rusia --zone UTC",
    ),
    ("check", "--fail-on", "overdu"): (
        "--fail-on: no check is called 'overdu'; did you mean overdue?",
        "pactwatch check --fail-on overdue",
    ),
    # The form of a field: never the words of a decoder.
    alleged("claimed_count=30"): (
        "ViolationAlleged: claimed_count: expected parts (value, at_least, at_most, about, text), "
        "found '30'",
        "claimed_count.value=30",
    ),
    alleged("claimed_count=hundreds"): (
        "ViolationAlleged: claimed_count: expected parts (value, at_least, at_most, about, text), "
        "found 'hundreds'",
        "claimed_count.text=hundreds",
    ),
    alleged("claimed_count.value=many"): (
        "ViolationAlleged: claimed_count.value: expected a whole number from 0, found 'many'",
        "claimed_count.value=NUMBER",
    ),
    alleged("claimd_count.value=30"): (
        "ViolationAlleged: no field is called claimd_count; did you mean claimed_count?",
        "pactwatch record ViolationAlleged m speaker=ISL text=x claimed_count.value=30 -n",
    ),
    alleged("occured=2025-03-01"): (
        "ViolationAlleged: no field is called occured; did you mean occurred?",
        "pactwatch record ViolationAlleged m speaker=ISL text=x occurred=2025-03-01 -n",
    ),
    alleged("when=2025-03-01"): (
        "ViolationAlleged: no field is called when; did you mean occurred?",
        "pactwatch record ViolationAlleged m speaker=ISL text=x occurred=2025-03-01 -n",
    ),
    alleged("colour=red"): (
        "ViolationAlleged: no field is called colour",
        "its own fields: incident, where, first_seen, last_seen, claimed_count",
    ),
    ("record", "ViolationAlleged", "m", "text=shelling", "near", "Badme", "speaker=ISL"): (
        "expected name=value, found 'near'",
        "with quotes: text='shelling near Badme'",
    ),
    ("record", "ViolationAlleged", "m", "speaker=ISL", "shelling", "near", "Badme"): (
        "expected name=value, found 'shelling'",
        "text='shelling near Badme'",
    ),
    ("record", "TermExtended", "m", "by=NOR,ISL", "terms.end=when it suits", "-n"): (
        "terms.end: not a date: 'when it suits'",
        "accepted forms: 2025-03-20, 2025-03, 20 March 2025, yesterday, last Friday, +14d, "
        "'2025-03-20 18:00 Kyiv', 2025-03-20T18:00+02:00, 2025-03-08/2025-03-11, 2025-03-11/.., "
        "'14 days after ID is discharged'",
    ),
    alleged("2025-03-20"): ("expected name=value, found '2025-03-20'", "occurred=2025-03-20"),
    alleged("reliability=b"): (
        "ViolationAlleged: reliability: expected A, B, C, D, E or F, found 'b'",
        "pactwatch record ViolationAlleged m speaker=ISL text=x reliability=B -n",
    ),
    ("record", "TermExtended", "m", "by=NOR,ISL", "-n"): (
        "TermExtended on 'm' needs terms (the new end: terms.extend_by=P30D, or "
        "terms.end=2025-05-30)",
        "pactwatch record TermExtended m by=NOR,ISL -n terms.extend_by=P30D",
    ),
    ("party", "add", "mod"): (
        "PartyRegistered on 'mod' needs name (name it is shown by); zone (time zone of its "
        "capital, e.g. Europe/Oslo)",
        "pactwatch party add mod --name NAME --zone ZONE",
    ),
    alleged("incident"): ("expected name=value, found 'incident'", "incident=VALUE"),
    alleged("--text"): ("--text needs a value", "text=VALUE"),
    alleged("claimed_count=3", "claimed_count.value=3"): (
        "claimed_count is given whole and in parts",
        "in parts alone: claimed_count.value=3",
    ),
    alleged("credibility=9"): (
        "ViolationAlleged: credibility: expected a whole number from 1 to 6, found 9",
        "credibility=6",
    ),
    alleged("reliability=G"): (
        "ViolationAlleged: reliability: expected A, B, C, D, E or F, found 'G'",
        "reliability=A, or reliability=B, or reliability=C, or reliability=D, or reliability=E, or "
        "reliability=F",
    ),
    ("record", "TermRenewed", "m", "tacit=true", "-n"): (
        "TermRenewed: tacit: expected clause or conduct, found true",
        "tacit=clause, or tacit=conduct",
    ),
    ("record", "TermExtended", "m", "terms=P30D", "-n"): (
        "TermExtended: terms: expected parts, with dots, found 'P30D'",
        "terms.duration=P30D",
    ),
    ("record", "TermExtended", "m", "end=2025-06-30", "-n"): (
        "TermExtended: no field is called end; did you mean terms.end?",
        "pactwatch record TermExtended m terms.end=2025-06-30 -n",
    ),
    alleged("url=https://tass.example"): (
        "ViolationAlleged: no field is called url; did you mean source.url?",
        "source.url=https://tass.example",
    ),
    ("record", "PerformanceConfirmed", "c", "basis=bothsides", "-n"): (
        "PerformanceConfirmed: basis: expected creditor_admission, both_sides, neutral_body or "
        "analyst_finding, found 'bothsides'",
        "pactwatch record PerformanceConfirmed c basis=both_sides -n",
    ),
    ("record", "TermExtended", "m", 'terms={"end":', "-n"): (
        "not JSON from character 8 on: '{\"end\":'",
        "a structure is written as '{\"id\":\"lift\"}', a list as '[\"NOR\",\"ISL\"]'",
    ),
    ("record", "ReadingAsserted", "c", "term=quantity", "value=many", "-n"): (
        "ReadingAsserted: value of term 'quantity': expected a whole number, found 'many'",
        "term=quantity value=VALUE",
    ),
    # Dates.
    alleged("occurred=3/4/2025"): (
        "occurred: '3/4/2025' may be 3 April 2025 or 4 March 2025",
        "write which one: 2025-04-03, or 2025-03-04",
    ),
    alleged("occurred=2025-03-20 18:00"): (
        "occurred: a clock time needs an offset or a place: '2025-03-20 18:00'",
        "for example '2025-03-20 18:00 Kyiv', or 2025-03-20T18:00+02:00",
    ),
    ("record", "SuspensionDeclared", "m", "speaker=NOR", "until=2025-12-01/..", "-n"): (
        "until: an end that is open or unknown closes nothing: '2025-12-01/..'",
        "leave the field out, or give its end: 2025-03-11, or ../2025-03-11",
    ),
    ("commitment", "add", "acc", "z", "--debtor", "NOR", "--kind", "achievement", "--promise", "x",
     "--due", "2025-04-10", "--zone", "GMT+3", "-n"): (
        "--zone: an offset is no time zone: 'GMT+3'",
        "the zone of a place, such as Europe/Istanbul, Europe/Minsk, Europe/Moscow",
    ),
    # What is missing.
    ("record", "PerformanceConfirmed", "c", "-n"): (
        "PerformanceConfirmed on 'c' needs basis (creditor_admission, both_sides, neutral_body or "
        "analyst_finding)",
        "pactwatch record PerformanceConfirmed c -n basis=BASIS",
    ),
    ("record", "PerformanceConfirmed", "c", "speaker=ISL", "-n"): (
        "PerformanceConfirmed on 'c' needs basis (creditor_admission, both_sides, neutral_body or "
        "analyst_finding)",
        "pactwatch record PerformanceConfirmed c speaker=ISL -n basis=creditor_admission",
    ),
    ("event", "retract", "zzz"): ("unknown event 'zzz'", "pactwatch event list"),
    # What the state or the speaker does not allow: the likeliest three, and never the refused one.
    ("record", "MilestoneReached", "c", "milestone=x", "-n"): (
        "MilestoneReached (row 31) is not possible for achievement commitment 'c' in state "
        "in_force; allowed: PerformanceConfirmed, CommitmentClosed, PerformanceReported and 16 "
        "more; all: pactwatch help entries",
        "pactwatch explain c",
    ),
    ("record", "RoundHeld", "m", "-n"): (
        "RoundHeld (row 31) is not possible for maintenance commitment 'm' in state in_force; "
        "allowed: ComplianceObserved, ViolationConfirmed, ViolationRefuted and 21 more; all: "
        "pactwatch help entries",
        "pactwatch explain m",
    ),
    ("record", "MutuallyTerminated", "m", "speaker=CHN", "-n"): (
        "MutuallyTerminated (row 28) is not possible for maintenance commitment 'm' in state "
        "in_force: it needs `by` to name ISL (Iceland), NOR (Norway), or a basis of neutral_body, "
        "analyst_finding; found CHN",
        "as a claim, which moves nothing: pactwatch record MutuallyTerminated m speaker=CHN "
        "basis=claim",
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", ERRORS, ids=" ".join)
def test_an_error_says_what_is_wrong_and_what_to_do(accord: Run, line: tuple[str, ...]) -> None:
    """In these words, with nothing on stdout and nothing written."""
    words, hint = ERRORS[line]
    result = accord(*line, PACTWATCH_NOW=NOW[1])

    # A word that a check has not is wrong use; what the record refuses is not.
    code = 2 if line[0] == "check" else 1
    assert (code, "") == (result.code, result.out)
    assert f"Error: {words}\nhint: {hint}\n" == re.sub(r"\A(as of .*\n)", "", result.err)


@pytest.mark.parametrize(
    ("line", "option", "next_option"),
    [
        (("event", "retract", "1", "--reason", "-y"), "--reason", "-y"),
        (("commitment", "add", "acc", "x", "--text", "--speaker", "NOR"), "--text", "--speaker"),
        (("--author", "--tlp", "status"), "--author", "--tlp"),
    ],
)
def test_an_option_is_not_taken_for_the_value_of_another(
    accord: Run, line: tuple[str, ...], option: str, next_option: str
) -> None:
    """A value was forgotten; on record the option would stand in its place."""
    result = accord(*line, *NOW)
    words = f"Error: Invalid value for '{option}': expected a value, found the option {next_option}"

    assert (2, words) == (result.code, result.err.strip().splitlines()[-1])


WORDS = (
    "leave the field out", "its own fields", "write which one", "a structure is written as",
    "the zone of a place", "for example", "accepted forms",
)  # fmt: skip
"""How a hint begins that gives a value, or a name, and no field or command."""


def alternatives(hint: str) -> Iterator[str]:
    """What a hint offers to be given: commands, and fields."""
    if not hint.startswith(WORDS):
        yield from (part.rpartition(": ")[2] for part in re.split(r",? or (?=\S+=)", hint))


@pytest.mark.parametrize("line", ERRORS, ids=" ".join)
def test_a_hint_can_be_given_as_it_stands(line: tuple[str, ...]) -> None:
    """A command is one that the command line takes, a field one that the type has."""
    for offered in alternatives(ERRORS[line][1]):
        first, *args = shlex.split(offered)
        if first == "pactwatch":
            parse_command(args)
        else:
            assert typed_fields(line[1], (first, *args))


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (
            {"terms": {"quantity": "3"}},
            "CommitmentAccepted: terms.quantity: expected a whole number, found '3'",
            "terms.quantity=3",
        ),
        (
            {"debtor": "NOR"},
            "CommitmentAccepted: debtor: expected a list of text, found 'NOR'",
            "debtor='[\"NOR\"]'",
        ),
        (
            {"terms": {"due": 3}},
            "CommitmentAccepted: terms.due: expected text or a moment to count from, found 3",
            "terms.due=2025-03-20, or terms.due='P14D after ha-port discharged'",
        ),
        (
            {"speaker": ["NOR"]},
            'CommitmentAccepted: speaker: expected text, found ["NOR"]',
            "speaker=NOR",
        ),
    ],
)
def test_a_line_of_a_file_is_refused_in_the_same_words(
    accord: Run, data: dict[str, object], words: str, hint: str
) -> None:
    """With the number of its line; the hint leads to no next refusal of the field."""
    line = {
        "specversion": "1.0", "id": "e", "source": "desk", "subject": "acc",
        "type": "pactwatch.CommitmentAccepted.v1", "time": "2025-06-01T00:00:00Z",
        "data": {"commitment": "n", "kind": "process", "debtor": ["NOR"], "promise": "x"} | data,
    }  # fmt: skip
    result = accord("import", "-", *NOW, stdin=json.dumps(line))

    assert f"Error: line 1: {words}; nothing was recorded\nhint: {hint}\n" == result.err
    for offered in alternatives(hint):
        assert typed_fields("CommitmentAccepted", tuple(shlex.split(offered)))


def test_a_line_about_a_promise_names_its_agreement(accord: Run) -> None:
    """Without a subject an event is a statement about none, and only statements are."""
    line = {
        "specversion": "1.0", "id": "e", "source": "desk",
        "type": "pactwatch.PerformanceReported.v1", "time": "2025-06-01T00:00:00Z",
        "data": {"commitment": "c", "speaker": "NOR"},
    }  # fmt: skip
    result = accord("import", "-", *NOW, stdin=json.dumps(line))

    words = "PerformanceReported: subject: expected the id of its agreement, found 'statements'"
    assert f"Error: line 1: {words}; nothing was recorded" == result.err.splitlines()[0]
