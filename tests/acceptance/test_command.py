"""The contract of the command, through the installed command itself."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from notifications.reporting import VIEWS as DELIVERY_VIEWS
from tests.support import forks
from tests.support.command import OnDesk, Run
from tests.support.dataset import DATASET
from tests.support.waiting import eventually
from tracker.projections.reporting import VIEWS

EVENING = "2025-03-18T22:00:00Z"


def event(event_id: str, type_: str, time: str, **data: Any) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "test",
            "type": f"pactwatch.{type_}.v1",
            "subject": "harbour-accord",
            "time": time,
            "datacontenttype": "application/json",
            "data": data,
        }
    )


ACCORD = "\n".join(
    [
        event("e1", "AgreementRecorded", "2026-02-01T13:00:00Z", agreement="harbour-accord",
              title="Harbour accord", parties=["NOR", "ISL"]),
        event("e2", "CommitmentAccepted", "2026-02-01T13:00:00Z", commitment="ha-port",
              kind="maintenance", debtor=["NOR"], creditor=["ISL"], promise="keep it open",
              terms={"start": "2026-02-01", "duration": "P30D"}, speaker="NOR"),
        event("e3", "CommitmentAccepted", "2026-02-01T13:00:00Z", commitment="ha-pay",
              kind="achievement", debtor=["ISL"], creditor=["NOR"], promise="pay",
              terms={"due": "2026-02-10", "quantity": 100}, speaker="ISL"),
    ]
)  # fmt: skip


def enter_accord(run: Run) -> None:
    assert 0 == run("import", "-", stdin=ACCORD).code


@pytest.fixture
def accord(on_desk: OnDesk) -> Run:
    return on_desk(enter_accord)


def test_the_shipped_files_import_in_name_order_and_export_byte_stable(
    run: Run, desk: Path
) -> None:
    """import(export(x)) == x."""
    for file in sorted(DATASET.glob("*.jsonl")):
        assert run("import", str(file)).code == 0
    first = run("export", "-o", "all.jsonl")
    other = {"PACTWATCH_DB": f"sqlite:///{desk}/other.db"}
    again = run("import", "all.jsonl", **other)
    run("export", "-o", "again.jsonl", **other)

    assert (0, 0) == (first.code, again.code)
    assert (desk / "all.jsonl").read_bytes() == (desk / "again.jsonl").read_bytes()


def test_status_has_the_shape_of_the_contract(shipped: Run) -> None:
    """Keys, words and instants as promised to other programs."""
    document = shipped("status", "energy-pause-2025", "--as-of", EVENING, "--json").json
    (pause,) = document["agreements"]
    russia = pause["commitments"][0]

    assert {"as_of", "known_at", "position", "checkpoint", "agreements"} <= set(document)
    assert (EVENING, "partly_in_force") == (document["as_of"], pause["roll_up"])
    assert {
        "id", "kind", "debtor", "creditor", "state", "compliance", "timing", "fulfilment", "late",
        "flags", "readings", "earliest", "latest", "governing", "next_change_at", "incidents",
        "because",
    } <= set(russia)  # fmt: skip
    assert {"rule": "4", "events": ["ds-ep-002"]} == russia["because"]["state"]


def test_one_commitment_can_be_asked_for(shipped: Run) -> None:
    """status COMMITMENT shows its agreement with that commitment alone."""
    document = shipped("status", "sw-ukr", "--as-of", EVENING, "--json").json

    assert [["sw-ukr"]] == [[c["id"] for c in a["commitments"]] for a in document["agreements"]]


def test_tick_prints_its_alerts_once(accord: Run) -> None:
    """A second tick with the same now prints no alert."""
    first = accord("tick", "--now", "2026-02-13T00:00:00Z", "--json").json
    second = accord("tick", "--now", "2026-02-13T00:00:00Z", "--json").json

    assert {"now", "projected", "alerts", "planned", "delivered", "failed"} <= set(first)
    assert {"due_soon", "overdue", "lapsed"} <= {alert["kind"] for alert in first["alerts"]}
    assert all({"kind", "commitment", "at", "key"} <= set(alert) for alert in first["alerts"])
    assert [] == second["alerts"]


def test_a_subscriber_gets_an_eml_file(accord: Run, desk: Path) -> None:
    """subscribe, tick, and the digest lies in the mail folder."""
    added = accord("subscribe", "add", "me@example.org", "--cadence", "immediate", "--json",
                   "--now", "2026-02-01T14:00:00Z")  # fmt: skip
    report = accord("tick", "--now", "2026-02-11T00:00:00Z", "--json").json
    rows = accord("outbox", "list", "--json").json["messages"]

    assert (1, 1, ["sent"]) == (added.json["id"], report["delivered"], [r["state"] for r in rows])
    assert 1 == len(list((desk / "mail").glob("*.eml")))


def test_a_digest_is_sent_by_hand_once(accord: Run, desk: Path) -> None:
    """Before its hour, with what became of it; a second one has nothing to say."""
    accord("subscribe", "add", "me@example.org", "--now", "2026-02-01T14:00:00Z")
    sent = accord("digest", "send", "me@example.org", "--now", "2026-02-10T20:00:00Z", "--json")
    again = accord("digest", "send", "1", "--now", "2026-02-10T21:00:00Z", "--json")

    assert ("sent", "me@example.org") == (sent.json["state"], sent.json["recipient"])
    assert sent.json["message_id"] in next((desk / "mail").glob("*.eml")).read_text()
    assert (0, {"subject": None}) == (again.code, again.json)


def test_record_previews_and_then_records(accord: Run) -> None:
    """-n shows the effect and writes nothing; without it the same event moves the state."""
    fields = ("record", "PerformanceConfirmed", "ha-pay", "quantity=100", "basis=both_sides",
              "occurred=2026-02-09")  # fmt: skip
    output = accord(*fields, "-n", "--json")
    before = accord("status", "ha-pay", "--json").json["agreements"][0]["commitments"][0]["state"]
    done = accord(*fields, "--json")
    after = accord("status", "ha-pay", "--json").json["agreements"][0]["commitments"][0]["state"]

    assert ("lapsed", "discharged") == (before, after)
    assert output.json["effect"] == done.json["effect"]
    assert {"commitment": "ha-pay", "axis": "state", "before": "lapsed", "after": "discharged"} in (
        done.json["effect"]
    )


def test_record_takes_fields_as_options_too(accord: Run) -> None:
    """--name value does what name=value does."""
    done = accord("record", "ViolationAlleged", "ha-port", "--occurred", "2026-02-03",
                  "--speaker", "ISL", "--incident", "i1", "--text", "closed", "--json")  # fmt: skip

    assert (0, "i1") == (done.code, done.json["data"]["incident"])


def test_the_same_id_again_counts_once(accord: Run) -> None:
    """--id makes a retry safe: the second time it is known already."""
    args = ("record", "ComplianceObserved", "ha-port", "--id", "c1", "occurred=2026-02-02",
            "--now", "2026-02-03T00:00:00Z", "--json")  # fmt: skip
    first, second = accord(*args), accord(*args)

    assert (0, 0) == (first.code, second.code)
    assert [False, True] == [r.json["already_known"] for r in (first, second)]


def test_the_same_id_counts_once_at_a_later_time(accord: Run) -> None:
    """A retry that comes later, with its times left to the clock, says what the first one said."""
    args = ("record", "PositionStated", "ha-port", "text=met", "by=NOR", "--id", "p1", "--json")
    first = accord(*args, PACTWATCH_NOW="2026-02-03T08:00:00Z")
    second = accord(*args, PACTWATCH_NOW="2026-02-04T13:30:00Z")

    assert (0, 0) == (first.code, second.code), second.err
    assert second.json["already_known"]
    assert first.json["effective_at"] == second.json["effective_at"]


BAD: dict[str, tuple[tuple[str, ...], int, str]] = {
    "unknown commitment": (("explain", "ha-prt"), 1, "ha-port"),
    "unknown agreement": (("status", "harbor-accord"), 1, "harbour-accord"),
    "a number that no table holds": (("outbox", "show", "9" * 24), 1, "too large"),
    "illegal transition": (
        ("record", "NonPerformanceFound", "ha-pay", "--now", "2026-02-02T00:00:00Z"), 1, "row 14",
    ),
    "malformed date": (
        ("record", "ViolationAlleged", "ha-port", "occurred=March"), 1, "accepted forms",
    ),
    "malformed as-of": (("status", "--as-of", "2026-02-01T10:00:00"), 1, "offset"),
    "unknown field": (("record", "ViolationAlleged", "ha-port", "occured=2026-02-02"), 1,
                      "occurred"),
    "unknown type": (("record", "ViolationAleged", "ha-port"), 1, "ViolationAlleged"),
    "unknown command": (("stauts",), 2, "status"),
    "unknown option": (("status", "--asof", "now"), 2, "--as-of"),
    "no database": (("--db", "none.db", "status"), 1, "db init"),
    "word that a field cannot have": (
        ("record", "PerformanceConfirmed", "ha-pay", "basis=bothsides"), 1, " basis=both_sides",
    ),
    "entry without a field": (("commitment", "add", "harbour-accord", "x", "--promise", "a b"), 1,
                              "add harbour-accord x --promise 'a b' --kind KIND"),
    "retraction without a reason": (("event", "retract", "e2"), 1,
                                    "event retract e2 --reason WHY"),
    "no database to upgrade": (("--db", "none.db", "db", "upgrade"), 1, "db init"),
    "bad address": (("subscribe", "add", "nobody"), 1, "name@example.org"),
    "unknown filter": (("subscribe", "add", "a@b.org", "--agreement", "harbor-accord"), 1,
                       "harbour-accord"),
    "unknown zone": (("subscribe", "add", "a@b.org", "--zone", "Europe/Kiyv"), 1, "Europe/Kyiv"),
    "unknown projection": (("projection", "rebuild", "x", "--yes"), 1, "projection list"),
    "unasked rebuild": (("projection", "rebuild"), 1, "--yes"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_hint_and_writes_nothing(accord: Run, name: str) -> None:
    """What, which, expected and found; the exit code of the contract; nothing on stdout."""
    args, code, word = BAD[name]
    before = accord("export").out
    result = accord(*args)

    assert (code, "") == (result.code, result.out)
    assert word in result.err
    assert "Traceback" not in result.err
    assert before == accord("export").out


LINES = {
    "broken JSON": '{"specversion":',
    "unknown type": event("x", "Happened", "2026-02-02T00:00:00Z"),
    "unknown field": event("x", "RoundHeld", "2026-02-02T00:00:00Z", commitment="ha-pay", foo=1),
    "unknown commitment": event("x", "RoundHeld", "2026-02-02T00:00:00Z", commitment="nope"),
    "illegal transition": event("x", "Resumed", "2026-02-02T00:00:00Z", commitment="ha-pay"),
    "before the promise": event("x", "CreditorReleased", "2026-01-01T00:00:00Z",
                                commitment="ha-pay"),
    "time in the future": event("x", "CreditorReleased", "2999-01-01T00:00:00Z",
                                commitment="ha-pay"),
    "correction that cannot be read": event(
        "x",
        "EntryCorrected",
        "2026-02-02T00:00:00Z",
        event="e3",
        replacement={"terms": {"due": "soon"}},
    ),
    "terms that do not go together": event(
        "x",
        "ReadingAsserted",
        "2026-02-02T00:00:00Z",
        commitment="ha-port",
        terms={"duration": "P1M", "count": "elapsed"},
    ),
    "unknown event": event("x", "EntryRetracted", "2026-02-02T00:00:00Z", event="e9"),
    "id taken": event("e1", "CreditorReleased", "2026-02-02T00:00:00Z", commitment="ha-pay"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_one_bad_line_refuses_the_whole_file_by_number(accord: Run, name: str) -> None:
    """The good line before it is not taken either."""
    good = event("g", "ComplianceObserved", "2026-02-01T14:00:00Z", commitment="ha-port")
    before = accord("export").out
    result = accord("import", "-", stdin=f"{good}\n{LINES[name]}\n")

    assert 1 == result.code
    assert "line 2" in result.err
    assert "hint:" in result.err
    assert before == accord("export").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("agreement", "add", "a", "--title", "A", "--dry-run"), 0),
        (("agreement", "add", "a"), 1),
        (("record", "AgreementRecorded", "a", "title=A", "-n"), 0),
        (("record", "AgreementRecorded", "a", "occurred=March", "title=A"), 1),
        (("import", "--dry-run", "-"), 0),
        (("import", "-"), 1),
    ],
    ids=str,
)
def test_a_dry_run_or_a_refusal_makes_no_database(
    run: Run, desk: Path, words: tuple[str, ...], code: int
) -> None:
    """Where there was none before."""
    result = run(*words, stdin=ACCORD if "--dry-run" in words else '{"broken":')

    assert (code, []) == (result.code, list(desk.glob("desk.db*")))


def test_the_first_append_makes_the_database_with_everything_in_it(run: Run) -> None:
    """Events, projections and position, as when it was there before."""
    done = run("import", "-", "--json", stdin=ACCORD).json
    projection = run("projection", "list", "--json").json["projections"][0]

    assert (3, 3, 3) == (done["imported"], done["position"], projection["position"])


def test_a_dry_run_of_an_import_writes_nothing(accord: Run) -> None:
    """--dry-run checks the file and leaves the log alone."""
    good = event("g", "ComplianceObserved", "2026-02-01T14:00:00Z", commitment="ha-port")
    result = accord("import", "--dry-run", "-", "--json", stdin=good)

    assert (0, 0, 3) == (result.code, result.json["imported"], result.json["position"])


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "md"])
def test_every_format_prints_on_stdout(accord: Run, form: str) -> None:
    """Data on stdout in each shape."""
    result = accord("--format", form, "status", "--as-of", "2026-02-02T00:00:00Z")

    assert (0, True) == (result.code, "ha-port" in result.out)


AT_NINE = "2026-02-01T09:00:00Z"


@pytest.mark.parametrize(
    "words",
    [("status",), ("agreement", "list"), ("commitment", "list"), ("deadlines",),
     ("status", "harbour-accord"), ("status", "ha-pay"), ("explain", "ha-pay"),
     ("ledger", "ha-pay"), ("agreement", "show", "harbour-accord"),
     ("commitment", "show", "ha-pay")],
    ids=" ".join,
)  # fmt: skip
def test_what_counts_from_noon_on_is_on_record_before(run: Run, words: tuple[str, ...]) -> None:
    """An entry of today is not called unknown in the morning, and the command named shows it."""
    early = ACCORD.replace("2026-02-01T13:00:00Z", "2026-02-01T08:00:00Z")
    run("import", "-", "--now", AT_NINE, stdin=early)
    result = run(*words, "--now", AT_NINE)

    assert "nothing is recorded" not in result.err
    assert "2026-02-01T11:00:00Z" in result.err
    command = re.search(r"(?:next|hint): pactwatch (.*)", result.err)
    assert command
    output = run(*command[1].split(), "--now", AT_NINE)
    assert (0, True) == (output.code, "ha-p" in output.out or "harbour" in output.out)


def test_deadlines_lists_every_reading(accord: Run) -> None:
    """Both readings of the window and the due date, soonest first."""
    rows = accord("deadlines", "--as-of", "2026-02-02T00:00:00Z", "--json").json["deadlines"]

    assert [("ha-pay", "end_of_day"), ("ha-port", "inclusive"), ("ha-port", "exclusive")] == [
        (row["commitment"], row["rule"]) for row in rows
    ]


def test_explain_names_rule_and_events(accord: Run) -> None:
    """Each axis with its row and what is behind it."""
    text = accord("explain", "ha-pay", "--as-of", "2026-02-11T12:00:00Z").out

    assert [] == [w for w in ("rule T6", "overdue", "e3", "end of day") if w not in text], text


def test_known_at_hides_what_was_recorded_later(accord: Run) -> None:
    """The answer of an earlier day can be had again."""
    early = accord("status", "--as-of", "2026-02-02T00:00:00Z", "--known-at",
                   "2026-02-01T12:00:00Z", "--json")  # fmt: skip

    assert [] == early.json["agreements"]


def test_the_demo_runs_from_nothing(run: Run, desk: Path) -> None:
    """The whole path, mail where it says, what dashboards ask for; with -q nothing but that."""
    result = run("demo", "--dir", "look", "-q")
    mails = list((desk / "look" / "mail").glob("*.eml"))
    with closing(sqlite3.connect(desk / "look" / "pactwatch.db")) as db:
        present = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}

    assert (0, "") == (result.code, result.err)
    assert all(
        word in result.out
        for word in ("needs attention", "sw-rus is overdue", "sw-rus has lapsed",
                     "ep-rus has ended", "the last turn again: 0 alerts, 0 mails")
    )  # fmt: skip
    assert mails
    assert all(mail.name in result.out for mail in mails)
    assert {view.name for view in (*VIEWS, *DELIVERY_VIEWS)} <= present


def test_the_daemon_turns_and_stops_when_told(accord: Run, desk: Path) -> None:
    """run makes a turn at once and ends quietly on SIGTERM."""
    environment = {**os.environ, "PACTWATCH_DB": str(desk / "desk.db"),
                   "PACTWATCH_MAIL_DIR": str(desk / "mail")}  # fmt: skip
    log = desk / "log"
    with forks.running(("run", "--interval", "1"), environment, desk, log) as daemon:
        eventually(lambda: log.read_bytes().count(b"\n") > 1, "no turn is taken")
        code = forks.end(daemon, signal.SIGTERM, 30)

    assert (0, True) == (code, "projected" in log.read_text())


def test_an_unknown_zone_for_display_is_refused(accord: Run) -> None:
    """--tz is checked before anything is asked."""
    result = accord("--tz", "Mars/Olympus", "status")

    assert (1, True) == (result.code, "--tz: unknown time zone" in result.err)


def test_a_preview_without_a_subscription_shows_what_a_newcomer_would_read(accord: Run) -> None:
    """Nothing has to be subscribed to see a digest."""
    result = accord("digest", "preview", "--now", "2026-02-11T00:00:00Z")

    assert (0, True) == (result.code, "Overdue: it was due" in result.out)


def test_a_title_with_terminal_codes_is_shown_as_text(run: Run) -> None:
    """No control code of an event reaches the terminal."""
    title = event("e1", "AgreementRecorded", "2026-02-01T13:00:00Z", agreement="harbour-accord",
                  title="red \x1b[31m alert \x07", parties=["NOR"])  # fmt: skip
    run("import", "-", stdin=title)
    out = run("agreement", "list").out

    assert "[31m alert" in out
    assert "\x1b" not in out


def test_help_leads_with_examples(run: Run) -> None:
    """-h and --help say the same."""
    short, long = run("-h"), run("--help")

    assert (0, short.out, True) == (long.code, long.out, "Examples:" in long.out)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("correct 17 terms.due=2025-03-20", "pactwatch event correct?"),
        ("last", "pactwatch event show last?"),
        ("#17", "pactwatch event show 17?"),
        ("mark blog 3", "pactwatch source mark?"),
        ("statsu", "status"),
    ],
)
def test_a_command_without_its_group_is_answered_with_the_group(
    run: Run, words: str, meant: str
) -> None:
    """What is meant is said, whole, and nothing is done."""
    done = run(*words.split())

    assert (2, True) == (done.code, meant in done.err)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("my promise", "pactwatch commitment add harbour-accord my-promise --kind process"),
        ("渔船", "pactwatch help entries"),
    ],
)
def test_an_id_that_is_none_is_mended_where_enough_of_it_is_left(
    accord: Run, given: str, hint: str
) -> None:
    """The hint is the command with it; what has no Latin letter is not guessed at."""
    done = accord("commitment", "add", "harbour-accord", given, "--kind", "process", "--debtor",
                  "NOR", "--promise", "p")  # fmt: skip

    assert 1 == done.code
    assert "expected an id (a Latin letter or digit, then letters" in done.err
    assert f"hint: {hint}" in done.err


def test_a_hint_asks_the_database_that_was_typed_unless_its_password_would_show(
    run: Run, shipped_postgres: str
) -> None:
    """A user in the address is no secret, and a password among its options is one."""
    secret = f"{shipped_postgres}?password=secret"
    plain, hidden = (run("--db", db, "digest", "preview", "9") for db in (shipped_postgres, secret))

    assert f"hint: pactwatch --db {shipped_postgres} subscribe list" in plain.err
    assert "hint: pactwatch subscribe list" in hidden.err
    assert "secret" not in hidden.err


def test_what_to_do_next_is_about_the_database_that_was_typed(run: Run, desk: Path) -> None:
    """After a restore elsewhere the tables of the old one would be made anew."""
    run("db", "init")
    run("db", "backup", "kept.db")
    restored = run("--db", "new.db", "db", "restore", "kept.db")
    sources = run("--db", "new.db", "source", "list")

    assert "next: pactwatch --db new.db projection rebuild --yes" in restored.err
    assert "pactwatch --db new.db source add FILE" in sources.out
