"""How answers look: 80 columns, colours beside words, plain pipes, every form; and help."""

from __future__ import annotations

import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest

from cli import COMMANDS, GROUPS, group
from events.instants import utc_now
from events.transparency.notes import Verifier
from tests.support.command import Command, Run, plain_environment
from tests.support.command_tree import commands
from tests.support.dataset import SHIPPED
from tests.support.terminal import Start
from tracker.terminal.command_groups import imported
from tracker.terminal.session import Session

AT = ("--now", "2025-03-20T12:00:00Z")
READ = {
    "status": ("status", "--as-of", "2025-03-20T12:00:00Z"),
    "deadlines": ("deadlines", "--as-of", "2025-03-18T22:00:00Z"),
    "explain": ("explain", "ep-rus", "--as-of", "2025-04-17T12:00:00Z"),
    "agreement list": ("agreement", "list"),
    "agreement show": ("agreement", "show", "energy-pause-2025"),
    "commitment list": ("commitment", "list"),
    "commitment show": ("commitment", "show", "ep-ukr"),
    "event list": ("event", "list", "energy-pause-2025"),
    "event show": ("event", "show", "ds-ep-002"),
    "diff": ("diff", "2025-03-18", "2025-03-22"),
    "check": ("check", "--fail-on", "lapsed,stale,terms_disputed"),
    "record": ("record",),
}
CODES = re.compile(r"\x1b\[[0-9;]*m")


def with_long_names(run: Run) -> None:
    """A title, ids and words longer than any column."""
    done = run("agreement", "add", "agreement-on-the-joint-monitoring-of-the-northern-fisheries",
               "--title", "Agreement on the joint monitoring of " + "very " * 12 + "long titles, "
               "漁業協定, and Donaudampfschifffahrtsgesellschaftskapitänsmützenabkommen", "--party",
               "NOR", "--party", "organisation-for-fisheries", *AT)  # fmt: skip
    assert done.code == 0, done.err
    done = run("commitment", "add", "agreement-on-the-joint-monitoring-of-the-northern-fisheries",
               "monitoring-of-the-northern-fisheries-by-norway", "--kind", "achievement",
               "--debtor", "NOR", "--debtor", "organisation-for-fisheries", "--creditor", "ISL",
               "--promise", "to report " + "every ship " * 20, "--due", "2025-03-22",
               "--zones", "America/Argentina/ComodRivadavia,Europe/Oslo", *AT)  # fmt: skip
    assert done.code == 0, done.err


def test_every_table_fits_80_columns(shipped: Run, terminal: Start) -> None:
    """On the shipped agreements and on long names, measured on a terminal."""
    from rich.cells import cell_len

    with_long_names(shipped)
    for name, args in READ.items():
        desk = terminal(*args)
        assert desk.end() in (0, 4), desk.plain
        wide = [line for line in desk.plain.splitlines() if cell_len(line) > 80]
        talk = ("Error:", "hint:", "nothing found")
        assert (name, []) == (name, [line for line in wide if not line.startswith(talk)])


def test_a_narrow_terminal_gets_a_line_a_value(shipped: Run, terminal: Start) -> None:
    """Where columns can not stand side by side, nothing is lost."""
    desk = terminal("deadlines", "--as-of", "2025-03-18T22:00:00Z", columns=30)

    assert 0 == desk.end()
    assert "zone: Europe/Moscow" in desk.plain


def test_ids_stay_whole_so_that_they_can_be_copied(shipped: Run, terminal: Start) -> None:
    """An entry is called by its short number; its long id stands whole in its own document."""
    done = shipped("record", "ComplianceObserved", "ep-rus", "--json", *AT)
    desk = terminal("event", "list", "energy-pause-2025")
    entry = terminal("event", "show", done.json["id"])

    assert (0, 0) == (desk.end(), entry.end())
    assert f"#{SHIPPED + 1} " in desk.plain
    assert done.json["id"] in entry.plain


def test_colours_stand_beside_words_and_only_on_a_terminal(shipped: Run, terminal: Start) -> None:
    """Pipes, NO_COLOR, TERM=dumb and --no-color are plain; the words are the same."""
    args = READ["status"]

    def seen(*more: str, **environment: str) -> str:
        desk = terminal(*args, "-q", *more, **environment)
        assert desk.end() == 0
        return desk.seen

    coloured, plain = seen(), seen(NO_COLOR="1")
    assert CODES.search(coloured)
    assert "\x1b" not in plain
    assert "\x1b" not in seen("--no-color")
    assert "\x1b" not in seen(TERM="dumb")
    assert plain == CODES.sub("", coloured)
    assert CODES.search(seen("--color", NO_COLOR="1"))
    assert "\x1b" not in shipped(*args).out
    assert CODES.search(shipped(*args, "--color").out)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md"])
