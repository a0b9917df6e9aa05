"""Every command of the program by its whole name."""

from __future__ import annotations

from collections.abc import Iterator

import click


def commands(
    command: click.Command, name: str, joint: str = " "
) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, groups included; each name is the way to it."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            child = command.get_command(context, each)
            assert child is not None
            yield from commands(child, f"{name}{joint}{each}", joint)
