"""Answers the links beside news in mails: GET shows what is open, POST acknowledges or snoozes it.

As with every link in a mail its token is all that is asked for, and looking writes nothing.
"""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.database.engine import open_engine
from notifications.alerts.marks import ACK
from notifications.planning.link_marks import LinkedNews, linked_news, mark_news
from web.errors import BadQuery
from web.model.mark_form import ACTS, MarkValues, posted_mark, read_mark
from web.serving.link_pages import Fields, form_fields, has_tokens, link_page
from web.settings import Site

LONGEST_BODY = 16 * 1024
UNPROCESSABLE, GONE = 422, 410


class MarkLinks:
    """Looks tokens up and acts on them; a standby, which may not know one yet, is never asked."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.engine = open_engine(site.db, read_only=True)

    def show(self, token: str, commitment: str) -> Response:
        linked = self._look_up(token, commitment)
        keys = tuple(each.key for each in linked.news if not each.notes) if linked else ()
        return _answer(linked, 200, MarkValues(keys=keys))

    def act(self, token: str, commitment: str, fields: Fields) -> Response:
        linked, values = self._look_up(token, commitment), posted_mark(fields)
        if linked is None or linked.is_over or not linked.news:
            return _answer(linked, GONE)
        new, errors = read_mark(dict(fields)["act"], values, linked)
        if errors:
            return _answer(linked, UNPROCESSABLE, values, errors)
        # Only here is the database opened to be written, and only for a known token.
        engine = open_engine(self.site.db)
        after = mark_news(engine, token, commitment, new, self.site.clock())
        return _answer(after, 200, done=new.mark)

    def _look_up(self, token: str, commitment: str) -> LinkedNews | None:
        if not has_tokens(self.engine):
            return None
        return linked_news(self.engine, token, commitment, self.site.clock())


def mark_routes(site: Site) -> list[Route]:
    """The page of a promise behind a token, and the form on it."""
    links = MarkLinks(site)

    async def show(request: Request) -> Response:
        return await to_thread.run_sync(links.show, *_place(request))

    async def act(request: Request) -> Response:
        fields = await form_fields(request, LONGEST_BODY)
        if dict(fields).get("act") not in ACTS:
            raise BadQuery("This address takes what its form sends.", hint="Open it in a browser.")
        return await to_thread.run_sync(links.act, *_place(request), fields)

    path = "/a/{token}/{commitment}"
    return [Route(path, show, methods=["GET"]), Route(path, act, methods=["POST"])]


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["token"], request.path_params["commitment"]


def _answer(
    linked: LinkedNews | None,
    status: int,
    values: MarkValues | None = None,
    errors: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    facts = {
        "linked": linked,
        "values": values or MarkValues(),
        "errors": errors or {},
        "done": done,
        "is_ack": done == ACK,
    }
    language = linked.reader.language if linked else None
    return link_page("marks.html.j2", status if linked else 404, facts, language, "../../")
