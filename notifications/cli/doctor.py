"""The command `doctor`: is this installation whole, and what to do where it is not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from events.wording import plural
from tracker.errors import CheckFailed
from tracker.terminal.options import HELP, lag_after_option, pass_session
from tracker.terminal.output import emit
from tracker.terminal.session import Session
from tracker.terminal.text import GREEN, RED, YELLOW, print_data, print_info, styled, with_database

if TYPE_CHECKING:
    from notifications.monitoring.finding import Finding

MARKS = {"ok": ("ok", GREEN), "advice": ("advice", YELLOW), "fault": ("FAULT", RED)}


@click.command("doctor", context_settings=HELP)
@click.option(
    "--network",
    is_flag=True,
    help="Talk to the mail relay as well, sending nothing, look into the mailbox of bounces, and "
    "ask the DNS as receivers will.",
)
@lag_after_option
@pass_session
def doctor(session: Session, network: bool, lag_after: timedelta) -> None:
    """Look at the whole installation: program, database, views, clock, turns, keys, settings, mail.

    Each line says what was looked at, and under a fault or an advice what to do. It writes nothing.
    Exit 4 when there is a fault.

    \b
    Examples:
      pactwatch doctor
      pactwatch doctor --network --json
    """
    from notifications.cli.environment import examine_variables, readable_settings
    from notifications.monitoring.installation import examine
    from notifications.monitoring.mail_setup import examine_mail, examine_network

    settings, misfits = readable_settings()
    findings = [
        *examine(session, settings, lag_after),
        *misfits,
        *examine_variables(click.get_current_context()),
        *examine_mail(settings),
    ]
    if network:
        findings += examine_network(settings)
    counts = Counter(finding.verdict for finding in findings)
    document = {"ok": not counts["fault"], "findings": [asdict(each) for each in findings]}
    emit(session, document, draw=lambda: print_findings(findings))
    if counts["fault"]:
        hint = next(each.hint for each in findings if each.verdict == "fault")
        faults = plural(counts["fault"], "fault")
        raise CheckFailed(f"{faults} in this installation", hint=hint)
    print_info(session, "no fault")


def print_findings(findings: list[Finding]) -> None:
    """Prints a line a finding, and what to do under it."""
    for finding in findings:
        mark, style = MARKS[finding.verdict]
        print_data(f"{styled(f'{mark:6}', style)}  {finding.area:8}  {finding.words}")
        if finding.hint and finding.verdict != "ok":
            print_data(f"{'':18}{with_database(finding.hint)}")
