"""What `doctor` finds in an installation, and what it says to do."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from events.database.engine import open_engine, write_transaction
from notifications.settings import MailSettings
from tests.support.command import OnDesk, Run
from tests.support.dataset import ROOT
from tests.support.postgres import binaries, server

LAG = ("check", "--fail-on", "lag")
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def make_database(run: Run) -> None:
    assert 0 == run("db", "init").code


def take_turn(run: Run) -> None:
    make_database(run)
    assert 0 == run("tick").code


@pytest.fixture
def empty(on_desk: OnDesk) -> Run:
    """A desk with an empty database."""
    return on_desk(make_database)


@pytest.fixture
def turned(on_desk: OnDesk) -> Run:
    """The same after a turn by the true clock."""
    return on_desk(take_turn)


def test_a_whole_installation_has_no_fault(empty: Run, desk: Path) -> None:
    """After a turn by the true clock, with a file for its owner alone; and it writes nothing."""
    (desk / "desk.db").chmod(0o600)
    assert 0 == empty("tick").code
    before = (desk / "desk.db").read_bytes()
    done = empty("doctor", "--json")

    assert (0, True) == (done.code, done.json["ok"]), done.out
    assert {"program", "database", "views", "clock", "turns", "keys", "mail"} == {
        each["area"] for each in done.json["findings"]
    }
    assert before == (desk / "desk.db").read_bytes()


def test_every_fault_says_what_to_do(empty: Run, desk: Path) -> None:
    """Rights that let others in, views that are gone, turns that are not taken."""
    empty("tick", "--now", "2026-01-01T00:00:00Z")
    (desk / "desk.db").chmod(0o666)
    with write_transaction(open_engine(str(desk / "desk.db"))) as connection:
        connection.exec_driver_sql("DROP VIEW reporting_incidents")
    done = empty("doctor")
    faults = [line for line in done.out.splitlines() if line.startswith("FAULT")]

    assert 4 == done.code
    assert ["database", "views", "turns"] == [line.split()[1] for line in faults]
    assert "pactwatch tick takes one turn" in done.out
    assert "chmod o= " in done.out
    assert "pactwatch db upgrade" in done.out


def test_rows_that_somebody_has_deleted_are_named(run: Run, desk: Path) -> None:
    """By agreement and table, with the command that makes them anew; no turn would."""
    for name in ("harbour", "fishery"):
        run("agreement", "add", name, "--title", name, "--party", "NOR")
        run("commitment", "add", name, f"{name}-pay", "--kind", "achievement", "--debtor", "NOR",
            "--promise", "to pay", "--due", "2030-01-01")  # fmt: skip
    run("tick")
    assert "projection rebuild" not in run("doctor").out
    with write_transaction(open_engine(str(desk / "desk.db"))) as connection:
        connection.exec_driver_sql("DELETE FROM agreements WHERE id = 'harbour'")
    done = run("doctor")

    assert 4 == done.code
    assert "1 agreement on record without a row in agreements: harbour" in done.out
    assert "commitments has rows of 1 agreement without one there: harbour" in done.out
    assert "pactwatch projection rebuild --yes" in done.out
    assert 0 == run("projection", "rebuild", "--yes").code
    assert "projection rebuild" not in run("doctor").out


@pytest.mark.parametrize(
    ("revision", "hint"), [("0001", " db upgrade"), ("9999", "use the newer version")]
)
def test_tables_of_another_release_are_a_fault(
    run: Run, desk: Path, revision: str, hint: str
) -> None:
    """Their columns may be the same, and a turn refuses them all the same."""
    run("agreement", "add", "a1", "--title", "A", "--party", "NOR")
    engine = open_engine(str(desk / "desk.db"))
    with write_transaction(engine) as connection:
        connection.exec_driver_sql(
            f"UPDATE alembic_version SET version_num = 'notifications_{revision}' "
            "WHERE version_num LIKE 'notifications%'"
        )
    done, turn = run("doctor"), run("tick")

    assert (4, 1) == (done.code, turn.code)
    assert f"FAULT   database  schema notifications_{revision}" in done.out
    assert hint in done.out
    assert f"schema notifications_{revision}" in turn.err


def test_one_fault_of_an_address_is_one_finding(run: Run, desk: Path) -> None:
    """Nothing else is asked of what cannot be opened, and the rest of the page is there."""
    done = run("doctor", PACTWATCH_DB="mysql://desk")

    assert 4 == done.code
    assert 1 == done.out.count("no engine for mysql://")
    assert "keys " in done.out


def test_a_database_that_is_not_there_is_not_made(run: Run, desk: Path) -> None:
    done = run("doctor")

    assert 4 == done.code
    assert "FAULT   database  no database at" in done.out
    assert not (desk / "desk.db").exists()


def test_hints_name_paths_as_a_shell_takes_them(run: Run, desk: Path) -> None:
    """With a blank in them, and with the database that was typed."""
    folder = desk / "of the desk"
    file = shlex.quote(str(folder / "desk.db"))
    absent = run("--db", str(folder / "desk.db"), "db", "init")
    folder.mkdir()
    empty = run("--db", str(folder / "desk.db"), "status")
    secret = folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o644)
    words = ("--db", str(folder / "desk.db"))
    run(*words, "db", "init")
    done = run(*words, "doctor", PACTWATCH_SECRET_FILE=str(secret), PACTWATCH_CHECK_FAIL_ON="due")

    assert f"hint: mkdir -p {shlex.quote(str(folder))}\n" in absent.err
    assert f"hint: pactwatch --db {file} db init\n" in empty.err
    assert f"  chmod 600 {shlex.quote(str(secret))}\n" in done.out
    assert f"  pactwatch --db {file} run, as a service" in done.out


def test_a_database_to_read_that_is_not_there_is_not_to_be_made(empty: Run, desk: Path) -> None:
    """A new one would have nothing on record, and readers would be shown that."""
    absent = {"PACTWATCH_READ_DB": str(desk / "none.db")}
    done, examined = empty("status", **absent), empty("doctor", **absent)

    assert "leave out PACTWATCH_READ_DB" in done.err
    assert "leave out PACTWATCH_READ_DB" in examined.out
    assert "db init" not in done.err + examined.out


def test_a_limit_of_lag_is_that_of_check(empty: Run, desk: Path) -> None:
    """By the same setting; a turn of two hours ago is late for both, or for neither."""
    empty("agreement", "add", "harbour", "--title", "Harbour", "--party", "NOR")
    empty("tick", "--now", "-2h")
    codes = {
        limit: [
            empty(*words, PACTWATCH_LAG_AFTER=limit).code for words in (LAG, ("doctor", "--json"))
        ]
        for limit in ("PT1H", "PT3H")
    }

    assert {"PT1H": [4, 4], "PT3H": [0, 0]} == codes


def test_a_last_turn_that_is_still_to_come_is_a_fault_of_the_clock(empty: Run, desk: Path) -> None:
    """A clock set back would date entries before those on record."""
    empty("tick", "--now", "+2h")
    done = empty("doctor")

    assert 4 == done.code
    assert "FAULT   clock     the last turn was at" in done.out
    assert "timedatectl set-ntp true" in done.out


@pytest.mark.parametrize(
    ("setting", "content", "words"),
    [
        ("SECRET_FILE", "short", "expected at least 32 characters, found 5"),
        ("SECRET_FILE", None, "the secret of links in mail: expected a file at "),
        ("KEY_FILE", "no key", "holds no Ed25519 signing key"),
        ("KEY_FILE", None, "the key that signs checkpoints: expected a file at "),
        ("WITNESS", "no checkpoint", "not a checkpoint"),
        ("TEMPLATES", "a file", "PACTWATCH_TEMPLATES: expected a folder, found none at "),
        ("MAIL_DIR", "a file", "PACTWATCH_MAIL_DIR: "),
        ("READ_DB", "no database", "PACTWATCH_READ_DB: "),
    ],
)
def test_a_setting_that_names_the_wrong_thing_is_a_fault(
    empty: Run, desk: Path, setting: str, content: str | None, words: str
) -> None:
    """A file that says something else, one in place of a folder, or a folder in place of one."""
    named = desk / "named"
    named.mkdir(mode=0o700) if content is None else named.write_text(content)
    named.chmod(0o700 if content is None else 0o600)
    done = empty("doctor", **{f"PACTWATCH_{setting}": str(named)})

    assert 4 == done.code
    assert words in done.out
    assert 1 == done.out.count("FAULT")


MISFITS = {
    "MAIL_DIR": "FILE", "SMTP_URL": "relay.example.org", "SMTP_PASSWORD_FILE": "NOWHERE",
    "SMTP_TIMEOUT": "0", "MAIL_PER_MINUTE": "many", "MAIL_PER_MINUTE_DOMAIN": "0",
    "HOOK_NETWORKS": "10.1", "HOOK_TIMEOUT": "-1", "HOOK_PER_MINUTE": "0.5",
    "RESEND_UNCERTAIN": "mail", "HOLD_UNCERTAIN": "digests", "HEARTBEAT_URL": "health.example.org",
    "MAIL_FROM": "Desk", "OPT_IN": "yes", "BOUNCE_DOMAIN": "bounce example.org",
    "IMAP_URL": "imap://bounces@imap.example.org", "IMAP_PASSWORD_FILE": "NOWHERE",
    "PUBLIC_URL": "pacts.example.org", "MARK_LINKS": "perhaps", "SECRET_FILE": "FILE",
    "TEMPLATES": "NOWHERE", "TENANT": "news desk",
}  # fmt: skip
"""A value that does not fit, for each setting of mail."""
ANY_TEXT = {"IMAP_DONE_FOLDER"}
URLS = {"SMTP_URL": "smtp://relay.example.org", "IMAP_URL": "imaps://b@imap.example.org"}
"""Where these are, the files of their passwords are read."""


def test_every_setting_of_mail_is_judged(empty: Run, desk: Path) -> None:
    """By its name, or by the file that it names; a fault of one hides no other."""
    assert set(MISFITS) == {name.upper() for name in MailSettings.model_fields} - ANY_TEXT
    (desk / "FILE").write_text("no secret")
    misfits = {
        name: str(desk / value) if value in ("FILE", "NOWHERE") else value
        for name, value in MISFITS.items()
    }
    runs = [
        empty("doctor", **{f"PACTWATCH_{name}": value for name, value in given.items()})
        for given in (misfits, misfits | URLS)
    ]
    faults = [line for done in runs for line in done.out.splitlines() if line.startswith("FAULT")]

    assert [4, 4] == [done.code for done in runs]
    assert [] == [
        name
        for name, value in misfits.items()
        if not any(f"PACTWATCH_{name}:" in line or value in line.split() for line in faults)
    ]


def test_a_setting_that_is_empty_counts_as_left_out(turned: Run, desk: Path) -> None:
    """As a line `NAME=` in a file of settings means it."""
    done = turned("doctor", **dict.fromkeys((f"PACTWATCH_{name}" for name in MISFITS), ""))

    assert (0, 0) == (done.code, done.out.count("FAULT"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RUN_INTERVAL", "x", "FAULT   settings  PACTWATCH_RUN_INTERVAL: 'x' is not"),
        ("CHECK_FAIL_ON", "overdu", "PACTWATCH_CHECK_FAIL_ON: no check is called 'overdu'"),
        ("RUN_METRICS", "9464", "PACTWATCH_RUN_METRICS: '9464': expected HOST:PORT"),
        ("SERVE_BEHIND_AUTH", "X User", "'X User': expected the name of a header"),
        ("SERVE_CORS", "nonsense", "'nonsense': expected https://host, or *"),
        ("TRUST", "nonsense", "PACTWATCH_TRUST: not a public key; expected name+hash"),
        ("SMPT_URL", "smtp://a", "nothing reads it; did you mean PACTWATCH_SMTP_URL?"),
    ],
)
def test_variables_of_any_command_are_judged_by_their_options(
    turned: Run, name: str, value: str, words: str
) -> None:
    """What the services would refuse at their start, or what nothing reads."""
    done = turned("doctor", **{f"PACTWATCH_{name}": value})

    assert words in done.out
    assert (0 if name == "SMPT_URL" else 4) == done.code


def test_a_database_to_read_has_to_be_of_the_same_log(run: Run, desk: Path) -> None:
    """A copy will do; a database of somebody else shows other agreements to readers."""
    for name in ("desk.db", "other.db"):
        db = f"sqlite:///{desk}/{name}"
        run("--db", db, "agreement", "add", name[:-3], "--title", name, "--party", "NOR")
    run("db", "backup", str(desk / "copy.db"))
    same, other = (run("doctor", PACTWATCH_READ_DB=str(desk / n)) for n in ("copy.db", "other.db"))

    assert (0, 4) == (same.code, other.code)
    assert "other.db, has another log than" in other.out


def test_what_a_login_may_not_do_is_advice_with_the_role_that_it_lacks(
    run: Run, made_postgres: str
) -> None:
    """The hint is SQL that can be run; with the role it is gone. The login of a clerk is quoted."""
    with psycopg.connect(made_postgres, autocommit=True) as db:
        db.execute('DROP ROLE IF EXISTS "Clerk"')
        db.execute('CREATE ROLE "Clerk" LOGIN IN ROLE pactwatch_writer')
        address = made_postgres.replace("postgres@", "Clerk@")
        before = run("doctor", PACTWATCH_DB=address)
        grants = re.findall(r"GRANT pactwatch_\w+ TO \"Clerk\"", before.out)
        for grant in grants:
            db.execute(grant)  # type: ignore[call-overload]
        after = run("doctor", PACTWATCH_DB=address)
        db.execute('DROP ROLE "Clerk"')

    assert ["pactwatch_projector", "pactwatch_notifier"] == [each.split()[1] for each in grants]
    assert 'the login "Clerk" may not take turns' in before.out
    assert "may not record" not in before.out
    assert "may not" not in after.out


def test_a_database_that_only_reads_is_a_fault(run: Run, made_postgres: str) -> None:
    """As a standby does that is named in place of its primary."""
    url = make_url(made_postgres)
    with psycopg.connect(made_postgres, autocommit=True) as db:
        db.execute(f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = on')  # type: ignore[call-overload]
    result = run("doctor", PACTWATCH_DB=made_postgres)

    assert (4, 1) == (result.code, result.out.count("FAULT   database"))
    assert f"{made_postgres} is read-only, as a standby is: nothing is recorded" in result.out
    assert "--read-db" in result.out


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_are_there(run: Run, unit: Path) -> None:
    """And give away little of the machine, by the measure of systemd where that is installed."""
    (start,) = (line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    command = start.split()[1:]
    options = {word for word in command if word.startswith("--")}
    page = run(command[0], "--help").out

    assert [] == [option for option in options if option not in page]
    if tool := shutil.which("systemd-analyze"):
        measure = (tool, "security", "--offline=true", "--threshold=30", str(unit))
        subprocess.run(measure, check=True, capture_output=True)


def test_what_an_administrator_has_to_run_runs_as_it_stands(run: Run) -> None:
    """Of a login that may not make roles, on a server that has none: then each has its rights."""
    with server(in_memory=True) as address:
        with psycopg.connect(address, autocommit=True) as db:
            db.execute('CREATE ROLE "desk-A" LOGIN')
            db.execute('CREATE DATABASE own OWNER "desk-A"')
        url = make_url(address).set(database="own")
        own = {"PACTWATCH_DB": url.set(username="desk-A").render_as_string(hide_password=False)}
        made, seen = run("db", "init", **own), run("doctor", **own)
        (hint,) = re.findall(r"psql .*'(?= as one who)", " ".join(made.err.split()))
        by_administrator = {**os.environ, "PGHOST": str(url.host), "PGPORT": str(url.port)}
        words = [*shlex.split(hint), "-U", "postgres"]
        words[0] = str(binaries() / words[0])
        subprocess.run(words, env=by_administrator, check=True, capture_output=True)
        upgraded, after = run("db", "upgrade", **own), run("doctor", **own)
        with psycopg.connect(url.render_as_string()) as db:
            rights = db.execute(
                "SELECT has_table_privilege('pactwatch_notifier', 'outbox', 'UPDATE'),"
                " has_table_privilege('pactwatch_reader', 'reporting_events', 'SELECT'),"
                " has_column_privilege('pactwatch_writer', 'events', 'data', 'INSERT')"
            ).fetchone()

    assert (0, 0) == (made.code, upgraded.code), made.err + upgraded.err
    assert hint in " ".join(seen.out.split())
    assert "psql" not in after.out
    assert (True, True, True) == rights
