"""A PostgreSQL cluster of the tests' own, in a temporary folder, reached by a socket in it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

__all__ = ["Cluster", "binaries"]


def binaries() -> Path | None:
    """Return the folder of the server's programs; none where they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return None if path is None else Path(path).parent


class Cluster:
    """One running server; as root it runs as an unprivileged user, since PostgreSQL refuses root."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        del folder  # its parents may be closed to the unprivileged user
        self._durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="therapyarc-pg-"))
        self._data = self.folder / "data"
        self._databases = 0
        root = os.geteuid() == 0
        names = {entry.pw_name for entry in pwd.getpwall()}
        self.user = (
            ("postgres" if "postgres" in names else "nobody") if root else pwd.getpwuid(os.geteuid()).pw_name
        )
        self._as = ["setpriv", f"--reuid={self.user}", "--clear-groups", "--"] if root else []
        if root:
            shutil.chown(self.folder, self.user)

    def __enter__(self) -> Self:
        self._do("initdb", "-D", str(self._data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        fsync = "on" if self._durable else "off"
        options = f"-k {self.folder} -c listen_addresses='' -c fsync={fsync} -c max_connections=60"
        self._do(
            "pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        """Stop it at once, without the courtesy of a checkpoint."""
        self._do("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def fresh(self) -> str:
        """Return the URL of a new database."""
        self._databases += 1
        name = f"people{self._databases}"
        self._do("createdb", "-h", str(self.folder), "-U", "tester", name)
        return f"postgresql+psycopg://tester@/{name}?host={quote(str(self.folder))}"

    def files(self) -> bytes:
        """Return every byte of the data folder beside the write-ahead log."""
        every = (path for path in sorted(self._data.rglob("*")) if "pg_wal" not in path.parts)
        return b"".join(path.read_bytes() for path in every if path.is_file())

    def _do(self, program: str, *arguments: str) -> None:
        folder = binaries()
        assert folder is not None
        done = subprocess.run(
            [*self._as, str(folder / program), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {(done.stderr or b'').decode()}")
