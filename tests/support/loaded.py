"""Importing this loads all that commands, workers at the outbox and writers load, to be forked."""

from __future__ import annotations

from tests.support.templates import share_compiled_templates
from trials.processes import load, preload

LATE = (
    "events.sqlite.table_writer", "notifications.cli.turns", "notifications.scheduler.daemon",
    "tests.support.outbox_worker", "tests.support.writers", "tracker.cli.entering.missing_fields",
    "tracker.cli.entering.record_flow", "tracker.terminal.line_editor",
)  # fmt: skip
"""What commands load as late as they need it."""

preload()
share_compiled_templates()
load(LATE)
