"""Routes: each says who may come, and is checked before its function runs."""

import asyncio
import inspect
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from therapyarc.web.i18n import negotiate
from therapyarc.web.permission import Owner, Role, Rule, Verdict, decide
from therapyarc.web.refusals import note_refusal
from therapyarc.web.site import Site
from therapyarc.web.store import Inside, Snapshot, Store, StoreUnavailableError
from therapyarc.web.visit import Visit, Visitor, wants_json, who

__all__ = ["Handler", "Page", "Pages"]

Handler = Callable[[Visit], Response] | Callable[[Visit], Awaitable[Response]]
"""A page's function. A plain one runs in a thread and may block; an async one must not."""


_FEW = 3
"""Pages that people read that are made at once on SQLite."""
_ROOM: RunVar[CapacityLimiter | None] = RunVar("room for pages")
"""By event loop, since a limit must not be shared between them."""


class _TooLargeError(Exception):
    """The body is longer than allowed."""


@dataclass(frozen=True, slots=True)
class Page:
    """One route."""

    method: str
    path: str
    rule: Rule
    handler: Handler
    consented: bool
    """Whether it is open only after consent, and while the study is not paused."""
    saves: bool = False
    """Whether it keeps what a person typed: asked by the page's script it is then answered in one write transaction."""
    quick: bool = False
    """Whether it is made in about a millisecond, and on SQLite not handed to a thread, which would cost more CPU."""


