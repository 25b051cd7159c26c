"""The server alone, for process managers: `python -m therapyarc.web STUDY --db URL`, started anew in a second or two.

The same as `therapyarc serve`, without what the other commands need.
"""

import argparse
import time
from pathlib import Path

from therapyarc.files.study import load_design
from therapyarc.web.invite import register_study
from therapyarc.web.serve import public_url, serve
from therapyarc.web.settings import VoicelessError
from therapyarc.web.store import Store, sqlite_url


def main() -> None:
    """Serve the pages of a study until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m therapyarc.web", description=__doc__)
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument("--db", required=True, help="path of an SQLite file, or URL of a PostgreSQL database")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at")
    parser.add_argument("--url", help="public address, behind a proxy with https")
    wanted = parser.parse_args()
    design = load_design(wanted.study)
    shown = public_url(wanted.host, wanted.port, wanted.url)
    url = wanted.db if "://" in wanted.db else sqlite_url(Path(wanted.db))
    with Store(url.replace("postgresql://", "postgresql+psycopg://", 1)) as store:
        register_study(store, design, time.time())
        try:
            serve(design, store, url=shown, host=wanted.host, port=wanted.port, beside=wanted.study.parent)
        except VoicelessError as error:
            parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
