"""Rows of the tidy table that say how far each figure of synchrony lies from what chance gives."""

import hashlib
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from therapyarc.domain import Measurement, Missing, Session
from therapyarc.domain.measure import NULLS, beside
from therapyarc.measures.synchrony.clid import CLID_NAMES
from therapyarc.measures.synchrony.families import SYNCHRONY_FAMILIES
from therapyarc.measures.synchrony.figures import UNORDERED
from therapyarc.measures.synchrony.nulls import CHEAP, Kind, Null, nulls
from therapyarc.measures.synchrony.style import style_of

__all__ = ["SURROGATES", "beside_chance_rows"]

SURROGATES = 100
"""Surrogates of a session and a kind of null."""

_VERSIONS = {one.name: one.version for family in SYNCHRONY_FAMILIES for one in family.measures}


def beside_chance_rows(
    sessions: Sequence[Session], clients: Sequence[Hashable], *, seed: int, surrogates: int = SURROGATES
) -> Iterator[Measurement]:
    """Yield, for each session, figure and null, z: (figure - mean of its surrogates) / their standard deviation.

    The measure of a row is `beside(figure, null)`, as in `lsm:z_pseudo`. A figure that has no such null by its nature (a
    shuffle leaves `lsm` as it is), and nCLiD by other nulls than shuffles, have no row. Draws follow from the seed, the
    null and the ids of the sessions, so their order does not matter.

    Parameters
    ----------
    sessions
        The sessions of one condition, which stays unnamed here: pseudo-dyads and turns of like length are taken from among
        them.
    clients
        Who the client of each session is; no surrogate takes a turn of the same client from another session.
    seed
        The study's seed.
    surrogates
        Surrogates a session.

    Returns
    -------
    Missing is `too_short` where the session or most of its surrogates have no figure, or where surrogates do not vary;
    `not_administered` where there is no session of another client to take turns from.
    """
    order = sorted(range(len(sessions)), key=lambda place: sessions[place].id)
    styles = [style_of(sessions[place].turns) for place in order]
    whose = [clients[place] for place in order]
    alone = len(set(whose)) < 2
    ids = [sessions[place].id for place in order]
    for kind in NULLS:
        names = [*CHEAP, *CLID_NAMES] if kind == "shuffle" else [*CHEAP]
        found: list[dict[str, Null]] = [{} for _ in styles]
        if kind == "shuffle" or not alone:
            rng = _drawn(seed, kind, ids)
            found = nulls(styles, rng=rng, surrogates=surrogates, kind=kind, names=names, clients=whose)
        for name, own in zip(ids, found, strict=True):
            for figure in names:
                if kind != "shuffle" or figure not in UNORDERED:
                    yield _row(name, figure, kind, own.get(figure), alone=alone and kind != "shuffle")


def _row(session: str, figure: str, kind: Kind, null: Null | None, *, alone: bool) -> Measurement:
    z = None if null is None else null.z
    reason = Missing.NOT_ADMINISTERED if alone else Missing.TOO_SHORT
    return Measurement(
        session=session,
        measure=beside(figure, kind),
        version=_VERSIONS[figure],
        value=z,
        missing=reason if z is None else None,
    )


def _drawn(seed: int, kind: Kind, ids: Sequence[str]) -> np.random.Generator:
    digest = hashlib.sha256("\n".join([kind, *ids]).encode("utf-8", errors="replace")).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])
