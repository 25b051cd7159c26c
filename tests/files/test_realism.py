"""Figures of how people talk are those of the corpus, wherever it is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.domain import Missing
from therapyarc.files.corpus import load_corpus
from therapyarc.files.results import read_people
from therapyarc.measures.speech import SPEECH, speech

DATA = Path(os.environ.get("THERAPYARC_DATA", "absent")) / "annomi" / "annomi-part.csv"


@pytest.mark.skipif(
    not DATA.is_file(), reason="AnnoMI is absent; set THERAPYARC_DATA to the folder that holds annomi/"
)
def test_the_shipped_figures_of_people_are_recomputed() -> None:
    found: dict[str, list[float]] = {one.name: [] for one in SPEECH.measures}
    for record in load_corpus(DATA, "annomi").records:
        for name, value in speech(turn.text for turn in record.turns if turn.role == "client").items():
            if not isinstance(value, Missing):
                found[name].append(value)
    for name, human in read_people().items():
        assert len(found[name]) == human.n
        assert np.quantile(found[name], [0.05, 0.5, 0.95]) == pytest.approx(
            [human.low, human.median, human.high], abs=6e-4
        )


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_turns_have_figures_or_reasons(turns: list[str]) -> None:
    found = speech(turns)
    assert set(found) == {one.name for one in SPEECH.measures}
    for name, value in found.items():
        if isinstance(value, Missing):
            continue
        assert value >= 0
        assert value <= 1 or name.startswith("client_words")
    if len(turns) < 3:
        assert set(found.values()) == {Missing.TOO_SHORT}
