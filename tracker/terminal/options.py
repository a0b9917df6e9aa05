"""Options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from events import format_instant
from events.errors import HintedError
from events.wording import did_you_mean
from tracker.dates.instants import typed_date
from tracker.dates.zones import zone_named
from tracker.entries.tlp import LEVELS
from tracker.errors import (
    ConfirmationNeeded,
    InvalidOption,
    RefusedOption,
    TrackerError,
)
from tracker.terminal.completion import event_ids
from tracker.terminal.session import Session
from tracker.terminal.text import print_heading

HELP = {"help_option_names": ["-h", "--help"]}
pass_session = click.make_pass_decorator(Session)

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Any], Any]


def with_options(options: Iterable[Option]) -> Callable[[Command], Command]:
    """Makes a decorator that gives a command these options; help lists them in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(list(options)):
            command = option(command)
        return command

    return decorate


class OneOfMany(click.Choice[str]):
    """A choice of more words than a line has room for: help lists them, a refusal the nearest."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        all_of_them = f"; all: {ctx.command_path} --help" if ctx else ""
        meant = did_you_mean(str(value), self.choices) or all_of_them
        return f"{str(value)!r} is none of {len(self.choices)} words{meant}"


@contextmanager
def option_named(option: str) -> Iterator[None]:
    """Names the option whose value is refused; wrong use stays wrong use."""
    try:
        yield
    except HintedError as error:
        named = InvalidOption if isinstance(error, InvalidOption) else RefusedOption
        raise named(
            f"{option}: {error.message}", error.hint, typo=error.typo, more=error.more
        ) from error


def read_by(read: Callable[[Session, Any], object]) -> Callable[..., Any]:
    """Makes the callback of an option that reads its value; None and no values stay as they are."""

    def callback(context: click.Context, option: click.Parameter, value: Any) -> Any:
        if value in (None, ()):
            return value
        is_set = context.get_parameter_source(str(option.name)) is ParameterSource.ENVIRONMENT
        with option_named(option.get_error_hint(context) if is_set else option.opts[-1]):
            return read(context.find_root().obj, value)

    return callback


def _length(_session: Session, text: str) -> timedelta:
    from tracker.dates.durations import parse_duration

    try:
        return parse_duration(text).elapsed()
    except TrackerError as error:
        raise InvalidOption(error.message, error.hint) from error


read_instant = read_by(lambda session, text: session.instant(text))
"""The callback of an option that is an instant; a day means its end."""
read_date = read_by(lambda session, text: typed_date(text, session.now, session.tz).text)
"""The callback of an option that is a date as people write it; it stays a date as said."""
read_zone = read_by(lambda _, text: zone_named(text))
"""The callback of an option that is a time zone, by its own name or a city's."""
now_option = click.option(
    "--now",
    metavar="T",
    is_eager=True,
    expose_value=False,
    callback=read_by(lambda session, text: session.set_now(text)),
    help="The instant to take for now, e.g. 2025-03-18T22:00:00Z or +14d.",
)
author_option = click.option(
    "--author",
    metavar="NAME",
    expose_value=False,
    callback=lambda context, _, name: context.find_root().obj.set_author(name),
    help="Who records it (default: PACTWATCH_AUTHOR, else the system's user).",
)
entry_argument = click.argument("event_id", metavar="ENTRY", shell_complete=event_ids)
"""An entry on record by its number, its id, the first letters of that, or `last`."""
as_of_option = click.option(
    "--as-of",
    metavar="T",
    callback=read_instant,
    show_envvar=True,
    help="The world as of this instant (default: now).",
)
known_at_option = click.option(
    "--known-at",
    metavar="T",
    callback=read_instant,
    show_envvar=True,
    help="Only what was recorded by this instant (default: now).",
)


tlp_option = click.option(
    "--tlp",
    type=click.Choice(LEVELS, case_sensitive=False),
    expose_value=False,
    callback=lambda context, _, level: context.find_root().obj.set_ceiling(level),
    help="A ceiling: the answer as if nothing marked above it were on record.",
)
query_options = with_options([as_of_option, known_at_option, tlp_option])
"""What every query takes: both clocks and a ceiling."""


lag_after_option = click.option(
    "--lag-after",
    default="PT1H",
    callback=read_by(_length),
    show_default=True,
    show_envvar=True,
    envvar="PACTWATCH_LAG_AFTER",
    metavar="DURATION",
    help="How long after the last turn that went well the scheduler counts as dead.",
)
after_option = click.option(
    "--after",
    type=click.IntRange(0),
    default=0,
    metavar="POSITION",
    help="Only entries with a higher number than this.",
)
tag_option = click.option("--tag", help="Only agreements with this tag.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def instants(
    session: Session, as_of: datetime | None, known_at: datetime | None
) -> tuple[datetime, datetime]:
    """The instants of a query; without `known_at`, all that is known by now counts."""
    at = as_of or session.now
    return at, known_at or max(at, session.now)


def resolve_clocks(
    session: Session, as_of: datetime | None, known_at: datetime | None
) -> tuple[datetime, datetime]:
    """Works out the instants of a query, and prints them above its table."""
    at, known = instants(session, as_of, known_at)
    print_clocks(session, at, known)
    return at, known


def print_clocks(
    session: Session,
    as_of: datetime | None,
    known_at: datetime | None,
    label: str = "as of",
    more: str = "",
) -> None:
    """Prints the instants of a query above its table; those of neither clock print nothing."""
    clocks = ((label, as_of), ("known at", known_at))
    # Fractions of a second are for machines, which read them as JSON.
    seconds = ((name, at.replace(microsecond=0)) for name, at in clocks if at is not None)
    words = [f"{name} {format_instant(at)}" for name, at in seconds]
    if words:
        print_heading(session, ", ".join(words) + more)


def confirm(yes: bool, question: str, command: str) -> None:
    """Asks on a terminal; elsewhere raises ConfirmationNeeded, which hints at `command`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(f"{question} That needs a yes", hint=command)
    click.confirm(question, abort=True)
