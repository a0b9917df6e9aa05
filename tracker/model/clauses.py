"""What an agreement says of all its promises: clauses, phases, and what a promise has of them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tracker.dates.durations import parse_duration
from tracker.errors import InvalidEvent, TrackerError
from tracker.model.payload import Identifier


class RenewalClause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A renewal for `period`, else for its own length, unless a party gives notice in time.

    One party's notice ends it for all, or only its own promises.
    """

    period: str | None = None
    notice: str | None = None
    only_own: bool = False


class WithdrawalClause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party may withdraw by a notice of this length: for all, or from its own promises."""

    notice: str | None = None
    only_own: bool = False


class SuspensionClause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    allowed: bool


class ReleaseClause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lets the other side walk away: a breach `alleged` (self-judging) or `confirmed`."""

    on: Literal["alleged", "confirmed"]


class Clauses(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    renewal: RenewalClause | None = None
    withdrawal: WithdrawalClause | None = None
    suspension: SuspensionClause | None = None
    release: ReleaseClause | None = None


class Phase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Identifier
    title: str = ""


class Package(Struct, frozen=True):
    """What a promise has of its agreement: its parties, its clauses, the zone of its days.

    `start` is the date from which a length of the agreement counts, for all its promises.
    """

    parties: tuple[str, ...] = ()
    clauses: Clauses = Clauses()
    zone: str = "UTC"
    start: str | None = None


def check_clauses(clauses: Clauses) -> None:
    """Checks the lengths that clauses state; raises an InvalidDate naming the field."""
    renewal, withdrawal = clauses.renewal, clauses.withdrawal
    lengths = {
        "renewal.period": renewal and renewal.period,
        "renewal.notice": renewal and renewal.notice,
        "withdrawal.notice": withdrawal and withdrawal.notice,
    }
    for field, text in lengths.items():
        try:
            parse_duration(text) if text is not None else None
        except TrackerError as error:
            raise error.of_field(f"clauses.{field}") from error


def check_phases(phases: tuple[Phase, ...]) -> None:
    """Refuses two phases of one id."""
    ids = [phase.id for phase in phases]
    twice = next((each for each in ids if ids.count(each) > 1), None)
    if twice is not None:
        raise InvalidEvent(
            f"expected each id once, found {twice!r} {ids.count(twice)} times",
            hint='phases=\'[{"id":"one","title":"First phase"},{"id":"two"}]\'',
        ).of_field("phases")
