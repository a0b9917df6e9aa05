"""What two desks say otherwise is listed with both versions; a hint settles each."""

from __future__ import annotations

import csv
import io
import json
import shlex

import pytest

from tests.support.command import Run

THEIRS = "source/ben"


def desks(run: Run) -> str:
    """Two databases that registered the same party differently; the export of the other one."""
    for db, name, hour in (("ours.db", "OSCE", "09"), ("theirs.db", "OSCE mission", "10")):
        now = ("--now", f"2025-03-03T{hour}:00:00Z")
        party = ("party", "add", "osce", "--name", name, "--zone", "Europe/Vienna")
        assert 0 == run("--db", db, *party, *now, "-y").code
    exported = run("--db", "theirs.db", "export", "-q").out
    return exported.replace('"source":"pactwatch', f'"source":"{THEIRS}')


def test_a_conflict_is_told_with_both_versions_and_settled_as_its_hint_says(run: Run) -> None:
    exported = desks(run)
    refused = run("--db", "ours.db", "import", "-", stdin=exported)
    (conflict,) = run("--db", "ours.db", "import", "-", "--json", stdin=exported).json["conflicts"]

    assert 1 == refused.code
    assert "line 1: party 'osce' is on record otherwise; nothing was recorded" in refused.err
    for words in ("on record", 'name: "OSCE"', "in file", 'name: "OSCE mission"', THEIRS):
        assert words in refused.out
    assert (["data.name"], "OSCE", "OSCE mission") == (
        conflict["differs"], conflict["on_record"]["data"]["name"],
        conflict["in_file"]["data"]["name"],
    )  # fmt: skip

    settled = shlex.split(conflict["hint"])[1:]
    assert 0 == run("--db", "ours.db", *settled, "-y").code
    again = run("--db", "ours.db", "import", "-", "--json", stdin=exported)
    assert (0, 1) == (again.json["imported"], again.json["already_known"])


AGREEMENTS = """type,id,agreement,title
AgreementRecorded,e-1,accord,Accord
AgreementRecorded,e-2,accord,Other accord
"""
PROMISES = """type,id,agreement,title,commitment,kind,debtor,creditor,promise
AgreementRecorded,e-0,accord,Accord,,,,,
CommitmentAccepted,e-1,accord,,pay,achievement,NOR,ISL,to pay
CommitmentAccepted,e-2,accord,,pay,achievement,NOR,ISL,to pay more
"""


def as_events(sheet: str) -> str:
    """The rows of a sheet as lines of an event file."""
    lines = []
    for row in csv.DictReader(io.StringIO(sheet)):
        kind = row.pop("type")
        subject = row["agreement"] if kind == "AgreementRecorded" else row.pop("agreement")
        event = {"specversion": "1.0", "source": "desk", "id": row.pop("id"), "subject": subject,
                 "type": f"pactwatch.{kind}.v1", "time": "2026-03-02T09:00:00Z"}  # fmt: skip
        data: dict[str, object] = {name: cell for name, cell in row.items() if cell}
        data |= {side: [row[side]] for side in ("debtor", "creditor") if row.get(side)}
        lines.append(json.dumps({**event, "data": data}))
    return "\n".join(lines)


@pytest.mark.parametrize("is_sheet", [False, True], ids=["events", "sheet"])
@pytest.mark.parametrize(
    ("sheet", "what"),
    [(AGREEMENTS, "agreement 'accord'"), (PROMISES, "commitment 'pay'")],
    ids=["agreement", "promise"],
)
def test_what_a_file_adds_twice_is_not_called_on_record(
    run: Run, sheet: str, what: str, is_sheet: bool
) -> None:
    """Nothing is on record yet that `status` could show; once it is, it is called so."""
    read = str if is_sheet else as_events
    header, *rows = sheet.splitlines()
    first, last = "\n".join([header, *rows[:-1]]), "\n".join([header, rows[-1]])
    twice = run("import", "-", stdin=read(sheet))
    imported = run("import", "-", stdin=read(first))
    later = run("import", "-", stdin=read(last))

    assert (1, 0, 1) == (twice.code, imported.code, later.code)
    assert f"{what} is recorded earlier in the same file" in twice.out + twice.err
    assert "keep one of the two, or give one of them an id of its own" in twice.out + twice.err
    assert f"{what} is " in (answer := later.out + later.err)
    assert "on record" in answer
    assert "same file" not in answer


def test_what_a_file_says_twice_and_otherwise_is_not_called_on_record(run: Run) -> None:
    """Nothing is on record that a command could correct, and nothing is afterwards."""
    event = {"specversion": "1.0", "id": "a", "source": "desk", "subject": "accord",
             "type": "pactwatch.AgreementRecorded.v1", "time": "2026-03-02T09:00:00Z"}  # fmt: skip
    lines = "\n".join(
        json.dumps({**event, "data": {"agreement": "accord", "title": title}})
        for title in ("Accord", "Other accord")
    )
    refused = run("import", "-", stdin=lines)
    (conflict,) = run("import", "-", "--json", stdin=lines).json["conflicts"]
    hint = "keep one of the two lines, or give one of them an id of its own"

    assert (1, True, hint) == (refused.code, conflict["in_same_file"], conflict["hint"])
    assert "line 2: event 'a' is in an earlier line otherwise; nothing was recorded" in refused.err
    assert f"hint: settle each, and import the file again; {hint}" in refused.err
    assert "  earlier   a, 2026-03-02T09:00:00Z, by desk" in refused.out
    assert "no database" in run("event", "list").err


