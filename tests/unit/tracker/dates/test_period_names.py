"""A period has the name that people give it: by its month, its week, its quarter, or its days."""

from __future__ import annotations

from datetime import date

import pytest

from notifications.language import Language
from tracker.dates.period_names import span_of, span_words

NOW = date(2026, 8, 10)
MONTHLY, QUARTERLY, YEARLY = "FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=3", "FREQ=YEARLY"


@pytest.mark.parametrize(
    ("rule", "begin", "english", "german"),
    [
        (MONTHLY, "2026-07-01", "July", "Juli"),
        (MONTHLY, "2025-07-01", "July 2025", "Juli 2025"),
        (MONTHLY, "2026-07-15", "15 July to 14 August", "die Zeit vom 15. Juli bis 14. August"),
        (
            MONTHLY,
            "2025-12-15",
            "15 December 2025 to 14 January 2026",
            "die Zeit vom 15. Dezember 2025 bis 14. Januar 2026",
        ),
        (
            MONTHLY,
            "2025-07-15",
            "15 July to 14 August 2025",
            "die Zeit vom 15. Juli bis 14. August 2025",
        ),
        ("FREQ=WEEKLY", "2026-07-06", "the week of 6 July", "die Woche vom 6. Juli"),
        ("FREQ=WEEKLY", "2025-12-29", "the week of 29 December 2025",
         "die Woche vom 29. Dezember 2025"),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-07-06", "6 to 19 July", "die Zeit vom 6. bis 19. Juli"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-07-06", "6 to 8 July", "die Zeit vom 6. bis 8. Juli"),
        (QUARTERLY, "2026-07-01", "the third quarter of 2026", "das dritte Quartal 2026"),
        (QUARTERLY, "2026-08-01", "August to October", "August bis Oktober"),
        ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=1", "2026-01-01", "the first half of 2026",
         "das erste Halbjahr 2026"),
        (YEARLY, "2026-01-01", "2026", "2026"),
        (YEARLY, "2026-04-01", "April 2026 to March 2027", "April 2026 bis März 2027"),
        (YEARLY, "2026-07-20", "20 July 2026 to 19 July 2027",
         "die Zeit vom 20. Juli 2026 bis 19. Juli 2027"),
        ("FREQ=DAILY", "2026-07-01", "Wed 1 July", "Mi 1. Juli"),
        ("FREQ=DAILY;BYHOUR=8", "2026-07-01", "Wed 1 July", "Mi 1. Juli"),
    ],
)  # fmt: skip
def test_a_period_is_named_as_people_name_it(
    rule: str, begin: str, english: str, german: str
) -> None:
    """By month, week, quarter, half or year; by its days where it is none of these."""
    span = span_of(rule, date.fromisoformat(begin))
    named = [span_words(span, NOW, Language(code)) for code in ("en", "de")]
    assert [english, german] == named


@pytest.mark.parametrize(
    ("rule", "begin", "words"),
    [
        (MONTHLY, "2026-07-01", "July 2026"),
        ("FREQ=WEEKLY", "2026-07-06", "the week of 6 July 2026"),
        (MONTHLY, "2026-07-15", "15 July to 14 August 2026"),
        ("FREQ=DAILY", "2026-07-01", "1 July 2026"),
    ],
)
def test_the_command_line_and_the_board_write_each_year(rule: str, begin: str, words: str) -> None:
    """As they do with every other date."""
    assert words == span_words(span_of(rule, date.fromisoformat(begin)))
