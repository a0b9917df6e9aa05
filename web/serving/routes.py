"""Maps every address to what answers it: pages, documents, the links of mails, and no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from anyio import to_thread
from msgspec import Struct
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from events import EventStore
from events.errors import EventStoreError, HintedError
from notifications.feeds.publish import Calendars
from notifications.monitoring.exposition import CONTENT_TYPE, scrape_of
from web.api.documents import DOCUMENTS
from web.model.library import Library
from web.model.links import FILES, PATHS
from web.model.query import Query, parse_query, question
from web.pages.index import PAGES, render_page
from web.pages.render import STATIC
from web.reference.answers import HealthAnswer, ReadyAnswer
from web.serving.answers import Answer, entity_tag, packed, response
from web.serving.cache import AnswerCache, SingleFlight
from web.serving.error_answers import HTML, log_failure, logged
from web.serving.mail_links import mail_routes
from web.serving.mark_links import mark_routes
from web.serving.preference_links import preference_routes
from web.serving.threads import WorkerPool
from web.settings import Site

CACHING = {False: "no-cache", True: "private, no-cache"}
"""Browsers keep an answer and ask each time whether it is still current; others never keep what
is private."""

Endpoint = Callable[[Request], Awaitable[Response]]


class Endpoints:
    """Answers requests from the cache, or else from the database by way of the worker threads."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.library = Library(site)
        self.calendars = Calendars()
        self.cache = AnswerCache(has_texts=self._has_texts)
        self.workers = WorkerPool()
        self.freshness = SingleFlight(partial(to_thread.run_sync, self.library.freshness))
        visible = self.library.visible_freshness
        self.visible_freshness = SingleFlight(partial(to_thread.run_sync, visible))
        store = partial(EventStore.open, self.library.address, create=False, read_only=True)
        self.scrape = scrape_of(store, site.clock) if site.has_metrics else None

    async def _has_texts(self, positions: frozenset[int]) -> bool:
        return await to_thread.run_sync(self.library.has_texts, positions)

    def page(self, name: str) -> Endpoint:
        """The endpoint of a page."""

        def make(query: Query, id_: str | None) -> Answer:
            with self.library.reader(query) as reader:
                body, _ = render_page(reader, name, id_)
                positions = reader.text_positions
            return Answer(body, HTML, entity_tag(body, weak=False), text_positions=positions)

        return self._endpoint(name, make)

    def document(self, name: str) -> Endpoint:
        """The endpoint of a JSON, CSV, feed or calendar."""

        def make(query: Query, id_: str | None) -> Answer:
            with self.library.reader(query) as reader:
                reader.check_filters()
                file = DOCUMENTS[name](reader, id_ or "", self.calendars)
                positions = reader.text_positions
            etag = entity_tag(file.identity, weak=file.identity != file.body)
            return Answer(
                file.body, file.media, etag, attachment=file.attachment, text_positions=positions
            )

        return self._endpoint(name, make)

    def _endpoint(self, name: str, make: Callable[[Query, str | None], Answer]) -> Endpoint:
        caching = CACHING[self.site.is_private]

        async def endpoint(request: Request) -> Response:
            query = self._query(request, name)
            now = query.now
            id_ = request.path_params.get("id")
            minute = now.replace(second=0, microsecond=0)
            key = (name, id_, query.asked, await self.freshness(), minute)

            async def answer() -> Answer:
                try:
                    return await self.workers.run(name, query, lambda: packed(make(query, id_)))
                except HintedError:
                    raise
                except Exception as error:
                    # Here, and not for each of the requests that wait for the same answer.
                    raise log_failure(request, error) from error

            return response(request, await self.cache.get(key, answer), name, caching)

        endpoint.__name__ = name
        return endpoint

    def _query(self, request: Request, name: str) -> Query:
        """What the address asks of a page, a document or a probe; BadQuery for anything else."""
        now, length = self.site.clock(), len(request.scope["query_string"])
        parameters = question(request.query_params.multi_items(), name) if length else {}
        return parse_query(parameters, now, self.site.tz, length)

    async def health(self, request: Request) -> Response:
        """Says whether the database answers, and how far the projection is behind."""
        now = self._query(request, "health").now
        fresh = await self.visible_freshness()
        answer = HealthAnswer(
            position=fresh.position,
            head=fresh.head,
            projected_at=fresh.projected_at if self.site.is_for_operators else None,
            behind=fresh.is_behind(now),
            standby=fresh.standby or None,
            tlp_ceiling=self.site.ceiling,
        )
        return probe_response(answer)

    async def ready(self, request: Request) -> Response:
        """200 where pages can be answered and are up to date, else 503 with the reason."""
        now = self._query(request, "ready").now
        try:
            fresh = await self.visible_freshness()
        except EventStoreError as error:
            return probe_response(ReadyAnswer(False, logged(error).message), 503)
        reason = ""
        if fresh.projected_at is None and fresh.head:
            reason = "nothing is projected yet; pactwatch run, or pactwatch tick"
        elif fresh.is_behind(now):
            reason = "the projection is behind the log or the clock; does pactwatch run?"
        return probe_response(ReadyAnswer(not reason, reason or None), 503 if reason else 200)


def probe_response(answer: Struct, status: int = 200) -> Response:
    """What a watcher is answered, which nobody keeps."""
    body, headers = msgspec.json.encode(answer), {"Cache-Control": "no-store"}
    return Response(body, status, headers, media_type="application/json")


def metrics_route(scrape: Callable[[], bytes]) -> Route:
    """The address that Prometheus asks."""

    async def metrics(_: Request) -> Response:
        return Response(await to_thread.run_sync(scrape), media_type=CONTENT_TYPE)

    return Route("/metrics", metrics, methods=["GET"])


def robots_of(site: Site) -> Endpoint:
    """What programs that read the web may read: a public board whole, a private one not at all."""

    async def robots(_: Request) -> Response:
        return PlainTextResponse(
            f"User-agent: *\n{'Disallow' if site.is_private else 'Allow'}: /\n"
        )

    return robots


def routes(endpoints: Endpoints) -> list[Route | Mount]:
    """Lists every address; any other is answered 404, and another method 405."""
    pages = [Route(_path(PATHS[name]), endpoints.page(name), methods=["GET"]) for name in PAGES]
    files = [
        Route(_path(FILES[name]), endpoints.document(name), methods=["GET"]) for name in DOCUMENTS
    ]
    health = Route("/health", endpoints.health, methods=["GET"])
    ready = Route("/ready", endpoints.ready, methods=["GET"])
    metrics = [metrics_route(endpoints.scrape)] if endpoints.scrape else []
    static = Mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)), name="static")
    robots = Route("/robots.txt", robots_of(endpoints.site), methods=["GET"])
    links = [
        *mail_routes(endpoints.library),
        *preference_routes(endpoints.library),
        *mark_routes(endpoints.site),
    ]
    return [*pages, *files, health, ready, *metrics, *links, robots, static]


def _path(form: str) -> str:
    return "/" + form.replace("{}", "{id}")
