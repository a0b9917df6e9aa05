"""Agreements of many promises, entered command by command: the grain corridor of 2022 and 2023."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.command import OnDesk, Result, Run

PARTIES = ("rus", "ukr", "tur", "un")
ALL = "by=RUS,UKR,TUR,UN"
FIRST = "2022-11-19T21:00:00Z"
SECOND = "2023-03-19T21:00:00Z"
BY_RUSSIA = "2023-05-18T21:00:00Z"
BY_UKRAINE = "2023-07-17T21:00:00Z"


def on(day: str, run: Run, *words: str) -> Result:
    """Runs a command on the evening of a day."""
    done = run(*words, "--now", f"{day}T18:00:00Z", "--yes")
    assert done.code == 0, done.err
    return done


def enter_corridor(run: Run) -> None:
    """The agreement of 22 July 2022, with one promise of each of its four parties."""
    sides = [word for party in PARTIES for word in ("--party", party.upper())]
    on(
        "2022-07-22", run, "agreement", "add", "grain", "--title", "Grain corridor", *sides,
        "--zone", "Europe/Istanbul", "--start", "2022-07-22", "--duration", "P120D",
        "--count", "exclusive", "--clause", "renewal.notice=P0D", "--tag", "sea",
        "--phase", "one=First ports", "--occurred", "2022-07-22",
    )  # fmt: skip
    on(
        "2022-07-22", run, "commitment", "add", "grain", "g", "--kind", "maintenance", "--each",
        "RUS,UKR,TUR,UN", "--promise", "to keep it open", "--phase", "one",
        "--occurred", "2022-07-22",
    )  # fmt: skip


@pytest.fixture
def corridor(on_desk: OnDesk) -> Run:
    """The agreement of 22 July 2022, with one promise of each of its four parties."""
    return on_desk(enter_corridor)


def record(run: Run, day: str, name: str, *fields: str, target: str = "grain") -> Any:
    return on(day, run, "record", name, target, f"occurred={day}", *fields, "--json").json


def promises(run: Run, as_of: str) -> dict[str, Any]:
    (agreement,) = run("status", "grain", "--json", "--as-of", as_of).json["agreements"]
    return {each["id"]: each for each in agreement["commitments"]}


def ends(run: Run, as_of: str) -> list[list[str]]:
    """The different ends of the promises, each by every reading."""
    of_each = [
        [reading["at"] for reading in each["readings"] if "at" in reading]
        for each in promises(run, as_of).values()
    ]
    return [end for n, end in enumerate(of_each) if end not in of_each[:n]]


def states(run: Run, as_of: str) -> list[str]:
    return [each["state"] for each in promises(run, as_of).values()]


def test_one_entry_each_carries_the_corridor_to_its_end(corridor: Run) -> None:
    """Suspended by one side, renewed, read in two ways, settled, and over for all."""
    run = corridor
    assert [[FIRST]] == ends(run, "2022-08-01T00:00:00Z")

    suspended = record(run, "2022-10-29", "SuspensionDeclared", "speaker=RUS")
    assert ["g-rus"] == suspended["moves"]
    assert ["g-ukr", "g-tur", "g-un"] == list(suspended["leaves"])
    record(run, "2022-10-31", "ViolationAlleged", "speaker=UKR", "incident=i", target="g-rus")
    during = promises(run, "2022-11-01T00:00:00Z")
    assert ["suspended", "in_force", "in_force", "in_force"] == [
        each["state"] for each in during.values()
    ]
    assert ("alleged", True) == (
        during["g-rus"]["compliance"],
        "suspension_contested" in during["g-rus"]["flags"],
    )
    record(run, "2022-11-02", "Resumed", "speaker=RUS")
    record(run, "2022-11-17", "TermRenewed", ALL, "terms.duration=P120D")
    assert [[SECOND]] == ends(run, "2022-11-20T00:00:00Z")

    record(run, "2023-03-18", "TermRenewed", ALL, "speaker=RUS", "terms.duration=P60D",
           "terms.reading_of=RUS")  # fmt: skip
    record(run, "2023-03-18", "ReadingAsserted", "speaker=UKR", "terms.duration=P120D")
    assert [[BY_RUSSIA, BY_UKRAINE]] == ends(run, "2023-03-20T00:00:00Z")
    assert all("terms_disputed" in each["flags"]
               for each in promises(run, "2023-03-20T00:00:00Z").values())  # fmt: skip

    record(run, "2023-05-17", "TermsClarified", ALL, "terms.end=2023-07-17")
    assert [[BY_UKRAINE]] == ends(run, "2023-05-20T00:00:00Z")
    notified = record(run, "2023-07-17", "NonRenewalNotified", "speaker=RUS")
    assert 4 == len(notified["moves"])
    assert ["expired"] * 4 == states(run, "2023-07-18T00:00:00Z")
    # Tables that were kept up to date say what a new fold of the log says.
    before = run("status", "grain", "--json").json["agreements"]
    assert 0 == run("projection", "rebuild", "--yes").code
    assert before == run("status", "grain", "--json").json["agreements"]


def test_an_export_is_taken_in_one_piece(corridor: Run, run: Run, tmp_path: Any) -> None:
    """Entries about the whole are judged in a file as they were one by one."""
    record(corridor, "2022-10-29", "SuspensionDeclared", "speaker=RUS")
    record(corridor, "2022-11-17", "TermRenewed", ALL, "terms.duration=P120D")
    file = tmp_path / "all.jsonl"
    file.write_bytes(run("export").stdout)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    taken = run("--db", other, "import", str(file))

    assert taken.code == 0, taken.err
    assert file.read_bytes() == run("--db", other, "export").stdout


def test_a_refusal_gives_the_reasons_and_writes_nothing(corridor: Run) -> None:
    """An extension that two of four parties name moves no promise."""
    done = corridor("record", "TermExtended", "grain", "by=RUS,UKR", "terms.extend_by=P10D",
                    "occurred=2022-08-01", "--now", "2022-08-01T18:00:00Z", "--yes")  # fmt: skip

    assert 1 == done.code
    assert "expected a promise that it moves, found none among 4; g-rus, g-ukr, g-tur" in done.err
    assert "found RUS, UKR" in done.err
    assert [[FIRST]] == ends(corridor, "2022-08-02T00:00:00Z")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("TermExtended", "commitments=g-x", ALL, "terms.extend_by=P1D"), "unknown commitment"),
        (("CommitmentAccepted", "commitment=z", "kind=process", "debtor=RUS", "promise=x",
          "phase=two"), "phase: expected one of 'grain': one; found 'two'"),
        (("TermsClarified", ALL, "terms.end=P2D after g-rus in_force"),
         "expected a date or a length as a term of all promises"),
    ],
)  # fmt: skip
def test_what_the_agreement_does_not_know_is_refused(
    corridor: Run, words: tuple[str, ...], reason: str
) -> None:
    """A promise that is not its own, a phase that it lacks, an anchor for all."""
    done = corridor("record", words[0], "grain", *words[1:], "occurred=2022-08-01",
                    "--now", "2022-08-01T18:00:00Z", "--yes")  # fmt: skip

    assert 1 == done.code
    assert reason in done.err


def test_a_notice_that_comes_late_is_taken_with_a_warning(run: Run) -> None:
    """The clause asks for 30 days; the warning says how to record that it was renewed."""
    on("2022-07-22", run, "agreement", "add", "short", "--title", "Short", "--party", "RUS",
       "--party", "UKR", "--start", "2022-07-22", "--duration", "P40D", "--count", "exclusive",
       "--clause", "renewal.notice=P30D", "--occurred", "2022-07-22")  # fmt: skip
    on("2022-07-22", run, "commitment", "add", "short", "s", "--kind", "maintenance", "--each",
       "RUS,UKR", "--promise", "to keep it", "--occurred", "2022-07-22")  # fmt: skip
    in_time = on("2022-07-25", run, "record", "NonRenewalNotified", "short", "speaker=RUS", "-n")
    late = on("2022-08-20", run, "record", "NonRenewalNotified", "short", "speaker=RUS", "-n")

    assert "late_notice" not in in_time.err
    assert (
        "its clause asks for a notice of 30 days before it ends, at the end of 31 August 2022"
        in late.err
    )


def test_explain_names_the_one_entry_and_what_is_inherited(corridor: Run) -> None:
    """An end that all share says where it comes from."""
    entry = record(corridor, "2022-08-01", "TermExtended", ALL, "terms.extend_by=P10D")
    words = corridor("explain", "g-un", "--as-of", "2022-08-02T00:00:00Z").out
    document = corridor("explain", "g-un", "--json", "--as-of", "2022-08-02T00:00:00Z").json
    output = corridor("commitment", "show", "g-un", "--as-of", "2022-08-02T00:00:00Z").out

    assert "inherited from the agreement: start, duration, count, zone" in words
    assert entry["id"] in [each["id"] for each in document["events"]]
    assert "TermExtended" in output


def test_agreement_show_has_clauses_phases_and_tags_in_words(corridor: Run) -> None:
    """The promises of a phase stand under its title."""
    on("2022-08-01", corridor, "agreement", "tag", "grain", "sea", "food")
    words = corridor("agreement", "show", "grain", "--as-of", "2022-08-02T00:00:00Z").out

    assert (
        "renews itself for its own length, unless a party notifies 0 days before, for all" in words
    )
    assert "sea, food" in words
    assert "First ports:" in words
