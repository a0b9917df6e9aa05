"""The `reporting_*` views over projections: the contract with dashboards. Columns are only added.

What the clock decides is worked out in the view, from `clock_outlook`, so it is right now and not
as of the last turn. docs/reporting.md and the comments in PostgreSQL are made from this text.
"""

from __future__ import annotations

from events.room_views import Column, Sql, View

POSITION = "(SELECT position FROM projection_checkpoints WHERE projection = 'status')"
PROJECTED_AT = "(SELECT projected_at FROM projection_checkpoints WHERE projection = 'status')"
PROJECTED = (
    Column("projected_position", POSITION, "Position of the last event that the rows contain."),
    Column("projected_at", PROJECTED_AT, "The instant that the rows were last made for."),
)
AGREEMENT = (
    Column("agreement_id", "c.agreement_id", "The agreement."),
    Column("agreement", "a.title", "Its title."),
)
COMMITMENT = (
    Column("commitment_id", "c.id", "The commitment."),
    Column("commitment", "c.promise", "What was promised."),
    *AGREEMENT,
)
CLOSED = "('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')"


def now_of(column: str) -> str:
    """A column of a commitment as the clock has it by now."""
    return f"CASE WHEN o.commitment_id IS NULL THEN c.{column} ELSE o.{column} END"


def standing(sql: Sql) -> str:
    """Commitments, each with what the clock has last done to it."""
    reached = sql.is_past("x.at")
    return (
        "FROM commitments c JOIN agreements a ON a.id = c.agreement_id "
        "LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = "
        f"(SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND {reached})"
    )


IS_OPEN = f"({now_of('state')} NOT IN {CLOSED})"


def flag(name: str) -> str:
    return f"(c.flags LIKE '%\"{name}\"%')"


