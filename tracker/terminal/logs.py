"""The log of a program that goes on running: lines for people, or a JSON object a line."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    import logging

LogFormat = Literal["text", "json"]
FIELDS = "%(levelname)s %(name)s %(message)s"
NAMES = {"levelname": "level", "name": "logger"}
INSTANT = "%Y-%m-%dT%H:%M:%SZ"
"""Before each line for people: a file that a shell has sent them to has no other clock."""
FOR_PROGRAMS = "objects for programs"
"""The name of the handler that writes them."""

log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    show_envvar=True,
    help="How lines of the log are written; json is an object a line, on stderr.",
)


def configure_logs(log_format: LogFormat, *filters: logging.Filter) -> None:
    """Sets up the log of this process: warnings of all, and what we ourselves have to say."""
    import logging

    handler = logging.StreamHandler(sys.stderr)
    for each in filters:
        handler.addFilter(each)
    if log_format == "json":
        from pythonjsonlogger.json import JsonFormatter

        handler.name = FOR_PROGRAMS
        handler.setFormatter(JsonFormatter(FIELDS, rename_fields=NAMES, timestamp="time"))
    else:
        lines = logging.Formatter("%(asctime)s %(levelname)s %(message)s", INSTANT)
        lines.converter = time.gmtime
        handler.setFormatter(lines)
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("pactwatch").setLevel(logging.INFO)


def is_json() -> bool:
    """Whether the log of this process is for programs."""
    # A command without a log need not load what makes one.
    if "logging" not in sys.modules:
        return False
    import logging

    return any(handler.name == FOR_PROGRAMS for handler in logging.getLogger().handlers)


def recorded(text: str, level: str = "INFO", **fields: str) -> bool:
    """Writes a line to a log for programs; False where people are to read it."""
    if not is_json():
        return False
    import logging

    logger = logging.getLogger("pactwatch")
    logger.log(logging.getLevelNamesMapping()[level], text, extra=fields)
    return True
