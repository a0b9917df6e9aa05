"""The columns of the views that say how things stand: agreements, commitments, deadlines.

And what all views share: how fresh they are, and a commitment's state at the moment of asking.
"""

from __future__ import annotations

from datetime import timedelta

from events.database.views import Column, Labels, Sql
from events.wording import either
from tracker.documents.attention import NO_END, RUNNING, SOON
from tracker.model.vocabulary import Compliance, Grade, Kind, RollUp, State, Timing

POSITION = "(SELECT position FROM projection_checkpoints WHERE projection = 'status')"
PROJECTED_AT = "(SELECT projected_at FROM projection_checkpoints WHERE projection = 'status')"
PROJECTED = (
    Column(
        "projected_position",
        POSITION,
        "Position of the last event that the rows contain.",
        is_number=True,
    ),
    Column("projected_at", PROJECTED_AT, "The instant that the rows were last made for."),
)
AGREEMENT = (
    Column("agreement_id", "c.agreement_id", "The agreement."),
    Column("agreement", "a.title", "Its title."),
)
TLP = "The strictest mark of what the row rests on."
"""A correction raises a mark and never lowers it; what was retracted keeps its own."""
COMMITMENT = (
    Column("commitment_id", "c.id", "The commitment."),
    Column("commitment", "c.promise", "What was promised."),
    *AGREEMENT,
)
MARK = Column("tlp", "c.tlp", TLP)
"""Of a row of a commitment."""
CLOSED = "('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')"


def now_of(column: str) -> str:
    """A column of a commitment as the clock has it at the moment of asking."""
    return f"CASE WHEN o.commitment_id IS NULL THEN c.{column} ELSE o.{column} END"


def standing(sql: Sql) -> str:
    """Commitments, each with what the clock has last done to it.

    That is looked up where the clock may have moved anything of the agreement since the last turn.
    """
    reached = sql.is_past("x.at")
    return (
        "FROM commitments c JOIN agreements a ON a.id = c.agreement_id "
        "LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = "
        f"CASE WHEN {sql.is_past('a.refold_at')} THEN (SELECT max(x.ordinal) FROM clock_outlook x "
        f"WHERE x.commitment_id = c.id AND {reached}) END"
    )


IS_OPEN = f"({now_of('state')} NOT IN {CLOSED})"


def flag(name: str) -> str:
    return f"(c.flags LIKE '%\"{name}\"%')"


PARTY_NAMES = Labels("parties", "id", "name")


def agreements(sql: Sql) -> tuple[Column, ...]:
    return (
        Column("agreement_id", "a.id", "The agreement."),
        Column("agreement", "a.title", "Its title."),
        Column("parties", sql.labelled("a.parties", PARTY_NAMES), "Its parties by name."),
        Column("party_ids", sql.joined("a.parties"), "Its parties by id."),
        Column("predecessor_id", "a.predecessor", "The agreement that it follows."),
        Column("predecessor", "b.title", "The title of that."),
        Column("status", ROLL_UP, f"Of all its commitments, by now: {either(RollUp)}."),
        Column(
            "commitments", "coalesce(n.held, 0)", "How many commitments it has.", is_number=True
        ),
        Column(
            "open_commitments",
            "coalesce(n.live, 0)",
            "How many of them are open by now.",
            is_number=True,
        ),
        Column(
            "overdue_commitments",
            "coalesce(n.due, 0)",
            "How many are overdue or lapsed.",
            is_number=True,
        ),
        Column("next_deadline_at", "n.next_deadline_at", "The next deadline of an open one."),
        Column(
            "first_position", "a.first_position", "Position of its first event.", is_number=True
        ),
        Column("last_position", "a.last_position", "Position of its last event.", is_number=True),
        *PROJECTED,
        Column("tlp", "a.tlp", TLP),
    )