def agreements(sql: Sql) -> tuple[Column, ...]:
    return (
        Column("agreement_id", "a.id", "The agreement."),
        Column("agreement", "a.title", "Its title."),
        Column("parties", sql.named("a.parties"), "Its parties by name."),
        Column("party_ids", sql.listed("a.parties"), "Its parties by id."),
        Column("predecessor_id", "a.predecessor", "The agreement that it follows."),
        Column("predecessor", "b.title", "The title of that."),
        Column("status", ROLL_UP, "One word for all its commitments, by now."),
        Column("commitments", "coalesce(n.held, 0)", "How many commitments it has."),
        Column("open_commitments", "coalesce(n.live, 0)", "How many of them are open by now."),
        Column("overdue_commitments", "coalesce(n.due, 0)", "How many are overdue or lapsed."),
        Column("next_deadline_at", "n.next_deadline_at", "The next deadline of an open one."),
        Column("first_position", "a.first_position", "Position of its first event."),
        Column("last_position", "a.last_position", "Position of its last event."),
        *PROJECTED,
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

    ahead = f"live = 1 AND NOT {sql.is_past('deadline_at')}"
    counted = (
        f"SELECT agreement_id, count(*) AS held, {held('live = 1')} AS live, "
        f"{held(OVERDUE)} AS due, "
        f"{held(CONTESTED)} AS contested, "
        f"{', '.join(f'{held(_is(word))} AS {word}' for word in COUNTED)}, "
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


def _is(state: str) -> str:
    return f"state = '{state}'"


def commitments(sql: Sql) -> tuple[Column, ...]:
    state, timing = now_of("state"), now_of("timing")
    deadline = now_of("deadline_at")
    later = f"x.commitment_id = c.id AND NOT {sql.is_past('x.at')}"
    ahead = f"(SELECT min(x.at) FROM clock_outlook x WHERE {later})"
    return (
        *COMMITMENT,
        Column("kind", "c.kind", "achievement, maintenance or process."),
        Column("debtors", sql.named("c.debtor"), "Who promised, by name."),
        Column("debtor_ids", sql.listed("c.debtor"), "Who promised, by id."),
        Column("creditors", sql.named("c.creditor"), "To whom, by name."),
        Column("creditor_ids", sql.listed("c.creditor"), "To whom, by id."),
        Column("state", state, "Where it stands in its life, by now."),
        Column("compliance", "c.compliance", "unassessed, clear, alleged, disputed or confirmed."),
        Column("timing", timing, "Where the clock stands, by now."),
        Column("fulfilment", "c.fulfilment", "none, partial, substantial or full."),
        Column("delivered", "c.delivered", "The quantity confirmed as delivered."),
        Column("promised", "c.promised", "The quantity promised."),
        Column("is_open", IS_OPEN, "Whether it is not closed, by now."),
        Column("is_overdue", f"({state} IN ('overdue', 'lapsed'))", "Whether its due date passed."),
        Column("is_due_soon", f"({timing} = 'due_soon')", "Whether a lead time has begun."),
        Column("is_stale", f"({timing} = 'stale')", "Whether nothing was heard for too long."),
        Column("is_late", "c.is_late", "Whether it was done, but late."),
        Column("is_terms_disputed", flag("terms_disputed"), "Whether accounts of a term differ."),
        Column("is_release_available", flag("release_available"), "Whether the debtor may leave."),
        Column("is_single_source", flag("single_source"), "Whether all goes back to one source."),
        Column("earliest_end_at", "c.earliest", "The earliest reading of its end."),
        Column("latest_end_at", "c.latest", "The latest reading of its end."),
        Column("deadline_at", deadline, "The reading at which its state changes."),
        Column("days_left", sql.days_until(deadline), "Whole days until then; negative after."),
        Column("next_change_at", ahead, "When the clock alone next alters it."),
        *PROJECTED,
    )


def deadlines(sql: Sql) -> tuple[Column, ...]:
    return (
        *COMMITMENT,
        Column("reading_id", "d.reading_id", "One reading of the deadline."),
        Column("term", "d.term", "due or end."),
        Column("party_id", "d.by", "Whose account it is; null when it is everybody's."),
        Column("party", "coalesce(p.name, d.by)", "The name of that party."),
        Column("rule", "d.rule", "How the days are counted."),
        Column("zone", "d.zone", "In which zone."),
        Column("ends_at", "d.at", "The first instant after it."),
        Column("state", now_of("state"), "The state of the commitment, by now."),
        Column("is_open", IS_OPEN, "Whether the commitment is open, by now."),
        Column("is_past", sql.is_past("d.at"), "Whether the instant has come."),
        Column("days_left", sql.days_until("d.at"), "Whole days until then; negative after."),
        *PROJECTED,
    )


def deadlines_source(sql: Sql) -> str:
    return (
        f"{standing(sql)} JOIN deadlines d ON d.commitment_id = c.id "
        "LEFT JOIN parties p ON p.id = d.by"
    )


def status_changes(_sql: Sql) -> tuple[Column, ...]:
    return (
        *COMMITMENT,
        Column("ordinal", "s.ordinal", "Counts the changes of a commitment."),
        Column("changed_at", "s.at", "When it came about."),
        Column("known_at", "s.known_at", "When it could first be told."),
        Column("axis", "s.axis", "Which axis changed."),
        Column("previous", "s.before", "What it was."),
        Column("current", "s.after", "What it became."),
        Column("rule", "s.rule", "The row of docs/states.md that says so."),
        Column("lead", "s.lead", "The lead time that was struck."),
        *PROJECTED,
    )


def status_changes_source(_sql: Sql) -> str:
    return (
        "FROM status_changes s JOIN commitments c ON c.id = s.commitment_id "
        "JOIN agreements a ON a.id = c.agreement_id"
    )


def status_spans(_sql: Sql) -> tuple[Column, ...]:
    following = "lead(s.at) OVER (PARTITION BY s.commitment_id ORDER BY s.ordinal)"
    return (
        *COMMITMENT,
        Column("status", "s.state", "The state during the span."),
        Column("started_at", "s.at", "When it began."),
        Column("ended_at", following, "When it ended; null for the present one."),
        Column("is_current", f"({following} IS NULL)", "Whether it is the present one."),
        *PROJECTED,
    )


def status_spans_source(sql: Sql) -> str:
    ahead = f"x.is_state_change AND {sql.is_past('x.at')}"
    return (
        "FROM (SELECT commitment_id, ordinal, at, after AS state FROM status_changes "
        "WHERE axis = 'state' UNION ALL "
        "SELECT x.commitment_id, 1000000 + x.ordinal, x.at, x.state FROM clock_outlook x "
        f"WHERE {ahead}) AS s JOIN commitments c ON c.id = s.commitment_id "
        "JOIN agreements a ON a.id = c.agreement_id"
    )


TYPE = "substr(rtrim(rtrim(rtrim(e.type, '0123456789'), 'v'), '.'), 11)"
"""`pactwatch.RoundHeld.v1` without what stands before and after."""


def events(sql: Sql) -> tuple[Column, ...]:
    return (
        Column("event_id", "e.id", "The event."),
        Column("position", "e.position", "Its place in the log."),
        Column("type", TYPE, "What happened."),
        Column("agreement_id", "a.id", "The agreement; null for those of parties and statements."),
        Column("agreement", "a.title", "Its title."),
        Column("commitment_id", "c.id", "The commitment."),
        Column("commitment", "c.promise", "What was promised."),
        Column("occurred", sql.data("occurred"), "When it happened, as said, in EDTF."),
        Column("recorded_at", "e.recorded_at", "When it was recorded."),
        Column("speaker_id", sql.data("speaker"), "Who says so."),
        Column("speaker", f"coalesce(p.name, {sql.data('speaker')})", "The name of that party."),
        Column("basis", sql.data("basis"), "What makes it a claim or a fact."),
        Column(
            "reliability", f"coalesce({sql.data('reliability')}, 'F')", "Of the source, A to F."
        ),
        Column("tlp", f"coalesce({sql.data('tlp')}, 'CLEAR')", "How far it may be passed on."),
        Column("is_retracted", f"(e.id IN {_amended('EntryRetracted', sql)})", "Taken back."),
        Column("is_corrected", f"(e.id IN {_amended('EntryCorrected', sql)})", "Put right since."),
        *PROJECTED,
    )


def _amended(type_: str, sql: Sql) -> str:
    target = sql.data("event")
    return f"(SELECT {target} FROM events e WHERE e.type = 'pactwatch.{type_}.v1')"


def events_source(sql: Sql) -> str:
    return (
        "FROM events e LEFT JOIN agreements a ON a.id = e.stream "
        f"LEFT JOIN commitments c ON c.id = {sql.data('commitment')} "
        f"LEFT JOIN parties p ON p.id = {sql.data('speaker')} WHERE e.position <= {POSITION}"
    )


def incidents(sql: Sql) -> tuple[Column, ...]:
    return (
        Column("incident_id", "i.incident_id", "The alleged breach."),
        Column("incident", "i.text", "What is said to have happened."),
        *COMMITMENT,
        Column("status", "i.status", "alleged, disputed, confirmed or refuted."),
        Column("occurred", "i.occurred", "When, as said, in EDTF."),
        Column("tags", f"coalesce({sql.listed('i.tags')}, '')", "Where it falls."),
        Column("is_out_of_force", "(i.tags LIKE '%\"out_of_force\"%')", "Not while in force."),
        *PROJECTED,
    )


INCIDENTS = (
    "FROM incidents i JOIN commitments c ON c.id = i.commitment_id "
    "JOIN agreements a ON a.id = c.agreement_id"
)


def marks(_sql: Sql) -> tuple[Column, ...]:
    return (
        Column("time", "t.time", "When it is, or begins."),
        Column("timeend", "t.timeend", "When it ends; null for a moment."),
        Column("text", "t.text", "What to show."),
        Column("tags", "t.tags", "Kind, agreement and commitment, with commas between."),
        *PROJECTED,
    )


def marks_source(sql: Sql) -> str:
    changes = (
        "SELECT s.at AS time, NULL AS timeend, s.commitment_id || ': ' || s.axis || ' ' || s.after "
        "AS text, 'change,' || s.agreement_id || ',' || s.commitment_id AS tags "
        "FROM status_changes s WHERE s.axis IN ('state', 'compliance', 'fulfilment')"
    )
    last = "c.latest"
    ends = (
        f"SELECT c.earliest AS time, CASE WHEN {last} <> c.earliest THEN {last} END AS timeend, "
        "c.id || ': deadline' AS text, 'deadline,' || c.agreement_id || ',' || c.id AS tags "
        f"{standing(sql)} WHERE c.earliest IS NOT NULL AND {IS_OPEN}"
    )
    return f"FROM ({changes} UNION ALL {ends}) AS t"


def freshness(_sql: Sql) -> tuple[Column, ...]:
    return (
        Column("projection", "k.projection", "The projection."),
        Column("position", "k.position", "The last event that it contains."),
        Column("head_position", "h.position", "The last event of the log."),
        Column("lag_events", "h.position - k.position", "How many events it is behind."),
        Column("caught_up_at", "k.projected_at", "The instant that it was last made for."),
        Column("version", "k.version", "How often it was built."),
        *PROJECTED,
    )


FRESHNESS = "FROM projection_checkpoints k CROSS JOIN event_counter h"

VIEWS = (
    View("reporting_agreements", "One row an agreement.", agreements, agreements_source),
    View("reporting_commitments", "One row a commitment, by now.", commitments, standing),
    View(
        "reporting_deadlines",
        "One row a reading of a deadline: accounts that differ have one each.",
        deadlines,
        deadlines_source,
    ),
    View(
        "reporting_status_changes",
        "One row a change of one axis, as now known, up to the last turn.",
        status_changes,
        status_changes_source,
    ),
    View(
        "reporting_status_spans",
        "One row a state and how long it lasted, for state timelines; up to now.",
        status_spans,
        status_spans_source,
    ),
    View(
        "reporting_events",
        "One row an event, without its free text.",
        events,
        events_source,
    ),
    View("reporting_incidents", "One row an alleged breach.", incidents, lambda _: INCIDENTS),
    View(
        "reporting_annotations",
        "Marks for time charts, in the form that Grafana asks for.",
        marks,
        marks_source,
    ),
    View(
        "reporting_freshness",
        "How far behind the log the rows are; look here before believing a chart.",
        freshness,
        lambda _: FRESHNESS,
    ),
)
