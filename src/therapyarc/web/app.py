"""The application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from therapyarc.domain.design import Design
from therapyarc.web import consent, join
from therapyarc.web.course.pages import course_pages
from therapyarc.web.i18n import negotiate
from therapyarc.web.invite import register_study
from therapyarc.web.pages import Page, Pages
from therapyarc.web.rater import pages as rater
from therapyarc.web.researcher import pages as researcher
from therapyarc.web.security import Guard
from therapyarc.web.settings import Settings
from therapyarc.web.site import Site, build_site
from therapyarc.web.store import READERS, Store
from therapyarc.web.therapist import pages as therapist
from therapyarc.web.trainee import pages as trainee
from therapyarc.web.visit import Visit

__all__ = ["create_app", "every_page"]

_PARTS: tuple[Pages, ...] = (
    join.pages,
    consent.pages,
    therapist.pages,
    course_pages("therapist", "/therapist", "study"),
    rater.pages,
    trainee.pages,
    course_pages("trainee", "/trainee", "practice"),
    researcher.pages,
)


def every_page() -> tuple[Page, ...]:
    """Return every route there is, for the matrix of roles and routes."""
    return tuple(page for part in _PARTS for page in part.pages)


def create_app(design: Design, store: Store, settings: Settings | None = None) -> Starlette:
    """Return the site of one study.

    Parameters
    ----------
    design
        The study.
    store
        Its database; the caller closes it.
    settings
        Address, limits and folder of the study file.
    """
    settings = settings or Settings()
    site = build_site(design, store, settings)
    register_study(store, design, site.now())

    @contextlib.asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        """Let no more requests be worked on at once than there are connections to read, and saves where requests come in.

        More requests at once would only wait for each other.
        """
        del app
        current_default_thread_limiter().total_tokens = READERS
        with store.worked_on(asyncio.get_running_loop()):
            yield

    often = {page.path for page in every_page() if page.saves}
    routes = [route for part in _PARTS for route in part.routes(site)]
    routes.sort(key=lambda route: route.path not in often)  # they are tried one after the other
    static = Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    told = _told(site)
    app = Starlette(
        routes=[*routes, static],
        middleware=[Middleware(Guard, url=settings.url, failed=told)],
        exception_handlers={HTTPException: told},
        lifespan=running,
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    return app


def _told(site: Site) -> Callable[[Request, Exception], Response]:
    """Return what answers where no route does: a page in the visitor's language."""

    def handle(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        accepted = request.headers.get("accept-language", "")
        language = negotiate(site.catalogues, request.cookies.get("language"), accepted)
        visit = Visit(request, site, language, None, {}, None, site.store)
        return visit.problem(status, "problem.absent" if status == 404 else "problem.wrong")

    return handle
