"""Answers the links in mails that begin or end something: GET shows what, POST does it.

A mail program posts `List-Unsubscribe=One-Click` without any page (RFC 8058), so no cookie, login,
redirect or form secret is asked for, and the same again is answered the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from anyio import to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.database.engine import open_engine
from notifications.subscriptions import link_actions as links
from notifications.subscriptions.link_actions import ALREADY, DONE, EXPIRED, UNKNOWN, LinkOutcome
from web.errors import BadQuery
from web.serving.link_pages import form_fields, has_tokens, link_page

if TYPE_CHECKING:
    from web.settings import Site

ADDRESSES = ("/u/{token}", "/c/{token}")
"""The links of digests, and those of opt-in mails."""
LONGEST_BODY = 4096
ONE_CLICK = ("List-Unsubscribe", "One-Click")
CONFIRMED = ("act", "confirm")
STATUS = {DONE: 200, ALREADY: 200, UNKNOWN: 404, EXPIRED: 410}


def mail_routes(site: Site) -> list[Route]:
    """Both addresses are answered alike: what a token gives a right to is looked up.

    A standby may not know a token yet that has gone out, so it is never asked.
    """
    engine = open_engine(site.db, read_only=True)

    async def show(request: Request) -> Response:
        outcome = await to_thread.run_sync(_look_up, request.path_params["token"], site, engine)
        return _page(outcome, STATUS[outcome.outcome], is_question=True)

    async def act(request: Request) -> Response:
        fields = await form_fields(request, LONGEST_BODY)
        if ONE_CLICK not in fields and CONFIRMED not in fields:
            raise BadQuery(
                "This address takes List-Unsubscribe=One-Click.", hint="Open it in a browser."
            )
        action = links.unsubscribe if ONE_CLICK in fields else links.confirm
        token = request.path_params["token"]
        outcome = await to_thread.run_sync(_act, action, token, site, engine)
        # Nobody can probe for tokens: one that is not known is answered like one that is.
        is_one_click = action is links.unsubscribe
        return _page(outcome, 200 if is_one_click else STATUS[outcome.outcome])

    return [
        Route(path, endpoint, methods=[method])
        for path in ADDRESSES
        for method, endpoint in (("GET", show), ("POST", act))
    ]


def _look_up(token: str, site: Site, engine: Engine) -> LinkOutcome:
    if not has_tokens(engine):
        return LinkOutcome(UNKNOWN)
    return links.look_up(engine, token, site.clock())


def _act(action: Callable[..., LinkOutcome], token: str, site: Site, engine: Engine) -> LinkOutcome:
    """Does it. Only here is the database opened to be written, and only for a known token."""
    if _look_up(token, site, engine).outcome == UNKNOWN:
        return LinkOutcome(UNKNOWN)
    return action(open_engine(site.db), token, site.clock())


def _page(outcome: LinkOutcome, status: int, *, is_question: bool = False) -> Response:
    facts = {"outcome": outcome, "is_question": is_question and outcome.outcome == DONE}
    return link_page("mail.html.j2", status, facts, outcome.language)
