"""The columns of the views that look back: changes, spans, events, incidents, marks."""

from __future__ import annotations

from events.database.views import Column, Sql
from events.wording import either
from tracker.model.vocabulary import ChangeAxis, State
from tracker.projections.reporting.standing import (
    COMMITMENT,
    IS_OPEN,
    MARK,
    POSITION,
    PROJECTED,
    TLP,
    standing,
)
from tracker.projections.reporting.standing import PARTY_NAMES as NAMES


def status_changes(_sql: Sql) -> tuple[Column, ...]:
    return (
        *COMMITMENT,
        Column("ordinal", "s.ordinal", "Counts the changes of a commitment.", is_number=True),
        Column("changed_at", "s.at", "When it came about."),
        Column("known_at", "s.known_at", "When it could first be told."),
        Column(
            "axis",
            "s.axis",
            f"What changed: {either(ChangeAxis)}; the name of the one after a space.",
        ),
        Column("previous", "s.before", "What it was."),
        Column("current", "s.after", "What it became."),
        Column("rule", "s.rule", "The row of docs/states.md that says so."),
        Column("lead", "s.lead", "The lead time that was struck."),
        *PROJECTED,
        MARK,
    )


def status_changes_source(_sql: Sql) -> str:
    return (
        "FROM status_changes s JOIN commitments c ON c.id = s.commitment_id "
        "JOIN agreements a ON a.id = c.agreement_id"
    )


def status_spans(sql: Sql) -> tuple[Column, ...]:
    following = _next_state(sql) if sql.engine == "sqlite" else "f.at"
    return (
        *COMMITMENT,
        Column("status", "s.state", f"The state during the span: {either(State)}."),
        Column("started_at", "s.at", "When it began."),
        Column("ended_at", following, "When it ended; null for the present one."),
        Column("is_current", f"({following} IS NULL)", "Whether it is the present one."),
        *PROJECTED,
        MARK,
    )


def _next_state(sql: Sql) -> str:
    """When the state after that of a row began; null where none has yet.

    Looked up for each row: a window would go over all promises before one of them is chosen.
    """
    projected = (
        "(SELECT n.at FROM status_changes n WHERE n.commitment_id = s.commitment_id "
        "AND n.axis = 'state' AND n.ordinal > s.ordinal ORDER BY n.ordinal LIMIT 1)"
    )
    since = (
        "(SELECT x.at FROM clock_outlook x WHERE x.commitment_id = s.commitment_id "
        f"AND {AHEAD} + x.ordinal > s.ordinal AND {_has_come(sql)} ORDER BY x.ordinal LIMIT 1)"
    )
    return f"coalesce({projected}, {since})"


AHEAD = 1_000_000
"""What the clock has done since the last turn is numbered from here on."""


def _has_come(sql: Sql) -> str:
    return f"x.is_state_change AND {sql.is_past('x.at')}"


def status_spans_source(sql: Sql) -> str:
    # OFFSET keeps it from being looked up for each column that says something of it.
    once = f" CROSS JOIN LATERAL (SELECT {_next_state(sql)} AS at OFFSET 0) AS f"
    return (
        "FROM (SELECT commitment_id, agreement_id, ordinal, at, after AS state FROM status_changes "
        "WHERE axis = 'state' UNION ALL "
        f"SELECT x.commitment_id, x.agreement_id, {AHEAD} + x.ordinal, x.at, x.state "
        f"FROM clock_outlook x WHERE {_has_come(sql)}) AS s JOIN commitments c "
        "ON c.id = s.commitment_id AND c.agreement_id = s.agreement_id "
        f"JOIN agreements a ON a.id = c.agreement_id{'' if sql.engine == 'sqlite' else once}"
    )


TYPE = "substr(rtrim(rtrim(rtrim(e.type, '0123456789'), 'v'), '.'), 11)"
"""`pactwatch.RoundHeld.v1` without what stands before and after."""


OUT_OF_FORCE = "(i.tags LIKE '%\"out_of_force\"%' OR i.tags LIKE '%\"while_suspended\"%')"


