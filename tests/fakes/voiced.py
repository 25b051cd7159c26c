"""A synthetic study whose clients are worded by the fake provider's model, and a server of it that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from fakes import provider

__all__ = ["VOICED", "VoicedServer"]

assert provider.fake

VOICED = """\
schema: therapyarc/study/1
id: tiny-voiced
title: A synthetic study with clients worded by a model
seed: 7
people:
  contact: "study@example.org"
  text_to_models: true
  practice: {cases: [nadia], sessions: 1, exchanges: 3, voice: fake/practice}
arms:
  - {id: people, label: Secret human arm, memory: notes, actors: [{id: person-1, kind: human}]}
  - {id: scripts, label: Secret script arm, actors: [{id: actor-b, kind: script, policy: skilled, parameters: {q: 0.5}}]}
courses: {cases: [nadia], sessions: 2, exchanges: 4, excerpts: 0, screen: alarm, voice: fake/one, arms: [people]}
limits: {timeout_s: 2, max_retries: 0}
"""

_SCRIPT = "import fakes.provider\nfrom therapyarc.cli import main\nmain()\n"


class VoicedServer:
    """`therapyarc serve` in a process of its own, with the fake provider."""

    def __init__(self, study: Path, db: Path) -> None:
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            self.port: int = door.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            sys.executable,
            "-c",
            _SCRIPT,
            "serve",
            str(study),
            "--db",
            str(db),
            "--port",
            str(self.port),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Start it and wait until it answers; see `fakes.provider` for what the environment steers."""
        paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        known = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        self._process = subprocess.Popen(self._command, env=known | environment, stdout=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self._process.poll() is None, "the server ended at once"
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """Kill it, hard."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def ended(self) -> bool:
        """Wait until it was killed by itself."""
        assert self._process is not None
        return self._process.wait(60) == -signal.SIGKILL
