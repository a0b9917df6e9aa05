"""Lines on the terminal: data on stdout, words to the person and progress on stderr.

Only `print_data`, the tables and the documents of `emit` go to stdout, so that a pipe gets data
alone. Text of others is made safe to print.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TextIO, TypedDict
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource

from events import format_instant, parse_instant
from events.address import without_password
from tracker.terminal.logs import recorded
from tracker.terminal.session import Session

Row = Mapping[str, Any]


def print_data(text: str, *, err: bool = False) -> None:
    """Prints data on stdout, wrapped on a terminal and in one piece to a pipe."""
    click.echo(_filled(text, sys.stdout) if sys.stdout.isatty() else text, err=err)


def print_info(session: Session, text: str) -> None:
    """Prints a line for people on stderr, which --quiet leaves out; its commands can be run."""
    if not session.quiet:
        print_talk(with_database(text))


def print_talk(text: str) -> None:
    """Prints lines for people on stderr, wrapped on a terminal; records of a log for programs."""
    if recorded(text):
        return
    # Whoever has gone away misses the talk; what the command does goes on.
    with suppress(BrokenPipeError):
        click.echo(_filled(text, sys.stderr) if sys.stderr.isatty() else text, err=True)


DATED = re.compile(r"\d{4}-\d\d-\d\d \S+  ")
"""How a line begins of what happened at an instant; the rest of it stands below its words."""


def _filled(text: str, terminal: TextIO) -> str:
    """Breaks long lines between words; not one with a command in it, which is to be copied."""
    if len(click.unstyle(text)) <= (width := _columns(terminal)):
        return text
    import textwrap

    lines = []
    for line in text.split("\n"):
        dated = DATED.match(line)
        indent = " " * (dated.end() if dated else len(line) - len(line.lstrip()) + 2)
        fill = partial(textwrap.fill, subsequent_indent=indent, break_on_hyphens=False)
        lines.append(line if "pactwatch " in line else fill(line, width, break_long_words=False))
    return "\n".join(lines)


COMMAND = re.compile(r"\bpactwatch (?=[a-z])(?!demo\b|help\b|completion\b)")


def with_database(text: str, typed: str | None = None) -> str:
    """The commands in a text with the --db that was typed, so that they ask the same database.

    It is that of the command that runs, where none is given. One that a variable names needs no
    word, and one with a password in it is not printed.
    """
    context = click.get_current_context(silent=True)
    root = context.find_root() if context else None
    if root and root.get_parameter_source("db") is ParameterSource.COMMANDLINE:
        typed = root.params["db"]
    if typed is None or typed != without_password(typed):
        return text
    return COMMAND.sub(lambda match: f"{match[0]}--db {shlex.quote(typed)} ", text)


def print_heading(session: Session, text: str) -> None:
    """Prints a line on stderr with a table; documents for programs carry it as a field."""
    if session.format == "table":
        print_info(session, text)


class Progress:
    """A count on stderr while something takes long.

    Nothing in the first second; then on a terminal one line that moves, elsewhere a line every
    ten seconds.
    """

    def __init__(self, session: Session, what: str) -> None:
        self.what = what
        self.quiet = session.quiet
        self.moves = sys.stderr.isatty()
        self.next_at = time.monotonic() + (1.0 if self.moves else 10.0)
        self.has_printed = False

    def __call__(self, done: int, of: int | None = None) -> None:
        if self.quiet or time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + (0.2 if self.moves else 10.0)
        self.has_printed = True
        count = f"{done} of {of}" if of else str(done)
        end = "\r" if self.moves else "\n"
        with suppress(BrokenPipeError):
            print(f"{self.what}: {count}", end=end, file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.has_printed and self.moves:
            print(file=sys.stderr)


class Style(TypedDict, total=False):
    """How a word is printed; empty for plain."""

    fg: str
    bold: bool


RED, YELLOW, GREEN = (Style(fg=name) for name in ("red", "yellow", "green"))
STYLES: dict[str, Style] = {
    **dict.fromkeys(
        ("overdue", "lapsed", "violated", "confirmed", "attention", "in_grace", "critical"), RED
    ),
    **dict.fromkeys(
        ("alleged", "disputed", "contested", "due_soon", "contested_end", "stale", "suspended"),
        YELLOW,
    ),
    **dict.fromkeys(("in_force", "discharged", "clear", "fulfilled", "full"), GREEN),
}
"""A colour beside the word, never instead of it."""


def style_of(text: str) -> Style:
    return STYLES.get(text, {})


def word(text: str) -> str:
    """Colours a word of the status model; pipes and NO_COLOR get it plain."""
    return styled(text, style_of(text))


def styled(text: str, style: Style) -> str:
    return click.style(text, **style) if style else text


def terminal_width(otherwise: int | None = None) -> int:
    """Gives the columns of the terminal, also behind a pager; a file has `otherwise`, or 100."""
    if sys.stdout.isatty():
        return _columns(sys.stdout)
    # A pager such as `less` is another program, and no file.
    is_paged = sys.stderr.isatty() and stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    return _columns(sys.stderr) if is_paged else otherwise or 100


def _columns(terminal: TextIO) -> int:
    """How wide a terminal is, or COLUMNS says; some say 0."""
    given = os.environ.get("COLUMNS", "")
    return (
        int(given) if given.isdecimal() else os.get_terminal_size(terminal.fileno()).columns or 80
    )


INSTANT = r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"


def instant_text(session: Session, at: datetime) -> str:
    """Writes an instant in the display zone for people, and as RFC 3339 in UTC for programs."""
    return format_local(at, session.tz) if session.format == "table" else format_instant(at)


def with_local_instants(text: str, zone: str) -> str:
    """Writes each instant within a text in the display zone."""
    return re.sub(INSTANT, lambda match: format_local(match[0], zone), text)


def format_local(at: str | datetime | None, zone: str) -> str:
    """Writes an instant in the display zone, with its offset."""
    if at is None:
        return ""
    instant = parse_instant(at) if isinstance(at, str) else at
    return instant.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes").replace("+00:00", "Z")
