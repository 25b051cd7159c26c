"""Summary figures of AnnoMI under the trained coders, by coders that had not seen the transcript; and the table of the page.

Run with the folder of the data in THERAPYARC_DATA: `python -m making.trained_profiles`, from the folder docs, after a change
of weights or measures. No word of a transcript is written, only figures over sessions.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from making.annomi_profiles import (
    FEWEST,
    auc,
    groups_of,
    held_out,
    summary_lines,
    values_of,
    write_between,
)
from therapyarc.cli.coder import FOLDS, example_of
from therapyarc.coding.behaviours import CODERS, BehaviourCoder, CoderName, coder, encode_with
from therapyarc.coding.offline_coders import weights_digest
from therapyarc.coding.training import fit
from therapyarc.domain import Missing, Turn
from therapyarc.files.labelled import read_annomi
from therapyarc.measures import Conversation, families
from therapyarc.measures.conversation import merged
from therapyarc.measures.profile import published_profiles

__all__ = ["profiles_text", "sessions_by", "table_rows"]

SEED = 1
"""From which folds are drawn."""
ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "src" / "therapyarc" / "library" / "published"
PAGE = ROOT / "docs" / "explanation" / "process-measures.md"
START, END = "<!-- coders: begin -->", "<!-- coders: end -->"
SHOWN = (
    "complex_reflection_share", "reflection_to_question", "open_question_share", "empathy_explorations",
    "empathy_interpretations", "validation_level", "socratic_answers_given", "rate_reflection", "rate_open_question",
    "rate_advice", "rate_confrontation", "rate_change_talk", "rate_sustain_talk", "nearer_high_quality",
)  # fmt: skip
"""Measures that the page compares."""

Groups = Mapping[str, Sequence[Conversation]]


def sessions_by(name: CoderName, path: Path) -> dict[str, list[Conversation]]:
    """Return the sessions of high and of low quality, each coded by a coder trained without its fold."""
    data = read_annomi(path)
    encode = encode_with(CODERS[name])
    examples = [example_of(one) for one in data]
    order = np.random.default_rng(SEED).permutation(len(data))
    single = coder(name).learned.single  # trained on other people's utterances
    heard: dict[int, Conversation] = {}
    for fold in range(FOLDS):
        left = set(order[fold::FOLDS].tolist())
        kept = [one for place, one in enumerate(examples) if place not in left]
        learned = replace(fit(kept, encode, np.random.default_rng(SEED)), single=single)
        coding = BehaviourCoder(name, learned)
        for place in left:
            turns: tuple[Turn, ...] = tuple(merged(data[place].turns))
            heard[place] = Conversation(turns, tuple(coding.codes(turns)), coder=name)
    return {
        quality: [heard[place] for place, one in enumerate(data) if one.quality == quality]
        for quality in ("high", "low")
    }


def profiles_text(name: CoderName, groups: Groups) -> str:
    """Return the library's file for a coder."""
    found = {quality: values_of(heard) for quality, heard in groups.items()}
    return "\n".join(
        [
            "# Summary figures of AnnoMI (Wu et al. 2022, ICASSP) by quality, as in annomi_profiles.yaml; acts found by",
            f"# the trained coder '{name}', each session by one trained without its fold ({FOLDS} folds); no words.",
            "# Made by docs/making/trained_profiles.py.",
            f"weights: {weights_digest(name)}",
            *summary_lines(found),
        ]
    )


def table_rows(groups: Mapping[str, Groups]) -> list[str]:
    """Return the rows of the page: for each measure the AUC, high against low, under each coder."""
    rng = np.random.default_rng(20221)
    lines = [
        f"| measure | {' | '.join(groups)} |",
        f"| --- |{' --- |' * len(groups)}",
    ]
    known: dict[str, dict[str, list[dict[str, float | Missing]]]] = {}
    for name, own in groups.items():
        distances = held_out(own)
        known[name] = {
            quality: [{**a, **b} for a, b in zip(values_of(heard), distances[quality], strict=True)]
            for quality, heard in own.items()
        }
    every = {one.name for family in families() for one in family.measures}
    for measure in SHOWN:
        if measure not in every:
            raise KeyError(f"no measure {measure!r}")
        cells = []
        for found in known.values():
            high, low = (
                [value for one in found[q] if not isinstance(value := one[measure], Missing)]
                for q in ("high", "low")
            )
            if min(len(high), len(low)) < FEWEST:
                cells.append(f"too few ({len(high)}, {len(low)})")
                continue
            area, bottom, top = auc(high, low, rng)
            cells.append(f"{area:.2f} [{bottom:.2f}, {top:.2f}]")
        lines.append(f"| `{measure}` | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Write the library's files and the table of the page."""
    path = Path(os.environ["THERAPYARC_DATA"]) / "annomi" / "annomi-part.csv"
    groups: dict[str, Groups] = {"cues": groups_of(path)}
    for name in CODERS:
        groups[name] = sessions_by(name, path)
        target = LIBRARY / f"{published_profiles(name)}.yaml"
        if not target.exists():  # of a new coder; distances, which alone rest on it, are none of the figures
            target.write_bytes((LIBRARY / f"{published_profiles('cues')}.yaml").read_bytes())
        target.write_text(profiles_text(name, groups[name]), encoding="utf-8")
    write_between(PAGE, START, END, table_rows(groups))


if __name__ == "__main__":
    main()
