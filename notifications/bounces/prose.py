"""Reads what went wrong from the prose of a report that has no part for machines. Pure.

Only what came to an address that we signed for one message is read so: nothing else says which
message it is about, and prose is easily misread.
"""

from __future__ import annotations

import re
from email.message import Message
from typing import NamedTuple

from notifications.bounces.verdicts import REPLY, STATUS, status_of
from notifications.mail.headers import header_words

MOST_TEXT = 20_000
"""What went wrong stands at the beginning; the message that came back may be long."""
DELAY = re.compile(
    r"not yet been delivered|has been (?:delayed|postponed)|advisory-only|this is (?:just |only )?a"
    r" warning|will (?:be retried|continue to (?:try|attempt))|warning message only",
    re.IGNORECASE,
)
"""A warning: the server goes on trying."""
AUTOMATIC_ANSWERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-From")
ABSENCE = re.compile(
    r"^\W*(?:auto(?:matic|mated|matische)?[- ]?(?:reply|response|antwort)|automatische antwort"
    r"|r[ée]ponse automatique|out of (?:the )?office|i am away|on (?:vacation|leave)|abwesen\w*"
    r"|nicht im b[üu]ro|urlaub\w*|absence|vacation)\b",
    re.IGNORECASE,
)
"""How subjects of answers begin that programs write for people who are away. Not all say so in a
header, and the telephone number in one reads like a reply of SMTP."""
WHO = r"(?:user|recipient|mailbox|address|account|name)"
ABSENT = (
    r"(?:unknown|not known|not (?:be )?found|does(?: not|n't) exist|not listed|invalid|unavailable"
    r"|not exist|no longer)"
)
WORDS = (
    ("5.2.2", r"(?:mailbox|quota|inbox|account|storage)\b.{0,40}\b(?:full|exceed\w*|over)"),
    ("5.2.2", r"over quota"),
    ("5.7.1", r"\bspam\b|blocked|black-?list|policy|not authori[sz]ed|relay(?:ing)? denied"),
    ("5.3.4", r"too (?:large|big)|exceeds? .{0,20}size"),
    ("5.2.1", rf"{WHO}.{{0,40}}(?:disabled|inactive|suspended|deactivated)"),
    ("5.1.2", r"(?:host|domain).{0,30}(?:unknown|not found|does(?: not|n't) exist)"),
    ("5.1.2", r"no such domain|unrouteable|name server.{0,40}not found"),
    ("5.1.1", rf"{WHO}\b.{{0,60}}{ABSENT}"),
    ("5.1.1", rf"(?:unknown|no such|invalid|bad|non-?existent).{{0,20}}(?:{WHO}|person)"),
    ("5.1.1", r"does(?: not|n't) have an? .{0,30}account|not our customer|no mailbox here"),
    ("5.1.1", r"no valid recipients|did not (?:exactly )?match an? .{0,20}address"),
    ("5.1.2", r"unknown host|nameserver (?:query|error)|no final .{0,10}delivery point"),
    ("5.0.0", r"(?:could not|cannot|can't|unable to|was not|wasn't able to|not) (?:be )?deliver"),
    (
        "5.0.0",
        r"deliver[yi]\w*.{0,60}(?:failed|aborted|failure|problem)|did not reach the following",
    ),
    ("5.0.0", r"undeliver\w+|permanent error|returned mail|returning to sender|failure notice"),
)
PHRASES = tuple((status, re.compile(pattern, re.IGNORECASE)) for status, pattern in WORDS)
"""What is said in words, as the status that it means; the first that is found counts."""


class Reading(NamedTuple):
    """A status, and the line that it was read from."""

    status: str
    line: str


def reading_of(text: str) -> Reading | None:
    """The failure that a text tells of: by a code where it has one, else by its words."""
    return _coded(text) or _worded(text)


def refined(status: str, words: str) -> str:
    """A status that says nothing (x.0.0), by the words of the server where these say it."""
    reading = _worded(words) if status in ("", "5.0.0") else None
    return reading.status if reading else status or "5.0.0"


def reading_of_answer(message: Message, text: str) -> Reading | None:
    """The failure that a message tells of which says that a machine answers with it.

    Mail systems and people's "out of office" both say so (RFC 3834). It is the first only where
    it has a code and speaks of a failure, or says that it rejects.
    """
    if "rejected" in str(message.get("Auto-Submitted", "")):
        return reading_of(text)
    return _coded(text) if _worded(text) else None


def _coded(text: str) -> Reading | None:
    lines = [" ".join(line.split()) for line in text[:MOST_TEXT].splitlines()]
    for pattern in (STATUS, REPLY):
        for line in lines:
            code = pattern.search(f"{line} ")
            if code is not None and code[1] in "45":
                return Reading(refined(status_of(line), line), line)
    return None


def _worded(text: str) -> Reading | None:
    whole = " ".join(text[:MOST_TEXT].split())
    for status, phrase in PHRASES:
        if match := phrase.search(whole):
            return Reading(status, match[0])
    return None


def is_automatic_answer(message: Message) -> bool:
    """Whether it says that a machine answers with it (RFC 3834), or that somebody is away."""
    marks = str(message.get("Auto-Submitted", "")).lower()
    is_bulk = str(message.get("Precedence", "")).lower() in ("auto_reply", "auto-reply")
    is_marked = any(name in message for name in AUTOMATIC_ANSWERS)
    is_absence = ABSENCE.match(header_words(message, "Subject")) is not None
    return marks.startswith("auto-replied") or is_bulk or is_marked or is_absence
