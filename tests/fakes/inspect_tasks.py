"""The package's Inspect tasks, run on the fake provider."""

from pathlib import Path

from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import Model
from inspect_ai.scorer import Score

from fakes import provider

__all__ = ["evaluated", "scores"]

assert provider.fake


def evaluated(
    task: str, logs: Path, limit: int | None = None, roles: dict[str, str | Model] | None = None
) -> EvalLog:
    """Run a task of the package by its name and return its log, read anew."""
    (log,) = inspect_eval(
        f"therapyarc/{task}",
        model="fake/one",
        log_dir=str(logs),
        display="none",
        limit=limit,
        model_roles=roles,
    )
    assert log.status == "success", log.error
    return read_eval_log(log.location)


def scores(log: EvalLog, name: str) -> dict[str, Score]:
    """Return the scores of one scorer by sample."""
    return {str(sample.id): (sample.scores or {})[name] for sample in log.samples or []}
