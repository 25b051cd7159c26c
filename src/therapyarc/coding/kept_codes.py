"""Codes of sessions that were coded before, kept on disk, so that the trained coders look at each session once.

A code of a turn rests on that turn, on those beside it and, in stage two, on shares over the whole session. So what is kept
is kept a session at a time, under a digest of all that its codes rest on: the coder, its weights, its codebooks and its
program, and the role and the words of every turn. Words are not kept. A row that was changed on disk is noticed by a
digest of its own and coded anew.
"""

import fcntl
import hashlib
import json
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from therapyarc.coding.behaviours import CODERS, CoderName, coder
from therapyarc.coding.weights import ENCODERS
from therapyarc.domain import Turn

__all__ = [
    "LARGEST_MIB",
    "OFF",
    "KeptCodes",
    "TurnFound",
    "coded",
    "coder_digest",
    "keeper",
    "passed_on",
    "session_key",
]

OFF = "THERAPYARC_CODE_CACHE"
"""Environment variable: `off` keeps no codes, a number is the largest size in MiB."""
LARGEST_MIB = 256
"""Size in MiB above which sessions that were longest not asked for are let go."""

_MADE = (
    "CREATE TABLE IF NOT EXISTS coded (key BLOB PRIMARY KEY, used INT NOT NULL, seal BLOB NOT NULL, codes BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS by_use ON coded (used)",
)
_LAYOUT = 1
_WAITS_S = 10.0
_STEPS_S = 0.05
_DAY_S = 86_400
_LEFT = 0.8
_AT_ONCE = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TurnFound:
    """What a trained coder decided on one turn; probabilities are not kept."""

    decided: str
    """Main behaviour, as in `CodedTurn`."""
    found: frozenset[str]
    """Codes decided on, as in `CodedTurn`."""


def coded(name: CoderName, turns: Sequence[Turn], *, keep: bool = True) -> list[TurnFound]:
    """Code the turns of one session by a trained coder, or take its codes from those that were kept.

    The result is the same with `keep` and without.

    Raises
    ------
    EncoderAbsentError
        If the coder needs a sentence encoder that is not on this machine.
    """
    kept = keeper() if keep else None
    if kept is None:
        return _code(name, turns)
    return kept.coded(session_key(name, turns), lambda: _code(name, turns))


def _code(name: CoderName, turns: Sequence[Turn]) -> list[TurnFound]:
    return [TurnFound(one.decided, one.found) for one in coder(name).code(turns)]


def session_key(name: CoderName, turns: Sequence[Turn]) -> bytes:
    """Return the digest of all that the codes of a session rest on, 32 bytes."""
    state = hashlib.sha256(bytes.fromhex(coder_digest(name)))
    for turn in turns:
        text = turn.text.encode("utf-8", "surrogatepass")
        state.update(f"{turn.role} {len(text)} ".encode() + text)
    return state.digest()


@cache
def coder_digest(name: CoderName) -> str:
    """Return the SHA-256 of what a coder consists of: weights, codebooks, encoder, program, and packages that compute."""
    state = hashlib.sha256(name.encode())
    package = files("therapyarc")
    parts = [package / "library" / "coders" / f"{name}.npz"]
    for folder, ends in (("library/codebooks", ".yaml"), ("coding", ".py"), ("text", ".py")):
        parts += [one for one in (package / folder).iterdir() if one.name.endswith(ends)]
    for one in sorted(parts, key=lambda part: (part.name, str(part))):
        state.update(f"{one.name} ".encode() + hashlib.sha256(one.read_bytes()).digest())
    for needed in ("numpy", "scipy", "tokenizers", "wordllama", "onnxruntime"):
        state.update(f"{needed} {version(needed)} ".encode())
    if (needed_encoder := CODERS[name]) is not None:
        state.update(" ".join(part.sha256 for part in ENCODERS[needed_encoder]).encode())
    return state.hexdigest()


@cache
def keeper() -> "KeptCodes | None":
    """Return this process's kept codes, in the user's cache; none where they are turned off."""
    wish = os.environ.get(OFF, "").strip().casefold()
    if wish in {"off", "0", "no"}:
        return None
    chosen = os.environ.get("THERAPYARC_CACHE")
    folder = Path(chosen) if chosen else user_cache_path("therapyarc")
    largest = int(wish) if wish.isdecimal() else LARGEST_MIB
    return KeptCodes(folder / "codes" / "codes.sqlite", largest_bytes=largest << 20)


def passed_on() -> list[str]:
    """Return what befell this process's file of kept codes since it was last asked, a sentence each."""
    kept = keeper()
    told = [] if kept is None else [*kept.told]
    if kept is not None:
        kept.told.clear()
    return told