class Pages:
    """The routes of one part of the site; `create_app` gathers those of all parts."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def get(
        self,
        path: str,
        roles: frozenset[Role],
        *,
        owner: Owner | None = None,
        consented: bool = True,
        quick: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Add a page that changes nothing."""
        return self._add("GET", path, Rule(roles, owner), consented, quick=quick)

    def post(
        self,
        path: str,
        roles: frozenset[Role],
        *,
        owner: Owner | None = None,
        consented: bool = True,
        saves: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Add a request that changes something: it needs the login's token, and comes from this site alone."""
        return self._add("POST", path, Rule(roles, owner), consented, saves=saves)

    def routes(self, site: Site) -> list[Route]:
        """Return the routes for Starlette."""
        return [Route(page.path, _endpoint(site, page), methods=[page.method]) for page in self.pages]

    def _add(
        self, method: str, path: str, rule: Rule, consented: bool, *, saves: bool = False, quick: bool = False
    ) -> Callable[[Handler], Handler]:
        if ("{id}" in path) != (rule.owner is not None) or path.count("{") > 1:
            raise ValueError(f"{path}: a path names one object at most, as {{id}}, and then says who owns it")

        def keep(handler: Handler) -> Handler:
            self.pages.append(Page(method, path, rule, handler, consented, saves, quick))
            return handler

        return keep


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    waits = inspect.iscoroutinefunction(page.handler)
    at_once = site.store.file is not None and page.quick
    # SQLite answers within the process, where more threads only pass Python's lock to each other. Researchers' pages may
    # take a second, and are made beside these.
    few = site.store.file is not None and page.rule.roles != {"researcher"}

    def seen(request: Request) -> Callable[[Connection], Response]:
        return lambda connection: _answer(site, page, request, {}, Snapshot(connection))

    async def endpoint(request: Request) -> Response:
        try:
            form = await _form(request, site.settings.body_limit) if page.method == "POST" else {}
        except _TooLargeError:
            return await run_in_threadpool(_said, site, request, 413, "problem.too_large")
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            if page.saves and wants_json(request):

                def answered(connection: Connection) -> Response:
                    return _answer(site, page, request, form, Inside(connection))

                return await asyncio.wrap_future(site.store.submit(answered, guarded=True))
            if at_once:
                return site.store.read(seen(request))
            if page.method == "GET" and not waits:
                return await run_sync(site.store.read, seen(request), limiter=_room() if few else None)
            if not waits:
                return await run_in_threadpool(_answer, site, page, request, form, site.store)
            visit, refused = await run_in_threadpool(_admit, site, page, request, form, site.store)
            if refused is not None:
                return refused
            return await cast("Awaitable[Response]", page.handler(visit))
        except StoreUnavailableError:
            response = await run_in_threadpool(_said, site, request, 503, "problem.unavailable")
            response.headers["Retry-After"] = "2"
            return response

    return endpoint


def _answer(
    site: Site, page: Page, request: Request, form: Mapping[str, str], store: Store | Inside | Snapshot
) -> Response:
    visit, refused = _admit(site, page, request, form, store)
    return cast("Response", page.handler(visit)) if refused is None else refused


def _room() -> CapacityLimiter:
    found = _ROOM.get(None)
    if found is None:
        found = CapacityLimiter(_FEW)
        _ROOM.set(found)
    return found


def _visit(
    site: Site,
    request: Request,
    visitor: Visitor | None,
    form: Mapping[str, str],
    store: Store | Inside | Snapshot,
) -> Visit:
    language = negotiate(
        site.catalogues, request.cookies.get("language"), request.headers.get("accept-language", "")
    )
    return Visit(request, site, language, visitor, form, request.path_params.get("id"), store)


def _said(site: Site, request: Request, status: int, key: str) -> Response:
    return _visit(site, request, None, {}, site.store).problem(status, key)


def _admit(
    site: Site,
    page: Page,
    request: Request,
    form: Mapping[str, str],
    store: Store | Inside | Snapshot,
) -> tuple[Visit, Response | None]:
    """Return the visit, and an answer where it must not go on."""
    cookie, target = request.cookies.get(site.settings.cookie), request.path_params.get("id")

    def read(connection: Connection) -> tuple[Visitor | None, Verdict]:
        found = who(site, connection, cookie)
        person, role = (None, None) if found is None else (found.id, found.role)
        return found, decide(page.rule, connection, person, role, target)

    visitor, verdict = store.read(read)
    visit = _visit(site, request, visitor, form, store)
    route, person = f"{page.method} {page.path}", None if visitor is None else visitor.id
    if verdict == "log_in":
        return visit, _logged_out(visit, page)
    if verdict == "forbidden":
        note_refusal("another role's page", route=route, visitor=person)
        return visit, visit.problem(403, "problem.forbidden")
    if verdict == "absent":
        note_refusal("not theirs, or not there", route=route, visitor=person)
        return visit, visit.problem(404, "problem.absent")
    if visitor is None or not page.rule.roles:
        return visit, None
    if page.method == "POST":
        given = form.get("csrf") or request.headers.get("x-csrf-token", "")
        if not secrets.compare_digest(given.encode(), visitor.csrf.encode()):
            note_refusal("without the token of the login", route=route, visitor=person)
            return visit, _again(visit, 403, "problem.csrf")
        if not site.writes.allows(visitor.login, site.now()):
            note_refusal("too many requests", route=route, visitor=person)
            return visit, visit.problem(429, "problem.too_many")
    if page.consented and visitor.role != "researcher":
        if visitor.paused:
            return visit, visit.problem(503, "problem.paused")
        if not visitor.consented:
            return visit, visit.problem(403, "problem.consent") if visit.wants_json else visit.go("/consent")
    return visit, None


def _logged_out(visit: Visit, page: Page) -> Response:
    if visit.wants_json:
        return visit.problem(401, "problem.logged_out")
    return (
        RedirectResponse("/join", 303) if page.method == "GET" else _again(visit, 401, "problem.logged_out")
    )


def _again(visit: Visit, status: int, key: str) -> Response:
    """Keep what was typed: the same form once more, with the token of the login that there is now.

    Only requests that came from this site get here (see `security`), so nobody else's form is ever repeated.
    """
    if visit.wants_json:
        return visit.problem(status, key)
    fields = {name: value for name, value in visit.form.items() if name != "csrf"}
    return visit.page(
        "problem.html", status, title=visit.t(f"{key}.title"), text=visit.t(f"{key}.text"), again=fields
    )


async def _form(request: Request, limit: int) -> dict[str, str]:
    """Return the fields of a form; the last of equal names counts. Line ends are made plain and NUL is dropped."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _TooLargeError
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=500
        )
    except ValueError as error:
        raise _TooLargeError from error
    return {name: value.replace("\r\n", "\n").replace("\x00", "") for name, value in pairs}
