"""What a reader at a terminal is told of notices, offers, suspensions and moved ends."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import OnDesk, Run

NOW = {"PACTWATCH_NOW": "2026-03-01T12:00:00Z"}
START = "2026-02-01T12:00:00Z"


def event(number: int, type_: str, at: str, **data: Any) -> str:
    """One line of an event file."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "desk",
            "type": f"pactwatch.{type_}",
            "subject": "harbour",
            "time": at,
            "data": {"occurred": at[:10], **data},
        }
    )


def promise(number: int, name: str, kind: str, /, type_: str = "CommitmentAccepted.v1",
            **data: Any) -> str:  # fmt: skip
    own = {"debtor": ["NOR"], "creditor": ["ISL"], "promise": f"do {name}", "speaker": "NOR"}
    return event(number, type_, START, commitment=name, kind=kind, **own, **data)


WINDOW = {"start": "2026-02-01", "duration": "P60D", "count": "exclusive", "zone": "UTC"}
LINES = [
    event(1, "AgreementRecorded.v1", START, agreement="harbour", title="Harbour",
          parties=["NOR", "ISL"], zone="UTC"),
    promise(2, "port", "maintenance", terms=WINDOW),
    promise(3, "quay", "maintenance", terms=WINDOW),
    promise(4, "tug", "achievement", type_="CommitmentProposed.v1", offer_valid_until="2026-03-09"),
    event(5, "TermExtended.v2", "2026-02-10T18:00:00Z", commitment="port", by=["NOR", "ISL"],
          terms={"extend_by": "P30D"}),
    event(6, "SuspensionDeclared.v1", "2026-02-12T18:00:00Z", commitment="quay", speaker="NOR"),
    event(7, "WithdrawalNotified.v1", "2026-02-20T18:00:00Z", commitment="port", speaker="NOR",
          basis="clause", notice="P30D"),
]  # fmt: skip


def enter_harbour(run: Run) -> None:
    done = run("import", "-", stdin="\n".join(LINES) + "\n", **NOW)
    assert done.code == 0, done.err


@pytest.fixture
def harbour(on_desk: OnDesk) -> Run:
    return on_desk(enter_harbour)


def words(run: Run, *command: str) -> str:
    """The output of a command with its lines joined."""
    return " ".join(run(*command, **NOW).out.split())


def test_a_notice_stands_wherever_ends_stand(harbour: Run) -> None:
    """In lists, among deadlines, in sentences and in JSON."""
    assert "withdrawal 2026-03-22" in words(harbour, "commitment", "list")
    assert "port withdrawal end of 2026-03-22" in words(harbour, "deadlines")
    sentence = "NOR withdraws: it ends with the notice, at the end of 22 March 2026"
    for command in ("explain", "commitment show"):
        assert sentence in words(harbour, *command.split(), "port")
    (agreement,) = harbour("status", "port", "--json", **NOW).json["agreements"]
    notice = {"by": ["NOR"], "notice": "P30D", "ends_at": "2026-03-23T00:00:00Z", "zone": "UTC"}
    assert [{**notice, "timing": "ahead"}] == agreement["commitments"][0]["withdrawals"]


def test_a_notice_that_ends_soon_wants_attention(harbour: Run) -> None:
    """From its first lead time on, whatever the terms of the promise say of its end."""
    for day, code in (("2026-03-15", 0), ("2026-03-16", 4)):
        at = f"{day}T12:00:00Z"
        assert code == harbour("check", "--fail-on", "withdrawal_soon", "--now", at).code
        assert bool(code) is (" withdrawal_soon " in words(harbour, "status", "--as-of", at))


def test_a_notice_is_a_row_for_dashboards(harbour: Run, desk: Path) -> None:
    """Beside the readings of the end."""
    query = "SELECT term, rule, ends_at FROM reporting_deadlines WHERE commitment_id = 'port'"
    with closing(sqlite3.connect(desk / "desk.db")) as database:
        rows = database.execute(query).fetchall()

    assert ("withdrawal", "notice") in [row[:2] for row in rows]


def test_histories_speak_in_words(harbour: Run) -> None:
    """The ends before and after as days, and what becomes of an offer."""
    moved = "port has another end: end of Thu 02 Apr 2026 -> Sat 02 May 2026 (UTC)"
    history = words(harbour, "agreement", "show", "harbour")

    assert f"{moved}, by NOR, ISL (rule 22)" in history
    assert "quay is suspended by the word of one side alone, by NOR (rule 20)" in history
    assert "port ends when a notice of withdrawal has run out, by NOR (rule 37)" in history


