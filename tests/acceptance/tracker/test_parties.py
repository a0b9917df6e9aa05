"""Parties and accounts as an analyst registers them, and what the registration changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.command import OnDesk, Run

NOW = {"PACTWATCH_NOW": "2025-05-10T00:00:00Z"}
WINDOW = '{"start":"2025-03-01","duration":"P60D","count":"exclusive"}'


def done(run: Run, *args: str, now: str = "2025-03-01T12:00:00Z") -> Any:
    answer = run(*args, PACTWATCH_NOW=now)
    assert 0 == answer.code, answer.err
    return answer


def refused(run: Run, *args: str, now: str = "2025-03-20T18:00:00Z") -> str:
    answer = run(*args, PACTWATCH_NOW=now)
    assert 1 == answer.code, answer.out
    return str(answer.err)


def enter_promise(run: Run) -> None:
    """A promise of NOR to ISL over sixty days from 1 March."""
    done(run, "agreement", "add", "acc", "--title", "Harbour accord", "--party", "NOR",
         "--party", "ISL", "-q")  # fmt: skip
    done(run, "record", "CommitmentAccepted", "acc", "commitment=m", "kind=maintenance",
         "debtor=NOR", "creditor=ISL", "promise=to keep the harbour open", f"terms={WINDOW}",
         "speaker=NOR", "occurred=2025-03-01", "-y", "-q")  # fmt: skip


@pytest.fixture
def promise(on_desk: OnDesk) -> Run:
    """A promise of NOR to ISL over sixty days from 1 March."""
    return on_desk(enter_promise)


def state(run: Run, at: str) -> tuple[str, str]:
    (agreement,) = run("status", "m", "--as-of", at, "--json", **NOW).json["agreements"]
    (commitment,) = agreement["commitments"]
    return commitment["state"], commitment["compliance"]


def test_a_registration_goes_to_the_stream_of_its_party(run: Run) -> None:
    """What is not said stays as it was, and what changes nothing records nothing."""
    add = ("party", "add", "nor-mod")
    first = done(run, *add, "--name", "Norwegian ministry", "--speaks-for", "NOR", "--json").json
    done(run, *add, "--alias", "MoD", now="2025-03-02T12:00:00Z")
    again = done(run, *add, "--speaks-for", "NOR", now="2025-03-03T12:00:00Z")
    (row,) = done(run, "party", "list", "--json").json["parties"]

    assert "party/nor-mod" == first["subject"]
    assert "nothing was recorded" in again.err
    assert ("Europe/Oslo", "NOR", []) == (row["zone"], row["party"], row["aliases"])
    party = done(run, "party", "show", "nor-mod", "--json", now="2025-03-04T12:00:00Z").json
    assert (["MoD"], "NOR", True) == (party["aliases"], party["speaks_for"], party["registered"])


def test_a_country_is_known_without_registration(promise: Run) -> None:
    """With its name, its capital's zone, and the accounts that speak for it."""
    done(promise, "party", "add", "nor-mod", "--name", "Ministry", "--speaks-for", "NOR")
    party = done(promise, "party", "show", "NOR", "--json").json

    assert ("Norway", "Europe/Oslo", ["nor-mod"], False) == (
        party["name"], party["zone"], party["accounts"], party["registered"],
    )  # fmt: skip
    assert "pactwatch party add nobody" in refused(promise, "party", "show", "nobody")


def test_a_circle_and_an_unknown_party_are_refused(run: Run) -> None:
    """Whom an account speaks for is somebody else, who is known."""
    done(run, "party", "add", "a", "--name", "A", "--zone", "UTC")
    done(run, "party", "add", "b", "--name", "B", "--speaks-for", "a")

    for args in (("a", "--speaks-for", "b"), ("a", "--speaks-for", "a")):
        assert "found a circle" in refused(run, "party", "add", *args)
    unknown = refused(run, "party", "add", "c", "--name", "C", "--zone", "UTC",
                      "--speaks-for", "nobody")  # fmt: skip
    assert "unknown party 'nobody'" in unknown


