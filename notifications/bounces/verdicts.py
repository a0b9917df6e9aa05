"""Decides what a failure of delivery means for its address: whose fault is it? Pure.

A reader is stopped for good only where the address is known to be gone. What a server refuses for
our sake (policy, sender, block list, size, rate) says nothing of the reader, and is told the
operator. Codes are those of RFC 3463 and its registry.
"""

from __future__ import annotations

import re
from typing import Literal

Verdict = Literal["stop", "count", "ours", "transient", "ignored"]

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.])([45])[0-5]\d[ -]")
"""Codes in text: enhanced status, and replies of three digits."""
GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox or domain, bad syntax of the address, moved, null MX, disabled."""
OUR_STATUSES = ("5.7.", "5.5.", "5.6.", "4.7.", "4.5.", "4.6.")
OUR_STATUS = frozenset({"5.1.7", "5.1.8", "5.3.4", "5.2.3", "5.4.6", "5.3.2"})
"""Bad sender address, sender's domain, too large, a loop, a host that takes no mail of ours."""
OUR_FAULTS = re.compile(
    r"\b(?:block(?:ed|list)|black-?list(?:ed)?|deny-?list(?:ed)?|spam(?:haus|cop)?|dnsbl|rbl|barracuda"
    r"|reputation|dmarc|spf|dkim|unauthenticated|reverse dns|ptr record|no ptr"
    r"|rate limit(?:ed)?|too many (?:connections|messages|recipients)|throttl\w+|unsolicited"
    r"|relay(?:ing)? (?:access )?denied|not permitted to relay|message (?:size|too large)|virus"
    r"|content reject\w*|policy (?:reasons?|violation)|sender (?:address )?(?:denied|rejected))\b",
    re.IGNORECASE,
)
"""What servers say when they refuse the sender or the message and not the address."""
ABOUT_RATE = re.compile(
    r"\brate\b|too (?:quickly|fast|many)|try again later|throttl", re.IGNORECASE
)
DELIVERED_ACTIONS = frozenset({"delivered", "relayed", "expanded"})
DELAYED_ACTIONS = frozenset({"delayed", "delay"})


def verdict_of(status: str, detail: str = "", action: str = "failed") -> Verdict:
    """What follows from an enhanced status and the words of the server."""
    if action in DELIVERED_ACTIONS or status.startswith("2"):
        return "ignored"
    if action in DELAYED_ACTIONS:
        return "transient"
    if status in GONE and not (status == "5.2.1" and ABOUT_RATE.search(detail)):
        return "stop"
    is_ours = status in OUR_STATUS or status.startswith(OUR_STATUSES)
    if is_ours or status == "5.2.1" or OUR_FAULTS.search(detail):
        return "ours"
    return "count" if status.startswith(("4", "5")) else "ignored"


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
