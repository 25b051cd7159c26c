"""The start of trainees."""

from starlette.responses import Response

from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()

_ME: frozenset[Role] = frozenset({"trainee"})


@pages.get("/trainee", _ME)
def start(visit: Visit) -> Response:
    """Say that nothing waits."""
    return visit.page("trainee/start.html")
