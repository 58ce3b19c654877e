"""Who is logged in: kept in the server's memory, so that a restart logs everybody out.

The browser holds a random token, the server its SHA-256. A session ends a quarter of an hour after the last request and
ten hours after it began (OURS). Logging in always gives a new token.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

IDLE, LONGEST = 15 * 60.0, 10 * 3600.0  # seconds
_PACE, _SPAN = 240, 60.0  # requests of one session, or tries to log in of one address, in so many seconds
_TRIES = 20


@dataclass
class Session:
    """One log-in. `csrf` stands in every form of it."""

    name: str
    role: str
    begun: float
    seen: float
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class Sessions:
    """All log-ins; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]):
        self._clock, self._lock = clock, threading.Lock()
        self._open: dict[str, Session] = {}
        self._asked: dict[str, list[float]] = {}

    def begin(self, name: str, role: str) -> tuple[str, Session]:
        """A new session and its token."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if not self._over(one, now)}
            self._open[_name(token)] = session = Session(name, role, now, now)
        return token, session

    def find(self, token: str) -> Session | None:
        """The session of a token, if it has not ended; it goes on from now."""
        now = self._clock()
        with self._lock:
            session = self._open.get(_name(token))
            if session is None or self._over(session, now):
                return None
            session.seen = now
            return session

    def end(self, token: str) -> None:
        """Log out."""
        with self._lock:
            self._open.pop(_name(token), None)

    def end_all(self, name: str) -> None:
        """Log an account out everywhere: it was closed, or has a new password."""
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if one.name != name}

    def too_fast(self, who: str, log_in: bool = False) -> bool:
        """Whether somebody asks more often than a person can."""
        now = self._clock()
        with self._lock:
            recent = [at for at in self._asked.get(who, ()) if now - at < _SPAN]
            self._asked = {key: times for key, times in self._asked.items() if times and now - times[-1] < _SPAN}
            self._asked[who] = [*recent, now]
        return len(recent) >= (_TRIES if log_in else _PACE)

    @staticmethod
    def _over(session: Session, now: float) -> bool:
        return now - session.seen > IDLE or now - session.begun > LONGEST


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
