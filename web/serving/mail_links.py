"""Answers the links in mails that begin or end something: GET shows what, POST does it.

A mail program posts `List-Unsubscribe=One-Click` without any page (RFC 8058), so no cookie, login,
redirect or form secret is asked for, and the same again is answered the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from anyio import to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.database.engine import open_engine
from events.errors import HintedError
from notifications.prose.reader import Reader
from notifications.subscriptions import link_actions
from notifications.subscriptions.link_actions import ALREADY, DONE, EXPIRED, UNKNOWN, LinkOutcome
from notifications.subscriptions.reader_words import about_words, rhythm_words
from web.errors import BadQuery
from web.model.library import Library
from web.model.query import parse_query
from web.pages.preference_page import offer_of
from web.pages.render import Facts
from web.serving.link_pages import form_fields, has_tokens, link_page

if TYPE_CHECKING:
    from web.settings import Site

ADDRESSES = ("/u/{token}", "/c/{token}")
"""The links of digests, and those of opt-in mails."""
LONGEST_BODY = 4096
ONE_CLICK = ("List-Unsubscribe", "One-Click")
CONFIRMED = ("act", "confirm")
STATUS = {DONE: 200, ALREADY: 200, UNKNOWN: 404, EXPIRED: 410}


def mail_routes(library: Library) -> list[Route]:
    """Both addresses are answered alike: what a token gives a right to is looked up.

    A standby may not know a token yet that has gone out, so it is never asked.
    """
    site, names = library.site, library.for_anybody()
    engine = open_engine(site.db, read_only=True)

    async def show(request: Request) -> Response:
        outcome = await to_thread.run_sync(_look_up, request.path_params["token"], site, engine)
        about = await to_thread.run_sync(_about, outcome, names)
        return _page(outcome, STATUS[outcome.outcome], about, is_question=True)

    async def act(request: Request) -> Response:
        fields = await form_fields(request, LONGEST_BODY)
        if ONE_CLICK not in fields and CONFIRMED not in fields:
            raise BadQuery(
                "This address takes List-Unsubscribe=One-Click.", hint="Open it in a browser."
            )
        action = link_actions.unsubscribe if ONE_CLICK in fields else link_actions.confirm
        token = request.path_params["token"]
        outcome = await to_thread.run_sync(_act, action, token, site, engine)
        # Nobody can probe for tokens: one that is not known is answered like one that is.
        is_one_click = action is link_actions.unsubscribe
        about = await to_thread.run_sync(_about, outcome, names)
        return _page(outcome, 200 if is_one_click else STATUS[outcome.outcome], about)

    return [
        Route(path, endpoint, methods=[method])
        for path in ADDRESSES
        for method, endpoint in (("GET", show), ("POST", act))
    ]


def _look_up(token: str, site: Site, engine: Engine) -> LinkOutcome:
    if not has_tokens(engine):
        return LinkOutcome(UNKNOWN)
    return link_actions.look_up(engine, token, site.clock())


def _act(action: Callable[..., LinkOutcome], token: str, site: Site, engine: Engine) -> LinkOutcome:
    """Does it. Only here is the database opened to be written, and only for a known token."""
    if _look_up(token, site, engine).outcome == UNKNOWN:
        return LinkOutcome(UNKNOWN)
    return action(open_engine(site.db), token, site.clock())


def _about(outcome: LinkOutcome, library: Library) -> Facts:
    """What the mails are about, by names that anybody may see, and when they come."""
    subscription = outcome.subscription
    if subscription is None:
        return {}
    now = library.site.clock()
    names: Mapping[str, str] = {}
    parties: Mapping[str, str] = {}
    # Nobody is kept from leaving because the record cannot be read.
    with suppress(HintedError), library.reader(parse_query({}, now, library.site.tz)) as reader:
        offer = offer_of(reader, subscription.wants)
        names, parties = {**offer["agreements"], **offer["commitments"]}, offer["parties"]
    words = Reader(subscription.zone, now, parties, outcome.language)
    return {
        "follows": about_words(subscription.wants, words, names),
        "rhythm": rhythm_words(subscription.preferences, words),
    }


def _page(
    outcome: LinkOutcome, status: int, about: Facts, *, is_question: bool = False
) -> Response:
    is_open_question = is_question and outcome.outcome == DONE
    facts = {"outcome": outcome, "is_question": is_open_question, **about}
    return link_page("mail.html.j2", status, facts, outcome.language)