def test_every_question_answers_in_every_form(shipped: Run, form: str) -> None:
    """--format after the command as well as before it; one JSON document, or lines of it."""
    for name, args in READ.items():
        done = shipped(*args, "--format", form)
        assert done.code in (0, 4), f"{name}: {done.err}"
        if form == "json":
            assert isinstance(done.json, dict), name
        assert done.out.strip(), name
        assert "\x1b" not in done.out


def test_global_options_stand_behind_the_command_too(shipped: Run, desk: Path) -> None:
    """--db, --tz, --format, -q; and what stands behind -- is left alone."""
    copied = (desk / "desk.db").rename(desk / "moved.db")
    done = shipped("explain", "ep-rus", "--db", str(copied), "--tz=Europe/Kyiv", "--as-of",
                   "2025-03-18T22:00:00Z", "-q")  # fmt: skip

    assert (0, "") == (done.code, done.err)
    assert "2025-04-10 00:00+03:00" in done.out


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        (
            "status --now T --witness w --key-file=k -q",
            "--now T --witness w --key-file=k -q status",
        ),
        ("agreement add x --tlp RED --format csv", "--format csv agreement add x --tlp RED"),
        ("record X y -- --db z", "record X y -- --db z"),
        ("status --db", "--db"),
        ("status --json --no-color", "--json --no-color status"),
    ],
)
def test_every_global_option_but_the_ceiling_may_follow_the_command(typed: str, first: str) -> None:
    """With its value; one without is all that is left, to be refused."""
    from cli import global_options_first

    assert first.split() == global_options_first(typed.split())


def test_a_variable_is_named_like_its_option(shipped: Run) -> None:
    """Also where the parameter of the option is called otherwise, and in a group of commands."""
    at = ("--as-of", "2025-03-20")
    failing = shipped("check", *at, PACTWATCH_CHECK_FAIL_ON="overdue")
    output = shipped("event", "list", "--json", PACTWATCH_EVENT_LIST_TYPE="PrecedentLinked")

    assert (4, 0) == (failing.code, shipped("check", *at, PACTWATCH_CHECK_FAIL_ON="violated").code)
    assert {"pactwatch.PrecedentLinked.v1"} == {event["type"] for event in output.json["events"]}


def examples(command: click.Command) -> list[list[str]]:
    """The words of each example, less the settings before it and what it is piped into."""
    text = (command.help or "").partition("Examples:")[2].replace("\\\n", " ")
    lines = []
    for line in text.splitlines():
        words = shlex.split(line.partition(" | ")[0].partition(" > ")[0])
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words[:1] == ["pactwatch"]:
            lines.append(words[1:])
    return lines


