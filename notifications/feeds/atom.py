"""The Atom feed: every change of every axis, newest knowledge first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from notifications.mail.headers import clean_text
from tracker.documents.news_words import change_words

ATOM = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 100
"""How many changes a feed holds."""
MAX_TEXT = 2000
EPOCH = "1970-01-01T00:00:00Z"


def atom(
    changes: Sequence[Mapping[str, Any]],
    promises: Mapping[str, str],
    *,
    title: str,
    base_url: str,
    path: str,
    note: str,
) -> bytes:
    """A feed of changes; `path` is where it lies under `base_url`, `note` says as of what."""
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _text(feed, "id", f"{base_url}{path}")
    _text(feed, "title", title)
    _text(feed, "subtitle", note)
    _text(feed, "updated", max((change["known_at"] for change in changes), default=EPOCH))
    _text(Xml.SubElement(feed, f"{{{ATOM}}}author"), "name", "pactwatch")
    _link(feed, "self", f"{base_url}{path}", "application/atom+xml")
    _link(feed, "alternate", base_url, "text/html")
    for change in changes:
        _entry(feed, change, promises.get(change["commitment"], ""), base_url)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def _entry(feed: Xml.Element, change: Mapping[str, Any], promise: str, base_url: str) -> None:
    entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
    page = f"{base_url}commitments/{quote(str(change['commitment']), safe='')}"
    _text(entry, "id", identity(change))
    _text(entry, "title", f"{change['commitment']}: {what(change)}")
    _text(entry, "updated", change["known_at"])
    _link(entry, "alternate", page, "text/html")
    Xml.SubElement(entry, f"{{{ATOM}}}category", term=clean_text(str(change["axis"]), MAX_TEXT))
    because = f", because of {', '.join(change['events'])}" if change["events"] else ""
    words = f"It came about at {change['at']} by rule {change['rule']}{because}."
    _text(entry, "summary", f"{promise.rstrip('.')}. {words}" if promise else words)


def identity(change: Mapping[str, Any]) -> str:
    """The id of a change, the same in every feed, wherever it is served."""
    parts = [change["commitment"], change["at"], change["axis"], change["after"], change["lead"]]
    # An incident may be alleged twice on one day.
    parts += change["events"] if change.get("by") else ()
    return uuid5(NAMESPACE_URL, "pactwatch:" + "/".join(map(str, parts))).urn


def is_news(change: Mapping[str, Any]) -> bool:
    """Whether a change is news: the timing of a promise when it was first recorded is not."""
    return change["axis"] != "timing" or change["before"] is not None or bool(change["lead"])


def what(change: Mapping[str, Any]) -> str:
    """A change in words: which axis, from what to what."""
    if news := change_words(change):
        return news
    after = _as_words(change["after"])
    if change["lead"]:
        return f"{after}, {str(change['lead'])[1:].lower()} before the first reading of its end"
    return f"{change['axis']} {_as_words(change['before'] or 'new')} → {after}"


def _as_words(word: object) -> str:
    return "not applicable" if word == "n/a" else str(word).replace("_", " ")


def _text(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}{name}").text = clean_text(text, MAX_TEXT)


def _link(parent: Xml.Element, rel: str, href: str, media: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=href, type=media)
