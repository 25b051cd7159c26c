"""Coming in and leaving: the invitation is consumed by POST alone, and the cookie is new each time."""

from sqlalchemy import Connection, delete, insert, or_, select, update
from starlette.responses import Response

from therapyarc.web.audit import record_event
from therapyarc.web.pages import Pages
from therapyarc.web.permission import ANYONE, EVERYONE
from therapyarc.web.refusals import note_refusal
from therapyarc.web.store.tables import Invitation, Login, Participant
from therapyarc.web.tokens import code_digest, digest_of, new_token
from therapyarc.web.visit import Visit

__all__ = ["pages"]

pages = Pages()


@pages.get("/", ANYONE, consented=False)
def home(visit: Visit) -> Response:
    """Send everyone to the own start."""
    if visit.visitor is None:
        return visit.go("/join")
    if visit.visitor.role != "researcher" and not visit.visitor.consented:
        return visit.go("/consent")
    return visit.go(f"/{visit.visitor.role}")


@pages.get("/join", ANYONE, consented=False)
def ask(visit: Visit) -> Response:
    """Show the door. Nothing is consumed here, so that a mail scanner that follows the link burns nothing."""
    return visit.page("join.html", wrong=False)


@pages.post("/join", ANYONE, consented=False)
def enter(visit: Visit) -> Response:
    """Let in whoever holds an invitation."""
    site, now = visit.site, visit.site.now()
    network = _network(visit.request.client.host if visit.request.client else "")
    if not site.limiter.test(site.join_failures, "join", network):
        note_refusal("too many wrong ones from this network", route="POST /join")
        return visit.problem(429, "problem.too_many")
    given = visit.form.get("code", "").strip()
    cookie, old = new_token(), visit.visitor

    def work(connection: Connection) -> str | None:
        row = connection.execute(
            select(Invitation.id, Participant.id.label("participant"), Participant.status)
            .join(Participant, Participant.id == Invitation.participant)
            .where(
                or_(Invitation.digest == digest_of(given), Invitation.code_digest == code_digest(given)),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > now,
            )
        ).first()
        if row is None or row.status == "withdrawn":
            return None
        if old is not None:
            connection.execute(delete(Login).where(Login.digest == old.login))
        connection.execute(delete(Login).where(Login.expires_at <= now))
        connection.execute(
            insert(Login).values(
                digest=digest_of(cookie),
                participant=row.participant,
                csrf=new_token(),
                created_at=now,
                expires_at=now + site.settings.login_s,
            )
        )
        connection.execute(update(Invitation).where(Invitation.id == row.id).values(used_at=now))
        record_event(connection, now, row.participant, "login", row.participant)
        return str(row.participant)

    if not given or visit.write(work) is None:
        site.limiter.hit(site.join_failures, "join", network)
        note_refusal("a link or code that opens nothing", route="POST /join")
        return visit.page("join.html", 403, wrong=True)
    response = visit.go("/")
    _set_cookie(visit, response, cookie, int(site.settings.login_s))
    return response


@pages.post("/leave", EVERYONE, consented=False)
def leave(visit: Visit) -> Response:
    """End this login; the link opens a new one."""
    login = visit.me.login
    visit.write(lambda connection: connection.execute(delete(Login).where(Login.digest == login)).rowcount)
    response = visit.go("/join")
    _set_cookie(visit, response, "", 0)
    return response


@pages.post("/language", ANYONE, consented=False)
def language(visit: Visit) -> Response:
    """Choose the language of the pages."""
    back = visit.form.get("back", "/")
    response = visit.go(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    chosen = visit.form.get("language", "")
    if chosen in visit.site.catalogues:
        response.set_cookie(
            "language",
            chosen,
            max_age=31_536_000,
            httponly=True,
            samesite="lax",
            secure=visit.site.settings.secure,
        )
    return response


@pages.get("/token", EVERYONE, consented=False)
def token(visit: Visit) -> Response:
    """Give the page's script the token of a login that was renewed in another window, so that nothing typed is lost."""
    return visit.json({"csrf": visit.me.csrf, "owner": visit.me.owner})


def _set_cookie(visit: Visit, response: Response, value: str, age: int) -> None:
    settings = visit.site.settings
    response.set_cookie(
        settings.cookie, value, max_age=age, path="/", httponly=True, samesite="lax", secure=settings.secure
    )


def _network(address: str) -> str:
    """Return the network that an address belongs to: a /64 of IPv6, one address of IPv4."""
    return ":".join(address.split(":")[:4]) if ":" in address else address
