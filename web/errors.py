"""The errors of the web: one root, each with a hint and the HTTP status it is answered with.

An error of another package, or an unexpected one, becomes one of them before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from events.errors import EventStoreError, HintedError
from events.wording import nearest
from tracker.errors import NoRoom, TrackerError, UnknownId, UnreadableAgreement

UNSEEN = "\N{REPLACEMENT CHARACTER}"
LONGEST_COMPARED = 200
"""Letters of an unknown id that are compared; known ones have at most 120."""
PROBES = ("/health", "/ready")
"""What watchers ask of this moment, without any parameter."""


def is_for_programs(path: str) -> bool:
    """Whether an address answers its errors as JSON, and not as a page."""
    return path.startswith("/api/") or path in ("/api", *PROBES)


class WebError(HintedError):
    """Root of every error of the web; `near` are ids of a kind that the reader may have meant."""

    status = 400

    def __init__(
        self, message: str, hint: str = "", near: tuple[str, ...] = (), near_kind: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.near = near
        self.near_kind = near_kind


class BadQuery(WebError):
    """A filter, date or page number that cannot be read."""


class QueryTooLong(WebError):
    """A query longer than any question of a reader."""

    status = 414


class BodyTooLarge(WebError):
    """A body longer than that of a one-click POST."""

    status = 413


class NotFound(WebError):
    """An id, position or page that is not there."""

    status = 404


class Busy(WebError):
    """Too many long questions are waiting already, or the database does not answer."""

    status = 503


class StandbyBehind(WebError):
    """A standby that has less than one before it has shown."""

    status = 503

    def __init__(self, head: int, last: int) -> None:
        super().__init__(
            f"The copy of the record that is read here ends at event {head}; "
            f"this board has shown event {last}.",
            hint="try again in a minute",
        )


class RecordUnreadable(WebError):
    """An agreement with an entry that cannot be applied."""

    status = 500


class PageFailed(WebError):
    """A page or document whose making raised an unexpected error; the message names its class."""

    status = 500

    def __init__(self, error: Exception) -> None:
        super().__init__(f"This page could not be made ({type(error).__name__}).")


class NotAdmitted(WebError):
    """A request of somebody for whom nobody vouches."""

    status = 403


class BadReaders(WebError):
    """A file of readers that cannot be read, or has a line of another form."""


class NoReadersFile(BadReaders):
    """A file of readers that cannot be opened, a slip on the command line."""

    exit_code = 2


class NotProtected(WebError):
    """A board above CLEAR at an address that others reach, with nobody to ask who they are."""


class SiteNotWritten(WebError):
    """A static site that cannot be written to its directory."""


class SiteIncomplete(WebError):
    """A static site in which a file says that it could not be made."""


SHORTER = "For instance ?limit=100, or try again in a minute."


def as_web_error(error: Exception) -> WebError:
    """Converts an error into what a reader may see: no place in the code, and no value from it."""
    match error:
        case WebError():
            return error
        case UnreadableAgreement():
            # Under a ceiling the numbers of a board are not those that commands take.
            retract = f"pactwatch event retract {error.event} --reason WHY"
            return RecordUnreadable(error.message, retract)
        case UnknownId():
            return NotFound(error.message)
        case NoRoom():
            return Busy("There is no room for so long an answer at the moment.", SHORTER)
        case TrackerError():
            return BadQuery(error.message, error.hint)
        case EventStoreError():
            return Busy("The record cannot be read at the moment.", "try again in a minute")
    return PageFailed(error)


WHERE_TO_LOOK = {
    "commitment": "The board lists every promise by its words, and the search looks through them.",
    "agreement": "The board lists every agreement by its title.",
    "party": "The board can be filtered by party, and names every one there.",
}
NOUNS = {"commitment": "promise", "agreement": "agreement", "party": "party"}
"""What a page calls the kinds of things that have an id."""
WITH_ARTICLE = {"commitment": "a promise", "agreement": "an agreement"}


def quoted(text: str, most: int = 120) -> str:
    """What stood in an address, as a sentence repeats it: in quotes, and nothing that is unseen."""
    visible = (char if char.isprintable() else UNSEEN for char in text[:most])
    return f"“{''.join(visible)}”"


def unknown_name(kind: str, name: str, known: Iterable[str]) -> NotFound:
    """The answer for a name that is not on record, with up to three that are spelt like it.

    Case does not matter.
    """
    near = tuple(nearest(name[:LONGEST_COMPARED], sorted(known)))
    hint = f"Did you mean {', '.join(near)}?" if near else WHERE_TO_LOOK[kind]
    message = f"There is no {NOUNS[kind]} {quoted(name)} on this board."
    return NotFound(message, hint=hint, near=near, near_kind=kind)
