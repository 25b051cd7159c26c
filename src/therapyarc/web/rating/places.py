"""Places of people in panels of raters."""

from sqlalchemy import Connection, bindparam, delete, insert, select

from therapyarc.domain import RaterSpec
from therapyarc.web.store import Prepared
from therapyarc.web.store.tables import Invitation, Participant, RaterPlace

__all__ = ["PanelFullError", "claim_place", "panel_named", "panel_of", "rater_name"]

_PLACE = Prepared(
    select(RaterPlace.panel, RaterPlace.place).where(RaterPlace.participant == bindparam("participant"))
)


class PanelFullError(Exception):
    """No panel has a free place."""


def claim_place(connection: Connection, raters: tuple[RaterSpec, ...], participant: str) -> None:
    """Give a rater the first free place of the study's panels; none where the study has no human rater.

    A place whose invitations were all revoked before anyone came in is free again.

    Raises
    ------
    PanelFullError
        If all places are taken.
    """
    places = [
        (spec.id, place)
        for spec in raters
        if spec.kind == "human"
        for place in range(1, spec.panel.places + 1)
    ]
    if not places:
        return
    rows = connection.execute(
        select(RaterPlace.panel, RaterPlace.place)
        .join(Participant, Participant.id == RaterPlace.participant)
        .outerjoin(Invitation, (Invitation.participant == Participant.id) & Invitation.revoked_at.is_(None))
        .where((Participant.status != "invited") | Invitation.id.is_not(None))
    )
    taken = {(row.panel, row.place) for row in rows}
    free = next((place for place in places if place not in taken), None)
    if free is None:
        raise PanelFullError(
            f"no free place: the study has {len(places)} for raters. Raise panel.places of a human rater in the study file, "
            "or revoke an invitation that nobody used."
        )
    connection.execute(delete(RaterPlace).where(RaterPlace.panel == free[0], RaterPlace.place == free[1]))
    connection.execute(insert(RaterPlace).values(participant=participant, panel=free[0], place=free[1]))


def panel_of(
    connection: Connection, raters: tuple[RaterSpec, ...], participant: str
) -> tuple[RaterSpec, int] | None:
    """Return a person's panel and place; none for who has none, or whose panel the study no longer holds."""
    row = _PLACE.first(connection, {"participant": participant})
    spec = None if row is None else panel_named(raters, row.panel)
    return None if row is None or spec is None else (spec, row.place)


def panel_named(raters: tuple[RaterSpec, ...], name: str | None) -> RaterSpec | None:
    """Return a panel of the study; none where it holds none of this name."""
    return next((one for one in raters if one.id == name), None)


def rater_name(spec: RaterSpec, place: int) -> str:
    """Return the name that stands in ratings."""
    return spec.each()[min(place, spec.panel.places) - 1].id
