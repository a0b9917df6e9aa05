"""Looks at the environment: is every variable of ours a setting, and does its value fit?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import click

from events.errors import HintedError
from events.wording import did_you_mean
from notifications.errors import InvalidSetting
from notifications.monitoring.finding import Finding, findings
from notifications.settings import MailSettings

PREFIX = "PACTWATCH_"
OF_MAIL = {f"{PREFIX}{name.upper()}" for name in MailSettings.model_fields}


def readable_settings() -> tuple[MailSettings, list[Finding]]:
    """The settings of mail, and a fault for each that does not fit and counts as left out here."""
    faults: list[Finding] = []
    left_out: dict[str, object] = {}
    while True:
        try:
            return MailSettings(**left_out), faults
        except InvalidSetting as error:
            faults.append(Finding("settings", "fault", error.message, error.hint))
            left_out[error.setting] = MailSettings.model_fields[error.setting].default


def examine_variables(context: click.Context) -> Iterator[Finding]:
    """Judges variables that options of any command read, by the parsers of those options.

    One that nothing reads is pointed out: it is mostly a name that was mistyped.
    """
    given = {name for name in os.environ if name.upper().startswith(PREFIX)}
    others = {name for name in given if name.upper() not in OF_MAIL}
    if not others:
        return
    variables = dict(_variables(context.find_root()))
    for name in sorted(others & variables.keys()):
        yield from findings("settings", partial(_judged, name, *variables[name]))
    for name in sorted(others - variables.keys()):
        near = did_you_mean(name.upper(), {*variables, *OF_MAIL}, 1)
        hint = "all settings: docs/commands.md, Settings"
        yield Finding(
            "settings", "advice", f"{name} is no setting, so nothing reads it{near}", hint
        )


def _variables(context: click.Context) -> Iterator[tuple[str, tuple[click.Context, click.Option]]]:
    """Every variable that an option of this command, or of one below it, reads."""
    command = context.command
    for option in command.params:
        if isinstance(option, click.Option) and option.expose_value:
            name = option.envvar or f"{context.auto_envvar_prefix}_{str(option.name).upper()}"
            yield str(name), (context, option)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _variables(click.Context(below, info_name=name, parent=context))


def _judged(name: str, context: click.Context, option: click.Option) -> Iterator[Finding]:
    """A fault where the option would refuse the value of its variable."""
    try:
        value = option.type_cast_value(context, option.value_from_envvar(context))
        if option.callback:
            option.callback(context, option, value)
    except HintedError as error:
        words = error.message.removeprefix(f"{option.opts[-1]}: ")
        yield Finding("settings", "fault", f"{name}: {words}", error.hint)
    except click.UsageError as error:
        yield Finding("settings", "fault", f"{name}: {error.message}", option.help or "")