ROLL_UP = (
    "CASE WHEN coalesce(n.held, 0) = 0 THEN 'no_commitments' "
    "WHEN n.live > 0 AND n.due > 0 THEN 'attention' "
    "WHEN n.live > 0 AND n.contested > 0 THEN 'contested' "
    "WHEN n.live > 0 AND n.in_force = n.live THEN 'in_force' "
    "WHEN n.in_force > 0 THEN 'partly_in_force' "
    "WHEN n.suspended > 0 THEN 'suspended' "
    "WHEN n.conditional > 0 THEN 'conditional' "
    "WHEN n.live > 0 THEN 'proposed' "
    "WHEN n.violated > 0 THEN 'violated' WHEN n.expired > 0 THEN 'expired' "
    "WHEN n.ended > 0 OR n.superseded = n.held THEN 'ended' ELSE 'fulfilled' END"
)


def agreements_source(sql: Sql) -> str:
    def held(condition: str) -> str:
        return f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"

    counts = (f"""{held(f"state = '{word}'")} AS {word}""" for word in COUNTED)
    ahead = f"live = 1 AND NOT {sql.is_past('deadline_at')}"
    counted = (
        f"SELECT agreement_id, count(*) AS held, {held('live = 1')} AS live, "
        f"{held(OVERDUE)} AS due, "
        f"{held(CONTESTED)} AS contested, "
        f"{', '.join(counts)}, "
        f"{held(ENDED)} AS ended, "
        f"min(CASE WHEN {ahead} THEN deadline_at END) AS next_deadline_at"
    )
    each = (
        f"SELECT c.agreement_id, c.compliance, {now_of('state')} AS state, "
        f"{now_of('deadline_at')} AS deadline_at, "
        f"CASE WHEN {IS_OPEN} THEN 1 ELSE 0 END AS live {standing(sql)}"
    )
    return (
        "FROM agreements a LEFT JOIN agreements b ON b.id = a.predecessor LEFT JOIN "
        f"({counted} FROM ({each}) AS each_one GROUP BY agreement_id) AS n "
        "ON n.agreement_id = a.id WHERE a.detail IS NOT NULL"
    )


COUNTED = ("in_force", "suspended", "conditional", "violated", "expired", "superseded")
OVERDUE = "state IN ('overdue', 'lapsed')"
CONTESTED = "state = 'in_force' AND compliance IN ('confirmed', 'disputed', 'alleged')"
ENDED = "state IN ('cancelled', 'rejected', 'released')"


def commitments(sql: Sql) -> tuple[Column, ...]:
    state, timing = now_of("state"), now_of("timing")
    deadline = now_of("deadline_at")
    later = f"x.commitment_id = c.id AND NOT {sql.is_past('x.at')}"
    ahead = f"(SELECT min(x.at) FROM clock_outlook x WHERE {later})"
    return (
        *COMMITMENT,
        Column("kind", "c.kind", f"{either(Kind)}."),
        Column("debtors", sql.labelled("c.debtor", PARTY_NAMES), "Who promised, by name."),
        Column("debtor_ids", sql.joined("c.debtor"), "Who promised, by id."),
        Column("creditors", sql.labelled("c.creditor", PARTY_NAMES), "To whom, by name."),
        Column("creditor_ids", sql.joined("c.creditor"), "To whom, by id."),
        Column("state", state, f"Where it stands in its life, by now: {either(State)}."),
        Column("compliance", "c.compliance", f"{either(Compliance)}."),
        Column("timing", timing, f"Where the clock stands, by now: {either(Timing)}."),
        Column("fulfilment", "c.fulfilment", f"{either(Grade)}."),
        Column("delivered", "c.delivered", "The quantity confirmed as delivered.", is_number=True),
        Column("promised", "c.promised", "The quantity promised.", is_number=True),
        Column("is_open", IS_OPEN, "Whether it is not closed, by now."),
        Column("is_overdue", f"({state} IN ('overdue', 'lapsed'))", "Whether its due date passed."),
        Column("is_due_soon", f"({timing} = 'due_soon')", "Whether a lead time has begun."),
        Column("is_stale", f"({timing} = 'stale')", "Whether nothing was heard for too long."),
        Column("is_late", "c.is_late", "Whether it was done, but late."),
        Column("is_terms_disputed", flag("terms_disputed"), "Whether accounts of a term differ."),
        Column("is_release_available", flag("release_available"), "Whether the debtor may leave."),
        Column("is_single_source", flag("single_source"), "Whether all goes back to one source."),
        Column("earliest_end_at", now_of("earliest"), "The earliest reading of its end."),
        Column("latest_end_at", now_of("latest"), "The latest reading of its end."),
        Column("deadline_at", deadline, "The reading at which its state changes."),
        Column(
            "days_left",
            sql.days_until(deadline),
            "Whole days until then; negative after.",
            is_number=True,
        ),
        Column("next_change_at", ahead, "When the clock alone next alters it."),
        *PROJECTED,
        MARK,
        Column(
            "is_ending_soon",
            _is_ending_soon(sql),
            "Whether an end, an offer, a condition or a notice comes within 14 days.",
        ),
    )


