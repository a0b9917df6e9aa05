"""Importing this loads all that commands and workers at the outbox load, to be forked."""

from __future__ import annotations

import gc
from importlib import import_module

from trials.processes import preload

LATE = (
    "events.sqlite.table_writer", "notifications.cli.turns", "notifications.scheduler.daemon",
    "tests.support.outbox_worker", "tracker.cli.entering.missing_fields",
    "tracker.cli.entering.record_flow", "tracker.terminal.line_editor",
)  # fmt: skip
"""What commands load as late as they need it."""

preload()
for name in LATE:
    import_module(name)
gc.collect()
gc.freeze()
