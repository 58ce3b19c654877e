"""The preview's server. Owner of `watchfiles`.

It listens on 127.0.0.1 only, answers no request that was meant for another host or comes from another site, and serves
nothing but its own page, the declared typefaces and pictures it made: no path of a request becomes a path of the disk.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import watchfiles
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, StreamingResponse

from pipeline.base.problems import ShikakuError
from pipeline.office.answers import unexpected
from pipeline.office.preview.looks import MODES, Look, Looks, View
from pipeline.office.preview.turns import Turn, Turns
from pipeline.office.web import LOOPBACK, guard, headers, local_origins, open_door, wait

_STEP = 8  # ms without a further event after which a save is taken for whole
_BEAT = 20.0  # seconds after which a silent connection says that it is alive
_STATIC = {"": ("index.html", "text/html"), "page.js": ("page.js", "text/javascript"), "page.css": ("page.css", "text/css")}
_KEPT = {"Cache-Control": "private, max-age=3600, immutable"}  # a picture is named by what it shows
_NAME = r"^[\w-]{0,64}$"
_Name = Annotated[str, Query(pattern=_NAME)]


class News:
    """What was saved since when: connections wait here for the next change."""

    def __init__(self) -> None:
        self.number, self.changed, self.seen = 0, list[str](), 0.0
        self._waiting: set[asyncio.Event] = set()

    def tell(self, changed: list[str], seen: float) -> None:
        """Something was saved; `seen` is when the event came, seconds of the wall clock."""
        self.number, self.changed, self.seen = self.number + 1, changed, seen
        for event in self._waiting:
            event.set()

    async def after(self, number: int) -> None:
        """Wait until there is something newer; asyncio.TimeoutError after a while."""
        if self.number > number:
            return
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(_BEAT):
                await event.wait()
        finally:
            self._waiting.discard(event)


def serve(root: Path | None, day: date | None, port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until Ctrl-C; `ready` is told its address. UsageError if the port is taken."""
    with open_door(port, "preview-port-taken") as door:
        number = door.getsockname()[1]
        ready(f"http://{LOOPBACK}:{number}/")
        wait(page(Looks(root, day), number), door)


def page(looks: Looks, port: int) -> FastAPI:
    """The application behind the page."""
    turns, news, calculating = Turns(), News(), asyncio.Lock()

    @asynccontextmanager
    async def watching(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_watch(looks, turns, news))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = FastAPI(lifespan=watching, docs_url=None, redoc_url=None, openapi_url=None)

    guard(app, local_origins(port), headers())

    @app.get("/")
    async def front() -> Response:
        return _static("")

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        return _static(name)

    @app.get("/picture/{name}.png")
    async def picture(name: str, request: Request) -> Response:
        if looks.late(name):
            async with calculating:  # seconds of a processor, one at a time, beside the thread that prints
                late = looks.late(name)
                if late and not await request.is_disconnected():
                    made = await asyncio.to_thread(late.rest, await turns.take(Turn.GALLERY, late.page))
                    await turns.take(Turn.GALLERY, lambda: looks.store(name, made))
        found = looks.picture(name)
        return Response(found, media_type="image/png", headers=_KEPT) if found else Response(status_code=404)

    @app.get("/typeface/{name}.ttf")
    async def typeface(name: str) -> Response:
        try:
            found = await turns.take(Turn.LOOKED_AT, lambda: looks.studio.typeface(name))
        except ShikakuError:
            found = None  # the catalogue says what is wrong with the list
        return FileResponse(found, media_type="font/ttf") if found else Response(status_code=404)

    @app.get("/catalogue")
    async def catalogue() -> Response:
        found = await turns.take(Turn.LOOKED_AT, looks.studio.catalogue)
        problems = [one.as_json() for one in found.problems]
        content = {
            "day": looks.studio.day.isoformat(), "entries": [one._asdict() for one in found.entries],
            "issuers": found.issuers, "sheets": found.sheets, "samples": found.samples, "problems": problems,
        }  # fmt: skip
        return JSONResponse(content)

    @app.get("/thumb")
    async def thumb(document: _Name, issuer: _Name, sheet: _Name = "") -> Response:
        try:
            name = await turns.take(Turn.GALLERY, lambda: looks.thumb(document, issuer, sheet))
        except ShikakuError:
            return Response(status_code=404)
        return RedirectResponse(f"/picture/{name}.png", 302)

    @app.get("/live")
    async def live(
        document: _Name,
        issuer: _Name,
        sample: _Name = "",
        mode: Annotated[str, Query(pattern=f"^({'|'.join(MODES)})$")] = "piece",
        sheet: _Name = "",
        dpi: Annotated[int, Query(ge=20, le=1200)] = 200,
    ) -> Response:
        view = View(document, issuer, sample, mode, sheet, dpi)
        return StreamingResponse(_live(view, looks, turns, news), media_type="text/event-stream")

    @app.get("/gallery-news")
    async def gallery_news() -> Response:
        return StreamingResponse(_gallery_news(news), media_type="text/event-stream")

    @app.post("/approved")
    async def approve(document: _Name, issuer: _Name, sample: _Name = "") -> Response:
        view = View(document, issuer, sample)
        try:
            digest = await turns.take(Turn.LOOKED_AT, lambda: looks.approve(view))
        except ShikakuError as fault:
            return JSONResponse({"problems": [one.as_json() for one in fault.problems]}, 409)
        news.tell([], time.time())
        return JSONResponse({"digest": digest})

    return app


