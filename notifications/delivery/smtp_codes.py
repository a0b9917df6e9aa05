"""Finds the codes of SMTP in text: replies, and enhanced status (RFC 3463). Pure."""

from __future__ import annotations

import re

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.])([45])[0-5]\d[ -]")


def status_of(given: str, diagnostic: str = "") -> str:
    """The enhanced status; one that says nothing (x.0.0) gives way to that of the diagnostic.

    Without any it is the class of a reply's code, as x.0.0; empty where there is none.
    """
    status, detailed = STATUS.search(given), STATUS.search(diagnostic)
    if detailed and (status is None or status[0].endswith(".0.0")):
        return detailed[0]
    if status:
        return status[0]
    replies = (REPLY.search(f"{text} ") for text in (given, diagnostic))
    reply = next(filter(None, replies), None)
    return f"{reply[1]}.0.0" if reply else ""
