"""Serve pmhub over HTTP.

python -m pmhub.server --listen 127.0.0.1:8000
"""

import argparse
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module

from django.conf import settings

from pmhub import rate_limits
from pmhub.server.connections import PATIENCE, listen, serve
from pmhub.server.processes import Team, cores
from pmhub.server.warm_up import warm_up
from pmhub.wsgi import application

# Each thread of each process may hold a connection to PostgreSQL, of 100 by default.
MOST = 16


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m pmhub.server", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:8000", metavar="HOST:PORT")
    parser.add_argument(
        "--processes",
        type=int,
        default=os.environ.get("WEB_PROCESSES") or min(cores(), MOST),
        help=f"WEB_PROCESSES, else one for each core, at most {MOST}",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        metavar="SECONDS",
        help=f"how long a request may take to arrive ({PATIENCE})",
    )
    parser.add_argument(
        "--worker",
        metavar="SCHEDULE",
        help="have a worker too, which is beat, and notes in this file what it sent when",
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Listen, then serve from as many processes as wished."""
    chosen, team = options(), Team()
    sock = listen(chosen.listen, team.socket)
    beside = worker(chosen.worker) if chosen.worker else {}
    warm_up(application)
    if threading.active_count() > 1:
        raise RuntimeError("A process with several threads is not to be copied.")

    rate_limits.processes = max(1, chosen.processes)

    def work() -> None:
        serve(application, sock, patience=chosen.patience, behind_proxy=settings.BEHIND_PROXY)

    web = dict.fromkeys((f"web {number + 1}" for number in range(rate_limits.processes)), work)
    others = {name: partial(without, sock, other) for name, other in beside.items()}
    team.run(web | others, socket=sock.fileno())


def without(sock: socket.socket, work: Callable[[], None]) -> None:
    """Do work without the socket: what ends later than the web processes holds no address."""
    sock.close()
    work()


def worker(schedule: str) -> dict[str, Callable[[], None]]:
    """Load what the worker uses; return what it does."""
    loaded = import_module("pmhub.server.worker_and_beat")
    loaded.load()
    return {"worker": partial(loaded.work, schedule)}


if __name__ == "__main__":
    main()
