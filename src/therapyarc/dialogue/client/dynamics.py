"""What moves a client: the table of coefficients, and one turn's change by it.

For an act a with strength s, a variable x in [0, 1] changes by

    c(a, x) * s * g(x) / (1 + h * n(a)),    g(x) = 2 (1 - x) for a rise and 2 x for a fall,

where c is the coefficient, h the habituation and n(a) in how many of the last three turns the act was done before.
A share `carry` of a turn's change is repeated in the next. Chance is added to bond, trust, task and goal. While a
rupture is open only a share of the gains in bond and trust comes through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from random import Random

import yaml

from therapyarc.domain.client import ClientCase
from therapyarc.domain.course import ClientState, Rupture

__all__ = ["VARIABLES", "Coefficients", "Mind", "coefficients"]

VARIABLES = (
    "bond", "goal", "task", "trust", "readiness", "ambivalence", "resistance", "advice_wish", "reliance",
    "conviction", "distress", "hurt",
)  # fmt: skip
"""What an act can change."""

_NOISY = ("bond", "trust", "task", "goal")
_GATED = ("bond", "trust")


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The table."""

    effects: Mapping[str, Mapping[str, float]]
    """By act and variable."""
    turn: Mapping[str, float]
    """Within a session."""
    week: Mapping[str, float]
    """Between sessions."""
    sources: Mapping[str, str]
    """By act, where the sign comes from."""
    meanings: Mapping[str, str]
    """By name of a coefficient of turn or week, what it is."""

    def redrawn(self, rng: Random, spread: float = 0.3) -> "Coefficients":
        """Return a table with every size multiplied by a lognormal draw (median 1, log SD `spread`); signs stay."""

        def drawn(value: float) -> float:
            return value * rng.lognormvariate(0.0, spread)

        def share(name: str, value: float) -> float:
            return min(0.95, drawn(value)) if 0 < value < 1 and name != "noise" else drawn(value)

        return replace(
            self,
            effects={
                act: {name: drawn(value) for name, value in row.items()} for act, row in self.effects.items()
            },
            turn={name: share(name, value) for name, value in self.turn.items()},
            week={
                name: value
                if name in {"done_base", "leave_base", "trust_keep", "alliance_keep"}
                else share(name, value)
                for name, value in self.week.items()
            },
        )


@cache
def coefficients(name: str = "client") -> Coefficients:
    """Read a table of the library."""
    source = files("therapyarc") / "library" / "dynamics" / f"{name}.yaml"
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    unknown = {v for row in data["effects"].values() for v in row["changes"]} - set(VARIABLES)
    if unknown:
        raise ValueError(f"{source}: there is no variable {', '.join(sorted(unknown))}")
    return Coefficients(
        effects={act: row["changes"] for act, row in data["effects"].items()},
        turn={name: row["value"] for name, row in data["turn"].items()},
        week={name: row["value"] for name, row in data["week"].items()},
        sources={act: row["source"] for act, row in data["effects"].items()},
        meanings={name: row["meaning"] for part in ("turn", "week") for name, row in data[part].items()},
    )


