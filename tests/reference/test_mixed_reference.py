"""Mixed models, against lme4 1.1-31 and lmerTest 3.1-3 (script and output in the folder beside), and by hand."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from numpy.typing import NDArray

from therapyarc.stats import Grouping, MixedFit, SingularDesignError, mixed_model

Floats = NDArray[np.float64]
HERE = Path(__file__).parent / "mixed"


class Part(TypedDict):
    group: str
    one: str | None
    two: str | None
    vcov: float
    sdcor: float


class Fitted(TypedDict):
    coefficients: list[float]
    se: list[float]
    df: list[float]
    p: list[float]
    loglik: float
    variances: list[Part]


def theirs(name: str) -> Fitted:
    fitted: dict[str, Fitted] = json.loads((HERE / "lme4.json").read_text(encoding="utf-8"))
    return fitted[name]


def frame(name: str) -> dict[str, Floats]:
    with (HERE / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}


def group(name: str, values: Floats, slope: Floats | None = None) -> Grouping:
    return Grouping(name=name, codes=values.astype(int), slope=slope)


def sleepstudy(method: str = "REML") -> MixedFit:
    d = frame("sleepstudy")
    x = np.column_stack([np.ones(180), d["Days"]])
    grouping = group("Subject", d["Subject"], d["Days"])
    return mixed_model(
        d["Reaction"], x, ["1", "Days"], [grouping], method="ML" if method == "ML" else "REML"
    )


def penicillin() -> MixedFit:
    d = frame("penicillin")
    factors = [group("plate", d["plate"]), group("sample", d["sample"])]
    return mixed_model(d["diameter"], np.ones((144, 1)), ["1"], factors)


def cake() -> MixedFit:
    d = frame("cake")
    recipe, one = d["recipe"], np.ones(270)
    levels = np.unique(recipe)
    b, c, t = recipe == levels[1], recipe == levels[2], d["temperature"]
    x = np.column_stack([one, b, c, t, b * t, c * t])
    pair = d["replicate"] * 3 + np.searchsorted(levels, recipe)
    factors = [group("replicate", d["replicate"]), group("replicate:recipe", pair)]
    return mixed_model(d["angle"], x, ["1", "b", "c", "t", "bt", "ct"], factors)


def arc(*, slope: bool = False) -> MixedFit:
    d = frame("arc")
    arm, session = d["arm"], d["session"]
    one = np.ones(len(arm))
    if slope:
        x, names = np.column_stack([one, arm, session, arm * session]), ["1", "arm", "session", "arm:session"]
    else:
        s1, s2, s3 = (session == s for s in (1, 2, 3))
        x = np.column_stack([one, arm, s1, s2, s3, arm * s1, arm * s2, arm * s3])
        names = ["1", "arm", "s1", "s2", "s3", "arm:s1", "arm:s2", "arm:s3"]
    factors = [
        group("actor", d["actor"]),
        group("case", d["case"]),
        group("course", d["course"], session if slope else None),
    ]
    return mixed_model(d["y"], x, names, factors)


FITS: dict[str, Callable[[], MixedFit]] = {
    "sleepstudy": sleepstudy,
    "sleepstudy_ml": lambda: sleepstudy("ML"),
    "penicillin": penicillin,
    "cake": cake,
    "arc": arc,
    "arc_slope": lambda: arc(slope=True),
}
