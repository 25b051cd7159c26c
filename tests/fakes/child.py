"""TherapyArc in a process of its own, with the fake provider, so that it can be killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

__all__ = ["child"]

SCRIPT = """\
import os, signal
import fakes.provider
import therapyarc.files.artefact as artefact
from therapyarc.cli import main
writes, fsync = 0, os.fsync
def counted(descriptor):
    global writes
    writes += 1
    if writes == int(os.environ.get("KILL_BEFORE_WRITE", "0")):
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)
artefact.os.fsync = counted
main()
"""


def child(study: Path, out: Path, log: Path, command: tuple[str, ...] = ("run",), **environment: str) -> int:
    """Run a study, or what else `command` does with one, and return the exit status.

    `fakes.provider` says what the environment steers.

    `KILL_BEFORE_WRITE` kills the process before its n-th write reaches the disk.
    """
    whole = [sys.executable, "-c", SCRIPT, *command, str(study), "--out", str(out)]
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    known = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "FAKE_CALLS": str(log)}
    done = subprocess.run(whole, env=known | environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL} or "failed after all retries" in done.stderr, done.stderr
    return done.returncode
