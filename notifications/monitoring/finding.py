"""What an examination of an installation finds: an area, how bad it is, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from events.errors import HintedError

Verdict = Literal["ok", "advice", "fault"]


class Finding(Struct, frozen=True):
    """One thing that was looked at; with a fault something does not work, or is open to others."""

    area: str
    verdict: Verdict
    words: str
    hint: str = ""


MANUAL = "docs/operations.md, Installing"
Check = Callable[[], Iterable[Finding]]


def findings(area: str, *checks: Check) -> Iterator[Finding]:
    """Runs checks of an area one after the other; an error of ours is a fault like another.

    So is a file that a setting names and that is not there, or is closed to who runs this, mostly
    somebody else than the services.
    """
    for check in checks:
        try:
            yield from check()
        except HintedError as error:
            yield Finding(area, "fault", error.message, error.hint)
        except PermissionError as error:
            words = f"{error.filename} is closed to who runs this"
            yield Finding(
                area, "fault", words, f"run it as its owner, as the services do: {MANUAL}"
            )
        except OSError as error:
            words = f"{error.filename}: {error.strerror}"
            yield Finding(area, "fault", words, "name a file that can be read")