def _static(name: str) -> Response:
    """One of the page's own few files."""
    if name not in _STATIC:
        return Response(status_code=404)
    file, kind = _STATIC[name]
    return Response(files(__package__).joinpath("static", file).read_bytes(), media_type=kind)


async def _watch(looks: Looks, turns: Turns, news: News) -> None:
    folders = looks.studio.watched()
    async for events in watchfiles.awatch(*folders, watch_filter=_is_work, step=_STEP, debounce=200):
        seen = time.time()
        paths = [Path(name) for _, name in events]
        changed = await turns.take(Turn.LOOKED_AT, lambda paths=paths: looks.studio.forget(paths))  # type: ignore[misc]
        if changed:
            news.tell(changed, seen)


def _is_work(_: object, name: str) -> bool:
    """Whether a file is one that somebody works on, not what an editor keeps beside it."""
    return not re.search(r"(^|/)(\.[^/]*|[^/]*~|#[^/]*#|4913|[^/]*\.(tmp|swp|bak))$", name)


async def _live(view: View, looks: Looks, turns: Turns, news: News) -> AsyncIterator[str]:
    """The looks of a view: the first at once, then one after every change."""
    number, changed, seen = news.number, list[str](), time.time()
    ahead = None
    while True:
        begun = time.perf_counter()
        look = await turns.take(Turn.LOOKED_AT, lambda: _safely(looks, view))
        took = round(1000 * (time.perf_counter() - begun))
        told = look.as_json() | {"changed": changed, "seen": seen, "took": took, "number": number}
        yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
        ahead = ahead or turns.begin(Turn.AHEAD, lambda: looks.studio.take_up(view.document, view.issuer))
        while True:
            with suppress(TimeoutError):
                await news.after(number)
                break
            yield ": alive\n\n"
        number, changed, seen = news.number, news.changed, news.seen


def _safely(looks: Looks, view: View) -> Look:
    try:
        return looks.look(view)
    except Exception as fault:
        return Look(problems=unexpected(fault).problems)


async def _gallery_news(news: News) -> AsyncIterator[str]:
    """A line for every change, for the gallery's pictures."""
    number = news.number
    while True:
        with suppress(TimeoutError):
            await news.after(number)
            number = news.number
            told: dict[str, Any] = {"changed": news.changed, "number": number}
            yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
            continue
        yield ": alive\n\n"
