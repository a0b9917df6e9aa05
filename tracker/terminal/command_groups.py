"""Groups of commands: how help lists them, and which are imported only when they are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


WHOLE = 1000
"""More characters than a first sentence has."""


class OptionText(click.types.StringParamType):
    """The text of an option, which is no other option of the command.

    Where a value was forgotten, the option after it would go on record in its place.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        options = (
            (each for each in ctx.command.params if isinstance(each, click.Option)) if ctx else ()
        )
        if any(value in (*option.opts, *option.secondary_opts) for option in options):
            self.fail(f"expected a value, found the option {value}", param, ctx)
        return super().convert(value, param, ctx)


OPTION_TEXT = OptionText()


def with_checked_texts(parameters: Iterable[click.Parameter]) -> list[click.Parameter]:
    """Copies of parameters, of which no option takes another for its text."""
    checked = [copy(parameter) for parameter in parameters]
    for option in checked:
        if isinstance(option, click.Option) and option.type is click.STRING:
            option.type = OPTION_TEXT
    return checked


class CommandGroup(click.Group):
    """A group whose help has the first sentence of each command, whole."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return with_variables(super().get_command(ctx, cmd_name), ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        names = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl([(n, self.commands[n].get_short_help_str(WHOLE)) for n in names])


def with_variables(
    command: click.Command | None, parent: click.Context, name: str
) -> click.Command | None:
    """The command, of which each option reads the variable named like it: `PACTWATCH_RUN_PUBLISH`.

    Click names it after the parameter, which is called otherwise where the word is taken.
    """
    if command is None or not parent.auto_envvar_prefix:
        return command
    called = copy(command)
    called.params = with_checked_texts(command.params)
    for option in called.params:
        if isinstance(option, click.Option) and option.envvar is None:
            longest = max(option.opts, key=len).lstrip("-")
            words = f"{parent.auto_envvar_prefix}_{name}_{longest}"
            option.envvar = words.replace("-", "_").upper()
    return called


SHOWN = 3
ENTRY = re.compile(r"last|#?\d+")
"""How an entry is named by its number, which somebody may type alone."""
Sources = Mapping[str, tuple[str, str]]
"""Where each command is, as `module:name`, and its short help."""


class LazyGroup(click.Group):
    """A group that knows its commands by name, and imports one only to run it.

    Its help lists them by section. Each import that it saves keeps the start of others short.
    """

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Sources],
        groups: Collection[str],
        **attributes: Any,
    ) -> None:
        super().__init__(*args, **attributes)
        self.params = with_checked_texts(self.params)
        self.sections = sections
        self.groups = groups
        self.sources = {name: each for group in sections.values() for name, each in group.items()}

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that is asked for.

        Of an interruption Click writes an empty line, which a log for programs is not to have.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise click.Abort from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.sources)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.sources:
            return None
        command: click.Command = imported(self.sources[cmd_name][0])
        return with_variables(command, ctx, cmd_name)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Completes command names from the list, so that none is imported."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=text)
            for name, (_, text) in self.sources.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        longest = max(map(len, self.sources))
        for heading, sources in self.sections.items():
            with formatter.section(heading):
                rows = [(name.ljust(longest), text) for name, (_, text) in sources.items()]
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.sources and not args[0].startswith("-"):
            raise self._no_such_command(ctx, args[0])
        return super().resolve_command(ctx, args)

    def _no_such_command(self, ctx: click.Context, name: str) -> click.UsageError:
        """Names the commands of groups that are called so; else those that are spelt alike."""
        groups = (self.get_command(ctx, each) for each in self.sources if each in self.groups)
        within = [
            f"pactwatch {group.name} {name}"
            for group in groups
            if isinstance(group, click.Group) and name in group.commands
        ]
        if ENTRY.fullmatch(name):
            within = [f"pactwatch event show {name.lstrip('#')}"]
        if not within:
            return click.exceptions.NoSuchCommand(name, possibilities=self.sources, ctx=ctx)
        more = f" or {len(within) - SHOWN} more" if len(within) > SHOWN else ""
        meant = ", ".join(within[:SHOWN]) + more
        return click.UsageError(f"No such command {name!r}; did you mean: {meant}?", ctx)


def imported(path: str) -> Any:
    """Imports what `module:name` names."""
    module, name = path.split(":")
    return getattr(import_module(module), name)


def imported_when_called(path: str) -> Callable[..., Any]:
    """Makes a function that imports another one only when it is called.

    So commands can ask `notifications`, which lies above them.
    """

    def call(*args: Any) -> Any:
        return imported(path)(*args)

    return call
