"""What the pages of this house share as web servers: who may ask, what every answer says, and the socket they wait at.

A page is for people at this machine, or behind a proxy that the house names. A request that was meant for another host
(DNS rebinding), or that another site's page sends, gets no answer but 403.
"""

import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress

import uvicorn
from fastapi import FastAPI, Request, Response

from pipeline.base.problems import Problem, UsageError

LOOPBACK = "127.0.0.1"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with `no-referrer` a form's own Origin would be null
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def headers(form_action: str = "'none'") -> Mapping[str, str]:
    """What every answer says to the browser; `form_action` is where the page's forms may go."""
    return {"Content-Security-Policy": POLICY.format(form_action=form_action), **_HEADERS}


def guard(app: FastAPI, origins: Collection[str], said: Mapping[str, str], entrances: Collection[str] = ()) -> None:
    """Let only requests in that were meant for one of these origins, from its own pages; `said` goes into every answer.

    To `entrances` another site's page may lead; what it sends there is only a GET, without the session's cookie.
    """

    @app.middleware("http")
    async def guarded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await go_on(request) if is_ours(request, origins, entrances) else Response(status_code=403)
        for name, value in said.items():
            answer.headers.setdefault(name, value)
        return answer


def is_ours(request: Request, origins: Collection[str], entrances: Collection[str] = ()) -> bool:
    """Whether a request was meant for this server and comes from its own page."""
    hosts = [origin.partition("//")[2] for origin in origins]
    if request.headers.getlist("host")[:2] not in [[host] for host in hosts]:
        return False
    led_here = request.method == "GET" and request.url.path in entrances
    if not led_here and request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return request.method in ("GET", "HEAD")  # whoever changes something says where from
    return origin in origins


def local_origins(port: int) -> list[str]:
    """How a browser on this machine calls a server that listens on a port."""
    return [f"http://{name}:{port}" for name in (LOOPBACK, "localhost")]


def open_door(port: int, code: str) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. UsageError with this code if the port is taken."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((LOOPBACK, port))
    except OSError:
        door.close()
        raise UsageError(Problem(code, "--port", {"port": port})) from None
    door.listen()  # whoever is told the address may come at once
    return door


def wait(app: FastAPI, door: socket.socket) -> None:
    """Answer at the door until Ctrl-C."""
    settings = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1, server_header=False)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=[door])
