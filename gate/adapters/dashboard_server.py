"""The live dashboard over HTTP: Starlette and uvicorn. It reads, and knows nothing that could be written.

One task asks the desk for a new site whenever something may have changed; every open page is pushed the regions that
differ from what it has. An event's id is a hash of the whole page, so a browser that comes back says what it has, to
this process or to the next, and is sent what it lacks: all of it, where that is not known.
"""

import asyncio
import contextlib
import json
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gate.errors import OutputError
from gate.report.dashboard import when
from gate.report.dashboard.site import INDEX, POLICY, PUBLIC, STATUS, Site

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
REMEMBERED = 512
"""Revisions whose regions are known: a browser that comes back with one of them is sent the difference."""
MOST_STREAMS = 200
"""Open pages at once; the next one is asked to come back later."""


class Renewing(Protocol):
    """Who makes the site."""

    def renewed(self) -> Site:
        """Return a new one. Never raises for what cannot be read."""

    def tokens(self) -> str:
        """Return another text than before if anything may have changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """How it is served."""

    host: str = "127.0.0.1"
    port: int = 8642
    hosts: tuple[str, ...] = ()
    """Further names that a request may be for, e.g. a proxy's."""
    public_only: bool = False
    """Nothing but the status page."""
    look: float = 0.5
    """Seconds between looks whether anything has changed."""
    beat: float = 5.0
    """Seconds between signs of life; as often the site is made anew, because time alone makes data stale."""
    shutdown: float = 3.0
    """Seconds that open connections have to end."""


@dataclass(kw_only=True)
class Stage:
    """The newest site, and who waits for a newer one."""

    desk: Renewing
    serving: Serving
    stopping: Callable[[], bool] = lambda: False
    stop: Callable[[], None] = lambda: None
    failure: Exception | None = None
    """The gate's own fault, which ended the server."""
    site: Site | None = None
    streams: int = 0
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _number: int = 0
    _known: OrderedDict[str, Mapping[str, str]] = field(default_factory=OrderedDict)

    async def newest(self) -> Site:
        """The site; waits for the first. One task alone asks the desk, which is not made for two at once."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.site is not None)
        assert self.site is not None  # noqa: S101  waited for
        return self.site

    async def renew(self) -> None:
        """Look, and make it anew where something moved or time went by. Runs until it is cancelled."""
        try:
            await self._renew()
        except Exception as error:  # noqa: BLE001  a page that nobody renews must not go on being served
            self.failure = error
            self.stop()

    async def _renew(self) -> None:
        loop, last, made = asyncio.get_running_loop(), None, 0.0
        while True:
            token = await asyncio.to_thread(self.desk.tokens)
            if token != last or loop.time() - made >= self.serving.beat:
                site = await asyncio.to_thread(self.desk.renewed)
                last, made = token, loop.time()
                async with self._moved:
                    self.site, self._number = site, self._number + 1
                    self._moved.notify_all()
            await asyncio.sleep(self.serving.look)

    async def events(self, page: str, since: str) -> AsyncIterator[str]:
        """What a page lacks, then what changes, with signs of life in between."""
        self.streams += 1
        try:
            has: Mapping[str, str] = {}
            number = -1
            yield "retry: 1000\n\n"
            while not self.stopping():
                site = await self.newest()
                if number != self._number:
                    number = self._number
                    revision = await asyncio.to_thread(site.revision, page)
                    marks = site.marks(page)
                    has = has or self._known.get(since, marks if since == revision else {})
                    self._remember(revision, marks)
                    for event in _events(site, page, has, marks, revision):
                        yield event
                    has = marks
                await self._wait(number)
        finally:
            self.streams -= 1

    def _remember(self, revision: str, marks: Mapping[str, str]) -> None:
        self._known[revision] = marks
        self._known.move_to_end(revision)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _wait(self, number: int) -> None:
        """Until there is a newer site, or it is time to see whether the server stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.25), self._moved:
                await self._moved.wait_for(lambda: self._number != number)


def _events(site: Site, page: str, has: Mapping[str, str], marks: Mapping[str, str], revision: str) -> "list[str]":
    """Regions that differ, then a sign of life with the page's age. Only the last bears the id: half is not all."""
    regions = site.regions(page)
    changed = [name for name, mark in marks.items() if has.get(name) != mark]
    beat = {"at": when.machine(site.made), "said": when.to_the_second(site.made), "expires": when.machine(site.expires)}
    pushed = [_event("region", {"region": name, "html": regions[name], "revision": revision}) for name in changed]
    return [*pushed, _event("beat", {**beat, "revision": revision}, revision)]


