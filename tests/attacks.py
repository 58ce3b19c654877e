"""Forty requests that must lead nowhere, as data: what somebody tries, who they are, what they send, how it may be answered.

`@csrf` and `@once` in a form stand for the tokens of the person's own page; what is sent to `/login` needs none.
"""

from typing import Any, NamedTuple

EVIL = "https://evil.example"
MARK = "<script>alert(1)</script>"
TOKENS = {"csrf": "@csrf", "once": "@once"}
NEW = {"name": "悪人", "role": "administrator", "password": "long enough to be one"}


class Attack(NamedTuple):
    """One request. `who` is empty for somebody without an account; `may` are the statuses that mean no."""

    what: str
    who: str
    method: str
    path: str
    may: tuple[int, ...]
    form: Any = None
    headers: dict[str, str | None] = {}  # noqa: RUF012 (never changed)


ATTACKS = [
    # Another site's page, another host
    Attack("a form on another site", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW, {"origin": EVIL}),
    Attack("a form of a sandboxed frame", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW, {"origin": "null"}),
    Attack("a form without Origin", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW, {"origin": None}),
    Attack("an Origin that begins like ours", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW,
           {"origin": "http://127.0.0.1:8787.evil.example"}),
    Attack("an Origin of another port", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW, {"origin": "http://127.0.0.1:80"}),
    Attack("an Origin by https", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW, {"origin": "https://127.0.0.1:8787"}),
    Attack("a name that was bound to this machine", "渡辺", "GET", "/accounts", (403,), None, {"host": "evil.example"}),
    Attack("a Host with another port", "渡辺", "GET", "/accounts", (403,), None, {"host": "127.0.0.1:1"}),
    Attack("a Host with a user", "渡辺", "GET", "/accounts", (403,), None, {"host": "127.0.0.1:8787@evil.example"}),
    Attack("a page of ours in another site's script", "渡辺", "GET", "/accounts", (403,), None,
           {"sec-fetch-site": "cross-site"}),
    Attack("a page of ours asked for by a neighbour", "渡辺", "GET", "/accounts", (403,), None,
           {"sec-fetch-site": "same-site"}),
    Attack("a log-in from another site", "", "POST", "/login", (403,), {"name": "渡辺", "password": "x"}, {"origin": EVIL}),
    Attack("logging somebody out from elsewhere", "渡辺", "POST", "/logout", (403,), TOKENS, {"origin": EVIL}),
    # Tokens
    Attack("no token", "渡辺", "POST", "/accounts", (403, 422), {"once": "@once"} | NEW),
    Attack("an empty token", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW | {"csrf": ""}),
    Attack("a guessed token", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW | {"csrf": "A" * 32}),
    Attack("a token in the address", "渡辺", "POST", "/accounts?csrf=@csrf", (403, 422), {"once": "@once"} | NEW),
    Attack("a token that is no text", "渡辺", "POST", "/accounts", (403,), TOKENS | NEW | {"csrf": "鍵"}),
    # Rights
    Attack("an operator makes an administrator", "佐藤", "POST", "/accounts", (403,), TOKENS | NEW),
    Attack("an auditor closes an account", "田中", "POST", "/accounts/change", (403,),
           TOKENS | {"name": "佐藤", "what": "close"}),
    Attack("an approver reads the accounts", "高橋", "GET", "/accounts", (403,)),
    Attack("nobody reads the accounts", "", "GET", "/accounts", (303,)),
    Attack("nobody makes an account", "", "POST", "/accounts", (303,), NEW | {"csrf": "x", "once": "x" * 24}),
    Attack("a session of one's own making", "", "GET", "/", (303,), None, {"cookie": "desk=" + "A" * 43}),
    Attack("two sessions at once", "", "GET", "/", (303,), None, {"cookie": "desk=; desk=administrator"}),
    Attack("a role of one's own making", "佐藤", "GET", "/accounts", (403,), None, {"x-forwarded-user": "administrator"}),
    # Another method than the page's
    Attack("a form by GET", "渡辺", "GET", "/logout", (404, 405)),
    Attack("a method in a header", "渡辺", "GET", "/logout", (404, 405), None, {"x-http-method-override": "POST"}),
    Attack("PUT", "渡辺", "PUT", "/accounts", (403, 404, 405, 413), TOKENS | NEW),
    Attack("DELETE", "渡辺", "DELETE", "/accounts", (403, 404, 405, 413)),
    Attack("TRACE", "渡辺", "TRACE", "/", (403, 404, 405, 413)),
    # Paths
    Attack("a file of the machine", "渡辺", "GET", "/static/..%2f..%2f..%2f..%2fetc%2fpasswd", (404,)),
    Attack("a file of the machine, once more encoded", "渡辺", "GET", "/static/%252e%252e%252fapp.py", (404,)),
    Attack("the page's own templates", "渡辺", "GET", "/static/%2e%2e%2ftemplates%2fbase.html", (404,)),
    Attack("the ledger", "渡辺", "GET", "/output/ledger.sqlite", (404,)),
    Attack("a NUL in a path", "渡辺", "GET", "/static/desk.css%00.png", (404,)),
    Attack("the machine's description of itself", "渡辺", "GET", "/openapi.json", (404,)),
    # What is sent
    Attack("SQL as a name", "", "POST", "/login", (401,), {"name": "' OR 1=1; DROP TABLE accounts; --", "password": "x"}),
    Attack("a script as a name", "", "POST", "/login", (401,), {"name": MARK, "password": MARK}),
    Attack("a header in a name", "", "POST", "/login", (401,), {"name": "a\r\nSet-Cookie: desk=x", "password": "x"}),
    Attack("a name without end", "", "POST", "/login", (413, 422), {"name": "x" * 70_000, "password": "x"}),
    Attack("JSON instead of a form", "渡辺", "POST", "/accounts", (403, 422), '{"name": "悪人"}',
           {"content-type": "application/json"}),
    Attack("XML instead of a form", "渡辺", "POST", "/accounts", (403, 422),
           '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', {"content-type": "application/xml"}),
    Attack("a role that is none", "渡辺", "POST", "/accounts", (422,), TOKENS | NEW | {"role": "root"}),
    Attack("a length that lies", "渡辺", "POST", "/accounts", (403, 413, 422), TOKENS | NEW, {"content-length": "99999999"}),
]  # fmt: skip
