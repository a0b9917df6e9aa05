"""The log as an operator handles it: verify, checkpoints, proofs, redaction, backups."""

from __future__ import annotations

import json
from base64 import b64decode
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from events.transparency.notes import Verifier
from tests.integration.events.database.test_migrations import HEADS
from tests.support.command import OnDesk, Run
from tests.support.dataset import DATASET

NOW = {"PACTWATCH_NOW": "2025-03-18T22:00:00Z"}


@pytest.fixture
def desk_key(desk: Path) -> dict[str, str]:
    return {"PACTWATCH_KEY_FILE": str(desk / "signing.key"), **NOW}


def enter_two(run: Run) -> None:
    for name in ("00-parties", "01-energy-deal-2024", "10-energy-pause-2025"):
        done = run("-q", "import", str(DATASET / f"{name}.jsonl"), **NOW)
        assert 0 == done.code, done.err


@pytest.fixture
def filled(on_desk: OnDesk) -> Run:
    """A desk with two agreements on record."""
    return on_desk(enter_two)


def first_event_with_note(run: Run) -> str:
    events = run("event", "list", "--json", "--limit", "1000").json["events"]
    return str(next(event["id"] for event in events if event["data"].get("note")))


def tampered(desk: Path) -> None:
    """What the owner of the file can do."""
    with closing(apsw.Connection(str(desk / "desk.db"))) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute(
            "UPDATE events SET data = CAST(replace(data, 'a', 'b') AS BLOB) WHERE position = 45"
        )


def test_a_log_is_verified_against_a_checkpoint_that_was_kept(
    filled: Run, desk: Path, desk_key: dict[str, str]
) -> None:
    """Key, export, more events, verify: what a careful operator does in a day."""
    key = filled("checkpoint", "keygen", "example.org/log", "--json", **desk_key)
    export = filled("checkpoint", "export", "-o", "kept.txt", **desk_key)
    filled("-q", "import", str(DATASET / "90-statements.jsonl"), **NOW)
    public = key.json["public_key"]
    good = filled("verify", "--checkpoint", "kept.txt", "--trust", public, "--json", **desk_key)
    other = Verifier("example.org/log", bytes(32)).text

    assert (0, 0, 0, True) == (key.code, export.code, good.code, good.json["ok"])
    assert 4 == filled("verify", "--checkpoint", "kept.txt", "--trust", other).code
    tampered(desk)
    bad = filled("verify", "--checkpoint", "kept.txt", "--json", **desk_key)
    assert (4, 45, False) == (bad.code, bad.json["first_bad_position"], bad.json["ok"])
    assert "position 45" in bad.err


def test_without_a_key_the_checkpoint_says_so_and_export_refuses(
    filled: Run, desk_key: dict[str, str]
) -> None:
    """An unsigned checkpoint still tells size and root; the hint leads to a key."""
    checkpoint = filled("checkpoint", "show", "--json", **desk_key)
    export = filled("checkpoint", "export", **desk_key)

    assert (False, "pactwatch", 4) == (
        checkpoint.json["signed"],
        checkpoint.json["origin"],
        export.code,
    )
    assert "checkpoint keygen" in export.err


def test_an_event_is_proven_to_somebody_without_the_database(
    filled: Run, desk: Path, desk_key: dict[str, str]
) -> None:
    """The proof is checked with the public key alone, in a directory with no database."""
    public = filled("checkpoint", "keygen", "example.org/log", "--json", **desk_key).json
    event = first_event_with_note(filled)
    (desk / "proof.txt").write_text(filled("proof", event, **desk_key).out)
    elsewhere = {"PACTWATCH_DB": str(desk / "nowhere.db")}
    checked = filled(
        "verify", "--proof", "proof.txt", "--trust", public["public_key"], "--json", **elsewhere
    )
    (desk / "proof.txt").write_text((desk / "proof.txt").read_text().replace("index ", "index 1"))
    wrong = filled("verify", "--proof", "proof.txt", **elsewhere)

    assert (0, event, 4) == (checked.code, checked.json["event"]["id"], wrong.code)
    assert not (desk / "nowhere.db").exists()


def test_a_note_is_erased_for_good_and_the_log_stays_good(filled: Run, desk: Path) -> None:
    """Nothing of the text is left in the file, and every proof still holds."""
    event = first_event_with_note(filled)
    note = filled("event", "show", event, "--json").json["data"]["note"]
    before = filled("checkpoint", "show", "--json").json
    refused = filled("event", "redact", event)
    erased = filled("event", "redact", event, "--yes", "--json")
    entry = filled("event", "show", event, "--json").json
    raw = b"".join(p.read_bytes() for p in desk.glob("desk.db*"))

    assert (1, "--yes" in refused.err) == (refused.code, True)
    assert (["note"], None, ["note"]) == (
        erased.json["erased"],
        entry["data"]["note"],
        entry["erased"],
    )
    assert note.encode() not in raw
    assert (0, before["root"]) == (
        filled("verify").code,
        filled("checkpoint", "show", "--json").json["root"],
    )
    again = filled("import", str(DATASET / "10-energy-pause-2025.jsonl"), **NOW)
    assert 0 == again.code, again.err


