"""The `pactwatch` command: global options, the clock, and the boundary where errors become words.

Commands live in the `cli` folder of each package, and are imported only when they are called.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tracker.terminal.command_groups import LazyGroup, imported_when_called

if TYPE_CHECKING:
    from events import EventStore
    from tracker.queries.checks import CheckFinding

FORMATS = ("table", "csv", "json", "jsonl", "md")
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "To record": {
        "agreement": ("tracker.cli.agreements:agreement", "Add, list and show agreements."),
        "commitment": ("tracker.cli.commitments:commitment", "Add, list and show commitments."),
        "party": (
            "tracker.cli.parties:party",
            "Register parties and accounts, list and show them.",
        ),
        "record": ("tracker.cli.entering.record:record", "Record one follow-up event."),
        "event": (
            "tracker.cli.events:event",
            "List, show, correct, retract and redact single events.",
        ),
        "undo": ("tracker.cli.entering.undo:undo", "Take back the last entry of yours."),
        "source": ("tracker.cli.sources:source", "Work through texts that entries cite by line."),
        "import": (
            "tracker.cli.import_export:import_events",
            "Take in an event file, all or nothing.",
        ),
    },
    "To ask": {
        "status": ("tracker.cli.status:status", "How every commitment stands."),
        "deadlines": ("tracker.cli.status:deadlines", "Every reading of every open term."),
        "explain": ("tracker.cli.status:explain", "Why a commitment stands where it stands."),
        "search": ("tracker.cli.search:search", "Entries by their words, newest first."),
        "diff": ("tracker.cli.diff:diff", "What changed, in the world or in what we knew."),
        "check": ("tracker.cli.check:check", "Exit 4 when something wants attention."),
        "readout": ("tracker.cli.analysis:readout", "What each account says of each term."),
        "ledger": ("tracker.cli.analysis:ledger", "Promised, delivered, and claimed by whom."),
        "releases": ("tracker.cli.analysis:releases", "Who may walk away, who has."),
        "blocked": ("tracker.cli.analysis:blocked", "What each promise still waits for."),
        "precedents": ("tracker.cli.analysis:precedents", "How earlier deals of the kind ended."),
    },
    "To tell others": {
        "subscribe": ("notifications.cli.subscriptions.group:subscribe", "Who receives digests."),
        "digest": ("notifications.cli.digests:digest", "Show the digest that would be sent."),
        "alert": ("notifications.cli.alerts:alert", "What was noticed, and who was told why."),
        "ack": ("notifications.cli.marks:ack", "Take note of alerts, with a reason."),
        "snooze": (
            "notifications.cli.marks:snooze",
            "Hold alerts back, with a reason and an end.",
        ),
        "unsnooze": ("notifications.cli.marks:unsnooze", "End a snooze."),
        "feed": ("notifications.cli.feeds:feed", "The deadlines as a calendar, changes as a feed."),
        "serve": ("web.cli.serve:serve", "The web board."),
        "site": ("web.cli.site:site", "The web board as files."),
    },
    "To run it": {
        "db": (
            "tracker.cli.operations.database:db",
            "Create, upgrade, back up and inspect the database.",
        ),
        "tick": ("notifications.cli.run:tick", "One turn of the scheduler."),
        "run": ("notifications.cli.run:run", "The scheduler as a daemon."),
        "outbox": (
            "notifications.cli.outbox:outbox",
            "Messages planned, sent, uncertain and parked.",
        ),
        "bounce": ("notifications.cli.bounces:bounce", "Mail that came back or was not wanted."),
        "suppression": ("notifications.cli.bounces:suppression", "Addresses that get no mail."),
        "doctor": ("notifications.cli.doctor:doctor", "Is this installation whole?"),
        "projection": (
            "tracker.cli.operations.projections:projection",
            "List and rebuild the projection tables.",
        ),
        "export": ("tracker.cli.import_export:export_events", "Write every event, byte-stable."),
        "verify": (
            "tracker.cli.operations.integrity:verify",
            "Check the log, its hashes, and what others kept.",
        ),
        "checkpoint": (
            "tracker.cli.operations.integrity:checkpoint",
            "Size and root of the log, signed.",
        ),
        "proof": ("tracker.cli.operations.integrity:proof", "Prove that an event is in the log."),
    },
    "To learn": {
        "demo": ("notifications.cli.demo:demo", "The whole path on the shipped data set."),
        "help": ("tracker.cli.help:help_", "What dates, readings, states and sources mean."),
        "completion": (
            "tracker.cli.operations.completion:completion",
            "Completion for bash, zsh and fish.",
        ),
    },
}
"""Every command in the order of help: where it is, and what it is for."""
GROUPS = frozenset({
    "agreement", "commitment", "party", "event", "source", "subscribe", "digest", "alert", "feed",
    "site", "db", "outbox", "bounce", "suppression", "projection", "checkpoint",
})  # fmt: skip
"""Those that have commands of their own, among which a word that is none of these is looked for."""
COMMANDS = {name: each for group in SECTIONS.values() for name, each in group.items()}
PACKAGES = ("tracker.projections", "notifications")
"""The packages that keep tables beside the log."""


CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "auto_envvar_prefix": "PACTWATCH",
    "max_content_width": 96,
}
LASTING = frozenset({"run", "serve", "site", "import", "export", "projection", "verify", "db"})
"""Commands that may go on for long, and see to their memory themselves."""
OBJECTS_OF_AN_ANSWER = 1_000_000
"""They stay until the command ends, so the collector looks at none of them before."""


@click.group(cls=LazyGroup, sections=SECTIONS, groups=GROUPS, context_settings=CONTEXT)
@click.option(
    "--db",
    default="pactwatch.db",
    show_default=True,
    show_envvar=True,
    metavar="URL",
    help="Database: a file, sqlite:///file, or postgresql://host/name.",
)
@click.option(
    "--read-db",
    metavar="URL",
    show_envvar=True,
    help="Where commands that only read, feeds and the board read: a hot standby (default: --db).",
)
@click.option("--tz", default="UTC", show_default=True, show_envvar=True, help="Zone for display.")
@click.option(
    "--now",
    "now_text",
    envvar="PACTWATCH_NOW",
    show_envvar=True,
    metavar="T",
    help="The instant to take for now, e.g. 2025-03-18T22:00:00Z.",
)
@click.option(
    "--witness",
    metavar="FILE",
    show_envvar=True,
    help="A file that keeps the last checkpoint seen; a log that does not extend it is refused.",
)
@click.option(
    "--key-file",
    metavar="FILE",
    show_envvar=True,
    help="The key that signs checkpoints, kept outside the database "
    "(default: signing.key in the user's settings).",
)
@click.option(
    "--tlp",
    type=click.Choice(("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"), case_sensitive=False),
    show_envvar=True,
    help="A ceiling: answer as if nothing marked above it were on record.",
)
@click.option(
    "--author",
    metavar="NAME",
    show_envvar=True,
    help="Who records, kept with each entry (default: the system's user).",
)
@click.option(
    "--json", "as_json", is_flag=True, envvar="PACTWATCH_JSON", help="Short for --format json."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="table",
    envvar="PACTWATCH_FORMAT",
    show_envvar=True,
    show_default=True,
    help="Shape of the output.",
)
@click.option(
    "--color/--no-color",
    "color",
    default=None,
    show_envvar=True,
    help="Colour beside the words (default: on a terminal, unless NO_COLOR is set).",
)
@click.option("-q", "--quiet", is_flag=True, show_envvar=True, help="Say nothing but the data.")
@click.option("--debug", is_flag=True, show_envvar=True, help="Show a traceback on errors.")
@click.version_option(package_name="pactwatch")
@click.pass_context
def group(ctx: click.Context, /, **options: Any) -> None:
    """Track who promised what to whom, by when, according to whom, and what happened since.

    \b
    Examples:
      pactwatch demo
      pactwatch agreement add harbour --title "Harbour accord" --party NOR
      pactwatch record ViolationAlleged ep-rus speaker=UKR text="a strike" -n
      pactwatch status
      pactwatch explain ep-rus

    Exit codes: 0 done, 1 refused or failed, 2 usage, 3 version conflict (safe to retry),
    4 a check found problems, 5 recorded but not projected, 130 interrupted, 141 nobody reads the
    output any more.
    """
    from events.batches import seldom_collecting
    from tracker.terminal.options import option_named
    from tracker.terminal.session import Alerting, Session

    if ctx.invoked_subcommand not in LASTING:
        ctx.with_resource(seldom_collecting(OBJECTS_OF_AN_ANSWER))
    options["format_"] = "json" if options.pop("as_json") else options["format_"]
    options.pop("debug")  # exit_code_of reads it, since errors pass through there
    ctx.color = options.pop("color")
    if ctx.color is None and (os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"):
        ctx.color = False
    now_text = options.pop("now_text")
    with option_named("--tz"):
        ctx.obj = Session(
            clock=lambda: datetime.now(UTC),
            packages=PACKAGES,
            alerting=Alerting(
                preview=imported_when_called("notifications.alerts.preview:preview_alerts"),
                last_turn=imported_when_called("notifications.scheduler.last_turn:last_good_turn"),
                undelivered=_undelivered,
                check_clock=imported_when_called(
                    "notifications.scheduler.last_turn:check_entry_clock"
                ),
            ),
            **options,
        )
    if now_text:
        with option_named("--now"):
            ctx.obj.set_now(now_text)


def _undelivered(store: EventStore) -> list[CheckFinding]:
    """Lists mail that is held, parked, given up or suppressed, for `check`."""
    from notifications.outbox.undelivered import ResendPolicy, undelivered
    from notifications.settings import MailSettings
    from tracker.queries.checks import CheckFinding

    settings = MailSettings()
    policy = ResendPolicy.of(settings.resend_uncertain, settings.hold_uncertain)
    troubles = undelivered(store, policy)
    return [CheckFinding(trouble.words, trouble.since, trouble.hint) for trouble in troubles]


def main(args: list[str] | None = None) -> None:
    """Run the command line; every known error becomes `Error:` and `hint:` lines on stderr."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the caller, as in `pactwatch status >&-`
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
    sys.exit(exit_code_of(sys.argv[1:] if args is None else args))


