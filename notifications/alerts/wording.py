"""Words an alert and its reasons for a digest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notifications.alerts.kinds import KINDS
from notifications.language import Language
from notifications.mail.headers import clean_text
from tracker.dates.durations import parse_duration
from tracker.documents.news_words import moved_ends_words, news_words, speakers_words

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert

ENGLISH = Language()
LONGEST = 300


def what_happened(alert: Alert) -> str:
    """The news of an alert, as it follows the id of its commitment."""
    if alert.kind == "contested_end_closed" and alert.after not in ("past", "in_grace"):
        return "has an end that is contested no more"
    if alert.axis == "period" and alert.kind == "state_changed":
        return line(f"period of {alert.before}: {_plain(alert.after)}")
    ends = alert.origin.get("ends", [])
    words = KINDS[alert.kind].words.format(
        axis=alert.axis,
        lead=parse_duration(alert.lead).words if alert.lead else "",
        before=_plain(alert.before or "new"),
        after=_plain(alert.after),
        how="only partly met" if alert.after == "partial" else "missed",
        by=speakers_words(alert.origin),
        news=_plain(
            news_words(alert.axis, alert.before, alert.after, alert.rule, ends, alert.events)
        ),
        ends=f": {moves}" if (moves := moved_ends_words(ends)) else "",
    )
    return line(words)


def _plain(words: str) -> str:
    """Words without underscores, but for names of zones: `(Africa/Addis_Ababa)`."""
    return " ".join(word if "/" in word else word.replace("_", " ") for word in words.split(" "))


def line(text: str) -> str:
    """Free text on one line, without controls that would break HTML or reverse its direction."""
    return clean_text(text, LONGEST)


def named(agreement: str, title: str) -> str:
    """An agreement by title and id."""
    return agreement if agreement == title else f"{title} ({agreement})"


def why_sent(alert: Alert, language: Language = ENGLISH) -> str:
    """The rule and the events behind an alert."""
    return reason_words(alert.rule, alert.events, language)


def reason_words(rule: str, events: Sequence[str], language: Language) -> str:
    if not events:
        return language.text("rule {rule}", rule=rule)
    return language.text("rule {rule}, event {events}", rule=rule, events=", ".join(events))