def test_instants_are_those_of_the_reader(harbour: Run) -> None:
    """Also within a sentence: in `blocked`, in `diff` and in a preview."""
    zone = ("--tz", "Europe/Oslo")
    more = ("by=NOR,ISL", "terms.extend_by=P10D", "speaker=NOR", "-n")

    assert "the offer runs out at the end of 9 March 2026" in words(harbour, *zone, "blocked")
    changes = words(harbour, *zone, "diff", "2026-02-02", "2026-02-28")
    assert ("end: end of Thu 02 Apr" in changes, "00:00Z" in changes) == (True, False)
    assert "port: end exclusive (NOR): end of Sat 02 May 2026 -> Tue 12 May 2026" in words(
        harbour, "record", "TermExtended", "port", *more
    )


def test_the_deadline_of_a_condition_is_a_day_also_when_it_has_passed(harbour: Run) -> None:
    """While the condition is open, and when the promise has expired for want of it."""
    waits = ("--conditional-on", "permit=a permit", "--condition-deadline", "permit=2026-03-05")
    promise = ("--kind", "achievement", "--debtor", "NOR", "--creditor", "ISL", "--promise", "sail")
    done = harbour("commitment", "add", "harbour", "sail", *promise, *waits, **NOW)
    assert 0 == done.code, done.err
    line = "permit: a permit (open, until end of 2026-03-05)"

    assert line in words(harbour, "explain", "sail")
    expired = words(harbour, "--now", "2026-03-20T12:00:00Z", "explain", "sail")
    assert ("state: expired" in expired, line in expired) == (True, True)


def test_a_refusal_for_who_reports_lists_no_types(harbour: Run) -> None:
    """It names whose act it is; what a state refuses still has what is allowed."""
    by_a_stranger = harbour("record", "SuspensionDeclared", "port", "speaker=CHN", **NOW)
    by_state = harbour("record", "MilestoneReached", "port", "milestone=x", **NOW)

    assert "it is the act of a party" in by_a_stranger.err
    assert "allowed:" not in by_a_stranger.err
    assert "; allowed: " in by_state.err


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (("NonRenewalNotified", "quay"), "will not be renewed: notice was given, by NOR, at"),
        (("ConditionAdded", "port", "antecedent.id=x", "antecedent.text=later"),
         "has a new condition x, by NOR, at"),
        (("WithdrawalRevoked", "port"), "has its notice of withdrawal taken back, by NOR, at"),
        (("TermsClarified", "quay", "term=scope", "value=piers", "by=NOR,ISL"),
         "has its terms settled: scope: piers, by NOR, ISL, at"),
    ],
)  # fmt: skip
def test_a_preview_words_an_alert_as_its_news(
    harbour: Run, entry: tuple[str, ...], expected: str
) -> None:
    """What has no value before is no move from none to something."""
    done = harbour("record", *entry, "speaker=NOR", "occurred=2026-02-25", "-n", **NOW)
    (alert,) = [line for line in done.out.splitlines() if line.startswith("would alert")]

    assert (True, False) == (f"{entry[1]}: {expected}" in alert, "none" in alert)


def test_a_notice_that_is_entered_says_on_which_day_it_ends_the_promise(harbour: Run) -> None:
    """As the last day that counts, and none where it is taken back."""
    given, revoked = (
        harbour("record", *entry, "speaker=NOR", "occurred=2026-02-25", "-n", **NOW).out
        for entry in (
            ("WithdrawalNotified", "quay", "basis=clause", "notice=P30D"),
            ("WithdrawalRevoked", "port"),
        )
    )

    assert "quay: ends by the notice of NOR: end of Fri 27 Mar 2026" in given
    assert "port: ends by no notice any more" in revoked


def test_the_word_of_one_side_on_an_extension_is_offered_as_a_command_that_runs(
    harbour: Run,
) -> None:
    """With the day to which the length leads."""
    done = harbour("record", "TermExtended", "port", "speaker=NOR", "by=NOR",
                   "terms.extend_by=P30D", "-n", **NOW)  # fmt: skip
    command = done.err.partition("as one side's word: pactwatch ")[2].split()
    preview = harbour(*command, "-n", **NOW)

    assert ("term=end", "value=2026-06-01") == tuple(command[-2:])
    assert (0, True) == (
        preview.code,
        "port: end (NOR): none -> end of Mon 01 Jun 2026" in preview.out,
    )