def test_an_export_after_a_redaction_still_comes_back_equal(filled: Run, desk: Path) -> None:
    """The file says null where a text was; another database writes the same bytes."""
    filled("event", "redact", first_event_with_note(filled), "--yes")
    text = filled("-q", "export").out
    other = {"PACTWATCH_DB": str(desk / "other.db")}
    copied = filled("-q", "import", "-", stdin=text, **NOW, **other)

    assert (0, text) == (copied.code, filled("-q", "export", **other).out)


def test_a_witness_refuses_a_log_that_was_rewritten(filled: Run, desk: Path) -> None:
    """Every append shows the log to the witness; a shorter or another one is not written to."""
    witness = {"PACTWATCH_WITNESS": str(desk / "witness"), **NOW}
    first = filled("import", str(DATASET / "90-statements.jsonl"), **witness)
    other = {"PACTWATCH_DB": str(desk / "other.db"), **witness}
    refused = filled("-q", "import", str(DATASET / "00-parties.jsonl"), **other)
    empty = filled("event", "list", "--json", **other)

    assert (0, 4, []) == (first.code, refused.code, empty.json["events"])
    assert "can not extend" in refused.err
    assert f"new witness {desk / 'witness'}: it keeps the log from event " in first.err


def test_a_backup_comes_back_and_an_old_database_is_upgraded(filled: Run, desk: Path) -> None:
    """Backup, restore, projections, status: the same answers from the copy."""
    backup = filled("db", "backup", "monday.db", "--json")
    copy = {"PACTWATCH_DB": str(desk / "copy.db"), **NOW}
    restored = filled("db", "restore", "monday.db", "--json", **copy)
    rebuilt = filled("projection", "rebuild", "--yes", **copy)
    compared = filled("projection", "rebuild", "--dry-run", "--json", **copy)
    again = filled("db", "backup", "monday.db")
    statuses = [filled("status", "--json", **where).json for where in (NOW, copy)]

    assert (0, 0, 0, 1) == (backup.code, restored.code, rebuilt.code, again.code)
    assert {0} == {table[k] for table in compared.json["tables"] for k in ("added", "changed")}
    assert "would change nothing" in compared.err
    assert (backup.json["root"], statuses[0]) == (restored.json["root"], statuses[1])
    assert "nothing was written" in again.err
    samples = DATASET.parents[1] / "tests" / "samples"
    with closing(apsw.Connection(str(desk / "old.db"))) as db:
        db.execute((samples / "schema-0001.sql").read_text())
    old = {"PACTWATCH_DB": str(desk / "old.db")}
    outdated = filled("status", **old)
    upgraded = filled("db", "upgrade", "--json", **old)

    assert (1, 0, 0) == (outdated.code, upgraded.code, filled("status", **old).code)
    assert ("db upgrade" in outdated.err, HEADS) == (
        True,
        upgraded.json["applied"],
    )


def test_status_export_and_digests_carry_the_checkpoint(filled: Run, desk: Path) -> None:
    """Whoever keeps one of them is a witness at no cost."""
    line = filled("status", "--json", **NOW).json["checkpoint"]
    exported = filled("export", **NOW)
    digest = filled("digest", "preview", **NOW)
    origin, size, root = line.split()
    in_mail = f"{origin} {size}\nsha256:{b64decode(root).hex()}"
    (desk / "line.txt").write_text(line)
    (desk / "mail.txt").write_text(in_mail)

    assert (True, True) == (line in exported.err, in_mail in digest.out)
    assert [0, 0] == [
        filled("verify", "--checkpoint", name).code for name in ("line.txt", "mail.txt")
    ]
    assert json.loads(exported.out.splitlines()[0])["specversion"] == "1.0"


def test_the_whole_desk_works_on_postgresql(run: Run, postgres: str, desk: Path) -> None:
    """The same commands, the same answers as on SQLite."""
    answers = []
    for where in ({"PACTWATCH_DB": postgres}, {"PACTWATCH_DB": str(desk / "twin.db")}):
        run("db", "init", **where)
        for file in sorted(DATASET.glob("*.jsonl")):
            done = run("-q", "import", str(file), **where, **NOW)
            assert done.code == 0, done.err
        run("-q", "subscribe", "add", "a@example.org", **where, **NOW)
        turn = run("tick", "--now", "2025-04-17T12:00:00Z", "--json", **where)
        status = run("status", "--json", "--as-of", "2025-04-17T12:00:00Z", **where, **NOW)
        export = run("-q", "export", **where)
        assert 0 == run("verify", **where).code
        document = turn.json
        document["messages"] = [m["subject"] for m in document["messages"]]
        body = {k: v for k, v in status.json.items() if k != "checkpoint"}
        answers.append((document, body, export.out))

    assert answers[0] == answers[1]


