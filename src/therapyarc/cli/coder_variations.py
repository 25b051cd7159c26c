"""How often a coder decides otherwise when the same is said in another way."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from therapyarc.cli.coder_figures import Counts, Figures, figure
from therapyarc.coding.learned import ROLES, LearnedCoder, Role
from therapyarc.coding.training import predicted
from therapyarc.coding.variations import NAMES, VARIATIONS, addressed
from therapyarc.domain import Turn

__all__ = ["FEWEST", "variation_figures"]

Session = tuple[Turn, ...]

FEWEST = 10
"""Turns that a variation must touch in two sessions or more; below it there is no figure."""
_WATCHED = {"therapist": "reflection", "client": "change"}


def variation_figures(sessions: Sequence[Session], learned: LearnedCoder, seed: int) -> Figures:
    """Return, by role and variation, how often and which way decisions on turns move.

    All turns of one role are said in the other way, those of the other role stay. Among the turns whose text it touches:

    * `ROLE_VARIATION_changed`: share whose main code differs from that of the text as it was; 0 is a coder that is never
      moved, 1 one that always is.
    * `ROLE_VARIATION_shift_LABEL`: share with this code after minus before (therapist: reflection; client: change), -1
      to 1; 0 where changes cancel out. Away from 0, who speaks so is scored otherwise than others.

    The variations `name_gender` and `name_origin` compare the same turn with a first name before it: a woman's with
    a man's, and each with the English one of the same gender.

    Intervals resample sessions. A variation that touches fewer than `FEWEST` turns has no figure.
    """
    rng = np.random.default_rng(seed)
    result: Figures = {}
    for role in ROLES:
        own = [one for one in sessions if any(turn.role == role for turn in one)]
        plain = [_decided(one, role, learned) for one in own]
        for variation in VARIATIONS:
            pairs = []
            for one, before in zip(own, plain, strict=True):
                other = _told(one, role, variation.change)
                if (touched := _touched(one, other)).any():
                    pairs.append((before, _decided(other, role, learned), touched))
            result |= _figures(f"{role}_{variation.id}", role, pairs, learned, rng)
        result |= _names(own, role, learned, rng)
    return result


def _told(session: Session, role: Role, change: Callable[[str], str]) -> Session:
    return tuple(Turn(role=t.role, text=change(t.text)) if t.role == role else t for t in session)


def _touched(one: Session, other: Session) -> NDArray[np.bool_]:
    return np.array([a.text != b.text for a, b in zip(one, other, strict=True)], dtype=bool)


def _decided(session: Session, role: Role, learned: LearnedCoder) -> NDArray[np.int64]:
    return predicted(learned, session).decided[role]["main"]


def _names(
    sessions: Sequence[Session], role: Role, learned: LearnedCoder, rng: np.random.Generator
) -> Figures:
    own = [np.array([turn.role == role for turn in one], dtype=bool) for one in sessions]
    said: Mapping[str, list[NDArray[np.int64]]] = {
        name: [_decided(_told(one, role, partial(addressed, name=name)), role, learned) for one in sessions]
        for both in NAMES.values()
        for name in both
    }
    usual = NAMES["english"]
    gender = [(woman, man) for woman, man in NAMES.values()]
    origin = [(usual[k], both[k]) for key, both in NAMES.items() if key != "english" for k in (0, 1)]
    result: Figures = {}
    for called, compared in (("name_gender", gender), ("name_origin", origin)):
        pairs = [
            (said[a][place], said[b][place], own[place])
            for place in range(len(sessions))
            for a, b in compared
        ]
        result |= _figures(f"{role}_{called}", role, pairs, learned, rng, len(compared))
    return result


def _figures(
    name: str,
    role: Role,
    pairs: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]],
    learned: LearnedCoder,
    rng: np.random.Generator,
    each: int = 1,
) -> Figures:
    """Return both figures of a variation from decisions before, after and where it touched; `each` rows a session."""
    label = _WATCHED[role]
    watched = learned.labels(role)["main"].index(label)
    table = np.array(
        [
            (
                touched.sum(),
                (touched & (before != after)).sum(),
                (touched & (after == watched)).sum() - (touched & (before == watched)).sum(),
            )
            for before, after, touched in pairs
        ],
        dtype=np.float64,
    )
    by_session = table.reshape(-1, each, 3).sum(axis=1)
    if len(by_session) < 2 or by_session[:, 0].sum() < FEWEST:
        return {}
    return {
        f"{name}_changed": figure("", by_session, partial(_share, 1), rng),
        f"{name}_shift_{label}": figure("", by_session, partial(_share, 2), rng),
    }


def _share(column: int, total: Counts) -> float:
    return float(total[column] / total[0])
