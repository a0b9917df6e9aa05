"""Answers the link to what a reader has chosen: GET shows it, POST changes it, twice is once.

The token in the link is all that is asked for, as with the link that ends a subscription. What a
reader may be told at all, their ceiling by TLP, is not theirs to choose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.database.engine import open_engine
from notifications.errors import InvalidSubscription
from notifications.settings import MailSettings
from notifications.subscriptions import link_actions
from notifications.subscriptions.link_actions import LinkPreferences
from web.errors import BadQuery
from web.model.library import Library
from web.model.preference_form import Fields, day_to_come, posted_values, read_form, values_of
from web.model.query import parse_query
from web.pages.preference_page import TokenPage, offer_of, page_facts
from web.serving.link_pages import form_fields, has_tokens, link_page

LONGEST_BODY = 64 * 1024
UNPROCESSABLE, GONE = 422, 410


class PreferenceLinks:
    """Looks tokens up and acts on them; what is offered is read as every page is.

    A standby may not know a token yet that has gone out, so it is never asked for one. Nobody signs
    in to these pages, so where a board is not for everybody only what is CLEAR is offered.
    """

    def __init__(self, library: Library) -> None:
        self.site = library.site
        self.library = library.for_anybody()
        self.engine = open_engine(self.site.db, read_only=True)

    def page(self, token: str) -> TokenPage | None:
        """What a token leads to; None for one that was never given out, or does something else."""
        now = self.site.clock()
        known = (
            link_actions.preferences(self.engine, token, now) if has_tokens(self.engine) else None
        )
        if known is None:
            return None
        with self.library.reader(parse_query({}, now, self.site.tz)) as reader:
            return TokenPage(token, known, now, offer_of(reader, known.subscription.wants))

    def show(self, token: str) -> Response:
        page = self.page(token)
        return _unknown() if page is None else _answer(page, 200)

    def act(self, token: str, fields: Fields) -> Response:
        """Does what the form that was posted is for."""
        page = self.page(token)
        return _unknown() if page is None else FORMS[dict(fields)["act"]](self, page, fields)

    def change(self, page: TokenPage, fields: Fields) -> Response:
        current = page.known.subscription.preferences
        values = posted_values(fields, values_of(current))
        form = read_form(values, current, page.offer, page.reader)
        if form.errors:
            return _answer(page, UNPROCESSABLE, values=values, errors=form.errors)
        settings = MailSettings()
        act = partial(link_actions.change_preferences, settings=settings, changes=form.changes)
        return self._acted(page, act)

    def pause(self, page: TokenPage, fields: Fields) -> Response:
        errors: dict[str, str] = {}
        until = day_to_come(dict(fields).get("until", "").strip(), page.reader, errors)
        if errors:
            return _answer(page, UNPROCESSABLE, errors=errors)
        return self._acted(page, partial(link_actions.pause, until=until))

    def resume(self, page: TokenPage, _fields: Fields) -> Response:
        return self._acted(page, link_actions.resume)

    def _acted(self, page: TokenPage, act: Callable[..., LinkPreferences | None]) -> Response:
        """Does it, and says what is different now. Only here may the database be written."""
        if page.known.state == "removed":
            return _answer(page, GONE)
        try:
            known = act(open_engine(self.site.db), page.token, now=page.now)
        except InvalidSubscription as error:
            return _answer(page, UNPROCESSABLE, failure=error.message)
        if known is None:
            return _unknown()
        after = TokenPage(page.token, known, page.now, page.offer)
        return _answer(after, 200, before=page.known)


FORMS: Mapping[str, Callable[[PreferenceLinks, TokenPage, Fields], Response]] = {
    "change": PreferenceLinks.change,
    "pause": PreferenceLinks.pause,
    "resume": PreferenceLinks.resume,
}


def preference_routes(library: Library) -> list[Route]:
    """The page of a token, and the forms on it."""
    endpoints = PreferenceLinks(library)

    async def show(request: Request) -> Response:
        return await to_thread.run_sync(endpoints.show, request.path_params["token"])

    async def act(request: Request) -> Response:
        fields = await form_fields(request, LONGEST_BODY)
        if dict(fields).get("act") not in FORMS:
            raise BadQuery("This address takes what its form sends.", hint="Open it in a browser.")
        return await to_thread.run_sync(endpoints.act, request.path_params["token"], fields)

    path = "/p/{token}"
    return [Route(path, show, methods=["GET"]), Route(path, act, methods=["POST"])]


def _answer(page: TokenPage, status: int, **more: object) -> Response:
    facts = page_facts(page, **more)  # type: ignore[arg-type]
    return link_page("preferences.html.j2", status, facts, page.reader.language)


def _unknown() -> Response:
    return link_page("preferences.html.j2", 404, {"page": None})