PIPE_CLOSED = 141
"""What a shell says of a tool whose reader went away, e.g. `pactwatch export | head -1`."""


def exit_code_of(args: list[str]) -> int:
    """Runs a command line and gives its exit code."""
    try:
        words = global_options_first(args)
        result = group.main(args=words, prog_name="pactwatch", standalone_mode=False)
    except click.exceptions.Abort:
        from tracker.terminal.logs import recorded

        if not recorded("interrupted"):
            click.echo("\nInterrupted.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit:
        # Click itself exits after a completion, and where the reader of the output is gone.
        if "_PACTWATCH_COMPLETE" in os.environ:
            raise
        return PIPE_CLOSED
    except Exception as error:
        if "--debug" in args or os.environ.get("PACTWATCH_DEBUG", "0") not in ("", "0"):
            raise
        from tracker.terminal.error_lines import print_error

        print_error(error, args)
        return int(getattr(error, "exit_code", 1))
    return result if isinstance(result, int) else 0


AFTER_COMMAND = {
    name: option.is_flag
    for option in group.params
    if isinstance(option, click.Option) and option.name not in ("tlp", "author")
    for name in (*option.opts, *option.secondary_opts)
}
"""Global options that may stand after the command, each with whether it is a flag. Commands that
read have a --tlp of their own, and with those that record it is the mark of the entry; --author
filters with the former, and names who records with the latter."""


def global_options_first(args: list[str]) -> list[str]:
    """Puts global options before the command, where people type them after it."""
    end = args.index("--") if "--" in args else len(args)
    first: list[str] = []
    rest: list[str] = []
    n = 0
    while n < end:
        name, equals, _ = args[n].partition("=")
        length = 1 if equals or AFTER_COMMAND.get(name, True) else 2
        if n + length > end:
            return [name]  # Click says that its value is missing
        (first if name in AFTER_COMMAND else rest).extend(args[n : n + length])
        n += length
    return first + rest + args[end:]


if __name__ == "__main__":
    main()
