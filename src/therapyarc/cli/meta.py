"""`meta`: trials of others, put together."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from therapyarc.analysis.meta import meta_analysis
from therapyarc.domain import Estimate
from therapyarc.domain.meta import MetaFindings, MetaModerator, MetaPooled
from therapyarc.files.artefact import write_atomically
from therapyarc.files.trials import TrialTableError, read_trials
from therapyarc.report.meta import meta_figures, meta_page, meta_sentence

__all__ = ["meta_file"]

HEADINGS = ("", "k", "mean", "95% interval", "p", "prediction interval", "tau2", "I2 %", "Q (df)")


def meta_file(
    path: Path,
    *,
    moderators: list[str] | None,
    reference: str | None,
    out: Path | None,
    output: Literal["table", "json"],
    console: Console,
) -> MetaFindings:
    """Analyse a table of trials, print it, and write a page with its figures where a folder is given.

    Raises
    ------
    TrialTableError
        If the table has faults, or lacks a moderator or the reference that is asked for.
    """
    table = read_trials(path)
    columns = dict.fromkeys(name for row in table.rows for name in row.moderators)
    absent = [name for name in moderators or () if name not in columns]
    if absent:
        there = ", ".join(columns) or "no other column"
        raise TrialTableError(f"{path} has no moderator {', '.join(absent)}; it has {there}")
    nodes = sorted({name for row in table.rows for name in (row.treatment, row.comparator) if name})
    if reference is not None and reference not in nodes:
        raise TrialTableError(
            f"{path}: --reference {reference!r} is none of its treatments: {', '.join(nodes)}"
        )
    found = meta_analysis(
        table.rows,
        title=path.name,
        about=table.about,
        moderators=moderators or None,
        reference=reference,
        left_out=table.left_out,
    )
    if out is not None:
        write_atomically(out / "meta.html", meta_page(found).encode())
        write_atomically(out / "meta.json", (json.dumps(as_data(found), indent=2) + "\n").encode())
        for name, text in meta_figures(found).items():
            write_atomically(out / f"{name}.svg", text.encode())
    if output == "json":
        console.file.write(json.dumps(as_data(found), indent=2) + "\n")
        return found
    _print(found, console)
    if out is not None:
        console.print(f"page: {out / 'meta.html'}", soft_wrap=True, highlight=False)
    return found


def as_data(found: MetaFindings) -> dict[str, Any]:
    """Return the findings as plain data: effects in the table's unit, I2 and R2 in percent, null where undefined."""
    network = found.network
    return {
        **_pooled(found.overall),
        "subgroups": {one.label: _pooled(one) for one in found.subgroups},
        "subgroup_test": None if found.between is None else _moderator(found.between),
        "moderators": [_moderator(one) for one in found.moderators],
        "small_studies": {
            "egger_intercept": _estimate(found.small.egger),
            "egger_p": found.small.egger_p,
            "rank_tau": found.small.rank_tau,
            "rank_p": found.small.rank_p,
            "trim_and_fill": {
                "added": found.small.filled,
                "side": found.small.side,
                "mean": _estimate(found.small.adjusted),
            },
            "note": found.small.reason,
        },
        "network": {
            "reference": network.reference,
            "studies": network.studies,
            "random": {one.label: _estimate(one) for one in network.random},
            "common": {one.label: _estimate(one) for one in network.common},
            "tau2": network.tau2,
            "tau2_reml": network.tau2_reml,
            "i2": network.i2,
            "q": network.q,
            "q_df": network.q_df,
            "q_p": network.q_p,
            "q_inconsistency": network.q_between,
            "q_inconsistency_df": network.q_between_df,
            "q_inconsistency_p": network.q_between_p,
            "pairs": [list(pair) for pair in network.pairs],
        }
        if network.reason is None
        else {"reason": network.reason},
        "studies": [
            {
                "study": one.study,
                "comparator": one.comparator,
                "effect": one.effect.value,
                "variance": one.variance,
                "weight": one.weight,
                "rows": one.rows,
            }
            for one in found.studies
        ],
        "left_out": list(found.left_out),
        "notes": list(found.notes),
    }


