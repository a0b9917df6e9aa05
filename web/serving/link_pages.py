"""Answers with the pages behind the links of mails, in the language of their reader."""

from __future__ import annotations

from sqlalchemy import Engine
from starlette.responses import Response

from events.database.engine import read_snapshot
from notifications.language import Language
from notifications.tables import TokenRow
from web.pages.render import Facts, environment

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
