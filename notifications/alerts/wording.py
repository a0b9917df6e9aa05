"""Words an alert, a reading and an instant for a digest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from notifications.alerts.kinds import KINDS
from notifications.language import Language
from notifications.mail.headers import clean_text
from tracker.documents.news_words import moved_ends_words, news_words, speakers_words

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert

ENGLISH = Language()
LONGEST = 300
UNITS = {"D": "day", "W": "week"}


def what_happened(alert: Alert) -> str:
    """The news of an alert, as it follows the id of its commitment."""
    if alert.kind == "contested_end_closed" and alert.after not in ("past", "in_grace"):
        return "has an end that is contested no more"
    if alert.axis == "period" and alert.kind == "state_changed":
        return line(f"period of {alert.before}: {_plain(alert.after)}")
    ends = alert.origin.get("ends", [])
    words = KINDS[alert.kind].words.format(
        axis=alert.axis,
        lead=_lead_words(str(alert.lead)),
        before=_plain(alert.before or "new"),
        after=_plain(alert.after),
        how="only partly met" if alert.after == "partial" else "missed",
        by=speakers_words(alert.origin),
        news=_plain(news_words(alert.axis, alert.before, alert.after, alert.rule, ends)),
        ends=f": {moves}" if (moves := moved_ends_words(ends)) else "",
    )
    return line(words)


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _lead_words(lead: str) -> str:
    number, unit = lead[1:-1], UNITS.get(lead[-1:])
    is_plain = unit is not None and number.isdigit()
    return f"{number} {unit}{'' if number == '1' else 's'}" if is_plain else lead


def line(text: str) -> str:
    """Free text on one line, without controls that would break HTML or reverse its direction."""
    return clean_text(text, LONGEST)


def named(agreement: str, title: str) -> str:
    """An agreement by title and id."""
    return agreement if agreement == title else f"{title} ({agreement})"


def why_sent(alert: Alert, language: Language = ENGLISH) -> str:
    """The rule and the events behind an alert."""
    return reason_words(alert.rule, alert.events, language)


def reason_words(rule: str, events: Sequence[str], language: Language = ENGLISH) -> str:
    if not events:
        return language.text("rule {rule}", rule=rule)
    return language.text("rule {rule}, event {events}", rule=rule, events=", ".join(events))


def local(at: datetime, zone: str) -> str:
    """An instant in the reader's zone, with its offset."""
    local_time = at.astimezone(ZoneInfo(zone))
    return f"{local_time:%a %d %b %Y %H:%M} {local_time:%z}"
