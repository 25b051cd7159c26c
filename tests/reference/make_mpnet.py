"""Make mpnet.json with Hugging Face's transformers: `PYTHONPATH=tests python tests/reference/make_mpnet.py`.

Needs torch and transformers. The model is a small one of random weights, which the test draws again from the same seed.
"""

import json
from importlib.metadata import version
from pathlib import Path

import torch  # type: ignore[import-not-found,unused-ignore]  # an oracle, not installed with the package
from transformers import (  # type: ignore[import-not-found,unused-ignore]  # as above
    MPNetConfig,
    MPNetModel,
)

from reference.small_mpnet import IDS, MASK, SIZES, WIDTH, drawn_weights


def main() -> None:
    """Write what transformers makes of the small model."""
    model = MPNetModel(MPNetConfig(**SIZES, hidden_size=WIDTH), add_pooling_layer=False).eval()
    weights = {name: torch.from_numpy(w) for name, w in drawn_weights().items()}
    absent, unknown = model.load_state_dict(weights, strict=False)
    assert not unknown, unknown
    assert not [name for name in absent if not name.endswith("position_ids")], absent
    with torch.inference_mode():
        states = model(
            input_ids=torch.from_numpy(IDS), attention_mask=torch.from_numpy(MASK), output_hidden_states=True
        ).hidden_states
    kept = {
        "versions": {name: version(name) for name in ("torch", "transformers")},
        "layers": {
            str(layer): [[round(float(x), 5) for x in row] for row in states[layer][MASK == 1][::7]]
            for layer in (6, 12)
        },
    }
    path = Path(__file__).with_name("mpnet.json")
    path.write_text(json.dumps(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
