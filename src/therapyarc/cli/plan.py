"""`plan`: freeze what is to be known before the answers are seen."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from therapyarc import __version__
from therapyarc.files.code import code_digest
from therapyarc.files.preregistration import freeze, plan_path, plan_text
from therapyarc.files.run import RunFolder
from therapyarc.files.study import load_design

__all__ = ["plan_study"]


def plan_study(study: Path, out: Path | None, amend: str | None, console: Console) -> None:
    """Freeze the plan of a study, and print it.

    Raises
    ------
    PlanFrozenError
        If another plan is frozen already and no reason for a change is given.
    """
    design = load_design(study)
    folder = RunFolder(out or Path("runs") / design.study.id)
    plan, written = freeze(
        study,
        design,
        version=__version__,
        code=code_digest(),
        day=datetime.now(UTC).date().isoformat(),
        held=_held(folder),
        amend=amend,
    )
    path = plan_path(study)
    console.print(plan_text(plan), markup=False, highlight=False, soft_wrap=True)
    done = "amended" if amend else "frozen"
    said = f"{done}: {path} and {path.with_suffix('.md').name}"
    console.print(
        said if written else f"{path} stands since {plan.frozen} and says the same",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _held(folder: RunFolder) -> int:
    """Count the sessions that the run's folder holds; the first line of the file is its header."""
    path = folder.path / "sessions.jsonl"
    return max(0, path.read_bytes().count(b"\n") - 1) if path.exists() else 0
