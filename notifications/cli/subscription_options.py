"""The options that say what a subscription follows and when its reader hears.

`add` has defaults for them; where a subscription is there already, what is not given stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from notifications.alerts.filters import CEILINGS, KINDS, SEVERITIES
from notifications.subscriptions import description
from notifications.subscriptions.cadence import CADENCES, WHEN_QUIET
from tracker.terminal.output import emit
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from notifications.subscriptions.subscription import Subscription


SUBSCRIPTION_COLUMNS = [
    "id", "email", "agreements", "cadence", "hour", "zone", "next_due", "state", "follows",
    "channel", "recipient",
]  # fmt: skip
SHOWN_COLUMNS = ["id", "recipient", "state", "follows", "cadence", "zone", "next_due"]


def columns(session: Session) -> list[str]:
    """Those that fit a terminal, or all."""
    return SHOWN_COLUMNS if session.format == "table" else SUBSCRIPTION_COLUMNS


def emit_held(session: Session, connection: Any, held: Subscription) -> None:
    """One subscription as it stands now."""

    row = description.subscription_row(connection, held, session.now)
    emit(session, row, [row], columns(session))


Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Any], Any]
PARTS = ("agreements", "commitments", "parties", "kinds", "severity", "tlp")


def filter_options(severity: str | None = None, tlp: str | None = None) -> list[Option]:
    """What it follows."""
    return [
        click.option(
            "--agreement", "agreements", multiple=True, help="Only this one; may be repeated."
        ),
        click.option("--commitment", "commitments", multiple=True, help="Only this one."),
        click.option("--party", "parties", multiple=True, help="Only what it owes or is owed."),
        click.option(
            "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only such alerts."
        ),
        click.option(
            "--severity",
            type=click.Choice(SEVERITIES),
            default=severity,
            show_default=True,
            help="The least grave to hear of.",
        ),
        click.option(
            "--tlp",
            type=click.Choice(CEILINGS, case_sensitive=False),
            default=tlp,
            show_default=True,
            help="Nothing marked higher; RED is never mailed.",
        ),
    ]


def rhythm_options(
    cadence: str | None = None, hour: int | None = None, when_quiet: str | None = None
) -> list[Option]:
    """When its reader hears, and who else does."""
    return [
        click.option("--cadence", type=click.Choice(CADENCES), default=cadence, show_default=True),
        click.option(
            "--hour",
            type=click.IntRange(0, 23),
            default=hour,
            show_default=True,
            help="Local hour of the digest.",
        ),
        click.option("--on", metavar="DAY", help="mon to sun when weekly, 1 to 31 when monthly."),
        click.option("--zone", help="Zone of the recipient (default: --tz)."),
        click.option(
            "--quiet-hours",
            "quiet",
            multiple=True,
            metavar="RULE",
            help="Delay mail then: 22:00-07:00, sat-sun, mon-fri 18:00-08:00.",
        ),
        click.option(
            "--when-quiet",
            type=click.Choice(WHEN_QUIET),
            default=when_quiet,
            show_default=True,
            help="Whether a digest comes that says all is quiet.",
        ),
        click.option(
            "--remind-every",
            "remind_days",
            type=click.IntRange(1, 365),
            metavar="DAYS",
            help="Tell again what nobody acknowledges.",
        ),
        click.option(
            "--escalate-to", metavar="ADDRESS", help="Who hears what nobody acknowledges."
        ),
        click.option(
            "--escalate-after",
            "escalate_days",
            type=click.IntRange(1, 365),
            metavar="DAYS",
            help="Days without acknowledgement until then.",
        ),
    ]


def applied(options: Iterable[Option]) -> Callable[[Command], Command]:
    """A decorator that gives a command these options, in this order."""

    def apply(command: Command) -> Command:
        for option in reversed(list(options)):
            command = option(command)
        return command

    return apply


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Those that were named; an option that may be repeated is an empty tuple when it was not."""
    return {name: value for name, value in options.items() if value is not None and value != ()}


def take_filter(options: dict[str, Any]) -> Any:
    """The filter that the options say, taken out of them."""
    from notifications.alerts.filters import Filter

    return Filter(**{name: options.pop(name) for name in PARTS})
