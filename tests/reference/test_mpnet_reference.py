"""The larger encoder's layers are those that Hugging Face's transformers makes of the same weights (`make_mpnet.py`)."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from reference.small_mpnet import IDS, MASK, WIDTH, drawn_weights
from therapyarc.coding.mpnet import Mpnet


def test_layers_are_those_of_transformers(tmp_path: Path) -> None:
    save_file(drawn_weights(), tmp_path / "small.safetensors")
    found = Mpnet(tmp_path / "small.safetensors")(IDS, MASK)
    known = json.loads(Path(__file__).with_name("mpnet.json").read_text(encoding="utf-8"))
    for states, layer in zip(found, ("6", "12"), strict=True):
        assert states.shape == (*IDS.shape, WIDTH)
        np.testing.assert_allclose(states[MASK == 1][::7], known["layers"][layer], atol=2e-4)


def test_a_text_is_the_same_alone(tmp_path: Path) -> None:
    save_file(drawn_weights(), tmp_path / "small.safetensors")
    model = Mpnet(tmp_path / "small.safetensors")
    together, alone = model(IDS, MASK), model(IDS[1:2, :31], MASK[1:2, :31])
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a[1:2, :31], b, atol=2e-5)
