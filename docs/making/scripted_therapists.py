"""Process measures of scripted therapists with simulated clients: the second table of the page on them.

Run from the folder docs: `python -m making.scripted_therapists`. The scripts are told what to do, so the table shows whether
the measures find what was planted, in words that the cue coder knows, and nothing about people.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from making.annomi_profiles import PAGE, write_between
from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.course import CoursePlan, Held, hold
from therapyarc.dialogue.script import script_therapist
from therapyarc.domain import Missing, Turn
from therapyarc.domain.client import ClientCase
from therapyarc.files.cases import read_case
from therapyarc.measures import Conversation, conversation, families
from therapyarc.measures.facts import told_facts

__all__ = ["agreement_with_truth", "courses", "table_rows"]

CASES = ("aiko", "jerome", "nadia", "ruth")
SCRIPTS: dict[str, tuple[str, dict[str, float]]] = {
    "skilled(.9)": ("skilled", {"q": 0.9}),
    "skilled(.3)": ("skilled", {"q": 0.3}),
    "reflector": ("reflector", {}),
    "advice-giver": ("advice-giver", {}),
    "worksheet": ("worksheet", {}),
    "booklet": ("booklet", {}),
    "sycophant": ("sycophant", {}),
    "harmful": ("harmful", {}),
}
SHOWN = (
    "alliance_therapist", "alliance_client", "empathy_interpretations", "empathy_missed", "validated_invalid",
    "feelings_precision", "feelings_recall", "socratic_steps", "socratic_answers_given", "ba_adherence", "ba_competence",
    "premature_advice", "resistance_pushed", "rupture_withdrawals", "rupture_missed", "facts_told", "disclosure_reciprocity",
    "contingency_therapist", "recall_right", "recall_wrong",
)  # fmt: skip
START, END = "<!-- scripts: begin -->", "<!-- scripts: end -->"


def courses(script: str) -> list[tuple[Held, Conversation]]:
    """Hold a course of three sessions of 15 exchanges with each case, and return its sessions, coded by the cues."""
    policy, parameters = SCRIPTS[script]
    found = []
    for seed, name in enumerate(CASES):
        case = read_case(name, Path())
        plan = CoursePlan(
            course=name,
            sessions=tuple(f"{name}-{number}" for number in range(3)),
            exchanges=15,
            memory="transcripts",
            seed=7 + seed,
            planted_acts=True,
        )
        held = asyncio.run(hold(plan, case, script_therapist(policy, parameters), coefficients()))
        found += [(one, _heard(held[: place + 1], case)) for place, one in enumerate(held)]
    return found


def _heard(held: Sequence[Held], case: ClientCase) -> Conversation:
    earlier: list[tuple[Turn, ...]] = [one.session.turns for one in held[:-1]]
    return conversation(held[-1].session.turns, case=case, earlier=earlier)


def table_rows(found: Mapping[str, Sequence[tuple[Held, Conversation]]]) -> list[str]:
    """Return the rows: the mean of each figure over the sessions that have it."""
    lines = [f"| measure | {' | '.join(found)} |", f"| --- |{' --- |' * len(found)}"]
    values = {
        script: [
            {name: value for family in families() for name, value in family.compute(heard).items()}
            for _, heard in sessions
        ]
        for script, sessions in found.items()
    }
    for name in SHOWN:
        cells = []
        for rows in values.values():
            there = [value for row in rows if not isinstance(value := row[name], Missing)]
            cells.append(f"{np.mean(there):.2f}" if there else "")
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines


def agreement_with_truth(found: Mapping[str, Sequence[tuple[Held, Conversation]]]) -> str:
    """Return how well facts told are found from the words, by the client's own record."""
    right = wrong = missed = 0
    for sessions in found.values():
        for held, heard in sessions:
            said = (
                told_facts(heard.case, [t for one in (*heard.earlier, heard.turns) for t in one])
                if heard.case
                else set()
            )
            true = set(held.trace.end.told)
            right, wrong, missed = (
                right + len(said & true),
                wrong + len(said - true),
                missed + len(true - said),
            )
    return (
        f"Facts told, found from the words, against the client's own record: precision {right / (right + wrong):.3f}, "
        f"recall {right / (right + missed):.3f}."
    )


def main() -> None:
    """Write the table into the page."""
    found = {script: courses(script) for script in SCRIPTS}
    write_between(PAGE, START, END, [*table_rows(found), "", agreement_with_truth(found)])


if __name__ == "__main__":
    main()