def parties(_sql: Sql) -> tuple[Column, ...]:
    return (
        *COMMITMENT,
        Column("party_id", "j.value", "A party of it."),
        Column("party", "coalesce(p.name, j.value)", "Its name."),
        Column("role", "r.role", "debtor or creditor."),
        Column("state", now_of("state"), "The state of the commitment, by now."),
        Column("is_open", IS_OPEN, "Whether the commitment is open, by now."),
        *PROJECTED,
        MARK,
    )


def parties_source(sql: Sql) -> str:
    # Unfolded for each row, so that of one agreement no other is: both engines look back from here.
    of_side = "CASE r.role WHEN 'debtor' THEN c.debtor ELSE c.creditor END"
    return (
        f"{standing(sql)} CROSS JOIN (SELECT 'debtor' AS role UNION ALL SELECT 'creditor') AS r "
        f"CROSS JOIN {sql.items(of_side)} LEFT JOIN parties p ON p.id = j.value"
    )


def _is_ending_soon(sql: Sql) -> str:
    """As `tracker.documents.attention.ends_soon`; and what ends without an end of its own."""
    hours = SOON // timedelta(hours=1)
    of_end = (
        f"{now_of('state')} IN {RUNNING} AND {sql.is_within(now_of('earliest'), hours)} "
        f"AND NOT {sql.is_past(now_of('latest'))}"
    )
    otherwise = (
        f"{IS_OPEN} AND EXISTS (SELECT 1 FROM deadlines d WHERE d.commitment_id = c.id "
        f"AND d.term IN {tuple(sorted(NO_END))} AND NOT {sql.is_past('d.at')} "
        f"AND {sql.is_within('d.at', hours)})"
    )
    return f"coalesce(({of_end}) OR ({otherwise}), {sql.truth('0')})"


def deadlines(sql: Sql) -> tuple[Column, ...]:
    return (
        *COMMITMENT,
        Column("reading_id", "d.reading_id", "One reading of the deadline."),
        Column("term", "d.term", "due, end, period, offer, condition or withdrawal."),
        Column("party_id", "d.by", "Whose account it is; null when it is everybody's."),
        Column("party", "coalesce(p.name, d.by)", "The name of that party."),
        Column("rule", "d.rule", "How the days are counted."),
        Column("zone", "d.zone", "In which zone."),
        Column("ends_at", "d.at", "The first instant after it."),
        Column("state", now_of("state"), "The state of the commitment, by now."),
        Column("is_open", IS_OPEN, "Whether the commitment is open, by now."),
        Column("is_past", sql.is_past("d.at"), "Whether the instant has come."),
        Column(
            "days_left",
            sql.days_until("d.at"),
            "Whole days until then; negative after.",
            is_number=True,
        ),
        *PROJECTED,
        MARK,
    )


def deadlines_source(sql: Sql) -> str:
    return (
        f"{standing(sql)} JOIN deadlines d ON d.commitment_id = c.id "
        "LEFT JOIN parties p ON p.id = d.by"
    )