def test_with_a_key_digests_and_witness_are_signed(
    filled: Run, desk: Path, desk_key: dict[str, str]
) -> None:
    """Every append signs what the witness keeps, and every digest carries a signed note."""
    settings = {**desk_key, "PACTWATCH_WITNESS": str(desk / "witness")}
    filled("-q", "import", str(DATASET / "90-statements.jsonl"), **settings)
    unsigned = (desk / "witness").read_text()
    public = filled("checkpoint", "keygen", "example.org/log", "--json", **settings).json
    filled("-q", "subscribe", "add", "a@example.org", "--cadence", "immediate", **settings)
    turn = filled("tick", "--json", "--now", "2025-04-17T12:00:00Z", **settings)
    preview = filled("digest", "preview", **settings).out
    note = preview[preview.index("example.org/log\n") :]
    (desk / "note.txt").write_text("\n".join(note.splitlines()[:5]) + "\n")
    trusted = ("--trust", public["public_key"])

    assert (0, "—" in unsigned) == (turn.code, False)
    for file in ("witness", "note.txt"):
        checked = filled("verify", "--checkpoint", file, *trusted, **settings)
        assert 0 == checked.code, checked.err


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--checkpoint", "bytes"),
        ("verify", "--trust", "bytes"),
        ("verify", "--proof", "bytes"),
        ("verify", "--witness", "bytes"),
        ("verify", "--witness", "."),
        ("checkpoint", "keygen", "x", "--key-file", "."),
        ("db", "restore", "desk.db", "--checkpoint", "bytes"),
        ("db", "backup", "bytes/copy.db"),
        ("site", "build", "bytes/site"),
    ],
    ids=" ".join,
)
def test_a_file_of_another_kind_is_refused_in_words(
    filled: Run, desk: Path, words: tuple[str, ...]
) -> None:
    """Bytes that are no text, a folder for a file, a file for a folder: each is named."""
    (desk / "bytes").write_bytes(b"\xff\xfe\x00" * 20)
    result = filled(*words)

    assert (True, "") == (result.code in (1, 4), result.out)
    assert "unexpected" not in result.err
    assert "hint: " in result.err


@pytest.mark.parametrize("option", ["--checkpoint", "--trust", "--proof", "--witness"])
def test_no_refusal_quotes_a_file_that_was_named_by_mistake(
    filled: Run, desk: Path, option: str
) -> None:
    """It may be the private key, and errors stand in journals."""
    key, proof = desk / "signing.key", desk / "proof.txt"
    filled("checkpoint", "keygen", "example.org/log", "--key-file", str(key))
    proof.write_text(filled("proof", "1").out)
    words = ("--proof", str(proof)) if option == "--trust" else ()
    result = filled("verify", *words, option, str(key))

    assert 0 != result.code
    assert "PRIVATE" not in result.err + result.out


def test_late_news_of_a_long_promise_is_imported_as_it_was_exported(run: Run, desk: Path) -> None:
    """An extension, a correction, an observation and a suspension, each recorded long after."""
    terms = ("--start", "2011-02-05", "--duration", "P10Y", "--count", "exclusive", "--zone", "UTC")
    promise = ("commitment", "add", "acc", "c", "--kind", "maintenance", "--debtor", "NOR",
               "--creditor", "ISL", "--promise", "p", "--occurred", "2011-02-05")  # fmt: skip
    for day, command in enumerate((
        ("agreement", "add", "acc", "--title", "Accord", "--occurred", "2011-02-05"),
        (*promise, *terms, "--id", "made"),
        ("record", "TermExtended", "c", "occurred=2021-02-03", "by=NOR,ISL", "terms.end=2026"),
        ("event", "correct", "made", "terms.count=inclusive", "--reason", "misread"),
        ("record", "ComplianceObserved", "c", "occurred=2019-06-01", "basis=neutral_body"),
        ("record", "SuspensionDeclared", "c", "occurred=2022-08-09", "speaker=NOR", "reason=x"),
    ), start=1):  # fmt: skip
        done = run("--now", f"2025-06-{day:02}T00:00:00Z", *command, "-y")
        assert 0 == done.code, done.err
    exported = run("export", "-o", "log.jsonl")
    imported = run("--db", "twin.db", "import", "log.jsonl")
    again = run("--db", "twin.db", "export")

    assert (0, 0) == (exported.code, imported.code), imported.err
    assert (desk / "log.jsonl").read_bytes() == again.stdout
