"""Command lines that a hint names, read as the command itself reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from cli import global_options_first, group
from tracker.recording.typed_fields import typed_fields
from tracker.terminal.session import Session


def parse_command(args: list[str]) -> None:
    """Reads a command line as the command would, and runs nothing; raises a usage error."""
    if "--help" in args:
        assert group.get_command(click.Context(group), args[0]) is not None
        return
    args = global_options_first(args)
    context: click.Context | None = None
    command: click.Command = group
    session = Session(clock=lambda: datetime(2025, 6, 1, tzinfo=UTC))
    while True:
        context = command.make_context(command.name, args, parent=context, obj=session)
        if not isinstance(command, click.Group):
            break
        _, subcommand, args = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert subcommand is not None
        command = subcommand
    if command.name == "record":
        assert typed_fields(context.params["type_"], context.params["fields"]) is not None
