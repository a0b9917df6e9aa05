"""A second, plain model of one commitment, written from the domain document and from nothing else.

It shares no table and no rule with `tracker`: a wrong cell in either is found by running both.
Time is a whole number of hours; every date is an instant, so there is one reading of an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# row | event | kinds: achievement, maintenance, process, recurring (amp: all) | from | to | by
DOCUMENT = """
1   | CommitmentProposed    | amp | -                                          | proposed   |
2   | ProposalRejected      | amp | proposed conditional                       | rejected   | addressee
3   | ProposalWithdrawn     | amp | proposed                                   | cancelled  |
4   | CommitmentAccepted    | amp | - proposed conditional                     | in_force   | debtor
5   | AcceptedConditionally | amp | - proposed                                 | conditional | debtor
6   | ConditionAdded        | amp | conditional in_force                       | same       |
7   | ConditionSatisfied    | amp | conditional                                | if-hold    |
8   | ConditionFailed       | amp | conditional                                | if-fail    |
9   | ReadingAsserted       | amp | any                                        | same       |
10  | PerformanceReported   | a   | in_force overdue lapsed                    | same       |
11  | PerformanceConfirmed/full | a | in_force overdue lapsed suspended        | discharged | confirmed
11  | PerformanceConfirmed/full | a | conditional                              | discharged | confirmed
12  | PerformanceConfirmed/part | a | in_force overdue lapsed                  | same       | confirmed
10  | PerformanceReported   | r   | in_force                                   | same       |
11  | PerformanceConfirmed/full | r | in_force suspended                       | same       | confirmed
12  | PerformanceConfirmed/part | r | in_force                                 | same       | confirmed
13  | CommitmentClosed      | a   | in_force overdue lapsed                    | discharged | not debtor
14  | NonPerformanceFound   | a   | overdue lapsed                             | violated   | not creditor
14  | NonPerformanceFound   | r   | in_force suspended                         | same       | not creditor
15  | ViolationAlleged      | mpr | any                                        | same       |
16  | ViolationDenied       | mpr | any                                        | same       |
17  | ViolationConfirmed    | mp  | in_force                                   | breach     | confirmed
17  | ViolationConfirmed    | mp  | suspended                                  | breach     | confirmed
17  | ViolationConfirmed    | mp  | expired                                    | inside     | confirmed
17  | ViolationConfirmed    | r   | in_force suspended expired                 | same       | confirmed
18  | ViolationRefuted      | mpr | any                                        | rejudge    | not debtor
19  | ComplianceObserved    | m   | in_force                                   | same       | not debtor
19  | ComplianceObserved    | m   | expired                                    | rejudge    | not debtor
20  | SuspensionDeclared    | amp | in_force overdue                           | suspended  | party
21  | Resumed               | amp | suspended                                  | in_force   | suspender
22  | TermExtended          | amr | conditional in_force suspended overdue lapsed expired | extended | both
23  | TermRenewed           | mr  | in_force suspended expired                 | extended   | renewing
24  | NonRenewalNotified    | mr  | in_force suspended                         | same       | party
37  | WithdrawalNotified    | amp | in_force suspended                         | same       | under a clause
38  | WithdrawalRevoked     | amp | in_force suspended                         | same       | withdrawer
25  | DebtorCancelled       | amp | proposed conditional                       | cancelled  | debtor
25b | DebtorCancelled       | amp | in_force suspended overdue lapsed          | repudiated | debtor
26  | CreditorReleased      | amp | conditional in_force suspended overdue lapsed | released | creditor
28  | MutuallyTerminated    | amp | open                                       | cancelled  | every
29  | Superseded            | amp | open                                       | superseded | each
30  | Delegated             | amp | open                                       | same       | debtor, named
30  | Assigned              | amp | open                                       | same       | creditor, named
31  | RoundHeld             | p   | proposed conditional in_force suspended    | in_force   |
31  | MilestoneReached      | p   | proposed conditional in_force suspended    | in_force   |
32  | ProcessConcluded      | p   | in_force suspended                         | discharged |
33  | ProcessCollapsed      | p   | open                                       | cancelled  | party
35  | ExpiryAcknowledged/ended | m | in_force                                  | as-T8      | debtor
25b | ExpiryAcknowledged/early | m | in_force                                  | violated   | debtor
39  | PeriodWaived          | r   | in_force suspended                         | same       | creditor
"""  # noqa: E501

OPEN = ["proposed", "conditional", "in_force", "suspended", "overdue", "lapsed"]
CLOSED = ["discharged", "violated", "expired", "cancelled", "released", "rejected", "superseded"]
REPORTS = ("PerformanceReported", "ViolationAlleged", "ViolationDenied")
GRACE = 48
SPEAKS_FOR = {"nor-mod": "NOR"}
BOTH_SIDES_OR_BODY = ("both_sides", "neutral_body", "analyst_finding")


def root(account: str | None) -> str | None:
    """The party behind an account."""
    return SPEAKS_FOR.get(account or "", account)


@dataclass
class Line:
    row: str
    event: str
    case: str
    kinds: str
    sources: list[str]
    to: str
    by: str


def _lines() -> list[Line]:
    lines = []
    for text in DOCUMENT.strip().splitlines():
        row, event, kinds, sources, to, by = (part.strip() for part in text.split("|"))
        name, _, case = event.partition("/")
        named = {"any": OPEN + CLOSED, "open": OPEN}.get(sources, sources.split())
        kinds = "ampr" if kinds == "amp" else kinds
        lines.append(Line(row, name, case, kinds, named, to, by))
    return lines


LINES = _lines()
EVENTS = sorted({line.event for line in LINES if line.sources != ["-"]})


MOVED_BY_CLOCK = ("proposed", "conditional", "in_force", "suspended", "overdue")
"""The only states in which an hour that strikes can change anything."""


@dataclass
class Incident:
    status: str
    counted: bool


@dataclass
class Model:
    """One promise by NOR to ISL. `end` is its due date or the end of its window, in hours."""

    kind: str
    state: str
    made: int
    end: int | None = None
    perdurant: bool = True
    preemptive: bool = True
    promised: int | None = None
    period: int | None = None
    length: int | None = None
    offer_until: int | None = None
    require: str = "all"
    conditions: dict[str, str] = field(default_factory=dict)
    deadlines: dict[str, int] = field(default_factory=dict)
    proposer: str | None = None
    debtor: str = "NOR"
    creditor: str = "ISL"
    delivered: int = 0
    grade: str = "none"
    late: bool = False
    clear_until: int | None = None
    notice: bool = False
    incidents: dict[str, Incident] = field(default_factory=dict)
    held_since: int | None = None
    held_until: int | None = None
    tolls: bool = False
    suspenders: tuple[str, ...] = ()
    contested: bool = False
    closed_by: str = ""
    withdrawals: list[tuple[str, int]] = field(default_factory=list)

    # what a query reads

    @property
    def compliance(self) -> str:
        counted = [i.status for i in self.incidents.values() if i.counted]
        for word in ("confirmed", "disputed", "alleged"):
            if word in counted:
                return word
        return "clear" if counted or self.clear_until is not None else "unassessed"

    @property
    def binds(self) -> bool:
        """A suspension by one side alone shields nobody."""
        return self.state == "in_force" or (self.state == "suspended" and self.contested)

    # the clock

    def pass_to(self, now: int) -> None:
        for hour in range(self.made, now + 1):
            if self.state not in MOVED_BY_CLOCK:
                break
            self._strike(hour)
        self.made = now

    def _strike(self, hour: int) -> None:
        if self.state == "proposed" and self.offer_until is not None and self.offer_until <= hour:
            self._move("expired", "T1")
        if self.state == "conditional" and self._antecedents_ran_out(hour):
            self._move("expired", "T2")
        ends = [end for _, end in self.withdrawals]
        if self.state in ("in_force", "suspended") and ends and min(ends) <= hour:
            self._move("cancelled", "T13")
        if self.state == "suspended" and self.held_until is not None and self.held_until <= hour:
            self._resume(hour)
        if self.end is None or (self.state == "suspended" and self.tolls):
            return
        if self.kind == "achievement":
            self._strike_due(hour)
        elif self.kind == "maintenance":
            self._strike_end(hour)

    def _antecedents_ran_out(self, hour: int) -> bool:
        waiting = [name for name, status in self.conditions.items() if status == "open"]
        missed = [name for name in waiting if self.deadlines.get(name, hour + 1) <= hour]
        return bool(missed) and (self.require == "all" or len(missed) == len(waiting))

    def _strike_due(self, hour: int) -> None:
        assert self.end is not None
        held_before_due = self.state == "suspended" and (self.held_since or 0) < self.end
        if (self.state == "in_force" or held_before_due) and hour >= self.end:
            self._move("overdue", "T6")
        if self.state in ("overdue", "suspended") and hour >= self.end + GRACE:
            self._move("lapsed", "T7")

    def _strike_end(self, hour: int) -> None:
        assert self.end is not None
        if self.state not in ("in_force", "suspended"):
            return
        while hour >= self.end and self.period and not self.notice:
            self.end += self.period
        if hour >= self.end:
            self._move(self._verdict(self.end), "T8")

    def _verdict(self, end: int, *, refuted: bool = False) -> str:
        """T8: discharged when clear up to the end, or when a finding after it says so."""
        reached = self.clear_until is not None and self.clear_until >= end
        if self.compliance == "clear" and (reached or refuted):
            return "discharged"
        return "violated" if self.compliance == "confirmed" else "expired"

    def _resume(self, hour: int) -> None:
        if self.tolls and self.end is not None and self.held_since is not None:
            self.end += hour - self.held_since
        self._move("in_force", "T10")

    def _move(self, state: str, why: str) -> None:
        if state != "suspended":
            self.held_since = self.held_until = None
            self.tolls = self.contested = False
            self.suspenders = ()
        if state != self.state:
            self.closed_by = why
        self.state = state

    # events

    def line_for(self, event: str, data: dict[str, Any], now: int) -> Line | None:
        """The line that lists this event for this kind and state; None when none does."""
        for line in LINES:
            fits = line.event == event and self.kind[0] in line.kinds
            if fits and self.state in line.sources and self._case_fits(line, data, now):
                return line
        return None

    def _case_fits(self, line: Line, data: dict[str, Any], now: int) -> bool:
        if line.event == "PerformanceConfirmed":
            full = self._completes(data)
            if self.state == "conditional":
                return full and self.preemptive
            return full == (line.case == "full")
        if line.event == "ExpiryAcknowledged":
            ended = self.end is not None and self.end <= now
            return ended == (line.case == "ended")
        if line.event == "ViolationConfirmed" and self.state == "expired":
            return self.incidents[data["incident"]].counted
        if line.event == "ViolationConfirmed" and self.state == "suspended":
            return self.contested
        return line.event != "TermRenewed" or bool(self._period(data))

    def _period(self, data: dict[str, Any]) -> int | None:
        """How long a renewal is: as it says, else as its clause does, else the last one again."""
        stated: int | None = data.get("renewal_hours")
        return stated or self.period or self.length

    def has_what_it_counts_from(self, data: dict[str, Any]) -> bool:
        """A length that is added, or that a renewal names, needs an end on record."""
        return self.end is not None or not (data.get("extend_hours") or data.get("renewal_hours"))

    def _completes(self, data: dict[str, Any]) -> bool:
        """1.14: the word decides where one is given, else the number; nothing said is all of it."""
        word = data.get("fulfilment")
        return word == "full" if word else self._adds_up(data)

    def contradicts(self, event: str, data: dict[str, Any]) -> bool:
        """A confirmation whose number and word say different things is refused."""
        word, quantity = data.get("fulfilment"), data.get("quantity")
        if event != "PerformanceConfirmed" or None in (word, quantity, self.promised):
            return False
        return self._adds_up(data) != (word == "full")

    def _adds_up(self, data: dict[str, Any]) -> bool:
        quantity = data.get("quantity")
        if quantity is None or self.promised is None:
            return quantity != 0
        return bool(self.delivered + quantity >= self.promised)

    def voice_is_right(self, line: Line, data: dict[str, Any]) -> bool:
        speaker, basis = data.get("speaker"), data.get("basis")
        if line.by == "confirmed":
            own = "debtor_act" if line.event == "PerformanceConfirmed" else "creditor_admission"
            return basis not in (None, "claim", own)
        speaker = root(speaker)
        if line.by.startswith("not "):
            side = line.by[4:]
            own = {"debtor": "debtor_act", "creditor": "creditor_admission"}[side]
            other = {"debtor": self.creditor, "creditor": self.debtor}[side]
            if basis is not None:
                return basis not in (own, "claim")
            return speaker in (None, other)
        if line.by in ("both", "renewing", "every", "each"):
            return self._joint_voice_is_right(line.by, data)
        if line.by in ("suspender", "under a clause", "withdrawer"):
            return self._may_halt(line, data)
        who = {"debtor": [self.debtor], "creditor": [self.creditor],
               "addressee": self._addressees(), "party": [self.debtor, self.creditor],
               }.get(line.by.partition(",")[0])  # fmt: skip
        must_be_named = line.by == "party" or line.by.endswith("named")
        if who is None or speaker in who or (speaker is None and not must_be_named):
            return True
        own_basis = {"debtor": ["debtor_act"], "creditor": ["creditor_admission"],
                     "addressee": ["debtor_act", "creditor_admission"],
                     "party": ["debtor_act", "creditor_admission"],
                     }.get(line.by.partition(",")[0], [])  # fmt: skip
        return basis in (*own_basis, *BOTH_SIDES_OR_BODY)

    def _may_halt(self, line: Line, data: dict[str, Any]) -> bool:
        basis, acting = data.get("basis"), self.acting(data)
        if line.by == "suspender":
            agreed = basis in BOTH_SIDES_OR_BODY or self.debtor == self.creditor == acting
            return agreed or acting in (self.suspenders or (self.debtor, self.creditor))
        if line.by == "under a clause":
            is_party = acting in (self.debtor, self.creditor)
            return is_party and basis == "clause" and data.get("notice") is not None
        is_finding = basis in ("neutral_body", "analyst_finding")
        notified = [by for by, _ in self.withdrawals]
        return bool(notified) and (is_finding or acting in notified)

    def acting(self, data: dict[str, Any]) -> str | None:
        """Whose act it is: the side of its basis, else its speaker."""
        sides = {"debtor_act": self.debtor, "creditor_admission": self.creditor}
        return sides.get(data.get("basis") or "", root(data.get("speaker")))

    def _joint_voice_is_right(self, by: str, data: dict[str, Any]) -> bool:
        """Those in `by`, else the speaker, are all that the row asks for; or a basis is enough."""
        speaker, basis = root(data.get("speaker")), data.get("basis")
        enough = {
            "both": ("both_sides", "neutral_body"),
            "every": ("neutral_body", "analyst_finding"),
        }
        if basis in enough.get(by, BOTH_SIDES_OR_BODY):
            return True
        named = {root(name) for name in data.get("by") or [self.acting(data)]} - {None}
        return {self.debtor, self.creditor} <= named and speaker in (None, *named)

    def _addressees(self) -> list[str]:
        sides = [self.debtor, self.creditor]
        if self.state == "proposed" and self.proposer is not None:
            return [side for side in sides if side != self.proposer] or sides
        return sides

    def take(self, line: Line, data: dict[str, Any], event_id: str, now: int) -> None:
        """The state and all it leads to, after an event that a line lists."""
        handler = "on" + re.sub("([A-Z])", r"_\1", line.event).lower()
        getattr(self, handler, self._nothing)(data, event_id, now)
        target = self._target(line, data, now)
        if target != self.state or target == "in_force":
            self._move(target, line.row)
        self._strike(now)

    def _target(self, line: Line, data: dict[str, Any], now: int) -> str:
        met = [status in ("satisfied", "waived") for status in self.conditions.values()]
        failed = [status == "failed" for status in self.conditions.values()]
        any_is_enough = self.require == "any"
        if line.to == "same":
            return self.state
        if line.to == "if-hold":
            return "in_force" if (any(met) if any_is_enough else all(met)) else "conditional"
        if line.to == "if-fail":
            gone = all(failed) if any_is_enough else any(failed)
            return "expired" if gone else "conditional"
        if line.to == "breach":
            counted = self.incidents[data["incident"]].counted
            return "violated" if counted and not self.perdurant else self.state
        if line.to == "extended":
            return self.state if self.state in ("conditional", "suspended") else "in_force"
        if line.to == "repudiated":
            return "cancelled" if data.get("withdrawal_clause") else "violated"
        if line.to in ("as-T8", "rejudge"):
            return self._judged(line, now)
        return {"inside": "violated"}.get(line.to, line.to)

    def _judged(self, line: Line, now: int) -> str:
        closed = self.closed_by in ("T8", "35") or (
            self.closed_by == "17" and self.end is not None and self.end <= now
        )
        if line.to == "rejudge" and not (self.kind == "maintenance" and closed):
            return self.state
        end = now if self.end is None else min(now, self.end)
        return self._verdict(end, refuted=line.event == "ViolationRefuted")

    def _nothing(self, *_: Any) -> None:
        return None

    def on_commitment_accepted(self, data: dict[str, Any], *_: Any) -> None:
        waived = {"open": "waived"}
        self.conditions = {n: waived.get(s, s) for n, s in self.conditions.items()}

    def on_accepted_conditionally(self, data: dict[str, Any], *_: Any) -> None:
        self.conditions = {a["id"]: "open" for a in data.get("antecedents", ())}
        self.require = data.get("require", "all")

    def on_condition_added(self, data: dict[str, Any], *_: Any) -> None:
        if self.state == "conditional":
            self.conditions[data["antecedent"]["id"]] = "open"

    def on_condition_satisfied(self, data: dict[str, Any], *_: Any) -> None:
        self.conditions[data["antecedent"]] = "satisfied"

    def on_condition_failed(self, data: dict[str, Any], *_: Any) -> None:
        self.conditions[data["antecedent"]] = "failed"

    def on_performance_confirmed(self, data: dict[str, Any], _: str, now: int) -> None:
        full = self._completes(data)
        self.late = full and self._after_due(now)
        partial = "substantial" if self.grade == "substantial" else "partial"
        quantity = data.get("quantity")
        partial = self.grade if quantity == 0 else partial
        self.grade = data.get("fulfilment") or ("full" if full else partial)
        if quantity is not None:
            self.delivered += quantity
        elif full:
            self.delivered = self.promised or 0

    def _after_due(self, now: int) -> bool:
        if self.end is None:
            return False
        stopped = self.held_since if self.state == "suspended" and self.tolls else now
        return stopped is not None and stopped >= self.end

    def on_commitment_closed(self, data: dict[str, Any], _: str, now: int) -> None:
        self.late, self.grade = self._after_due(now), "substantial"

    def on_violation_alleged(self, data: dict[str, Any], event_id: str, now: int) -> None:
        self.incidents.setdefault(data["incident"], Incident("alleged", self.binds))

    def on_violation_denied(self, data: dict[str, Any], *_: Any) -> None:
        incident = self.incidents[data["incident"]]
        incident.status = "disputed" if incident.status == "alleged" else incident.status

    def on_violation_confirmed(self, data: dict[str, Any], *_: Any) -> None:
        self.incidents[data["incident"]].status = "confirmed"

    def on_violation_refuted(self, data: dict[str, Any], *_: Any) -> None:
        self.incidents[data["incident"]].status = "refuted"

    def on_compliance_observed(self, data: dict[str, Any], _: str, now: int) -> None:
        seen = min(now, data.get("window_hour", now))
        self.clear_until = max(seen, self.clear_until or 0)

    def on_suspension_declared(self, data: dict[str, Any], event_id: str, now: int) -> None:
        alone = data.get("basis") == "debtor_act" and self.kind != "achievement"
        if alone:
            self.incidents[event_id] = Incident("alleged", self.binds)
        who = self.acting(data)
        self.suspenders = (who,) if who else ()
        agreed = data.get("basis") in BOTH_SIDES_OR_BODY
        self.contested = not agreed and who in (self.debtor, self.creditor)
        self.held_since, self.tolls = now, data["tolls"] and not self.contested
        self.held_until = data["until_hour"]

    def on_resumed(self, data: dict[str, Any], _: str, now: int) -> None:
        self._resume(now)

    def on_term_extended(self, data: dict[str, Any], _: str, now: int) -> None:
        self.late = False
        if data.get("extend_hours"):
            assert self.end is not None
            self.end += data["extend_hours"]
            return
        self.end, self.length = data["end_hour"], None
        self.held_since = now if self.held_since is not None else None

    def on_term_renewed(self, data: dict[str, Any], *_: Any) -> None:
        self.notice = False
        self.end = self.end + (self._period(data) or 0) if self.end is not None else None
        self.length = data.get("renewal_hours") or self.length

    def on_non_renewal_notified(self, *_: Any) -> None:
        self.notice = True

    def on_withdrawal_notified(self, data: dict[str, Any], _: str, now: int) -> None:
        by = self.acting(data) or self.debtor
        self.withdrawals.append((by, now + data["notice_hours"]))

    def on_withdrawal_revoked(self, data: dict[str, Any], *_: Any) -> None:
        acting = self.acting(data)
        is_finding = data.get("basis") in ("neutral_body", "analyst_finding")
        withdrawals = [] if is_finding or acting is None else self.withdrawals
        self.withdrawals = [(by, end) for by, end in withdrawals if by != acting]

    def on_delegated(self, data: dict[str, Any], *_: Any) -> None:
        self.debtor = data["to"]

    def on_assigned(self, data: dict[str, Any], *_: Any) -> None:
        self.creditor = data["to"]