def test_anybodys_word_moves_no_state(promise: Run) -> None:
    """A stranger, or one of two, cannot end it together; a stranger cannot suspend it."""
    dry = ("occurred=2025-03-20", "-n")
    for speaker in ("CHN", "NOR"):
        error = refused(promise, "record", "MutuallyTerminated", "m", f"speaker={speaker}", *dry)
        assert "`by` to name ISL (Iceland), NOR (Norway)" in error
        assert "basis=claim" in error
    for type_, more in (
        ("SuspensionDeclared", ()), ("TermRenewed", ("by=CHN",)), ("Delegated", ("to=SWE",)),
        ("Superseded", ("successor=n",)),
    ):  # fmt: skip
        assert "CHN" in refused(promise, "record", type_, "m", "speaker=CHN", *more, *dry)
    assert ("in_force", "unassessed") == state(promise, "2025-03-21T00:00:00Z")


def test_what_a_refusal_hints_at_can_be_recorded(promise: Run) -> None:
    """The same report as a claim, with all that it needs."""
    args = ("record", "Superseded", "m", "successor=n", "speaker=CHN", "occurred=2025-03-20", "-y")
    hint = refused(promise, *args).partition("pactwatch ")[2].splitlines()[0]

    assert "record Superseded m" in hint
    done(promise, *hint.split(), "-y", now="2025-03-20T18:00:00Z")
    assert "in_force" == state(promise, "2025-03-21T00:00:00Z")[0]


def alleged(run: Run) -> None:
    done(run, "record", "ViolationAlleged", "m", "incident=i", "speaker=ISL", "text=closed",
         "occurred=2025-03-15", "-y", now="2025-03-15T18:00:00Z")  # fmt: skip


def test_a_ministry_cannot_clear_its_own_state(promise: Run) -> None:
    """Nor can a stranger without a basis; what was alleged stays so to the end."""
    done(promise, "party", "add", "nor-mod", "--name", "Ministry", "--speaks-for", "NOR")
    alleged(promise)
    for speaker in ("nor-mod", "CHN"):
        error = refused(promise, "record", "ViolationRefuted", "m", "incident=i",
                        f"speaker={speaker}", "occurred=2025-03-16")  # fmt: skip
        assert "ViolationDenied m incident=i" in error

    assert ("expired", "alleged") == state(promise, "2025-05-10T00:00:00Z")


def test_an_account_registered_later_counts_so_from_then_on(promise: Run) -> None:
    """Two sources of the length are one party's; what was known before had them as two."""
    done(promise, "record", "ReadingAsserted", "m", "term=duration", "value=P60D",
         "speaker=nor-mod", "occurred=2025-03-02", "-y", now="2025-03-02T18:00:00Z")  # fmt: skip
    done(promise, "party", "add", "nor-mod", "--name", "Ministry", "--speaks-for", "NOR",
         now="2025-03-04T12:00:00Z")  # fmt: skip

    def flags(*known: str) -> list[str]:
        (agreement,) = promise("status", "m", *known, "--json", **NOW).json["agreements"]
        return list(agreement["commitments"][0]["flags"])

    assert "single_source" not in flags("--known-at", "2025-03-03T00:00:00Z")
    assert "single_source" in flags()


def test_a_deadline_names_the_party_that_its_account_speaks_for(shipped: Run) -> None:
    """As every other page does; JSON has it beside the readings."""
    table = shipped("deadlines", PACTWATCH_NOW="2025-03-18T22:00:00Z").out
    document = shipped("deadlines", "--json", PACTWATCH_NOW="2025-03-18T22:00:00Z").json

    assert "kremlin (RUS)" in table
    assert {"kremlin": "RUS"} == document["speaks_for"]