def _event(name: str, data: Mapping[str, str], revision: str = "") -> str:
    """JSON holds no line break, so one line is one event's data."""
    head = f"id: {revision}\n" if revision else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n"


def application(stage: Stage) -> "Starlette":
    """The pages, the stream, and nothing else."""
    from starlette.applications import Starlette  # noqa: PLC0415  an extra
    from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    async def file(request: "Request") -> "Response":
        site = await stage.newest()
        name = str(request.path_params.get("name", ""))
        if stage.serving.public_only and name in {"", "status"}:
            return RedirectResponse("/status/", status_code=302)
        name = {"": INDEX, "status/": STATUS, "status": STATUS}.get(name, name)
        if name not in allowed(site, public_only=stage.serving.public_only):
            return PlainTextResponse("There is no such page.\n", status_code=404)
        body = await asyncio.to_thread(site.file, name)
        return Response(body, media_type=KINDS.get(name[name.rfind(".") :], "text/plain; charset=utf-8"))

    async def stream(request: "Request") -> "Response":
        site = await stage.newest()
        page = request.query_params.get("page", INDEX)
        if page not in site.pages or page not in allowed(site, public_only=stage.serving.public_only):
            return PlainTextResponse("There is no such page.\n", status_code=404)
        if stage.streams >= MOST_STREAMS:
            return PlainTextResponse("Too many readers.\n", status_code=503, headers={"retry-after": "10"})
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(stage.events(page, since), media_type="text/event-stream", headers=headers)

    @contextlib.asynccontextmanager
    async def lifespan(_: "Starlette") -> AsyncIterator[None]:
        task = asyncio.create_task(stage.renew())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    routes = [
        Route("/events", stream),
        Route("/{folder}/events", stream),
        Route("/{name:path}", file),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.add_middleware(_Guard, hosts=names_of(stage.serving))
    return app


def allowed(site: Site, *, public_only: bool) -> tuple[str, ...]:
    """The files that may be asked for."""
    return PUBLIC if public_only else site.names


def names_of(serving: Serving) -> frozenset[str]:
    """Names that a request may be for: a page elsewhere cannot make a browser read this one under a name of its own."""
    return frozenset(("127.0.0.1", "localhost", "::1", serving.host, *serving.hosts))


class _Guard:
    """Adds the headers to every answer, and refuses requests for another host."""

    def __init__(self, app: "ASGIApp", hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: "Message") -> None:
            if message["type"] == "http.response.start":
                had = {key.lower() for key, _ in message["headers"]}
                more = [(key.encode(), value.encode()) for key, value in HEADERS.items() if key.encode() not in had]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if self._host(scope) not in self._hosts:
            await _plain(guarded, 421, b"This server is called by another name.\n")
        else:
            await self._app(scope, receive, guarded)

    @staticmethod
    def _host(scope: "Scope") -> str:
        named = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
        return named[1 : named.find("]")] if named.startswith("[") else named.partition(":")[0]


async def _plain(send: "Send", status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(desk: Renewing, serving: Serving, say: Callable[[str], None]) -> None:
    """Serve until a signal comes. Raises OutputError where the address cannot be had or the extra is missing."""
    try:
        import starlette  # noqa: F401, PLC0415
        import uvicorn  # noqa: PLC0415  an extra
    except ImportError as error:
        advice = "pip install 'regime-gate[dashboard]'; gate dashboard build needs neither"
        raise OutputError(f"serving needs the package {error.name}", advice) from error
    with _bound(serving) as bound:
        stage = Stage(desk=desk, serving=serving)
        server = uvicorn.Server(
            uvicorn.Config(
                application(stage),
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=max(1, round(serving.shutdown)),
                limit_concurrency=MOST_STREAMS * 2,
                h11_max_incomplete_event_size=16_384,
            )
        )
        stage.stopping = lambda: server.should_exit
        stage.stop = lambda: setattr(server, "should_exit", True)
        host = f"[{serving.host}]" if ":" in serving.host else serving.host
        path = "status/" if serving.public_only else ""
        say(f"http://{host}:{bound.getsockname()[1]}/{path}")
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[bound])
    if stage.failure is not None:
        raise stage.failure


def _bound(serving: Serving) -> socket.socket:
    try:
        family: Any = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
        return socket.create_server((serving.host, serving.port), family=family, backlog=128)
    except OSError as error:
        where = f"{serving.host}:{serving.port}"
        raise OutputError(f"cannot listen on {where}: {error.strerror}", "name another: --port, --host") from error
