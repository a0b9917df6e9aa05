"""Random histories of entries of every type: late, out of order, corrected and retracted.

Each is taken in again in one piece and line by line, its rows are made anew beside those that grew
with it, and what hangs on a promise of another agreement has to have moved with it.
"""

from __future__ import annotations

from hypothesis import Phase

from tests.support.histories import make_base, run_histories
from trials.processes import workspace
from trials.trial import Figures, Trial


def run(cycles: int, figures: Figures) -> None:
    """Runs the same histories each time; the first that goes wrong ends the trial."""
    with workspace() as folder:
        base = make_base(folder / "base")
        try:
            run_histories(base, cycles, phases=[Phase.generate], derandomize=True, database=None)
        except Exception as error:
            figures.failed("went_apart", f"{type(error).__name__}: {error}")
    figures.add("cycles", cycles)


TRIALS = (
    Trial(
        "histories",
        "Is the log the same however it came in, and do rows and deadlines move with it?",
        run,
        (20, 60, 500),
        ("went_apart",),
    ),
)