def _pooled(one: MetaPooled) -> dict[str, Any]:
    return {
        "k": one.k,
        "estimate": one.estimate.value,
        "interval": _ends(one.estimate),
        "interval_method": one.estimate.method,
        "p": one.p,
        "interval_normal": _ends(one.normal),
        "prediction_interval": _ends(one.prediction),
        "prediction_method": one.prediction.method or one.prediction.reason,
        "tau2": one.tau2.value,
        "tau2_interval": _ends(one.tau2),
        "i2": one.i2,
        "q": one.q,
        "q_df": one.q_df,
        "q_p": one.q_p,
        "note": one.estimate.reason,
    }


def _moderator(one: MetaModerator) -> dict[str, Any]:
    return {
        "name": one.name,
        "k": one.k,
        "coefficients": {e.label: _estimate(e) for e in one.coefficients},
        "f": one.f,
        "f_df": list(one.f_df),
        "f_p": one.f_p,
        "tau2": one.tau2,
        "r2": one.r2,
        "note": one.reason,
    }


def _estimate(one: Estimate) -> dict[str, Any]:
    return {"estimate": one.value, "interval": _ends(one)}


def _ends(one: Estimate) -> list[float] | None:
    return None if one.low is None or one.high is None else [one.low, one.high]


def _print(found: MetaFindings, console: Console) -> None:
    def say(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False, markup=False)

    say(meta_sentence(found))
    say(found.title)
    groups = [found.overall, *(found.subgroups if len(found.subgroups) > 1 else ())]
    for line in _columns([HEADINGS, *(_row(one) for one in groups)]):
        say(line)
    if found.between is not None:
        say(f"comparators: {_tested(found.between)}")
    for moderator in found.moderators:
        slopes = "; ".join(f"{e.label} {e.value:.4f} {_shown(e)}" for e in moderator.coefficients[1:])
        say(f"moderator {moderator.name}: {f'{slopes}; ' if slopes else ''}{_tested(moderator)}")
    small = found.small
    if small.egger.value is None:
        say(f"small trials: not tested, {small.reason}")
    else:
        say(
            f"small trials: Egger's intercept {small.egger.value:.2f}, p {_p(small.egger_p)}; rank test p "
            f"{_p(small.rank_p)}; trim and fill adds {small.filled}"
            + (f" ({small.reason})" if small.reason else "")
        )
    network = found.network
    if network.reason is not None:
        say(f"no network: {network.reason}")
    else:
        heterogeneity = (
            "" if network.q is None else f"; tau2 {network.tau2:.4f}, Q {network.q:.2f} ({network.q_df})"
        )
        say(f"network against {network.reference}, random effects, {network.studies} trials{heterogeneity}:")
        for node in network.random:
            if node.label != network.reference:
                say(f"  {node.label}: {node.value:.3f} {_shown(node)}")
    for note in (*found.notes, *(f"left out: {row}" for row in found.left_out)):
        say(note)


def _row(one: MetaPooled) -> tuple[str, ...]:
    return (
        one.label,
        str(one.k),
        f"{one.estimate.value:.3f}",
        _shown(one.estimate),
        _p(one.p).removeprefix("= "),
        _shown(one.prediction) if one.prediction.low is not None else "none",
        "–" if one.tau2.value is None else f"{one.tau2.value:.4f}",
        "–" if one.i2 is None else f"{one.i2:.1f}",
        "–" if one.q is None else f"{one.q:.2f} ({one.q_df})",
    )


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines whose cells stand under each other; none is cut or folded, however narrow the terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(one: Estimate) -> str:
    if one.low is None or one.high is None:
        return one.reason or "none"
    return f"{one.low:.3f} to {one.high:.3f}"


def _p(p: float | None) -> str:
    return "none" if p is None else "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".", 1)


def _tested(one: MetaModerator) -> str:
    if one.f is None:
        return f"not tested, {one.reason}"
    return f"F({one.f_df[0]}, {one.f_df[1]}) = {one.f:.2f}, p {_p(one.f_p)}" + (
        f" ({one.reason})" if one.reason else ""
    )
