"""A site on a port of this machine, for browsers."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

__all__ = ["door", "listening"]


@contextmanager
def door() -> Iterator[tuple[socket.socket, str]]:
    """Open a free port; yield it and the address of the site behind it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one, f"http://127.0.0.1:{one.getsockname()[1]}"


@contextmanager
def listening(app: ASGIApp, one: socket.socket) -> Iterator[None]:
    """Serve a site at an open port."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [one]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
