"""Words an alert and its reasons for a digest. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from notifications.alerts.kinds import KINDS
from notifications.language import Language
from notifications.mail.headers import clean_text
from tracker.dates.durations import parse_duration
from tracker.documents.news_words import (
    NOTICE_TAKEN_BACK,
    in_period_words,
    moved_ends_words,
    news_words,
    speakers_words,
)
from tracker.entries.lookup import GENERATED_ID, known_as

if TYPE_CHECKING:
    from notifications.alerts.alert import Alert

ENGLISH = Language()
UNNUMBERED: Mapping[str, int] = {}
LONGEST = 300


def what_happened(alert: Alert) -> str:
    """The news of an alert, as it follows the id of its commitment."""
    if alert.kind == "contested_end_closed" and alert.after not in ("past", "in_grace"):
        return "has an end that is contested no more"
    if (alert.axis, alert.kind) == ("period", "state_changed"):
        return line(_news(alert))
    if (alert.axis, alert.after) == ("withdrawal", "revoked"):
        return line(f"{NOTICE_TAKEN_BACK}{speakers_words(alert.origin)}")
    words = KINDS[alert.kind].words.format(
        axis=alert.axis,
        lead=parse_duration(alert.lead).words if alert.lead else "",
        before=_plain(alert.before or "new"),
        # A breach to which nobody gave a name goes by none.
        after=_plain(" ".join(GENERATED_ID.sub("", alert.after).split())),
        how=_how_missed(alert),
        by=speakers_words(alert.origin),
        news=_plain(_news(alert)),
        ends=f": {moves}" if (moves := moved_ends_words(alert.origin.get("ends", []))) else "",
        in_period=in_period_words(str(alert.before), alert.periods)
        if alert.axis == "period"
        else "",
    )
    return line(words)


def _news(alert: Alert) -> str:
    change = {
        "axis": alert.axis,
        "before": alert.before,
        "after": alert.after,
        "rule": alert.rule,
        "events": alert.events,
        **alert.origin,
    }
    return news_words(change, alert.periods)


def _how_missed(alert: Alert) -> str:
    delivered = alert.origin.get("delivered")
    if alert.after == "partial":
        return f"only partly met ({delivered})" if delivered else "only partly met"
    return "has exceeded its limit" if (alert.periods or {}).get("cap") else "missed"


def _plain(words: str) -> str:
    """Words without underscores, but for names of zones: `(Africa/Addis_Ababa)`."""
    return " ".join(word if "/" in word else word.replace("_", " ") for word in words.split(" "))


def line(text: str) -> str:
    """Free text on one line, without controls that would break HTML or reverse its direction."""
    return clean_text(text, LONGEST)


def named(agreement: str, title: str) -> str:
    """An agreement by title and id."""
    return agreement if agreement == title else f"{title} ({agreement})"


def why_sent(
    alert: Alert, language: Language = ENGLISH, numbers: Mapping[str, int] = UNNUMBERED
) -> str:
    """The rule and the events behind an alert, those with `numbers` by these."""
    return reason_words(alert.rule, alert.events, language, numbers)


def reason_words(
    rule: str, events: Sequence[str], language: Language, numbers: Mapping[str, int] = UNNUMBERED
) -> str:
    if not events:
        return language.text("rule {rule}", rule=rule)
    names = ", ".join(known_as(event, numbers.get(event)) for event in events)
    return language.text("rule {rule}, event {events}", rule=rule, events=names)
