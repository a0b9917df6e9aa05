"""A finished answer, and how it is sent: as it is, compressed, or as 304 where it is known."""

from __future__ import annotations

import gzip
import hashlib
import re

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

NOTHING = re.compile(r"q\s*=\s*0(\.0*)?\s*$")
"""A quality that refuses a coding."""
PACKED_TAG = '-gzip"'
"""How the tag of a compressed answer ends, which is other bytes."""
LEAST_PACKED, PACKING, QUICKLY_PACKED = 1000, 5, 2 * 2**20
"""Bytes from which on an answer is compressed, the level, and from where on the quickest one."""


class Answer(Struct, frozen=True):
    """A finished answer; `text_positions` are the events whose erasable text it shows.

    `packed` is the body compressed by gzip, once for all readers; empty where that saves nothing.
    """

    body: bytes
    media: str
    etag: str
    status: int = 200
    attachment: bool = False
    text_positions: frozenset[int] = frozenset()
    packed: bytes = b""


def packed(answer: Answer) -> Answer:
    """The answer with its body compressed, too, unless that saves nothing."""
    if len(answer.body) < LEAST_PACKED:
        return answer
    level = PACKING if len(answer.body) < QUICKLY_PACKED else 1
    smaller = gzip.compress(answer.body, level, mtime=0)
    return replace(answer, packed=smaller) if len(smaller) < len(answer.body) else answer


def entity_tag(content: bytes, *, weak: bool) -> str:
    """Equal content, equal tag; weak where bodies may differ in the instants of the clock."""
    quoted = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return f"W/{quoted}" if weak else quoted


def response(request: Request, answer: Answer, name: str, caching: str) -> Response:
    """Sends an answer, or 304 where the browser has the same already."""
    is_packed = answer.packed and takes_gzip(request.headers.get("accept-encoding", ""))
    etag = answer.etag.removesuffix('"') + PACKED_TAG if is_packed else answer.etag
    headers = {"ETag": etag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if matches(request.headers.get("if-none-match", ""), answer.etag):
        return Response(status_code=304, headers=headers)
    if answer.attachment:
        headers["Content-Disposition"] = f'attachment; filename="{name.replace("_csv", ".csv")}"'
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    body = answer.packed if is_packed else answer.body
    return Response(body, answer.status, headers, answer.media)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether Accept-Encoding names gzip, and not with a quality of nothing."""
    codings = (each.partition(";") for each in accept_encoding.lower().split(","))
    return any(name.strip() == "gzip" and not NOTHING.search(q) for name, _, q in codings)


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a tag is among those of If-None-Match, compared weakly (RFC 9110, 13.1.2).

    The compressed answer says the same as the other, so that either will do.
    """
    tags = {
        tag.strip().removeprefix("W/").replace(PACKED_TAG, '"') for tag in if_none_match.split(",")
    }
    return "*" in tags or etag.removeprefix("W/") in tags
