"""The Atom feed: every change of every axis, newest knowledge first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from msgspec import Struct

from events import in_order, parse_instant
from notifications.alerts.alert import CommitmentDocument
from notifications.mail.headers import clean_text
from notifications.prose.news import news_of_change
from notifications.prose.promises import headline
from notifications.prose.reader import Reader
from tracker.dates.durations import parse_duration
from tracker.documents.news_words import change_words
from tracker.entries.lookup import known_as

ATOM = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 100
"""How many changes a feed holds."""
MAX_TEXT = 2000
TIMING: Mapping[str, str] = {
    "not_started running": "Its time has begun.",
    "due_soon running": "Its end is not near any more.",
    "stale running": "It was heard of again.",
    "running": "Its time runs.",
    "due_soon": "Its end is near.",
    "in_grace": "Its end has passed; its grace runs.",
    "past": "Its end has passed.",
    "awaiting": "Its end is counted from something that has not happened yet.",
    "open_ended": "It has no end set.",
    "not_started": "It has not begun.",
    "n/a": "None of its deadlines counts any more.",
}
FULFILMENT: Mapping[str, str] = {
    "none": "Nothing of it counts as done any more.",
    "partial": "A part of it is done.",
    "substantial": "It counts as done, though not to the letter.",
    "full": "All of it is done.",
}
"""Sentences for changes that are no news to subscribers, some by what was before."""
QUIET = {"timing": TIMING, "fulfilment": FULFILMENT}
EPOCH = "1970-01-01T00:00:00Z"


class FeedChanges(Struct, frozen=True):
    """Changes, with the commitments that they are of, names of parties, and numbers of events."""

    changes: Sequence[Mapping[str, Any]]
    commitments: Mapping[str, CommitmentDocument]
    names: Mapping[str, str]
    numbers: Mapping[str, int]


def atom(feed_changes: FeedChanges, *, title: str, base_url: str, path: str, note: str) -> bytes:
    """A feed of changes; `path` is where it lies under `base_url`, `note` says as of what."""
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _text(feed, "id", f"{base_url}{path}")
    _text(feed, "title", title)
    _text(feed, "subtitle", note)
    known = (change["known_at"] for change in feed_changes.changes)
    _text(feed, "updated", max(known, key=in_order, default=EPOCH))
    _text(Xml.SubElement(feed, f"{{{ATOM}}}author"), "name", "pactwatch")
    _link(feed, "self", f"{base_url}{path}", "application/atom+xml")
    _link(feed, "alternate", base_url, "text/html")
    for change in feed_changes.changes:
        _entry(feed, change, feed_changes, base_url)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def _entry(
    feed: Xml.Element, change: Mapping[str, Any], feed_changes: FeedChanges, base_url: str
) -> None:
    commitment = feed_changes.commitments.get(change["commitment"], {})
    # What is near is so for when it was told, whenever the feed is read.
    reader = Reader("UTC", parse_instant(change["known_at"]), feed_changes.names, is_anybody=True)
    entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
    page = f"{base_url}commitments/{quote(str(change['commitment']), safe='')}"
    _text(entry, "id", identity(change))
    _text(entry, "title", _title(change, commitment, reader))
    _text(entry, "updated", change["known_at"])
    _link(entry, "alternate", page, "text/html")
    Xml.SubElement(entry, f"{{{ATOM}}}category", term=clean_text(str(change["axis"]), MAX_TEXT))
    events = ", ".join(
        known_as(event, feed_changes.numbers.get(event)) for event in change["events"]
    )
    because = f", because of {events}" if events else ""
    words = f"It came about at {change['at']} by rule {change['rule']}{because}."
    _text(entry, "summary", f"{change['commitment']}: {what(change, commitment)}. {words}")


def _title(change: Mapping[str, Any], commitment: CommitmentDocument, reader: Reader) -> str:
    """The promise, and the news of it as a sentence; in short where that is no news of its own."""
    news = news_of_change(change, commitment, reader)
    if not news and (sentences := QUIET.get(change["axis"])):
        both = f"{change['before']} {change['after']}"
        news = sentences.get(both) or sentences.get(change["after"], "")
    news = news or what(change, commitment)
    return f"{headline(commitment, reader) or change['commitment']}: {news}"


def identity(change: Mapping[str, Any]) -> str:
    """The id of a change, the same in every feed, wherever it is served."""
    parts = [change["commitment"], change["at"], change["axis"], change["after"], change["lead"]]
    # An incident may be alleged twice on one day.
    parts += change["events"] if change.get("by") else ()
    return uuid5(NAMESPACE_URL, "pactwatch:" + "/".join(map(str, parts))).urn


def is_news(change: Mapping[str, Any]) -> bool:
    """Whether a change is news: the timing of a promise when it was first recorded is not."""
    if change["axis"] != "timing" or change["lead"]:
        return True
    # Of a first end there is news by itself, and it was not near before.
    return (change["before"], change["after"]) != ("open_ended", "running") and bool(
        change["before"]
    )


def what(change: Mapping[str, Any], commitment: CommitmentDocument) -> str:
    """A change in words: which axis, from what to what."""
    if news := change_words(change, commitment.get("periods")):
        return news
    after = _as_words(change["after"])
    if change["lead"]:
        lead = parse_duration(change["lead"]).words
        return f"{after}, {lead} before the first reading of its end"
    return f"{change['axis']} {_as_words(change['before'] or 'new')} → {after}"


def _as_words(word: object) -> str:
    return "not applicable" if word == "n/a" else str(word).replace("_", " ")


def _text(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}{name}").text = clean_text(text, MAX_TEXT)


def _link(parent: Xml.Element, rel: str, href: str, media: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=href, type=media)