def test_who_leaves_office_has_acted_in_it(promise: Run) -> None:
    """A candidate cancels nothing, the president does, and that stands when another comes."""
    leader = ("party", "add", "leader")
    cancel = ("record", "DebtorCancelled", "m", "speaker=leader", "reason=for good", "-y")
    done(promise, *leader, "--name", "A leader", "--zone", "Europe/Oslo")
    done(promise, *leader, "--speaks-for", "NOR", "--occurred", "2025-03-10",
         now="2025-03-10T12:00:00Z")  # fmt: skip
    before = refused(promise, *cancel, "occurred=2025-03-09")
    done(promise, *cancel, "occurred=2025-03-11", now="2025-03-11T18:00:00Z")
    done(promise, *leader, "--for-itself", "--occurred", "2025-04-01", now="2025-04-01T12:00:00Z")
    done(promise, "party", "add", "next", "--name", "The next", "--speaks-for", "NOR",
         now="2025-04-01T12:00:00Z")  # fmt: skip
    output = done(promise, "party", "show", "leader", now="2025-05-01T00:00:00Z").out
    states = [
        done(promise, "status", "m", "--as-of", day, "--json", now="2025-05-01T00:00:00Z")
        .json["agreements"][0]["commitments"][0]["state"]
        for day in ("2025-03-10", "2025-03-12", "2025-04-20")
    ]  # fmt: skip

    assert "it is the act of the debtor, NOR (Norway); found speaker leader" in before
    assert ["in_force", "violated", "violated"] == states
    assert "itself, then NOR from 2025-03-10, then itself from 2025-04-01" in output


def test_a_registration_shows_what_it_changes_before_it_is_recorded(promise: Run) -> None:
    """Also one that says of an earlier date what the account is by now, and a retraction."""
    leader = ("party", "add", "leader")
    cancel = ("record", "DebtorCancelled", "m", "speaker=leader", "reason=for good", "-y")
    done(promise, *leader, "--name", "A leader", "--speaks-for", "NOR")
    done(promise, *cancel, "occurred=2025-03-11", now="2025-03-11T18:00:00Z")
    done(promise, *leader, "--for-itself", "--occurred", "2025-04-01", now="2025-04-01T12:00:00Z")
    later = {"now": "2025-04-02T12:00:00Z"}
    earlier_date = ("--for-itself", "--occurred", "2025-03-10", "-n")
    previews = [
        done(promise, *leader, *earlier_date, **later),
        done(promise, "event", "retract", "#3", "--reason", "another leader", "-n", **later),
        done(promise, *leader, "--name", "The leader", "-n", **later),
    ]
    effect = done(promise, *leader, *earlier_date, "--json", **later).json["effect"]

    assert [("violated", "in_force")] == [
        (row["before"], row["after"]) for row in effect if row["axis"] == "state"
    ]
    assert "violated -> in_force" in previews[0].out
    assert "not made yet" not in previews[0].out
    assert "no state and no end changes" in previews[2].out
    assert "no state and no end changes" not in previews[1].out


def test_a_party_that_only_a_field_names_is_the_one_recorded(run: Run) -> None:
    """Its hint names it so, and can be run; of a promise the id is still needed first."""
    done(run, "record", "AgreementRecorded", "agreement=acc", "title=A", "parties=ISL,NOR", "-y")
    hint = refused(run, "record", "PartyRegistered", "party=P1", "name=Party 1", "-y")
    done(run, "record", "PartyRegistered", "party=P1", "name=Party 1", "zone=UTC", "-y")
    report = run("record", "ViolationAlleged", "incident=i1", "speaker=P1", "-y")

    assert "record PartyRegistered party=P1 'name=Party 1' -y zone=ZONE" in hint
    assert "P1" in run("party", "list").out
    assert "acc" in run("status").out
    assert (2, True) == (report.code, "Missing argument 'COMMITMENT-OR-AGREEMENT'" in report.err)
