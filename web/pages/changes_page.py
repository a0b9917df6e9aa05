"""What changed since a day: what happened, what was learned, and what had to be taken back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from events import in_order, parse_instant
from events.wording import capitalized, plural
from notifications.prose.news import news_of_change
from notifications.prose.reader import Reader as Audience
from tracker.dates.zones import day_closed
from tracker.documents.changes import OF_INCIDENT
from tracker.model.readings import stated_ends
from tracker.queries.comparison.changes import AHEAD, CORRECTED, HAPPENED, LEARNED
from tracker.queries.comparison.differences import DiffRow
from web.errors import BadQuery, quoted
from web.model.filters import filter_facts
from web.model.query import beginning, pages_of, rows_of_page
from web.model.reader import Reader
from web.model.words import BREACHES, TIMING_NEWS, day, day_of, label
from web.pages.render import Page
from web.pages.sentences import short_day

PARTS = (
    (HAPPENED, "What happened"),
    (LEARNED, "What was learned of earlier days"),
    (CORRECTED, "What was taken back"),
    (AHEAD, "What the clock will do, if nothing more comes"),
)
NEWSWORTHY = ("due_soon", "contested_end", "in_grace", "stale")
"""What timing has to become to be news: that a window runs is none."""
WORDINGS = {
    "end": {
        "set": "gets an end: {after}",
        "dropped": "has no end any more, was {before}",
        "moved": "end moved to {after}, was {before}",
    },
    "flag": {
        "set": "now flagged as {about}",
        "dropped": "no longer flagged as {about}",
        "moved": "{about}: {after}, was {before}",
    },
}
"""What is said of an end or a flag that came, went or changed."""
FLAGS = {
    "terms_disputed": ("its terms are disputed now", "its terms are no longer disputed"),
    "single_source": ("it rests on a single source now", "it no longer rests on a single source"),
    "suspension_contested": ("its suspension is contested", "its suspension is contested no more"),
    "release_available": ("its debtor may leave it now", "its debtor may no longer leave it"),
    "offer_expires_soon": ("its offer runs out soon", "its offer no longer runs out soon"),
    "due_while_conditional": (
        "its own date has passed while its conditions are not met",
        "its own date is no longer past while its conditions are not met",
    ),
}
"""What is said where a flag came, and where it went."""
AS_IN_MAIL = ("incident", "condition", "renewal", "withdrawal", "reading", "end")
"""Axes of which a change is told as mails tell it: with who says so, and what of."""
NEVER_FIRST = ("state", "incident", "timing", "withdrawal", "renewal")
"""Axes that a new promise does not begin with, or by which it is told that it begins."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def changes_page(reader: Reader, _: str) -> Page:
    """Every change since a day that a reader would call one, the newest first."""
    query, zone = reader.query, reader.site.tz
    since = beginning(query, zone)
    if since > query.as_of:
        raise BadQuery(
            f"Nothing can have changed since {quoted(query.since)}: that is later than the instant "
            "asked about.",
            hint="For instance ?since=monday.",
        )
    changes = reader.of_chosen(newsworthy(reader.changes(since)))
    groups = {how: by_promise(c for c in changes if c["how"] == how) for how, _ in PARTS}
    # What lies ahead comes in the order in which it will come.
    groups[AHEAD].reverse()
    pages = pages_of(*map(len, groups.values()))
    page = rows_of_page(query, pages)
    visible = {how: rows[page] for how, rows in groups.items()}
    every_row = [row for rows in visible.values() for group in rows for row in group]
    promises = reader.promises_of({row["commitment"] for row in every_row if row["commitment"]})
    documents = reader.details(promises.values())

    def words_of(change: DiffRow) -> str:
        document = documents.get(change["commitment"] or "")
        news = told_as_in_mail(change, document or {}, reader.audience) or flag_sentence(change)
        words = news or change_sentence(change, query.as_of, zone)
        return f"{capitalized(words).removesuffix('.')}."

    def day_of_change(change: DiffRow) -> str:
        # What the clock does at an end belongs to the day that ends there.
        document: Mapping[str, Any] = documents.get(change["commitment"] or "") or {}
        is_by_clock = str(change["rule"]).startswith("T")
        zones = [end["zone"] for end in stated_ends(document)] if is_by_clock else []
        return day_of(day_closed(parse_instant(change["at"] or ""), zones, zone))

    facts = {
        "headline": f"Changes since {day(since, zone)}",
        "since": since,
        "since_text": query.since,
        "parts": [(how, heading, len(groups[how]), visible[how]) for how, heading in PARTS],
        "words_of": words_of,
        "day_of_change": day_of_change,
        "promises": promises,
        "titles": reader.titles({row["agreement"] for row in every_row}),
        "positions": reader.positions(event for row in every_row for event in row["events"]),
        "sentence": _sentence(
            {how: len(rows) for how, rows in groups.items()}, sum(map(is_routine, groups[HAPPENED]))
        ),
        "pages": pages,
        **filter_facts(reader.every_party, reader.name, ("q", "party")),
    }
    return Page("changes.html.j2", facts, pages)


def by_promise(changes: Iterable[DiffRow]) -> list[list[DiffRow]]:
    """The changes of each promise in the order of time; the promise with the newest comes first.

    Those of which the clock alone has news, such as a near end, come after all others.
    """
    groups: dict[str | None, list[DiffRow]] = {}
    for change in changes:
        groups.setdefault(change["commitment"], []).append(change)
    promises = [sorted(group, key=lambda c: in_order(c["at"] or "~")) for group in groups.values()]
    promises.sort(key=lambda group: max(in_order(c["at"] or "") for c in group), reverse=True)
    return sorted(promises, key=is_routine)


