"""How an explanation reads on a terminal: what stands, why, who says so, what is next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from events import format_instant, parse_instant
from tracker.analysis.explain import judgement_words
from tracker.cli.views.entries import brief_id
from tracker.cli.views.status import (
    PERIOD_COLUMNS,
    clear_words,
    end_cell,
    period_row,
    rule_words,
)
from tracker.documents.citation import citation_words
from tracker.documents.ends import end_at, ends_in_words, without_repeats
from tracker.documents.news_words import change_words, given_name, step_words
from tracker.documents.periods import periods_words
from tracker.documents.remarks import awaiting_words, remarks, waiting_words
from tracker.entries.lookup import numbered
from tracker.entries.parties import account_words
from tracker.terminal.cells import printable
from tracker.terminal.tables import print_table
from tracker.terminal.text import format_local, print_data, terminal_width
from tracker.terminal.wrapping import width_of, wrapped

if TYPE_CHECKING:
    from tracker.analysis.explain import AxisDocument, ExplainDocument
    from tracker.analysis.precedents import Precedent
    from tracker.documents.commitments import CommitmentDocument
    from tracker.documents.evidence import EvidenceDocument
    from tracker.queries.sources import Titles

WIDTH = 80


def show_explanation(document: ExplainDocument, zone: str, titles: Titles) -> None:
    """Prints how a commitment stands, why, who says so, and what would change it."""
    commitment = document["commitment"]
    as_of = format_instant(parse_instant(document["as_of"]).replace(microsecond=0))
    print_data(f"{commitment['id']} ({document['agreement']}), as of {as_of}")
    who = f"{', '.join(commitment['debtor'])} -> {', '.join(commitment['creditor']) or 'nobody'}"
    print_paragraph(f"{who}: {commitment['promise']}")
    # Its suspension is part of why the state is what it is, below.
    for remark in remarks({**commitment, "suspension": None}, lambda at: format_local(at, zone)):
        print_paragraph(remark, "  ", "  ")
    clear = clear_words(commitment, zone)
    for axis in document["axes"]:
        _show_axis(axis, clear if axis["axis"] == "compliance" else "", titles)
    _show_flags(commitment)
    if commitment["inherits"]:
        print_paragraph(f"inherited from the agreement: {', '.join(commitment['inherits'])}")
    _show_readings(document, zone)
    _show_list("conditions", _condition_lines(commitment, zone))
    _show_entries("claims (none of them moves a state)", document["claims"], titles)
    _show_entries("said of it (commits nobody)", document["statements"], titles)
    _show_entries("judgements", document["judgements"], titles)
    cases = [f"{case['id']}: {precedent_words(case)}" for case in document["precedents"]]
    _show_list("precedents", [*cases, document["base_rate"]["words"]] if cases else [])
    _show_list("what would change it next", _next_lines(document, zone))
    _show_entries("left out by later news", document["unapplied"], titles)
    lint = (
        f"{_brief(document, [each['about']])}: {each['text']} [{each['code']}]"
        for each in document["lint"]
    )
    _show_list("to look at", lint)
    _show_history(document, zone)


def print_paragraph(text: str, indent: str = "", hanging: str = "") -> None:
    """Prints a paragraph within the width of a terminal, whatever the width of its letters."""
    text, width = printable(text).replace("\n", " "), min(terminal_width(WIDTH), WIDTH)
    if width_of(text) > len(text):
        lines = wrapped(text, width - len(indent) - len(hanging))
        print_data("\n".join([indent + lines[0], *(indent + hanging + line for line in lines[1:])]))
        return
    for line in textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_on_hyphens=False,
    ):
        print_data(line)


def _show_axis(axis: AxisDocument, more: str, titles: Titles) -> None:
    print_data(f"\n{axis['axis']}: {axis['value']} {more}".rstrip())
    rule = f"rule {axis['rule']}: " if axis["rule"] else ""
    print_paragraph(f"{rule}{axis['meaning']}", "  ", "  ")
    for entry in axis["events"]:
        _show_entry(entry, titles, "because ")


def _show_entry(entry: EvidenceDocument, titles: Titles, before: str = "") -> None:
    """Prints one entry: what and when, its chain and rating, and its source."""
    basis = f", basis {entry['basis']}" if entry["basis"] else ""
    marked = f", TLP:{entry['tlp']}" if entry["tlp"] != "CLEAR" else ""
    name = numbered(entry["id"], entry["position"])
    head = f"{before}{name} {entry['type']} {entry['occurred']}"
    by = f", entered by {entry['author']}" if entry["author"] else ""
    spoken = f", said {entry['said']}" if entry["said"] else ""
    details = f"{chain_words(entry)}{spoken}, {entry['rating']}{basis}{marked}{by}"
    print_paragraph(f"{head} ({details})", "  ", "  ")
    says = entry["text"] if entry["type"] in PROMISES else entry["says"]
    if says is not None:
        of = f"{entry['term']}: " if entry["term"] else ""
        print_paragraph(f"{of}{says}", "    ", "  ")
    words = judgement_words(entry)
    if words:
        print_paragraph(words, "    ", "  ")
    where = citation_words(entry["source"], titles.get(entry["id"]))
    if where:
        print_paragraph(where, "    ", "  ")


PROMISES = ("CommitmentProposed", "CommitmentAccepted", "AcceptedConditionally")


def chain_words(entry: EvidenceDocument) -> str:
    """Writes a chain as `kremlin (RUS) <- live-blog, primary source tass`, nearest last."""
    party = f" ({entry['party']})" if entry["party"] else ""
    speaker = f"{entry['speaker']}{party}" if entry["speaker"] else None
    names = list(filter(None, [speaker, *entry["reported_by"]]))
    chain = " <- ".join(names) or "unattributed"
    primary = entry["primary_source"]
    root = f", primary source {primary}" if primary and primary != entry["speaker"] else ""
    derived = ", ".join(entry["derived_from"])
    return f"{chain}{root}{f', derived from {derived}' if derived else ''}"


def _show_flags(commitment: CommitmentDocument) -> None:
    sources = commitment["sources"]
    print_data("")
    if commitment["flags"]:
        print_paragraph(f"flags: {', '.join(commitment['flags'])}")
    count = len(sources["independent"])
    named = ", ".join(sources["independent"]) or "none named"
    print_paragraph(f"independent sources of its {sources['of']}: {count} ({named})")
    for circle in sources["circular"]:
        print_paragraph(f"CIRCULAR: {' <- '.join(circle)} is one source")


def _brief(document: ExplainDocument, ids: Iterable[str | None]) -> str:
    """Names entries by id, long ones by the position that `event list` shows."""
    positions = document["positions"]
    return ", ".join(brief_id(event, positions.get(event)) for event in ids if event)


def _show_readings(document: ExplainDocument, zone: str) -> None:
    """Prints when it ends by each way to count, and the terms as each account has them."""
    words = ends_in_words(document["commitment"]["readings"], document["speaks_for"])
    ends = [
        {
            "term": reading["term"],
            "at": end_cell(reading, zone),
            "rule": rule_words(reading["rule"]),
            "zone": reading["zone"],
            "by": _account(reading["by"] or reading["root"], document),
            "events": _brief(document, [reading["event"], *reading["moved_by"]]),
            "decides": " and ".join(reading["decides"]),
        }
        for reading in without_repeats(document["window"] or ())
    ]
    if ends:
        print_data("")
        verb = "due" if any(reading["term"] == "due" for reading in ends) else "ends"
        print_paragraph(f"{verb} {words}, by who counts how:")
        print_table(ends, ["at", "rule", "zone", "by", "events", "decides"], WIDTH)
    periods = document["commitment"]["periods"]
    if periods:
        print_data(f"\nperiods: {periods_words(periods)}")
        rows = [period_row(each, periods, zone) for each in document["periods"]]
        print_table(rows, PERIOD_COLUMNS, WIDTH)
    terms = [
        {
            "term": reading["term"],
            "by": _account(reading["by"], document),
            "says": "(says nothing)" if reading["value"] is None else reading["value"],
        }
        for reading in document["commitment"]["readings"]
        if "value" in reading
    ]
    if terms:
        print_data("\nterms, as each account has them:")
        print_table(terms, ["term", "by", "says"], WIDTH)


def _account(name: str | None, document: ExplainDocument) -> str:
    return account_words(name or "", document["speaks_for"])


def _show_list(heading: str, texts: Iterable[str]) -> None:
    """Prints a heading and a paragraph each; nothing without any."""
    for n, text in enumerate(texts):
        if n == 0:
            print_data(f"\n{heading}:")
        print_paragraph(text, "  ", "  ")


def _condition_lines(commitment: CommitmentDocument, zone: str) -> Iterable[str]:
    for condition in commitment["conditions"]:
        by = f", {condition['by']} can lift it" if condition["by"] else ""
        waits = waiting_words(condition["on"], condition["awaits"])
        until, is_open = "", condition["status"] == "open"
        if is_open and (deadline := condition["deadline"]) and (its_zone := condition["zone"]):
            until = f", until {end_cell(end_at(deadline, its_zone), zone)}"
        yield f"{condition['id']}: {condition['text']} ({condition['status']}{by}{waits}{until})"


def _show_entries(heading: str, entries: Iterable[EvidenceDocument], titles: Titles) -> None:
    rows = list(entries)
    if rows:
        print_data(f"\n{heading}:")
    for entry in rows:
        _show_entry(entry, titles)


def precedent_words(case: Precedent) -> str:
    days = case["days"]
    after = f" after {_length(days, case['approximate'])}" if days is not None else ""
    if days is not None and case["at_most"]:
        after = f" within {_length(days, True).removeprefix('about ')}, as its dates are not known"
    trigger = f": {case['trigger']}" if case["trigger"] else ""
    return f"{case['outcome']}{after}{trigger}"


def _length(days: int, approximate: bool) -> str:
    """Writes a length no more exactly than its dates: in months where they are months."""
    if not approximate or days < 45:
        return f"{'about ' if approximate else ''}{days} days"
    return f"about {round(days / 30.4)} months"


def _next_lines(document: ExplainDocument, zone: str) -> Iterable[str]:
    """Describes what clock, other promises and entries of its own would change."""
    coming, commitment = document["next"], document["commitment"]
    clock = coming["clock"]
    if clock is None and coming["horizon"]:
        yield f"the clock alone: nothing until {format_local(coming['horizon'], zone)}, as far as "\
            "it was followed; its clause renews it again and again"  # fmt: skip
    elif clock is None:
        yield "the clock alone: nothing"
    else:
        what = clock["period"] or f"-> {clock['state']}, timing {clock['timing']}".replace("_", " ")
        yield f"the clock: {format_local(clock['at'], zone)} {what} (rule {clock['rule']})"
    if commitment["awaiting"]:
        yield f"another promise: {awaiting_words(commitment)}"
    moving = [row for row in coming["events"] if not row["to"].startswith("the same")]
    steps = (f"{row['event']} -> {row['to']} ({row['rule']})" for row in moving)
    yield f"an event: {'; '.join(steps) or 'none'}"


def _show_history(document: ExplainDocument, zone: str) -> None:
    print_data("\nhistory:")
    periods = document["commitment"]["periods"]
    rows = [
        {
            "at": format_local(step["at"], zone),
            "axis": given_name(step["axis"]),
            "change": change_words(step, periods) or step_words(step),
            "rule": step["rule"],
            "events": _brief(document, step["events"]),
        }
        for step in document["history"]
    ]
    print_table(rows, ["at", "axis", "change", "rule", "events"], WIDTH)
