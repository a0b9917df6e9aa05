"""The trials that take little, in their short form; all of them are `make trials`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.dataset import ROOT

NAMES = (
    "kill9", "power_cut", "outbox_faults", "disk_full-outputs", "clock-zones", "stuck", "tamper",
    "hostile-arguments", "upgrade", "contention", "contention-postgres",
)  # fmt: skip


def test_no_figure_of_a_short_trial_is_bad() -> None:
    """Killed, cut off, full, silent, changed or hostile: nothing is lost, doubled or stuck."""
    command = [sys.executable, "-m", "trials", "--short", *NAMES]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    outcomes = [json.loads(line) for line in process.stdout.splitlines()]

    assert list(NAMES) == [outcome["trial"] for outcome in outcomes], process.stderr
    assert [] == [outcome for outcome in outcomes if outcome["verdict"] == "BAD"]
    assert 0 == process.returncode
    reasons = {o["trial"]: o["words"][0] for o in outcomes if o["verdict"] == "not run"}
    if reasons:
        pytest.skip(f"NOT TRIED: {reasons}")
