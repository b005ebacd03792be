"""Who may ask: only this machine, and on it only whoever holds the token.

A browser on this machine can be made to call loopback by any web page, under a host name that its owner
points at 127.0.0.1. So a foreign Host or Origin is refused before the token is looked at.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """ASGI middleware that lets through what names loopback and brings the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refused := self._refused(Headers(scope=scope))):
            status, sentence = refused
            await JSONResponse({"error": sentence}, status)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refused(self, headers: Headers) -> tuple[int, str] | None:
        """Return status and reason where the request is none of ours."""
        if _host(f"//{headers.get('host', '')}") not in LOOPBACK:
            return 403, "Only requests to 127.0.0.1 or localhost are answered."
        origin = headers.get("origin")
        if origin is not None and _host(origin) not in LOOPBACK:
            return 403, "Requests from web pages of other hosts are not answered."
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._expected):
            return 401, "Send the token of this library: Authorization: Bearer <token in owner.json>."
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # an address in brackets that is none
        return ""
