"""A small study without a model: scripts alone, so that a whole run takes seconds."""

from pathlib import Path

import pytest

STUDY = """\
schema: therapyarc/study/1
id: tiny
title: A synthetic study of scripts
seed: 7
conditions:
  - {id: before}
  - {id: after, material: ba-page.md}
arms:
  - {id: high, label: Secret high arm, actors: [{id: actor-a, kind: script, policy: skilled, parameters: {q: 1}}]}
  - id: low
    label: Secret low arm
    actors:
      - {id: actor-b, kind: script, policy: minimal}
      - {id: actor-c, kind: script, policy: advice-giver}
administrations:
  - {instrument: ba-knowledge, items: [k01, k02, k03]}
  - {instrument: ba-vignettes, conditions: [before], cases: [v01, v02]}
rubrics: [rubric-empathy, rubric-validation, rubric-cognition, rubric-emotion]
raters:
  - {id: words, kind: baseline, variant: lexical}
  - {id: form, kind: baseline, variant: structural}
estimands:
  - {id: empathy, question: "Warmer?", construct: empathy, contrast: between, first: [high], second: [low]}
  - {id: change, question: "Does it rise?", construct: knowledge, contrast: change, first: [high, low]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    (tmp_path / "ba-page.md").write_text("# Synthetic material\n\nActivity and mood go together.\n")
    return path
