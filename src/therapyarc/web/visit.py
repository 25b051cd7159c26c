"""One request: who asks, in which language, with which form; and the ways to answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select, true
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from therapyarc.web.consent_text import consent_versions
from therapyarc.web.i18n import Catalogue
from therapyarc.web.permission import Role
from therapyarc.web.site import Site
from therapyarc.web.store import Inside, Prepared, Snapshot, Store
from therapyarc.web.store.tables import Consent, Login, Participant, Study
from therapyarc.web.tokens import digest_of

__all__ = ["Visit", "Visitor", "wants_json", "who"]

T = TypeVar("T")

# Statements that every request runs are built once: building one costs ten times what running it does.
_DECISION = (
    select(Consent.id)
    .where(Consent.participant == Participant.id)
    .order_by(Consent.at.desc(), Consent.id)
    .limit(1)
    .correlate(Participant)
    .scalar_subquery()
)
"""A person's last decision."""
_LOGIN = Prepared(
    select(
        Participant.id, Participant.role, Participant.status, Login.csrf, Login.digest, Study.paused,
        Consent.decision, Consent.version,
    )
    .join(Login, Login.participant == Participant.id)
    .outerjoin(Study, true())
    .outerjoin(Consent, Consent.id == _DECISION)
    .where(Login.digest == bindparam("digest"), Login.expires_at > bindparam("now"))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who came in."""

    id: str
    """Pseudonym."""
    role: Role
    """What the person came to do."""
    status: str
    """invited, active, finished or withdrawn."""
    csrf: str
    """Token of the login."""
    login: str
    """Digest of the login."""
    consented: bool
    """Whether the person's last decision is a consent to the text in force."""
    paused: bool
    """Whether the study is paused."""
    owner: str
    """Name under which the browser keeps what is not yet saved: the same after a new login, and no pseudonym."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page's function is given."""

    request: Request
    site: Site
    t: Catalogue
    visitor: Visitor | None
    form: Mapping[str, str]
    target: str | None
    """The object in the path; the visitor is known to own it."""
    store: Store | Inside | Snapshot
    """The database; for a request that is answered in one transaction, that transaction."""
    onward: str = ""
    """Address of the page that the answer shows, where it is not that of the request."""

    @property
    def me(self) -> Visitor:
        """The visitor, where the rule of the route asks for one."""
        assert self.visitor is not None, "the route lets anyone in"
        return self.visitor

    @property
    def wants_json(self) -> bool:
        """Whether the page's script asks, and not the browser itself."""
        return wants_json(self.request)

    @property
    def takes_page(self) -> bool:
        """Whether the script that asks can show the page that comes next, and so needs not ask for it."""
        return self.wants_json and "text/html" in self.request.headers.get("accept", "")

    def number(self, field: str) -> int:
        """Return the whole number in a field of the form or, with GET, of the query; 0 where there is none."""
        text = (self.request.query_params if self.request.method == "GET" else self.form).get(field, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def read(self, work: Callable[[Connection], T]) -> T:
        """Read from the database."""
        return self.store.read(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Write to the database; the answer goes out once it is committed."""
        return self.store.write(work)

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """Return a page made from a template."""
        made_from = self.site.templates[self.t.language].get_template(template)
        # no part of an address that the browser wrote itself
        path = self.onward or self.request.scope["path"]
        text = made_from.render(visitor=self.visitor, path=path, **values)
        headers = {"Content-Language": self.t.language}
        if self.onward:
            headers["Content-Location"] = self.onward
        return HTMLResponse(text, status, headers)

    def go(self, path: str) -> RedirectResponse:
        """Send the browser on with GET, so that going back or reloading repeats nothing."""
        return RedirectResponse(path, 303)

    def json(self, data: object, status: int = 200) -> JSONResponse:
        """Answer the page's script."""
        return JSONResponse(data, status)

    def problem(self, status: int, key: str, **values: object) -> Response:
        """Say what is wrong, as a page or to the script."""
        if self.wants_json:
            return self.json({"error": key, "message": self.t(f"{key}.text", **values)}, status)
        return self.page(
            "problem.html",
            status,
            title=self.t(f"{key}.title"),
            text=self.t(f"{key}.text", **values),
            again=None,
        )


def wants_json(request: Request) -> bool:
    """Return whether a page's script asks, and not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


def who(site: Site, connection: Connection, cookie: str | None) -> Visitor | None:
    """Return who holds this cookie; none where it is absent, unknown or has ended."""
    if not cookie:
        return None
    row = _LOGIN.first(connection, {"digest": digest_of(cookie), "now": site.now()})
    if row is None or row.status == "withdrawn":
        return None
    return Visitor(
        id=row.id,
        role=row.role,
        status=row.status,
        csrf=row.csrf,
        login=row.digest,
        consented=row.decision == "given" and row.version in consent_versions(site),
        paused=bool(row.paused),
        owner=digest_of(f"owner:{row.id}")[:16],
    )
