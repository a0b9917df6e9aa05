"""Options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

import click

from events import format_instant
from tracker.dates.instants import both_clocks
from tracker.entries.tlp import LEVELS, highest, marking
from tracker.errors import ConfirmationNeeded
from tracker.terminal.session import Session
from tracker.terminal.text import print_info

HELP = {"help_option_names": ["-h", "--help"]}
pass_session = click.make_pass_decorator(Session)


Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Any], Any]


def with_options(options: Iterable[Option]) -> Callable[[Command], Command]:
    """A decorator that gives a command these options; help lists them in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(list(options)):
            command = option(command)
        return command

    return decorate


def _set_now(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    ctx.find_object(Session).set_now(value)  # type: ignore[union-attr]
    return value


now_option = click.option(
    "--now",
    metavar="T",
    expose_value=False,
    callback=_set_now,
    help="The instant to take for now, e.g. 2025-03-18T22:00:00Z or +14d.",
)
as_of_option = click.option(
    "--as-of", metavar="T", show_envvar=True, help="The world as of this instant (default: now)."
)
known_at_option = click.option(
    "--known-at",
    metavar="T",
    show_envvar=True,
    help="Only what was recorded by this instant (default: now).",
)


def _set_tlp(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        ctx.find_object(Session).tlp = value  # type: ignore[union-attr]
    return value


tlp_option = click.option(
    "--tlp",
    type=click.Choice(LEVELS, case_sensitive=False),
    expose_value=False,
    callback=_set_tlp,
    help="A ceiling: the answer as if nothing marked above it were on record.",
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def resolve_clocks(session: Session, as_of: str | None, known_at: str | None) -> tuple[Any, Any]:
    """The instants of a query, resolved and told."""
    at, known = instants(session, as_of, known_at)
    if session.format == "table":
        print_info(session, f"as of {format_instant(at)}, known at {format_instant(known)}")
    return at, known


def instants(session: Session, as_of: str | None, known_at: str | None) -> tuple[Any, Any]:
    """The instants of a query; what is known is known now, or at a later `as_of`."""
    at = session.instant(as_of) if as_of else session.now
    return at, session.instant(known_at) if known_at else max(at, session.now)


def print_tlp_marking(session: Session, document: dict[str, Any]) -> None:
    """Mark an output with the highest TLP that is in it: where people read it, as its last line.

    Documents for programs carry `tlp`; csv and jsonl are marked on stderr.
    """
    line = marking(document["tlp"])
    if session.format in ("table", "md"):
        click.echo(f"\n{line}")
    elif session.format != "json" and not session.quiet:
        click.echo(line, err=True)


def confirm(yes: bool, question: str, command: str) -> None:
    """Ask on a terminal; elsewhere the flag is needed, and nothing goes ahead unasked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(f"{question} That needs a yes", hint=command)
    click.confirm(question, abort=True)


def heading(at: datetime, known: datetime, levels: Iterable[str]) -> dict[str, Any]:
    """How a document begins: its two instants, and the highest TLP level of what is in it."""
    return {**both_clocks(at, known), "tlp": highest(levels)}


def print_if_none(session: Session, rows: list[Any], command: str) -> None:
    """Where nothing is on record by then, say so with the command that comes first."""
    if not rows:
        print_info(session, f"nothing is recorded by then; next: {command}")
