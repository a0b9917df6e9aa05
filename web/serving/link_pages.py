"""What the pages behind the links of mails share: the fields posted, and the page answered."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qsl

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response

from events.database.engine import read_snapshot
from notifications.language import Language
from notifications.tables import TokenRow
from web.errors import BadQuery, BodyTooLarge
from web.pages.render import Facts, environment

Fields = list[tuple[str, str]]
MOST_FIELDS = 500
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def link_page(
    template: str,
    status: int,
    facts: Facts,
    language: Language | None = None,
    up: str = "../",
) -> Response:
    """A page that nobody caches or indexes: its address is a secret; `up` leads to the board."""
    context = {**facts, "language": language or Language(), "up": up}
    page = environment().get_template(template).render(context)
    return Response(page, status, HEADERS, "text/html; charset=utf-8")


def has_tokens(engine: Engine) -> bool:
    """Whether any mail was ever written, so that there are tables to look into."""
    with read_snapshot(engine) as connection:
        return connection.dialect.has_table(connection, str(TokenRow.__tablename__))


async def form_fields(request: Request, longest: int) -> Fields:
    """The fields of the body, of at most `longest` bytes; none where it is no form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > longest:
            raise BodyTooLarge(
                f"More than {longest:,} bytes were sent.", hint="Send no more than the form has."
            )
    return fields_of(body, request.headers.get("content-type", ""))


def fields_of(body: bytes, content_type: str) -> Fields:
    """Reads the fields of a form, urlencoded or multipart; none where it is neither."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            return parse_qsl(
                body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
            )
        except ValueError as error:
            raise BadQuery(
                f"More than {MOST_FIELDS} fields were sent.", hint="Open the page again."
            ) from error
    if kind != "multipart/form-data" or not content_type.isascii():
        return []
    head = content_type.replace("\r", "").replace("\n", "")
    parts = message_from_bytes(f"Content-Type: {head}\r\n\r\n".encode() + body, policy=HTTP)
    if not parts.is_multipart():
        return []
    fields = []
    for part in parts.iter_parts():
        content = part.get_payload(decode=True)
        text = content.decode("utf-8", "replace").strip() if isinstance(content, bytes) else ""
        fields.append((str(part.get_param("name", header="content-disposition")), text))
    return fields
