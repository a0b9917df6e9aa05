"""The Minsk package: measures that hang on one another, and who may end the whole."""

from __future__ import annotations

import pytest

from tests.acceptance.examples.conftest import Enter
from tests.support.command import Run
from tests.support.example import ends, standing

LATER = {"PACTWATCH_NOW": "2022-02-24T12:00:00Z"}


def record(run: Run, *words: str, now: str) -> Run:
    done = run("record", *words, "-y", "--now", now)
    assert done.code == 0, done.err
    return run


def test_deadlines_count_from_the_ceasefire_and_move_with_it(example: Enter) -> None:
    """By day 2 and 14 days after it began; a day later when it begins a day later."""
    run = example("minsk")
    due = standing(run, "2015-02-13")

    assert [*ends(due["weapons-begin"]), *ends(due["weapons"])] == [
        "2015-02-16T22:00:00Z", "2015-03-01T22:00:00Z",
    ]  # fmt: skip
    record(run, "TermsClarified", "ceasefire-ukr", "by=UKR,RUS", "occurred=2015-02-14",
           "basis=neutral_body", "speaker=osce", "terms.start=2015-02-16T00:00:00+02:00",
           now=LATER["PACTWATCH_NOW"])  # fmt: skip
    moved = standing(run, "2015-02-15")

    assert [*ends(moved["weapons-begin"]), *ends(moved["weapons"])] == [
        "2015-02-17T22:00:00Z", "2015-03-02T22:00:00Z",
    ]  # fmt: skip


def test_what_waits_is_due_while_it_waits_and_is_extended_so(example: Enter) -> None:
    """Border control waits for the reform; its own end passes, and is moved while it waits."""
    run = example("minsk")
    alerts = run("tick", "--json", "--now", "2016-01-01T06:00:00Z").json["alerts"]
    extended = standing(run, "2016-02-01")

    assert [a["kind"] for a in alerts if a["commitment"] == "border"][-1] == "due_while_conditional"
    assert (extended["border"]["state"], extended["reform"]["state"]) == ("conditional", "in_force")
    assert {"2016-12-31T22:00:00Z"} == {*ends(extended["border"]), *ends(extended["reform"])}
    assert not ends(extended["ceasefire-ukr"])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("WithdrawalNotified", "minsk", "by=RUS"), "no clause on record allows a withdrawal"),
        (
            ("MutuallyTerminated", "minsk", "by=RUS"),
            "it needs `by` to name RUS (Russia), UKR (Ukraine)",
        ),
    ],
)
def test_one_side_alone_ends_nothing(example: Enter, words: tuple[str, ...], reason: str) -> None:
    """It is refused with the reason, and nothing is written."""
    run = example("minsk")
    before = run("-q", "export").out
    done = run("record", *words, "speaker=RUS", "occurred=2022-02-21", "-y", **LATER)

    assert (done.code, reason in done.err) == (1, True), done.err
    assert run("-q", "export").out == before


def test_one_finding_ends_the_whole(example: Enter) -> None:
    """Every promise that was open is over from that day on, by the one entry."""
    commitments = standing(example("minsk"), "2022-02-24")

    assert {c["state"] for c in commitments.values()} == {"cancelled"}
    assert {tuple(c["because"]["state"]["events"]) for c in commitments.values()} == {("minsk-11",)}
