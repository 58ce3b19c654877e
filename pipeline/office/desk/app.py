"""The desk as a server: pages put together, faults told in Japanese, nothing let in that is not ours."""

import time
from collections.abc import Awaitable, Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote_plus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse
from starlette.exceptions import HTTPException

from pipeline.base.problems import ShikakuError
from pipeline.office.answers import unexpected
from pipeline.office.desk.doors import COOKIE, Desk, NotLoggedIn, problem_page, problems_page
from pipeline.office.desk.oidc import BACK, read_provider
from pipeline.office.desk.pages import accounts, audit, cases, counts, entrance, export, held, lots, members, orders
from pipeline.office.desk.sessions import Session
from pipeline.office.shop import Shop
from pipeline.office.web import LOOPBACK, guard, headers, local_origins, open_door, wait
from pipeline.rules.numbers import holds_my_number

LARGEST = 64 * 1024  # bytes of a request's body
_KINDS = {"desk.css": "text/css", "desk.js": "text/javascript"}
_FACES = {"regular.ttf": "biz-ud-pgothic", "bold.ttf": "biz-ud-pgothic-bold"}
_CODES = {403: "desk-forbidden", 404: "desk-not-found", 405: "desk-not-found", 413: "desk-too-large", 429: "desk-too-fast"}
SUBJECTS = (entrance, members, cases, orders, lots, held, counts, audit, export, accounts)


def serve(
    shop: Shop,
    port: int,
    origins: list[str],
    ready: Callable[[str], None],
    day: date | None = None,
    provider: Path | None = None,
) -> None:
    """Serve the page on loopback until Ctrl-C. `origins` are those of a proxy before it, `provider` the YAML of an OpenID
    provider. UsageError if the port is taken."""
    with open_door(port, "desk-port-taken") as door:
        number = door.getsockname()[1]
        here = origins or local_origins(number)
        app = application(Desk(shop, here, time.monotonic, day, read_provider(provider, here[0]) if provider else None))
        ready(origins[0] if origins else f"http://{LOOPBACK}:{number}/")
        wait(app, door)


def application(desk: Desk) -> FastAPI:
    """The application behind the page."""
    app = FastAPI(title="shikaku desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    for subject in SUBJECTS:
        app.include_router(subject.router)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name in _FACES:
            kept = {"Cache-Control": "private, max-age=86400"}
            return FileResponse(desk.shop.typefaces()[_FACES[name]].path, media_type="font/ttf", headers=kept)
        if name not in _KINDS:
            raise HTTPException(404)
        return Response(files(__package__).joinpath("static", name).read_bytes(), media_type=_KINDS[name])

    @app.exception_handler(NotLoggedIn)
    def to_the_entrance(request: Request, _: Exception) -> Response:
        return RedirectResponse("/login", 303)

    @app.exception_handler(HTTPException)
    def refused(request: Request, fault: HTTPException) -> Response:
        return problem_page(desk, _CODES.get(fault.status_code, "desk-not-found"), fault.status_code, _session(desk, request))

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, _: Exception) -> Response:
        return problem_page(desk, "desk-malformed", 422, _session(desk, request))

    @app.exception_handler(ShikakuError)
    def told(request: Request, fault: ShikakuError) -> Response:
        return problems_page(desk, fault, _session(desk, request))

    @app.middleware("http")
    async def whole(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        """No body without a length or beyond the bound, and never a traceback: its text might hold a name."""
        size = request.headers.get("content-length", "0" if request.method in ("GET", "HEAD") else "")
        if not size.isdigit() or int(size) > LARGEST or "transfer-encoding" in request.headers:
            return problem_page(desk, "desk-too-large", 413, None)
        if await _holds_my_number(request):  # it would stand in the page, the ledger or the trail
            return problem_page(desk, "desk-my-number", 400, _session(desk, request))
        try:
            return await go_on(request)
        except Exception as fault:
            return problems_page(desk, ShikakuError(unexpected(fault).problems), _session(desk, request))

    said = dict(headers(form_action="'self'"))
    if desk.secure:
        said["Strict-Transport-Security"] = "max-age=31536000"
    guard(app, desk.origins, said, ("/", "/login", BACK))
    return app


async def _holds_my_number(request: Request) -> bool:
    """Whether twelve digits of a My Number stand in what was asked for or filled in."""
    sent = (await request.body()).decode("utf-8", "replace")
    return any(holds_my_number(unquote_plus(text)) for text in (request.url.path, request.url.query, *sent.split("&")))


def _session(desk: Desk, request: Request) -> Session | None:
    return desk.sessions.find(request.cookies.get(COOKIE, ""))