class Mind:
    """The state at work: changed in place turn by turn, read out as a `ClientState`."""

    def __init__(self, case: ClientCase, state: ClientState, table: Coefficients) -> None:
        self.case = case
        self.table = table
        self.values = {
            "bond": state.bond, "goal": state.goal, "task": state.task, "trust": state.trust,
            "readiness": state.readiness, "ambivalence": state.ambivalence, "resistance": state.resistance,
            "advice_wish": state.advice_wish, "reliance": state.reliance, "distress": state.distress, "hurt": 0.0,
        }  # fmt: skip
        self.convictions = dict(state.convictions)
        self.rupture: Rupture = state.rupture
        self.rupture_since = state.rupture_since
        self.told = list(state.told)
        self.news = list(state.news)
        self.promise = state.promise
        self.proposed = set() if state.promise is None else {state.promise.activity}
        self.left = state.left
        self._start = state
        self._recent: list[frozenset[str]] = []
        self._shapes: list[frozenset[str]] = []
        self._carried: dict[str, float] = {}

    def state(self) -> ClientState:
        """Return the state as a record."""
        values = self.values
        return replace(
            self._start,
            distress=values["distress"],
            bond=values["bond"],
            goal=values["goal"],
            task=values["task"],
            trust=values["trust"],
            readiness=values["readiness"],
            ambivalence=values["ambivalence"],
            resistance=values["resistance"],
            advice_wish=values["advice_wish"],
            reliance=values["reliance"],
            convictions=dict(self.convictions),
            rupture=self.rupture,
            rupture_since=self.rupture_since,
            told=tuple(self.told),
            news=tuple(self.news),
            promise=self.promise,
            left=self.left,
        )

    @property
    def risk(self) -> float:
        """Suicide risk, 0 to 3; it moves between sessions, not within."""
        return self._start.risk

    def took(self, act: str) -> bool:
        """Say whether an act was among those of the therapist's last turn, as they came across."""
        return bool(self._recent) and act in self._recent[-1]

    def in_context(self, acts: Mapping[str, float]) -> dict[str, float]:
        """Return the acts as they come across now: advice to someone who is not ready is early, and so on."""
        values, felt = self.values, dict(acts)
        early = values["readiness"] < 0.4 or values["resistance"] > 0.55
        for advice in ("advice_without_permission", "advice_with_permission"):
            if advice in felt:
                if values["advice_wish"] > 0.5:
                    felt["advice_timely"] = felt.pop(advice)
                elif advice == "advice_without_permission" and early:
                    felt["advice_early"] = felt[advice]
        if "plan" in felt and early and "feasibility" not in felt:
            felt["plan_early"] = felt.pop("plan")
        self._shapes = [*self._shapes[-3:], frozenset(acts) - {"uptake"}]
        if len(self._shapes) == 4 and (alike := _alike(self._shapes)) > 0.5:
            felt["repetition"] = 2 * (alike - 0.5)
        return felt

    def take(self, acts: Mapping[str, float], rng: Random) -> dict[str, float]:
        """Let one turn's acts work, and return by how much each variable changed."""
        change = self._summed(acts)
        for name in _NOISY:
            change[name] = change.get(name, 0.0) + rng.gauss(0.0, self.table.turn["noise"])
        if self.rupture != "none":
            for name in _GATED:
                if change[name] > 0:
                    change[name] *= self.table.turn["rupture_share"]
        values = self.values
        moved = {name: self._move(name, size) for name, size in change.items()}
        values["resistance"] += 0.08 * (self._resting_resistance() - values["resistance"])
        values["advice_wish"] = min(1.0, values["advice_wish"] + 0.012 * (0.5 + values["readiness"]))
        return moved

    def _summed(self, acts: Mapping[str, float]) -> dict[str, float]:
        """Return the change that the acts ask for, before saturation: dose by habituation, and what is carried over."""
        turn, effects = self.table.turn, self.table.effects
        change = {name: value * turn["carry"] for name, value in self._carried.items()}
        for act, strength in acts.items():
            row = effects.get(act)
            if row is None:
                continue
            repeated = sum(act in earlier for earlier in self._recent)
            dose = strength / (1 + turn["habituation"] * repeated)
            for name, size in row.items():
                change[name] = change.get(name, 0.0) + size * dose
        self._recent = [*self._recent[-2:], frozenset(acts)]
        reactance, anxiety = self.case.traits.reactance, self.case.traits.anxiety
        if change.get("resistance", 0.0) > 0:
            change["resistance"] *= 0.6 + 1.3 * reactance
        if change.get("hurt", 0.0) > 0:
            change["hurt"] *= 0.7 + 0.5 * anxiety + 0.5 * reactance
        self._carried = {name: value for name, value in change.items() if name not in {"hurt", "conviction"}}
        return change

    def _move(self, name: str, size: float) -> float:
        if name == "conviction":
            return self._convince(size)
        if name == "distress":
            return _step(self.values, name, size, 100.0)
        if name == "hurt":
            self.values["hurt"] = max(0.0, 0.85 * self.values["hurt"] + size)
            return size
        return _saturated(self.values, name, size)

    def strain(self, acts: Mapping[str, float], rng: Random) -> str:
        """Open or close a rupture, and say which: `rupture`, `repair` or nothing."""
        if self.rupture == "none":
            if self.values["hurt"] >= self.table.turn["breaking"]:
                traits = self.case.traits
                turned_away = traits.avoidance + 0.5 * traits.anxiety
                away = rng.random() < turned_away / (turned_away + traits.reactance + 1e-9)
                self.rupture = "withdrawal" if away else "confrontation"
                self.rupture_since = 0
                self.values["hurt"] = 0.2
                return "rupture"
            return ""
        self.rupture_since += 1
        chance = self.table.turn["heal"]
        if "repair" in acts:
            chance = self.table.turn["repair_chance"]
        if rng.random() < chance:
            repaired = "repair" in acts
            self.rupture, self.rupture_since = "none", 0
            self.values["hurt"] = 0.0
            if repaired:
                _saturated(self.values, "bond", 0.05)
                _saturated(self.values, "trust", 0.04)
                _step(self.values, "distress", -self.table.turn["repair_relief"], 100.0)
                return "repair"
        return ""

    def _convince(self, size: float) -> float:
        """Move the belief that is held most strongly; nothing gives way without trust or against resistance."""
        belief = max(self.convictions, key=lambda name: self.convictions[name])
        before = self.convictions[belief]
        open_to_it = self.values["trust"] * (1 - self.values["resistance"]) * 2 if size < 0 else 1.0
        self.convictions[belief] = min(100.0, max(0.0, before + size * open_to_it))
        return self.convictions[belief] - before

    def _resting_resistance(self) -> float:
        traits = self.case.traits
        return 0.12 + 0.30 * traits.reactance + 0.18 * self.values["ambivalence"]


def _alike(shapes: list[frozenset[str]]) -> float:
    """Return the mean Jaccard overlap of the last shape with those before it."""
    *before, last = shapes
    return sum(len(last & one) / max(1, len(last | one)) for one in before) / len(before)


def _saturated(values: dict[str, float], name: str, size: float) -> float:
    before = values[name]
    values[name] = min(1.0, max(0.0, before + size * 2 * ((1 - before) if size > 0 else before)))
    return values[name] - before


def _step(values: dict[str, float], name: str, size: float, top: float) -> float:
    before = values[name]
    values[name] = min(top, max(0.0, before + size))
    return values[name] - before