EXAMPLES = {" ".join(e): e for _, command in commands(group, "pactwatch")
            for e in examples(command)}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_in_help_is_understood(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Its command, options and arguments exist; nothing is run."""
    from cli import global_options_first

    monkeypatch.chdir(tmp_path)
    key = Verifier("example.org", bytes(32)).text
    words = [word.replace("example.org+1234abcd+AbC...", key) for word in EXAMPLES[example]]
    # Mailboxes of a machine lie here.
    words = [re.sub(r"^(/var/mail|~)/", "", word) for word in words]
    for word in words:
        if re.fullmatch(r"[\w.-]+\.(jsonl|csv|db|txt|eml|mbox|pub|key)|bounces|Maildir", word):
            (tmp_path / word).touch()
    if words[:2] in (["subscribe", "pause"], ["digest", "send"]) and "@" in words[2]:
        # An address stands for the subscription that it has.
        here = plain_environment(tmp_path) | {"PACTWATCH_DB": "sqlite:///pactwatch.db"}
        desk = Command(tmp_path, here)
        prepare = (("db", "init"), ("subscribe", "add", words[2]))
        assert [0, 0] == [desk(*args).code for args in prepare]
    parts = global_options_first(words)
    command: click.Command = group
    parent = None
    while True:
        context = command.make_context(
            command.name or "pactwatch", parts, parent=parent, obj=Session(clock=utc_now)
        )
        request.addfinalizer(context.close)
        rest = [*context._protected_args, *context.args]
        if not isinstance(command, click.Group) or not rest:
            break
        _, subcommand, parts = command.resolve_command(context, rest)
        assert subcommand is not None
        command, parent = subcommand, context


RUN = ("agreement", "commitment", "event", "record", "status", "explain", "deadlines", "diff",
       "check", "completion", "export")  # fmt: skip


def test_the_examples_of_the_desk_run_as_they_stand(shipped: Run, desk: Path) -> None:
    """On the shipped agreements, each from the same beginning, as a newcomer would try them."""
    beginning = (desk / "desk.db").read_bytes()
    for text, words in EXAMPLES.items():
        if words[0] in RUN and "ev-0001" not in words:
            for left in desk.glob("desk.db*"):
                left.unlink()
            (desk / "desk.db").write_bytes(beginning)
            done = shipped(*words, *AT) if "--now" in help_of(words) else shipped(*words)
            allowed = (0, 4) if words[0] == "check" else (0,)
            assert done.code in allowed, f"pactwatch {text}: {done.err}"


def help_of(words: list[str]) -> str:
    name = " ".join(words[:2])
    by_name = dict(commands(group, "pactwatch"))
    command = by_name.get(f"pactwatch {name}") or by_name[f"pactwatch {words[0]}"]
    return " ".join(option for p in command.params for option in p.opts)


def test_every_command_is_listed_in_help(run: Run) -> None:
    """With a word about each."""
    out = run("--help").out

    assert [] == [name for name in COMMANDS if f"  {name} " not in out]


def test_a_slip_is_looked_for_in_every_group() -> None:
    """They are listed beside the commands, so that no other is imported for it."""
    modules = {name: imported(path) for name, (path, _) in COMMANDS.items()}

    assert GROUPS == {name for name, each in modules.items() if isinstance(each, click.Group)}


def test_a_command_in_a_hint_asks_the_database_that_was_typed(run: Run) -> None:
    """Of the error, of what comes next, and of a conflict; a variable needs no word."""
    add = ("agreement", "add", "accord", "--title", "Accord", "--party", "NOR", *AT, "-y")
    made = run("--db", "a desk.db", *add)
    unknown = run("explain", "nothing", "--db=a desk.db")
    exported = run("--db", "a desk.db", "export").out.replace("Accord", "Pact")
    conflict = run("--db", "a desk.db", "import", "-", stdin=exported)
    by_variable = run(*add)

    assert "next: pactwatch --db 'a desk.db' commitment add accord" in made.err
    assert "hint: pactwatch --db 'a desk.db' " in unknown.err
    assert "  hint: pactwatch --db 'a desk.db' event correct" in conflict.out
    assert "; pactwatch --db 'a desk.db' event correct" in conflict.err
    assert "next: pactwatch commitment add accord" in by_variable.err


def test_a_sentence_about_the_program_is_left_as_it_stands(run: Run, tmp_path: Path) -> None:
    """It names no command, so nobody is told to run it on the database that was typed."""
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE bookmarks (id)")
    Path(tmp_path / "text.db").write_text("no database" * 100)
    refused = [run("--db", str(tmp_path / name), "status") for name in ("other.db", "text.db")]

    assert [1, 1] == [each.code for each in refused]
    hints = [each.err.splitlines()[-1] for each in refused]
    assert [
        "hint: give the path of a database of pactwatch, or of a new file, with --db",
        "hint: give the path of a database of pactwatch, with --db",
    ] == hints


@pytest.mark.parametrize("command", [("explain", "c"), ("readout", "fish")])
def test_a_paragraph_of_wide_letters_fits_80_columns(
    run: Run, terminal: Start, command: tuple[str, ...]
) -> None:
    """Chinese letters take two columns each, and have no spaces between words."""
    from rich.cells import cell_len

    scope = "归还在争议水域扣押的全部渔船及其船员并赔偿由此造成的一切损失" * 2
    for words in (
        ("agreement", "add", "fish", "--title", "渔业协定", "--party", "CHN", "--party", "EGY"),
        ("commitment", "add", "fish", "c", "--kind", "achievement", "--debtor", "CHN",
         "--creditor", "EGY", "--promise", scope, "--due", "2025-04-20"),
        *(("party", "add", f"dep-{n}", "--name", "部", "--speaks-for", "CHN") for n in range(5)),
        *(("record", "ReadingAsserted", "c", f"speaker=dep-{n}", "term=scope", f"value={scope}{n}")
          for n in range(5)),
    ):  # fmt: skip
        done = run(*words, *AT, "-y")
        assert 0 == done.code, done.err
    desk = terminal(*command, "--as-of", "2025-03-21T12:00:00Z")

    assert 0 == desk.end(), desk.plain
    assert "归还" in desk.plain
    assert [] == [line for line in desk.plain.splitlines() if cell_len(line) > 80]


NONE = {
    ("agreement", "list"): "nothing is recorded by then; next: pactwatch agreement add",
    ("commitment", "list"): "nothing is recorded by then; next: pactwatch commitment add",
    ("event", "list"): "no entry fits",
    ("deadlines",): "no end is open",
    ("precedents",): "no precedent is linked",
    ("alert", "list"): "no alert is on record that fits",
    ("alert", "marks"): "nothing is acknowledged or snoozed",
    ("subscribe", "list"): "nobody is subscribed; next: pactwatch subscribe add",
    ("suppression", "list"): "every address gets mail",
    ("outbox", "list"): "nothing was ever planned",
    ("db", "upgrade"): "nothing to upgrade: the database is of this version already",
}


@pytest.mark.parametrize("words", NONE, ids=" ".join)
def test_where_there_is_none_a_line_says_so(run: Run, words: tuple[str, ...]) -> None:
    """And no heading of a table stands above nothing; a sheet still has its heading."""
    run("db", "init")
    done = run(*words)
    sheet = run("--format", "csv", *words)

    assert (0, True) == (done.code, NONE[words] in done.err)
    assert "\u2500" not in done.out
    assert 1 == len(sheet.out.splitlines())
