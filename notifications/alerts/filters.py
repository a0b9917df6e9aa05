"""What a subscription or a snooze is about: agreements, commitments, parties, kinds, gravity.

An empty part leaves nothing out. The ceiling is by TLP 2.0: what is marked higher is not told,
and RED is never mailed. Pure.
"""

from __future__ import annotations

from msgspec import Struct

from notifications.alerts.alert import SEVERITY, Alert, CommitmentDocument
from tracker.entries.tlp import LEVELS, is_within

SEVERITIES = ("info", "warning", "critical")
KINDS = tuple(SEVERITY)
CEILINGS = LEVELS[:-1]
"""RED is for the ears of those present: no mail may carry it."""


class Filter(Struct, frozen=True, omit_defaults=True):
    """Takes an alert when every part that is given does; `severity` is the least it takes."""

    agreements: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    severity: str = "info"
    tlp: str = CEILINGS[-1]

    def takes(self, alert: Alert, commitment: CommitmentDocument, tlp: str = "CLEAR") -> bool:
        """Whether this alert of the commitment is wanted."""
        return (
            _within(alert.kind, self.kinds)
            and SEVERITIES.index(alert.severity) >= SEVERITIES.index(self.severity)
            and is_within(tlp, self.tlp)
            and self.covers(alert.agreement, alert.commitment, commitment)
        )

    def covers(self, agreement: str, commitment: str, document: CommitmentDocument) -> bool:
        """Whether it is about this commitment at all."""
        parties = {*document.get("debtor", ()), *document.get("creditor", ())}
        return (
            _within(agreement, self.agreements)
            and _within(commitment, self.commitments)
            and (not self.parties or not parties.isdisjoint(self.parties))
        )

    @property
    def words(self) -> str:
        """The filter in words."""
        named = [
            *_named("agreement", self.agreements),
            *_named("commitment", self.commitments),
            *_named("party", self.parties),
            *_named("kind", self.kinds),
        ]
        if self.severity != "info":
            named.append(f"{self.severity} or graver")
        if self.tlp != CEILINGS[-1]:
            named.append(f"up to TLP:{self.tlp}")
        return "; ".join(named) or "everything"


def _within(value: str, names: tuple[str, ...]) -> bool:
    return not names or value in names


def _named(noun: str, values: tuple[str, ...]) -> list[str]:
    return [f"{noun} {' or '.join(values)}"] if values else []
