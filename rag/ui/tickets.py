"""How a browser that gave the password once is known in its other tabs: a cookie that no script can read.

A page cannot set such a cookie, an answer to a request can: the page that let somebody in hands the browser a
ticket for one request, and its answer sets the cookie. Both are random, and known to this process alone.
"""

from __future__ import annotations

import secrets
import threading
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

COOKIE = "docent_door"
WHERE = "/door"
SHORT = 60.0  # seconds in which a ticket must be used
LONG = 12 * 3600.0  # seconds for which a browser is known; closing it ends that too

_lock = threading.Lock()
_tickets: dict[str, float] = {}
_known: dict[str, float] = {}


def issue() -> str:
    """Return a ticket for a browser that gave the password; it counts once."""
    return _new(_tickets, SHORT)


def known(cookie: str) -> bool:
    """Tell whether this cookie was given to a browser that was let in."""
    with _lock:
        return _known.get(cookie, 0.0) > time.monotonic()


def routes() -> list[Route]:
    """Return the one address besides the pages: a ticket is handed in and the cookie comes back."""
    return [Route(WHERE, _hand_in, methods=["POST"])]


async def _hand_in(request: Request) -> Response:
    ticket = (await request.body())[:200].decode("ascii", "replace")
    with _lock:
        good = _tickets.pop(ticket, 0.0) > time.monotonic()
    if not good:
        return Response(status_code=403)
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE, _new(_known, LONG), httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return answer


def _new(kept: dict[str, float], seconds: float) -> str:
    made, now = secrets.token_urlsafe(32), time.monotonic()
    with _lock:
        for old in [each for each, until in kept.items() if until <= now]:
            del kept[old]
        kept[made] = now + seconds
    return made
