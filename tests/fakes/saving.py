"""A child process that saves answers as fast as it can, says of each that it was acknowledged, and kills itself at once
after the one that it is told: the moment at which an acknowledgement before the commit would be a lie."""

import os
import signal
import sys
from concurrent.futures import Future

from sqlalchemy import Connection, text

from therapyarc.web.store import Store

__all__ = ["main"]


def main(url: str, last: int) -> None:
    """Save numbered rows; print each number once its commit is acknowledged."""
    store = Store(url)

    def told(future: Future[int]) -> None:
        number = future.result()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    waiting: list[Future[int]] = []
    number = 0
    while True:
        number += 1

        def work(connection: Connection, number: int = number) -> int:
            row = {"id": f"row {number}", "now": 1.0}
            connection.execute(text("INSERT INTO participant VALUES (:id, 'rater', 'active', :now)"), row)
            return number

        future = store.submit(work)
        future.add_done_callback(told)
        waiting.append(future)
        if len(waiting) > 50:
            waiting.pop(0).result()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