def events(sql: Sql) -> tuple[Column, ...]:
    return (
        Column("event_id", "e.id", "The event."),
        Column("position", "e.position", "Its place in the log.", is_number=True),
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
        Column(
            "tlp", f"coalesce(m.tlp, {sql.data('tlp')}, 'CLEAR')", "How far it may be passed on."
        ),
        Column("is_retracted", _is_amended("EntryRetracted"), "Taken back."),
        Column("is_corrected", _is_amended("EntryCorrected"), "Put right since."),
        *PROJECTED,
        Column(
            "effective_at", "m.effective_at", "When it takes effect; null for what was taken back."
        ),
    )


def _is_amended(type_: str) -> str:
    """Whether an entry of this type names the event of a row; both are in one stream."""
    return (
        "(EXISTS (SELECT 1 FROM amendments x WHERE x.target = e.id AND x.stream = e.stream "
        f"AND x.type = '{type_}'))"
    )


def events_source(sql: Sql) -> str:
    return (
        "FROM events e LEFT JOIN agreements a ON a.id = e.stream "
        "LEFT JOIN entry_instants m ON m.position = e.position "
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
        Column("tags", f"coalesce({sql.joined('i.tags')}, '')", "Where it falls."),
        Column("is_out_of_force", OUT_OF_FORCE, "Not while in force."),
        *PROJECTED,
        MARK,
        Column("happened_at", "i.at", "The instant at which it counts as having happened."),
        Column("alleged_by", sql.labelled("i.alleged_by", NAMES), "Who alleged it first, by name."),
        Column("alleged_by_ids", sql.joined("i.alleged_by"), "Who alleged it first, by id."),
        Column("alleged_at", "i.alleged_at", "When they did."),
        Column("denied_by", sql.labelled("i.denied_by", NAMES), "Who denied it last, by name."),
        Column("denied_by_ids", sql.joined("i.denied_by"), "Who denied it last, by id."),
        Column("denied_at", "i.denied_at", "When they did; null where nobody has."),
        Column("found_by", sql.labelled("i.found_by", NAMES), "Who confirmed or refuted it last."),
        Column("found_at", "i.found_at", "When they did; null where nobody has."),
    )


INCIDENTS = (
    "FROM incidents i JOIN commitments c ON c.id = i.commitment_id "
    "JOIN agreements a ON a.id = c.agreement_id"
)


def marks(_sql: Sql) -> tuple[Column, ...]:
    return (
        Column("time", "t.time", "When it is, or begins."),
        Column("timeend", "t.timeend", "When it ends; null for a moment."),
        Column("text", "t.text", "What to show: a promise, and what becomes of it."),
        Column("tags", "t.tags", "Kind, agreement and commitment, with commas between."),
        *PROJECTED,
        Column("tlp", "t.tlp", TLP),
    )


def marks_source(sql: Sql) -> str:
    changes = (
        "SELECT s.at AS time, NULL AS timeend, c.promise || ': ' || "
        # A state needs no name of what it is: "in force".
        "CASE s.axis WHEN 'state' THEN '' ELSE s.axis || ' ' END || replace(s.after, '_', ' ') "
        "AS text, 'change,' || s.agreement_id || ',' || s.commitment_id AS tags, c.tlp "
        "FROM status_changes s JOIN commitments c ON c.id = s.commitment_id "
        "WHERE s.axis IN ('state', 'compliance', 'fulfilment')"
    )
    last = "c.latest"
    ends = (
        f"SELECT c.earliest AS time, CASE WHEN {last} <> c.earliest THEN {last} END AS timeend, "
        "c.promise || ': deadline' AS text, "
        "'deadline,' || c.agreement_id || ',' || c.id AS tags, c.tlp "
        f"{standing(sql)} WHERE c.earliest IS NOT NULL AND {IS_OPEN}"
    )
    return f"FROM ({changes} UNION ALL {ends}) AS t"


def freshness(_sql: Sql) -> tuple[Column, ...]:
    return (
        Column("projection", "k.projection", "The projection."),
        Column("position", "k.position", "The last event that it contains.", is_number=True),
        Column("head_position", "h.position", "The last event of the log.", is_number=True),
        Column(
            "lag_events", "h.position - k.position", "How many events it is behind.", is_number=True
        ),
        Column("caught_up_at", "k.projected_at", "The instant that it was last made for."),
        Column("version", "k.version", "How often it was built.", is_number=True),
        *PROJECTED,
        Column("tlp", "'CLEAR'", "It says nothing of what is on record."),
    )


FRESHNESS = "FROM projection_checkpoints k CROSS JOIN event_counter h"
