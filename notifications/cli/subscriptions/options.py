"""Options and output that the subscription commands share.

The options say what a subscription follows and when its reader hears. `add` has defaults for them;
`change` keeps what is not given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from notifications.addresses.channels import MAIL
from notifications.addresses.mailbox import recipient_address, same_mailbox
from notifications.alerts.calendar_rules import checked_quiet
from notifications.alerts.filters import CEILINGS, KINDS, SEVERITIES
from notifications.errors import UnknownSubscription
from notifications.language import languages
from notifications.subscriptions.cadence import CADENCES, WHEN_QUIET
from tracker.terminal.options import OneOfMany, Option, option_named, read_by, read_zone
from tracker.terminal.output import emit
from tracker.terminal.session import Session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notifications.alerts.filters import Filter
    from notifications.settings import MailSettings
    from notifications.subscriptions.destinations import Destination
    from notifications.subscriptions.subscription import Subscription


SUBSCRIPTION_COLUMNS = [
    "id", "email", "agreements", "cadence", "hour", "zone", "next_due", "state", "follows",
    "channel", "recipient",
]  # fmt: skip
TERMINAL_COLUMNS = ["id", "recipient", "state", "follows", "cadence", "zone", "next_due"]


def columns(session: Session) -> list[str]:
    """The columns that fit a terminal, or all for programs."""
    return TERMINAL_COLUMNS if session.format == "table" else SUBSCRIPTION_COLUMNS


def emit_subscription(session: Session, connection: Connection, subscription: Subscription) -> None:
    """Prints one subscription as it is now."""
    from notifications.subscriptions.description import subscription_row

    row = subscription_row(connection, subscription, session.now)
    emit(session, row, [row], columns(session))


class SubscriptionType(click.ParamType[int]):
    """A subscription by its number, or by an address that has one subscription alone."""

    name = "subscription"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value)
        if text.isdecimal():
            return int(text)
        session = ctx.find_object(Session) if ctx else None
        if "@" not in text or session is None:
            self.fail(f"{text!r}: expected the number or address of a subscription", param, ctx)
        with session.snapshot() as connection:
            numbers = numbers_of(connection, text)
        if len(numbers) == 1:
            return numbers[0]
        words = f"no subscription of {text}"
        if numbers:
            words = f"{text} has several subscriptions: {', '.join(map(str, numbers))}"
        raise UnknownSubscription(words, hint="pactwatch subscribe list")


def numbers_of(connection: Connection, address: str) -> list[int]:
    """The subscriptions of a mailbox that go on."""
    from notifications.subscriptions.subscription import all_subscriptions

    mailbox = same_mailbox(address)
    by_mail = (each for each in all_subscriptions(connection) if each.channel == MAIL)
    return [each.id for each in by_mail if same_mailbox(each.email) == mailbox]


subscription_argument = click.argument("subscription", type=SubscriptionType())
Options = dict[str, Any]
"""Values of options as click passes them, by parameter name."""
FILTER_PARTS = ("agreements", "commitments", "parties", "tags", "kinds", "severity", "tlp")


def filter_options(severity: str | None = None, tlp: str | None = None) -> list[Option]:
    """Options for what a subscription follows; None leaves an option without default."""
    return [
        click.option(
            "--agreement", "agreements", multiple=True, help="Only this one; may be repeated."
        ),
        click.option("--commitment", "commitments", multiple=True, help="Only this one."),
        click.option("--party", "parties", multiple=True, help="Only what it owes or is owed."),
        click.option("--tag", "tags", multiple=True, help="Only agreements with this tag."),
        click.option(
            "--kind",
            "kinds",
            multiple=True,
            type=OneOfMany(KINDS),
            metavar="KIND",
            help=f"Only such alerts; may be repeated: {', '.join(KINDS)}.",
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
    cadence: str | None = None,
    hour: int | None = None,
    when_quiet: str | None = None,
    language: str | None = None,
    clock: int | None = None,
) -> list[Option]:
    """Options for when its reader hears, and who else does."""
    return [
        click.option(
            "--cadence",
            type=click.Choice(CADENCES),
            default=cadence,
            show_default=True,
            help="How often a digest comes, when there is news.",
        ),
        click.option(
            "--hour",
            type=click.IntRange(0, 23),
            default=hour,
            show_default=True,
            help="Local hour of the digest.",
        ),
        click.option("--on", metavar="DAY", help="mon to sun when weekly, 1 to 31 when monthly."),
        click.option("--zone", callback=read_zone, help="Zone of the recipient (default: --tz)."),
        click.option(
            "--quiet-hours",
            "quiet",
            multiple=True,
            callback=read_by(lambda _, texts: checked_quiet(texts)),
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
            "--language",
            type=click.Choice(languages()),
            default=language,
            show_default=True,
            help="What it is written in.",
        ),
        click.option(
            "--clock",
            type=click.Choice((12, 24)),
            default=clock,
            show_default=True,
            help="Hours on the clock of its times.",
        ),
        click.option(
            "--remind-every",
            "remind_days",
            type=click.IntRange(1, 365),
            metavar="DAYS",
            help="Tell again what nobody acknowledges.",
        ),
        click.option(
            "--escalate-to",
            metavar="ADDRESS",
            callback=read_by(lambda _, text: recipient_address(text)),
            help="Who hears what nobody acknowledges.",
        ),
        click.option(
            "--escalate-after",
            "escalate_days",
            type=click.IntRange(1, 365),
            metavar="DAYS",
            help="Days without acknowledgement until then.",
        ),
    ]


def hook_version_option(version: int | None) -> Option:
    """The option for the version of a webhook's document; None leaves it without default."""
    return click.option(
        "--hook-version",
        type=click.Choice((1, 2)),
        default=version,
        show_default=True,
        help="Of the document that a webhook gets.",
    )


def given(options: Options) -> Options:
    """The options that were given; a repeatable one that was not is an empty tuple."""
    return {name: value for name, value in options.items() if value is not None and value != ()}


def pop_filter(options: Options) -> Filter:
    """Takes the parts of a filter out of the options."""
    from notifications.alerts.filters import Filter

    return Filter(**{name: options.pop(name) for name in FILTER_PARTS})


def destination_of(
    settings: MailSettings, webhook: str | None, channel: str | None
) -> Destination | None:
    """The destination outside mail that the options name, checked; None for neither of them."""
    from notifications.subscriptions import destinations

    if webhook is not None:
        with option_named("--webhook"):
            return destinations.webhook_destination(webhook, settings)
    if channel is None:
        return None
    with option_named("--channel"):
        return destinations.apprise_destination(channel, settings)
