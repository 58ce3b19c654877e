"""In and out: log in, the first page, one's own password, log out."""

from typing import Annotated

from fastapi import Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from pipeline.office import job
from pipeline.office.desk import accounts
from pipeline.office.desk.doors import COOKIE, Anyone, Desk, Here, Once, Pages, page
from pipeline.office.desk.oidc import BACK, Refused
from pipeline.office.desk.passwords import LONGEST, SHORTEST

router = Pages()
_STATE = "desk-state"
_NO_PROVIDER = "組織のアカウントでは、はじめられませんでした。もう一度行い、続くときは管理者に連絡してください。"


@router.get("/login", response_class=Response)
def door(desk: Anyone) -> Response:
    """The form to log in."""
    return page(desk, "login.html", failed="")


@router.post("/login", response_class=Response)
def log_in(
    request: Request,
    desk: Anyone,
    name: Annotated[str, Form(max_length=40)] = "",
    password: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """Name and password; a session if they are right."""
    address = request.client.host if request.client else ""
    if desk.sessions.too_fast(f"log-in {address}", log_in=True):
        return page(desk, "login.html", status=429, failed="試みが多すぎます。1 分ほどお待ちください。")
    with job.open_ledger(desk.shop.acting("desk")) as ledger:
        found = accounts.log_in(ledger, name, password)
    if found is None:
        return page(desk, "login.html", status=401, failed="名前かパスワードが違うか、しばらく利用できない状態です。")
    return _begun(request, desk, RedirectResponse("/", 303), found.name, found.role)


def _begun(request: Request, desk: Desk, answer: Response, name: str, role: str) -> Response:
    """An answer with a new session; one that was open ends."""
    desk.sessions.end(request.cookies.get(COOKIE, ""))
    token, _ = desk.sessions.begin(name, role)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=desk.secure, path="/")
    return answer


@router.get("/login/provider", response_class=Response)
def to_the_provider(desk: Anyone) -> Response:
    """On to the house's OpenID provider, if there is one."""
    if desk.provider is None:
        raise HTTPException(404)
    try:
        address, state = desk.provider.send()
    except Refused:
        return page(desk, "login.html", status=502, failed=_NO_PROVIDER)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(_STATE, state, httponly=True, samesite="lax", secure=desk.secure, path=BACK, max_age=300)
    return answer


@router.get(BACK, response_class=Response)
def from_the_provider(
    request: Request,
    desk: Anyone,
    state: Annotated[str, Query(max_length=64)] = "",
    code: Annotated[str, Query(max_length=2048)] = "",
) -> Response:
    """Back from the provider: a session, if what it says holds."""
    if desk.provider is None:
        raise HTTPException(404)
    with job.open_ledger(desk.shop.acting("desk")) as ledger:
        try:
            known = desk.provider.come_back(state, request.cookies.get(_STATE, ""), code)
        except Refused as fault:
            accounts.note(ledger, "log-in-refused", "", str(fault))
            return page(desk, "login.html", status=401, failed=_NO_PROVIDER)
        accounts.note(ledger, "log-in", known.name, "")
    # A redirect would come without the new cookie: the browser is still on its way from another site.
    return _begun(request, desk, page(desk, "arrived.html"), known.name, known.role)


@router.read("/", "home")
def home(here: Here) -> Response:
    """Where everybody begins."""
    return here.page("home.html")


@router.write("/logout", "home")
def log_out(here: Here) -> Response:
    """The session ends."""
    here.desk.sessions.end(here.request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.read("/password", "home")
def password_form(here: Here) -> Response:
    """The form for one's own new password."""
    return here.page("password.html", shortest=SHORTEST, failed="")


@router.write("/password", "home")
def change_password(
    here: Here,
    once: Once,
    old: Annotated[str, Form(max_length=LONGEST)] = "",
    new: Annotated[str, Form(max_length=LONGEST)] = "",
    again: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """One's own password; all sessions of the account end."""
    if new != again:
        return here.page("password.html", 400, shortest=SHORTEST, failed="新しいパスワードが 2 回とも同じになっていません。")
    with here.ledger() as ledger:
        if accounts.log_in(ledger, here.name, old) is None:
            return here.page("password.html", 401, shortest=SHORTEST, failed="いまのパスワードが違います。")
    return here.once(once, lambda: _changed(here, new))


def _changed(here: Here, new: str) -> str:
    with here.ledger() as ledger:
        accounts.change(ledger, here.name, new)
    here.desk.sessions.end_all(here.name)
    return "/login"
