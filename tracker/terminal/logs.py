"""The log of a program that goes on running: lines for people, or a JSON object a line."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import click

LogFormat = Literal["text", "json"]
FIELDS = "%(levelname)s %(name)s %(message)s"
NAMES = {"levelname": "level", "name": "logger"}

log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    show_envvar=True,
    help="How lines of the log are written; json is an object a line, on stderr.",
)


class _JsonHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Tells by its class that the log is for programs."""


def configure_logs(log_format: LogFormat) -> None:
    """Sets up the log of this process: warnings of all, and what we ourselves have to say."""
    handler = logging.StreamHandler(sys.stderr)
    if log_format == "json":
        from pythonjsonlogger.json import JsonFormatter

        handler = _JsonHandler(sys.stderr)
        handler.setFormatter(JsonFormatter(FIELDS, rename_fields=NAMES, timestamp="time"))
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("pactwatch").setLevel(logging.INFO)


def is_json() -> bool:
    """Whether the log of this process is for programs."""
    return any(isinstance(handler, _JsonHandler) for handler in logging.getLogger().handlers)
