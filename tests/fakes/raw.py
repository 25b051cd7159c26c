"""Requests as bytes, without a client that mends them: whatever a server could pass on, and more."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

__all__ = ["Answered", "ask"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error: BaseException | None
    """What the application raised after it had answered, or instead."""

    def header(self, name: str) -> str | None:
        """Return the one header of this name; none where there is none."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2, f"{name} is said twice"
        return found[0] if found else None

    @property
    def text(self) -> str:
        """Headers and body, for a search."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{head}\n\n{self.body.decode('utf-8', 'replace')}"


def ask(
    app: ASGIApp,
    method: str,
    target: bytes,
    headers: Iterable[tuple[bytes, bytes]] = (),
    chunks: Iterable[bytes] = (b"",),
    *,
    peer: str = "192.0.2.1",
    breaks: bool = False,
) -> Answered:
    """Send one request and return what was answered.

    Parameters
    ----------
    app
        The site.
    method
        Any word.
    target
        Path and query as they stand in the request line.
    headers
        Names in small letters, as a server hands them over.
    chunks
        The body, in pieces.
    peer
        Address of who asks.
    breaks
        Whether the connection is lost before the last piece has come.
    """
    path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [*headers],
        "client": (peer, 1),
        "server": ("testserver", 80),
        "state": {},
    }
    return asyncio.run(_asked(app, scope, [*chunks] or [b""], breaks=breaks))


async def _asked(app: ASGIApp, scope: dict[str, Any], chunks: list[bytes], *, breaks: bool) -> Answered:
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": breaks or place + 1 < len(chunks)}
        for place, chunk in enumerate(chunks)
    ]
    sent: list[Message] = []
    ended = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        if not breaks:
            await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    error: BaseException | None = None
    try:
        await asyncio.wait_for(app(scope, receive, send), 60)
    except Exception as raised:  # noqa: BLE001 - whatever it is, the test shows it
        error = raised
    start = next((one for one in sent if one["type"] == "http.response.start"), None)
    if start is None:
        return Answered(0, (), b"", error)
    body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    head = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in start["headers"]
    )
    return Answered(start["status"], head, body, error)
