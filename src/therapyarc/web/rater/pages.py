"""Pages of masked raters: where they stand, one rating a page, and the end."""

from starlette.responses import Response

from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role, of_lease
from therapyarc.web.rater.desk import desk_of, open_task, seat_of
from therapyarc.web.rater.finish import finish_page, keep_guesses
from therapyarc.web.rater.task import rated, task_page
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()

_ME: frozenset[Role] = frozenset({"rater"})


@pages.get("/rater", _ME)
def start(visit: Visit) -> Response:
    """Show where the person stands, on whatever device."""
    desk = desk_of(visit)
    if desk is None:
        return visit.page("rater/start.html", desk=None)
    if visit.me.status == "finished":
        return visit.go("/rater/done")
    return visit.page("rater/start.html", desk=desk, nothing=False)


@pages.post("/rater/next", _ME)
def onward(visit: Visit) -> Response:
    """Go on with what is open, or be given what comes next."""
    seat = seat_of(visit)
    if seat is None or visit.me.status == "finished":
        return visit.go("/rater")
    path = open_task(visit, seat)
    return visit.go(path) if path else visit.page("rater/start.html", desk=desk_of(visit), nothing=True)


@pages.get("/rater/task/{id}", _ME, owner=of_lease, quick=True)
def task(visit: Visit) -> Response:
    """Show one text with the rubric beside it."""
    return task_page(visit)


@pages.post("/rater/task/{id}", _ME, owner=of_lease, saves=True)
def task_rated(visit: Visit) -> Response:
    """Keep a rating."""
    return rated(visit)


@pages.get("/rater/finish", _ME)
def finish(visit: Visit) -> Response:
    """Ask who wrote some of what was rated, and end."""
    desk = desk_of(visit)
    if desk is None or visit.me.status == "finished" or not desk.walk.done("real"):
        return visit.go("/rater")
    return finish_page(visit, desk)


@pages.post("/rater/finish", _ME)
def finished(visit: Visit) -> Response:
    """Keep the guesses; nothing can be changed after that."""
    desk = desk_of(visit)
    if desk is None or visit.me.status == "finished" or not desk.walk.done("real"):
        return visit.go("/rater")
    return keep_guesses(visit, desk)


@pages.get("/rater/done", _ME)
def done(visit: Visit) -> Response:
    """Say what is stored, once the server has counted it."""
    desk = desk_of(visit)
    if desk is None or visit.me.status != "finished":
        return visit.go("/rater")
    return visit.page(
        "rater/done.html", answers=len(desk.walk.done("real")), labelled=desk.spec.labels != "none"
    )
