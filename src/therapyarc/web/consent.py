"""Information and consent, and withdrawing it."""

from sqlalchemy import Connection, insert, update
from starlette.responses import Response

from therapyarc.web.audit import record_event
from therapyarc.web.consent_text import consent_text, version_of
from therapyarc.web.erasure import forget_words
from therapyarc.web.identity import erase_identity
from therapyarc.web.invitation import revoke
from therapyarc.web.pages import Pages
from therapyarc.web.permission import Role
from therapyarc.web.rating.places import panel_of
from therapyarc.web.rating.withdrawal import give_up_leases
from therapyarc.web.site import rendered
from therapyarc.web.store.tables import Consent, Participant
from therapyarc.web.tokens import new_id
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()

_PEOPLE: frozenset[Role] = frozenset({"therapist", "rater", "trainee"})


@pages.get("/consent", _PEOPLE, consented=False)
def show(visit: Visit) -> Response:
    """Show the information."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, *, unanswered: bool = False) -> Response:
    text = consent_text(visit.site, visit.t.language)
    return visit.page(
        "consent.html", status, information=rendered(text), version=version_of(text), unanswered=unanswered
    )


@pages.post("/consent", _PEOPLE, consented=False)
def answer(visit: Visit) -> Response:
    """Keep the decision on the very text that was shown."""
    decision, text = visit.form.get("decision"), consent_text(visit.site, visit.t.language)
    if decision not in {"given", "declined"} or visit.form.get("version") != version_of(text):
        return _page(visit, 422, unanswered=True)
    me, now = visit.me, visit.site.now()

    def work(connection: Connection) -> None:
        _keep(connection, me.id, version_of(text), visit.t.language, decision, now)
        if decision == "given":
            connection.execute(
                update(Participant)
                .where(Participant.id == me.id, Participant.status == "invited")
                .values(status="active")
            )

    visit.write(work)
    return visit.go("/") if decision == "given" else visit.page("declined.html")


@pages.get("/withdraw", _PEOPLE, consented=False)
def ask_withdrawal(visit: Visit) -> Response:
    """Ask what shall become of the answers."""
    return visit.page("withdraw.html", unanswered=False)


@pages.post("/withdraw", _PEOPLE, consented=False)
def withdraw(visit: Visit) -> Response:
    """End participation; answers stay without a name, or are deleted."""
    answers = visit.form.get("answers")
    if answers not in {"keep", "delete"}:
        return visit.page("withdraw.html", 422, unanswered=True)
    me, now = visit.me, visit.site.now()

    def work(connection: Connection) -> None:
        if answers == "delete":
            forget_words(connection, me.id, now)
        give_up_leases(connection, me.id)
        erase_identity(connection, me.id)
        _keep(connection, me.id, "", visit.t.language, "withdrawn", now)
        connection.execute(update(Participant).where(Participant.id == me.id).values(status="withdrawn"))
        record_event(connection, now, me.id, "participant.withdrawn", me.id, {"answers": answers})
        revoke(connection, me.id, now, by=me.id)

    desk = visit.read(lambda connection: panel_of(connection, visit.site.design.study.raters, me.id))
    visit.write(work)
    labelled = desk is not None and desk[0].labels != "none"
    return visit.page("withdrawn.html", answers=answers, labelled=labelled)


def _keep(connection: Connection, person: str, version: str, language: str, decision: str, at: float) -> None:
    connection.execute(
        insert(Consent).values(
            id=new_id(), participant=person, version=version, language=language, decision=decision, at=at
        )
    )
    record_event(connection, at, person, f"consent.{decision}", person, {"version": version})
