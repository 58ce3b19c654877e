"""How a request becomes a visit of somebody with a right, and how pages answer. Every route goes through `Pages`.

A route says which right it needs; without one it cannot be declared. A route that changes something takes a form with the
session's token (`csrf`) and a token of its own (`once`): whoever sends the same form twice gets the first answer again.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipeline.base.problems import LedgerError, MemberError, Problem, ShikakuError, UsageError
from pipeline.office import job
from pipeline.office.desk.oidc import Provider
from pipeline.office.desk.roles import RIGHTS, ROLE_NAMES, Role, may
from pipeline.office.desk.sessions import Session, Sessions
from pipeline.office.ledger import Ledger
from pipeline.office.shop import Shop
from pipeline.rules.eras import wareki

COOKIE = "desk"
FORBIDDEN, TOO_FAST = 403, 429
_STATUS = {UsageError: 400, MemberError: 404, LedgerError: 409}
_REMEMBERED = 2000
TOKEN = r"^[A-Za-z0-9_-]{20,64}$"

# The pages in the bar at the top: address, words, right.
BAR = (
    ("/members", "加入者をさがす", "members"),
    ("/cases", "再交付", "reissue"),
    ("/orders", "注文とロット", "orders"),
    ("/held", "保留", "orders"),
    ("/counts", "件数", "orders"),
    ("/audit", "監査記録", "audit"),
    ("/accounts", "利用者", "accounts"),
)


class NotLoggedIn(Exception):
    """Nobody is logged in: on to the log-in."""


class _Done:
    """What a form led to; empty until it has been done once."""

    def __init__(self) -> None:
        self.working, self.address = threading.Lock(), ""


class Desk:
    """What the server works with. `origins` is how browsers call it; `clock` gives seconds, `day` the day of issue."""

    def __init__(
        self,
        shop: Shop,
        origins: list[str],
        clock: Callable[[], float],
        day: date | None = None,
        provider: Provider | None = None,
    ):
        self.shop, self.origins, self._day, self.provider = shop, origins, day, provider
        self.sessions = Sessions(clock)
        self.press = threading.Lock()  # one print at a time: the office has one printer, and memory is bounded
        self.templates = _environment()
        self._done: OrderedDict[str, _Done] = OrderedDict()
        self._counting = threading.Lock()

    @property
    def secure(self) -> bool:
        """Whether browsers come by https only."""
        return all(origin.startswith("https://") for origin in self.origins)

    def today(self) -> date:
        """The day on which things happen."""
        return self._day or self.shop.today()

    def once(self, token: str, work: Callable[[], str]) -> str:
        """The address that `work` leads to; work that is done already under this token is not done again."""
        with self._counting:
            done = self._done.setdefault(token, _Done())
            while len(self._done) > _REMEMBERED:
                self._done.popitem(last=False)
        with done.working:
            if not done.address:
                done.address = work()
            return done.address


class Visit(NamedTuple):
    """A request of somebody who is logged in and has the route's right."""

    request: Request
    desk: Desk
    session: Session

    @property
    def name(self) -> str:
        """Whose visit it is."""
        return self.session.name

    @property
    def shop(self) -> Shop:
        """The shop, with this person at work."""
        return self.desk.shop.acting(self.name)

    def ledger(self) -> Ledger:
        """The ledger, with this person at work. A context manager."""
        return job.open_ledger(self.shop)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page made of a template."""
        return page(self.desk, template, self.session, status, **values)

    def once(self, token: str, work: Callable[[], str]) -> Response:
        """On to the address that `work` leads to; sent twice (double click, reload, retry), it is done once."""
        return RedirectResponse(self.desk.once(f"{self.name} {token}", work), 303)


def _desk(request: Request) -> Desk:
    found: Desk = request.app.state.desk
    return found


def _visit(request: Request, desk: Annotated[Desk, Depends(_desk)]) -> Visit:
    session = desk.sessions.find(request.cookies.get(COOKIE, ""))
    if session is None:
        raise NotLoggedIn
    if desk.sessions.too_fast(session.name):
        raise HTTPException(TOO_FAST)
    if not may(session.role, request.scope["route"].openapi_extra["x-right"]):
        raise HTTPException(FORBIDDEN)
    return Visit(request, desk, session)


Anyone = Annotated[Desk, Depends(_desk)]
Here = Annotated[Visit, Depends(_visit)]
Once = Annotated[str, Form(pattern=TOKEN)]


def _sent_by_us(here: Here, csrf: Annotated[str, Form()] = "") -> None:
    if not secrets.compare_digest(csrf.encode(), here.session.csrf.encode()):
        raise HTTPException(FORBIDDEN)


class Pages(APIRouter):
    """Routes of one subject."""

    def read(self, path: str, right: str) -> Callable[..., Any]:
        """A page that changes nothing, for those with a right."""
        assert right in RIGHTS
        return self.get(path, openapi_extra={"x-right": right}, response_class=HTMLResponse, dependencies=[Depends(_visit)])

    def write(self, path: str, right: str) -> Callable[..., Any]:
        """A form that changes something, for those with a right."""
        assert right in RIGHTS
        wanted = [Depends(_visit), Depends(_sent_by_us)]
        return self.post(path, openapi_extra={"x-right": right}, response_class=HTMLResponse, dependencies=wanted)


def page(desk: Desk, template: str, session: Session | None = None, status: int = 200, **values: Any) -> Response:
    """A page made of a template, for somebody or nobody."""
    bar = [(path, words) for path, words, right in BAR if session and may(session.role, right)]
    role = ROLE_NAMES[Role(session.role)] if session else ""
    known = {
        "session": session,
        "bar": bar,
        "role": role,
        "once": secrets.token_urlsafe(24),
        "today": desk.today(),
        "provider": desk.provider is not None,
        "fresh": lambda: secrets.token_urlsafe(24),  # for a page with several forms that make something
    }
    allowed = [right for right in RIGHTS if session and may(session.role, right)]
    return HTMLResponse(desk.templates.get_template(template).render(known | {"rights": allowed} | values), status)


def problems_page(desk: Desk, fault: ShikakuError, session: Session | None) -> Response:
    """What cannot be done and what to do instead, in the catalogue's words."""
    status = next((number for kind, number in _STATUS.items() if isinstance(fault, kind)), 500)
    return page(desk, "problems.html", session, status, problems=fault.problems)


def problem_page(desk: Desk, code: str, status: int, session: Session | None) -> Response:
    """One problem of the page itself."""
    return page(desk, "problems.html", session, status, problems=[Problem(code, "desk")])


def _environment() -> Environment:
    """Templates escape whatever they are given; there is no way around it in them."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["wareki"] = lambda day: wareki(day if isinstance(day, date) else date.fromisoformat(str(day)[:10]))
    made.filters["moment"] = lambda text: str(text)[:16].replace("T", " ")
    made.filters["address"] = lambda text: quote(str(text), safe="")
    made.filters["grouped"] = lambda number: f"{number:,}"
    return made
