"""Options that several commands share."""

from __future__ import annotations

import sys

import click

from tracker.errors import ConfirmationNeeded
from tracker.session import Session

HELP = {"help_option_names": ["-h", "--help"]}
pass_session = click.make_pass_decorator(Session)


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


def confirm(yes: bool, question: str, command: str) -> None:
    """Ask on a terminal; elsewhere the flag is needed, and nothing goes ahead unasked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(f"{question} That needs a yes", hint=f"pactwatch {command}")
    click.confirm(question, abort=True)
