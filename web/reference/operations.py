"""The addresses that programs read, in words: what each answers, and what it takes. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from web.model.links import FILES, PATHS
from web.model.query import (
    COMPLIANCE,
    INSTANTS,
    KINDS,
    LARGEST_LIMIT,
    LAST_PAGE,
    PARAMETERS,
    STATES,
)
from web.reference import answers

JSON = "application/json"


class Operation(Struct, frozen=True):
    """One address: what it is for, the type of its answer, and whose id stands in the path."""

    name: str
    summary: str
    answer: Any = None
    id_of: str = ""
    media: str = JSON
    is_probe: bool = False
    """Whether it is asked by what watches over the board, and takes no parameters."""

    @property
    def path(self) -> str:
        if self.is_probe:
            return f"/{self.name}"
        form = FILES[self.name] if self.name in FILES else PATHS[self.name]
        return "/" + form.replace("{}", "{id}")

    @property
    def parameters(self) -> tuple[str, ...]:
        return () if self.is_probe else (*PARAMETERS.get(self.name, ()), *INSTANTS)


CSV, ATOM, ICS = "text/csv", "application/atom+xml", "text/calendar"
OPERATIONS = (
    Operation("api_status", "How every agreement stands", answers.StatusAnswer),
    Operation("api_one", "How one agreement or commitment stands", answers.StatusAnswer,
              "an agreement or a commitment"),
    Operation("api_commitment", "How one commitment stands", answers.CommitmentAnswer,
              "a commitment"),
    Operation("api_explain", "Why a commitment stands as it does, and what would change it",
              answers.ExplainAnswer, "a commitment"),
    Operation("api_timeline", "What the timeline of a commitment is drawn from",
              answers.TimelineAnswer, "a commitment"),
    Operation("api_readout", "What each account says of each term", answers.ReadoutAnswer,
              "an agreement"),
    Operation("api_deadlines", "Every reading of every open end", answers.DeadlinesAnswer),
    Operation("api_incidents", "Every breach that is alleged", answers.IncidentsAnswer),
    Operation("api_parties", "Every party: what it owes and is owed", answers.PartiesAnswer),
    Operation("api_changes", "What happened, was learned or was taken back since",
              answers.ChangesAnswer),
    Operation("api_events", "The entries of the log", answers.EventsAnswer),
    Operation("api_event", "One entry of the log", answers.EventDocument, "an event, its position"),
    Operation("commitments_csv", "Every commitment as a table", media=CSV),
    Operation("deadlines_csv", "Every reading of every open end as a table", media=CSV),
    Operation("events_csv", "The newest thousand entries as a table", media=CSV),
    Operation("atom", "The newest hundred changes", media=ATOM),
    Operation("calendar", "The deadlines as a calendar", media=ICS),
    Operation("agreement_atom", "The changes of one agreement", None, "an agreement", ATOM),
    Operation("agreement_calendar", "The deadlines of one agreement", None, "an agreement", ICS),
)  # fmt: skip

PROBES = (
    Operation("health", "That the database answers", answers.HealthAnswer, is_probe=True),
    Operation("ready", "Whether pages are up to date", answers.ReadyAnswer, is_probe=True),
)
METRICS = Operation("metrics", "Measurements for Prometheus", media="text/plain", is_probe=True)


def operations_of(*, has_metrics: bool = False) -> tuple[Operation, ...]:
    """Every address of a board that programs read; that of the metrics only where it is served."""
    return (*OPERATIONS, *PROBES, *((METRICS,) if has_metrics else ()))


INSTANT_FORMS = "an instant (2025-03-18T12:00:00Z), a date (2025-03-18), or +14d, -2w, today"
PARAMETER_WORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "as_of": (f"The world as of then: {INSTANT_FORMS}.", {"type": "string"}),
    "known_at": (f"Only what had been recorded by then: {INSTANT_FORMS}.", {"type": "string"}),
    "since": (f"Changes from then on: {INSTANT_FORMS}, or a weekday.", {"type": "string"}),
    "q": ("Words that have to stand in the promise, its agreement or its parties.",
          {"type": "string"}),
    "party": ("The id of a debtor or creditor.", {"type": "string"}),
    "kind": ("The kind of a commitment.", {"type": "string", "enum": list(KINDS)}),
    "state": ("The state, or a group of states.", {"type": "string", "enum": list(STATES)}),
    "compliance": ("What is said of keeping it.", {"type": "string", "enum": list(COMPLIANCE)}),
    "tag": ("A tag of the agreement.", {"type": "string"}),
    "page": ("The page of a list, from 1.",
             {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}),
    "after": ("What comes after this position of the log, oldest first.",
              {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}),
    "limit": ("How many rows a page has.",
              {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}),
}  # fmt: skip
"""What each parameter of an address means, and its schema."""
