"""A finished answer, and how it is sent: as it is, compressed, or as 304 where it is known."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from web.api.bodies import Body, body_of, pieces_of

NOTHING = re.compile(r"q\s*=\s*0(\.0*)?\s*$")
"""A quality that refuses a coding."""
PACKED_TAG = '-gzip"'
"""How the tag of a compressed answer ends, which is other bytes."""
GZIP = 16 + zlib.MAX_WBITS
"""What zlib takes for: with head and tail of gzip, and no instant in it."""
LEAST_PACKED, PACKING, QUICKLY_PACKED = 1000, 5, 2 * 2**20
"""Bytes from which on an answer is compressed, the level, and from where on the quickest one."""


class Answer(Struct, frozen=True):
    """A finished answer; `text_positions` are the events whose erasable text it shows.

    `packed` is the body compressed by gzip, once for all readers; empty where that saves nothing.
    `responses` are made when the first reader takes them, by whether they are compressed.
    """

    body: Body
    media: str
    etag: str
    status: int = 200
    attachment: bool = False
    text_positions: frozenset[int] = frozenset()
    packed: Body = b""
    responses: dict[bool, Response] = field(default_factory=dict)


def packed(answer: Answer) -> Answer:
    """The answer with its body compressed, too, unless that saves nothing."""
    if len(answer.body) < LEAST_PACKED:
        return answer
    level = PACKING if len(answer.body) < QUICKLY_PACKED else 1
    smaller = body_of(_compressed(pieces_of(answer.body), level))
    return replace(answer, packed=smaller) if len(smaller) < len(answer.body) else answer


def _compressed(pieces: Iterable[bytes], level: int) -> Iterator[bytes]:
    packer = zlib.compressobj(level, wbits=GZIP)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def entity_tag(content: Body, *, weak: bool) -> str:
    """Equal content, equal tag; weak where bodies may differ in the instants of the clock."""
    digest = hashlib.sha256()
    for piece in pieces_of(content):
        digest.update(piece)
    quoted = f'"{digest.hexdigest()[:32]}"'
    return f"W/{quoted}" if weak else quoted


def response(request: Request, answer: Answer, name: str, caching: str) -> Response:
    """The response of an answer, or 304 where the browser has the same already."""
    headers = request.headers
    is_packed = bool(answer.packed) and takes_gzip(headers.get("accept-encoding", ""))
    if (tags := headers.get("if-none-match")) and matches(tags, answer.etag):
        return Response(status_code=304, headers=_headers(answer, caching, is_packed=is_packed))
    made = answer.responses.get(is_packed)
    if made is None:
        whole = _headers(answer, caching, is_packed=is_packed)
        if answer.attachment:
            whole["Content-Disposition"] = f'attachment; filename="{name.replace("_csv", ".csv")}"'
        if is_packed:
            whole["Content-Encoding"] = "gzip"
        body = answer.packed if is_packed else answer.body
        if not isinstance(body, bytes):
            # Read from the disk anew by each, so nothing of it is shared.
            whole["Content-Length"] = str(len(body))
            return StreamingResponse(body, answer.status, whole, answer.media)
        made = answer.responses[is_packed] = Response(body, answer.status, whole, answer.media)
    return made


def _headers(answer: Answer, caching: str, *, is_packed: bool) -> dict[str, str]:
    """The headers of whole answers and of 304."""
    etag = answer.etag.removesuffix('"') + PACKED_TAG if is_packed else answer.etag
    return {"ETag": etag, "Cache-Control": caching, "Vary": "Accept-Encoding"}


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