class KeptCodes:
    """A file of coded sessions that several processes may use at once.

    Whatever befalls the file, sessions are coded and nothing is raised. A file that is no whole database is begun anew, one
    that cannot be written is done without; each is told once, in `told`.
    """

    def __init__(self, path: Path, *, largest_bytes: int = LARGEST_MIB << 20) -> None:
        """Name the file; it is opened when it is first needed.

        Parameters
        ----------
        path
            The file; a lock stands beside it.
        largest_bytes
            Size above which sessions that were longest not asked for are let go.
        """
        self.path = path
        """The file."""
        self.told: list[str] = []
        """What befell the file, a sentence each; whoever passes them on empties the list."""
        self.hits = 0
        """Sessions whose codes were there."""
        self.misses = 0
        """Sessions that had to be coded."""
        self._largest = largest_bytes
        self._base: sqlite3.Connection | None = None
        self._hold: int | None = None
        self._file = 0
        self._without = False
        self._one = threading.RLock()

    def coded(self, key: bytes, code: Callable[[], list[TurnFound]]) -> list[TurnFound]:
        """Return what is kept under a key, or code and keep it."""
        found = self._guarded(lambda base: self._read(base, key))
        if found is not None:
            self.hits += 1
            return found
        self.misses += 1
        fresh = code()
        self._guarded(lambda base: self._write(base, key, fresh))
        return fresh

    def size(self) -> int:
        """Return the bytes of the file that are in use; 0 where it cannot be read."""
        return self._guarded(_size) or 0

    def close(self) -> None:
        """Close the file; it opens again when it is needed."""
        if self._base is not None:
            self._base.close()
        if self._hold is not None:
            os.close(self._hold)
        self._base = self._hold = None

    def __del__(self) -> None:
        self.close()

    def _guarded(self, use: Callable[[sqlite3.Connection], T]) -> T | None:
        """Use the file, or say in `told` why that cannot be; one thread at a time."""
        with self._one:
            for _ in range(2):
                if self._without:
                    return None
                try:
                    return use(self._base or self._open())
                except (sqlite3.OperationalError, OSError) as error:
                    if "locked" in str(error):
                        return None  # another process writes for long: this one session is not kept
                    self._do_without(str(error))
                except sqlite3.DatabaseError as error:
                    self._begin_anew(str(error))
        return None

    def _open(self) -> sqlite3.Connection:
        if self._hold is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(f"{self.path.name}.lock")
            self._hold = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(
                self._hold, fcntl.LOCK_SH
            )  # who begins the file anew waits for those that have it open
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self._file = self.path.stat().st_ino
        base = sqlite3.connect(self.path, timeout=_WAITS_S, isolation_level=None, check_same_thread=False)
        try:
            # A kill leaves a journal, which undoes half a write. A loss of power may leave worse, which is noticed.
            base.execute("PRAGMA synchronous=OFF")
            base.execute("PRAGMA journal_mode=TRUNCATE")
            base.execute("BEGIN IMMEDIATE")
            if base.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
                base.execute("DROP TABLE IF EXISTS coded")
            for statement in (*_MADE, f"PRAGMA user_version={_LAYOUT}", "COMMIT"):
                base.execute(statement)
        except BaseException:
            base.close()
            raise
        self._base = base
        return base

    def _read(self, base: sqlite3.Connection, key: bytes) -> list[TurnFound] | None:
        row = base.execute("SELECT used, seal, codes FROM coded WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        used, seal, codes = row
        if not isinstance(codes, bytes) or seal != _seal(key, codes):
            self.told.append(f"{self.path}: a kept session was changed on disk; it is coded anew")
            base.execute("DELETE FROM coded WHERE key = ?", (key,))
            return None
        if (now := int(time.time())) - used > _DAY_S:
            base.execute("UPDATE coded SET used = ? WHERE key = ?", (now, key))
        return [
            TurnFound(decided, frozenset(found)) for decided, *found in json.loads(zlib.decompress(codes))
        ]

    def _write(self, base: sqlite3.Connection, key: bytes, fresh: Sequence[TurnFound]) -> None:
        codes = zlib.compress(json.dumps([[one.decided, *sorted(one.found)] for one in fresh]).encode(), 1)
        row = (key, int(time.time()), _seal(key, codes), codes)
        base.execute("INSERT OR REPLACE INTO coded VALUES (?, ?, ?, ?)", row)
        if _size(base) <= self._largest:
            return
        oldest = "DELETE FROM coded WHERE rowid IN (SELECT rowid FROM coded ORDER BY used, rowid LIMIT ?)"
        while _size(base) > _LEFT * self._largest and base.execute(oldest, (_AT_ONCE,)).rowcount:
            pass

    def _begin_anew(self, why: str) -> None:
        """Remove a file that is no whole database, once nobody has it open; do without it where somebody keeps it open."""
        if self._base is not None:
            self._base.close()
            self._base = None
        assert self._hold is not None
        fcntl.flock(self._hold, fcntl.LOCK_UN)
        until = time.monotonic() + _WAITS_S / 5
        while not _alone(self._hold):
            if time.monotonic() > until:
                self._do_without(f"{why}; another process has it open")
                return
            time.sleep(_STEPS_S)
        if (
            self.path.exists() and self.path.stat().st_ino == self._file
        ):  # else another process has begun it anew
            for name in (self.path.name, f"{self.path.name}-journal"):
                self.path.with_name(name).unlink(missing_ok=True)
            self.told.append(
                f"{self.path}: kept codes cannot be read ({why}); begun anew, and all is coded again"
            )
        fcntl.flock(self._hold, fcntl.LOCK_SH)

    def _do_without(self, why: str) -> None:
        self.close()
        self._without = True
        self.told.append(f"{self.path}: codes cannot be kept ({why}); all is coded. {OFF}=off turns this off")


def _alone(hold: int) -> bool:
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _seal(key: bytes, codes: bytes) -> bytes:
    return hashlib.blake2b(key + codes, digest_size=16).digest()


def _size(base: sqlite3.Connection) -> int:
    pages, free, each = (
        base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * each)
