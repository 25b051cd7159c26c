"""The server process."""

import gc
import ipaddress
import logging
import sys
from pathlib import Path

import uvicorn

from therapyarc.dialogue.client.voicing import VoiceFactory
from therapyarc.domain.design import Design
from therapyarc.web.app import create_app
from therapyarc.web.settings import Settings
from therapyarc.web.store import Store

__all__ = ["ServeError", "public_url", "serve"]


class ServeError(Exception):
    """The site would stand open in a way that loses people's answers or secrets; the message says what to do."""


def public_url(host: str, port: int, url: str | None) -> str:
    """Return the address that links carry.

    Raises
    ------
    ServeError
        If people would reach the site over plain http.
    """
    if url is not None:
        if url.startswith("https://") or _is_local(
            url.removeprefix("http://").split("/")[0].rpartition(":")[0]
        ):
            return url.rstrip("/")
        raise ServeError(
            f"--url {url}: people's answers must not travel in clear. Give an https address; a reverse proxy such as "
            "Caddy or nginx keeps the certificate and passes requests on to this server."
        )
    if not _is_local(host):
        raise ServeError(
            f"--host {host} is reached from other machines, and this server speaks plain http. Put a reverse proxy with "
            "https before it and name its address: --url https://study.example.org"
        )
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def serve(
    design: Design,
    store: Store,
    *,
    url: str,
    host: str,
    port: int,
    beside: Path,
    voice: VoiceFactory | None = None,
    practice_voice: VoiceFactory | None = None,
) -> None:
    """Serve until interrupted. One process: SQLite has one writer, and it is in here.

    `voice` and `practice_voice` word the clients of courses and of practice where the study names models for it.

    Raises
    ------
    VoicelessError
        If the study names a model and none is given.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    settings = Settings(url=url, beside=beside, voice=voice, practice_voice=practice_voice)
    app = create_app(design, store, settings)
    # What is there now stays. Looking through it for cycles stopped every answer at a time, and took a tenth of the CPU.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 50, 100)  # often and briefly: 50,000 objects at once stopped everyone for 50 ms
    # A thread waits for Python's lock after each statement: the writer's own work, and pages that are not quick, have many.
    sys.setswitchinterval(0.0005)
    uvicorn.run(
        app,
        host=host,
        port=port,
        timeout_keep_alive=75,  # at the default of 5 s slow raters reconnect for every answer
        log_level="warning",
        access_log=False,  # addresses of participants are not kept
        server_header=False,
        proxy_headers=url.startswith("https://"),
    )