def is_routine(changes: Iterable[DiffRow]) -> bool:
    """Whether the clock alone has news of a promise, such as that its end is near."""
    return all(change["axis"] == "timing" for change in changes)


def newsworthy(changes: Iterable[DiffRow]) -> Iterator[DiffRow]:
    """Changes of promises, each once and none that only says how a new promise begins."""
    rows = [row for row in changes if row["commitment"] is not None]
    overdue = {(row["commitment"], row["at"]) for row in rows if row["after"] == "overdue"}
    of_incidents = {
        (row["commitment"], row["at"]) for row in rows if row["axis"].startswith(OF_INCIDENT)
    }
    begun = {
        row["commitment"]: row["at"]
        for row in rows
        if row["axis"] == "state" and row["before"] is None
    }
    for row in rows:
        # What is so all the same, but since another instant, says that instant as well.
        root, after = (str(row[each]).partition(" ")[0] for each in ("axis", "after"))
        is_new = row["commitment"] in begun and row["at"] == begun[row["commitment"]]
        is_first = is_new and row["before"] is None and root not in NEVER_FIRST
        is_repeated = root == "compliance" and (row["commitment"], row["at"]) in of_incidents
        is_quiet = root == "timing" and after not in NEWSWORTHY
        is_quiet |= after == "in_grace" and (row["commitment"], row["at"]) in overdue
        # How many were missed is told by the periods themselves, a condition by its own axis.
        is_detail = (row["axis"].startswith("end ") and not row.get("ends")) or root == "due"
        is_detail |= row["axis"] in ("flag periods_missed", "flag condition_due_soon")
        if not (is_first or is_repeated or is_quiet or is_detail):
            yield row


def told_as_in_mail(change: DiffRow, document: Mapping[str, Any], audience: Audience) -> str:
    """A change of AS_IN_MAIL as a sentence; empty of another, and of what was learned of before."""
    axis = change["axis"]
    if change.get("ends"):
        axis = axis.replace("end ", "reading ", 1)
    # What is soon is told of a deadline, which a difference does not name.
    is_news = change["how"] in (HAPPENED, AHEAD) and change["rule"] and change["after"] != "soon"
    if not is_news or axis.partition(" ")[0] not in AS_IN_MAIL:
        return ""
    stored = {**change, "axis": axis, "known_at": change["at"], "lead": None}
    return news_of_change(stored, document, audience)


def flag_sentence(change: DiffRow) -> str:
    """A flag that came or went, in words of its own, as of a condition; empty of another change."""
    if (change["axis"].partition(" ")[0], change["after"]) == ("condition", "soon"):
        return "a condition of it is to be met soon"
    came_and_went = FLAGS.get(change["axis"].removeprefix("flag "))
    return came_and_went[change["after"] is None] if came_and_went else ""


def change_sentence(change: DiffRow, now: datetime, zone: str) -> str:
    """Tells a change as one would: "overdue, was in force", "breach alleged"."""

    def words_of(value: object) -> str:
        text = str(value)
        if change["axis"] == "end":
            # What ends at midnight ends with the day before.
            eves = (
                short_day(parse_instant(at) - timedelta(seconds=1), now, zone)
                if INSTANT.fullmatch(at)
                else at
                for at in text.split(" or ")
            )
            return " or ".join(eves)
        return label(INSTANT.sub(lambda match: short_day(match[0], now, zone), text))

    root, _, about = change["axis"].partition(" ")
    about = label(about) if root == "flag" else about
    before, after = change["before"], change["after"]
    if root in ("incident", "compliance") and change["how"] != CORRECTED:
        return BREACHES.get(str(after), words_of(after))
    if root == "timing" and change["how"] == HAPPENED:
        return TIMING_NEWS.get(str(after), words_of(after))
    subject = (
        ""
        if root in ("state", "timing", "periods")
        else f"{'breach' if root == 'incident' else f'{root} {about}'.strip()}: "
    )
    if root in WORDINGS:
        form = WORDINGS[root]["set" if before is None else "dropped" if after is None else "moved"]
        return form.format(about=about, before=words_of(before), after=words_of(after))
    if before is None:
        return f"{subject}{words_of(after)}"
    if after is None:
        return f"{subject}no longer {words_of(before)}"
    joint = "; before: " if root == "periods" else ", was "
    return f"{subject}{words_of(after)}{joint}{words_of(before)}"


def _sentence(counts: dict[str, int], routine: int) -> str:
    """How many promises have news, and of how many something was learned or taken back."""
    if not any(counts.values()):
        return "Nothing has changed since."
    changed = counts[HAPPENED] - routine
    parts = [f"{plural(changed, 'promise')} changed" if changed else ""]
    parts += [f"for {plural(routine, 'promise')} the clock alone has news" if routine else ""]
    parts += [f"of {counts[LEARNED]:,} we learned how it stood before" if counts[LEARNED] else ""]
    parts += [f"of {counts[CORRECTED]:,} something was taken back" if counts[CORRECTED] else ""]
    words = "; ".join(filter(None, parts)) or "nothing has changed, and the clock goes on"
    return f"{capitalized(words)}."
