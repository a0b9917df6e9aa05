"""Sends a finished answer: as it is or compressed, or 304 where the browser has it already."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from web.serving.cache import Answer

NOTHING = re.compile(r"q\s*=\s*0(\.0*)?\s*$")
"""A quality that refuses a coding."""
PACKED_TAG = '-gzip"'
"""How the tag of a compressed answer ends, which is other bytes."""


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
