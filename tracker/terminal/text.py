"""Words on the terminal: styles, width, and text made safe to print."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from events import parse_instant
from tracker.terminal.session import Session

Row = Mapping[str, Any]


def print_data(text: str, *, err: bool = False) -> None:
    """A line of data on stdout; a terminal shows it wrapped, a pipe gets it in one piece."""
    if not sys.stdout.isatty() or len(click.unstyle(text)) <= terminal_width():
        click.echo(text, err=err)
        return
    import textwrap

    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        filled = textwrap.fill(
            line, terminal_width(), subsequent_indent=indent, break_on_hyphens=False
        )
        click.echo(filled, err=err)


def note(text: str) -> None:
    """A word of progress on stderr."""
    click.echo(text, err=True)


def print_info(session: Session, text: str) -> None:
    """A word to the person, on stderr."""
    if not session.quiet:
        click.echo(text, err=True)


RED, YELLOW, GREEN = ({"fg": name} for name in ("red", "yellow", "green"))
STYLES: dict[str, dict[str, Any]] = {
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


def style_of(text: str) -> dict[str, Any]:
    return STYLES.get(text, {})


def word(text: str) -> str:
    """A word of the status model in its colour; pipes and NO_COLOR get it plain."""
    return styled(text, style_of(text))


def styled(text: str, style: dict[str, Any]) -> str:
    return click.style(text, **style) if style else text


def printable(text: str) -> str:
    """Text without control codes that a terminal would obey."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


def terminal_width(otherwise: int | None = None) -> int:
    """The columns of the terminal; what is written to a file or a pipe has a width of its own."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else otherwise or 100


def format_local(at: str | datetime | None, zone: str) -> str:
    """An instant in the display zone, with its offset."""
    if at is None:
        return ""
    instant = parse_instant(at) if isinstance(at, str) else at
    local = instant.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M}{'Z' if offset == '+0000' else offset[:3] + ':' + offset[3:]}"