def test_an_entry_that_a_newer_file_has_otherwise_is_corrected_as_the_hint_says(run: Run) -> None:
    """A field changed, one taken back whose absence has a value of its own, and one added."""
    event = {
        "specversion": "1.0", "id": "set-1", "source": "dataset/x", "subject": "accord",
        "type": "pactwatch.AgreementRecorded.v1", "time": "2026-03-02T09:00:00Z",
        "datacontenttype": "application/json",
    }  # fmt: skip
    older = {"agreement": "accord", "title": "Accord", "credibility": 2}
    newer = {"agreement": "accord", "title": "The Accord's text", "zone": "Europe/Oslo"}
    files = [json.dumps(event | {"data": data}) for data in (older, newer)]
    assert 0 == run("import", "-", stdin=files[0]).code
    (conflict,) = run("import", "-", "--json", stdin=files[1]).json["conflicts"]

    settled = shlex.split(conflict["hint"])[1:]
    assert ["event", "correct", "set-1"] == settled[:3]
    assert 0 == run(*settled[:-1], "the newer set", "-y").code
    imports = [run("import", "-", "--json", stdin=text).json["already_known"] for text in files]
    assert [1, 1] == imports


def by(author: str, hour: int) -> tuple[str, ...]:
    return ("--author", author, "--now", f"2025-03-03T{hour:02}:00:00Z", "-y")


def two_desks_with_one_accord(run: Run) -> None:
    """Both registered `accord`, and each recorded something of it."""
    for db, author, title in (("a.db", "anna", "The accord"), ("b.db", "bert", "An accord")):
        add = ("agreement", "add", "accord", "--title", title, "--party", "NOR", "--party", "ISL")
        says = ("record", "FactClaimed", "accord", f"text={author} was there", "speaker=NOR")
        assert 0 == run("--db", db, *add, *by(author, 9)).code
        assert 0 == run("--db", db, *says, *by(author, 10)).code


def exchanged(run: Run, source: str, target: str) -> tuple[int, int, int]:
    """What an import of the whole of another desk says: exit code, imported, known already."""
    exported = run("--db", source, "export", "-q").out
    done = run("--db", target, "import", "-", "--json", stdin=exported)
    return done.code, done.json.get("imported", 0), done.json.get("already_known", 0)


def test_one_correction_settles_a_conflict_at_both_desks(run: Run) -> None:
    """Anna's desk takes Bert's title; her file, with that correction, is no conflict at his."""
    two_desks_with_one_accord(run)
    assert [1, 1] == [exchanged(run, *way)[0] for way in (("b.db", "a.db"), ("a.db", "b.db"))]

    settle = ("event", "correct", "1", "title=An accord", "--reason", "as Bert has it")
    assert 0 == run("--db", "a.db", *settle, *by("carla", 11)).code
    ways = [("b.db", "a.db"), ("a.db", "b.db"), ("b.db", "a.db"), ("a.db", "b.db")]

    assert [(0, 1, 1), (0, 1, 3), (0, 0, 3), (0, 0, 4)] == [exchanged(run, *way) for way in ways]
    documents = [run("--db", db, "status", "accord", "--json").json for db in ("a.db", "b.db")]
    assert ["An accord", "An accord"] == [
        document["agreements"][0]["title"] for document in documents
    ]


def test_a_correction_that_settles_something_else_leaves_the_conflict(run: Run) -> None:
    """What is on record and the corrected file still differ."""
    two_desks_with_one_accord(run)
    other = ("event", "correct", "1", "title=Our accord", "--reason", "better")
    assert 0 == run("--db", "a.db", *other, *by("anna", 11)).code

    assert 1 == exchanged(run, "a.db", "b.db")[0]


def test_a_registration_that_its_file_takes_back_is_no_conflict(run: Run) -> None:
    """Anna undid hers; Bert's stands at both desks."""
    for db, author, name in (("a.db", "anna", "OSCE"), ("b.db", "bert", "The OSCE")):
        add = ("party", "add", "osce", "--name", name, "--zone", "Europe/Vienna")
        assert 0 == run("--db", db, *add, *by(author, 9)).code
    assert 0 == run("--db", "a.db", "undo", *by("anna", 10)).code

    assert (0, 2, 0) == exchanged(run, "a.db", "b.db")
    assert 0 == exchanged(run, "b.db", "a.db")[0]
    for db in ("a.db", "b.db"):
        assert "The OSCE" == run("--db", db, "party", "show", "osce", "--json").json["name"]
