"""Which address answers what: pages, documents, the two POSTs of mail, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from notifications.feeds.publish import Calendars
from tracker.projections.freshness import Freshness
from web.model.links import FILES, PATHS
from web.model.query import Query, parse_query
from web.model.reader import Library
from web.pages.documents import DOCUMENTS
from web.pages.index import PAGES, rendered
from web.pages.render import STATIC
from web.serving.cache import Answer, Answers, SingleFlight, tag_of
from web.serving.mail_links import mail_routes
from web.serving.threads import WorkerPool
from web.settings import Site

HTML = "text/html; charset=utf-8"
CACHING = "no-cache"
"""Keep it, and ask each time whether it still holds."""

Endpoint = Callable[[Request], Awaitable[Response]]


class Endpoints:
    """Answers requests: one library, what was made lately, and who is making something now."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.library = Library(site)
        self.calendars = Calendars()
        self.answers = Answers(still=self._still)
        self.makers = WorkerPool()
        self.mark = SingleFlight(self._mark)

    async def _mark(self) -> Freshness:
        return await to_thread.run_sync(self.library.mark)

    async def _still(self, positions: frozenset[int]) -> bool:
        return await to_thread.run_sync(self.library.texts_remain, positions)

    def page(self, name: str) -> Endpoint:
        """The endpoint of a page."""

        def make(query: Query, id_: str | None) -> Answer:
            with self.library.reader(query) as reader:
                body, _ = rendered(reader, name, id_)
                positions = reader.text_positions
            return Answer(body, HTML, tag_of(body, weak=False), text_positions=positions)

        return self._endpoint(name, make)

    def document(self, name: str) -> Endpoint:
        """The endpoint of a JSON, CSV, feed or calendar."""

        def make(query: Query, id_: str | None) -> Answer:
            with self.library.reader(query) as reader:
                made = DOCUMENTS[name](reader, id_ or "", self.calendars)
                positions = reader.text_positions
            tag = tag_of(made.tag, weak=made.tag != made.body)
            return Answer(
                made.body, made.media, tag, attachment=made.attachment, text_positions=positions
            )

        return self._endpoint(name, make)

    def _endpoint(self, name: str, make: Callable[[Query, str | None], Answer]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            query, now = request.query_params, self.site.clock()
            length = len(request.scope["query_string"])
            question = parse_query(query, now, self.site.tz, length)
            id_ = request.path_params.get("id")
            key = (
                name,
                id_,
                _question(question),
                await self.mark(),
                now.replace(second=0, microsecond=0),
            )

            async def made() -> Answer:
                return await self.makers.made(name, question, lambda: make(question, id_))

            return response(request, await self.answers.get(key, made), name)

        endpoint.__name__ = name
        return endpoint

    async def health(self, _: Request) -> Response:
        """Whether the database answers, and how far the projection is behind."""
        mark, now = await self.mark(), self.site.clock()
        document = {
            "position": mark.position,
            "head": mark.head,
            "projected_at": mark.projected_at,
            "behind": mark.behind(now),
            "tlp_ceiling": self.site.ceiling,
        }
        return JSONResponse(document, headers={"Cache-Control": "no-store"})


def _question(query: Query) -> tuple[object, ...]:
    return (query.as_of_text, query.known_at_text, tuple(query.filters.items()), query.page)


def response(request: Request, answer: Answer, name: str) -> Response:
    """The answer, or 304 where the reader holds it already."""
    headers = {"ETag": answer.etag, "Cache-Control": CACHING}
    if _holds(request.headers.get("if-none-match", ""), answer.etag):
        return Response(status_code=304, headers=headers)
    if answer.attachment:
        headers["Content-Disposition"] = f'attachment; filename="{name.replace("_csv", ".csv")}"'
    return Response(answer.body, answer.status, headers, answer.media)


def _holds(sent: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110, 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in sent.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def routes(desk: Endpoints) -> list[Route | Mount]:
    """Every address there is. What is not listed is 404, another method 405."""
    pages = [Route(_path(PATHS[name]), desk.page(name), methods=["GET"]) for name in PAGES]
    files = [Route(_path(FILES[name]), desk.document(name), methods=["GET"]) for name in DOCUMENTS]
    health = Route("/health", desk.health, methods=["GET"])
    static = Mount("/static", StaticFiles(directory=STATIC), name="static")
    return [*pages, *files, health, *mail_routes(desk.site, desk.library.engine), static]


def _path(form: str) -> str:
    return "/" + form.replace("{}", "{id}")
