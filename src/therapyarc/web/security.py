"""Headers of every answer, and the check that unsafe requests come from this site."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CONTENT_POLICY", "Guard"]

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script or style but this site's own files; nothing from elsewhere."""

_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STATIC, _PAGE = (b"cache-control", b"no-cache"), (b"cache-control", b"no-store")


class Guard:
    """ASGI middleware around the whole site."""

    def __init__(self, app: ASGIApp, url: str, failed: Callable[[Request, Exception], Response]) -> None:
        """`failed` answers where the program has a fault; the error itself goes on to the server's log."""
        self._app = app
        self._failed = failed
        self._secure = url.startswith("https://")
        self._origin = _origin(url)
        headers = _HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if self._secure else {})
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._names = {name for name, _ in self._headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what another site sends; add the headers to what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                kept = [pair for pair in message["headers"] if pair[0] not in self._names]
                if not any(name == b"cache-control" for name, _ in kept):
                    kept.append(_STATIC if scope["path"].startswith("/static/") else _PAGE)
                message["headers"] = [*kept, *self._headers]
            await send(message)

        if scope["method"] not in {"GET", "HEAD", "OPTIONS"} and not self._from_here(Headers(scope=scope)):
            refusal = PlainTextResponse("This request came from another site and was refused.", 403)
            await refusal(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            if not begun:
                await self._failed(Request(scope), error)(scope, receive, guarded)
            raise

    def _from_here(self, headers: Headers) -> bool:
        """Return whether the browser says that a page of this site sent the request.

        `Sec-Fetch-Site` cannot be set by a page and decides where it is there (under `no-referrer` the browser's
        `Origin` is `null`). Older browsers send `Origin` alone. A request with neither comes from no browser that a
        page could misuse, and still needs the login's token.
        """
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in {"same-origin", "none"}
        if origin is None:
            return True
        here = {self._origin} if self._secure else {self._origin, f"http://{headers.get('host', '')}"}
        return origin in here


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
