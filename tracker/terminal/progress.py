"""Progress of long work on stderr."""

from __future__ import annotations

import sys
import time


class Progress:
    """A count on stderr while something takes long: nothing in the first second, then on a
    terminal one line that moves, elsewhere a line every ten seconds."""

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self.what = what
        self.quiet = quiet
        self.lively = sys.stderr.isatty()
        self.next = time.monotonic() + (1.0 if self.lively else 10.0)
        self.shown = False

    def __call__(self, done: int, of: int | None = None) -> None:
        if self.quiet or time.monotonic() < self.next:
            return
        self.next = time.monotonic() + (0.2 if self.lively else 10.0)
        self.shown = True
        count = f"{done} of {of}" if of else str(done)
        end = "\r" if self.lively else "\n"
        print(f"{self.what}: {count}", end=end, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown and self.lively:
            print(file=sys.stderr)
