"""Servers to work with by hand.

eval "$(python -m pmhub.embedded start)"    start them and set DATABASE_URL and the rest
python -m pmhub.embedded stop               stop them
python -m pmhub.embedded url                say how to reach them
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from pmhub.embedded import Failure, servers
from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import CHECKOUT, Folder, default_home


def print_environment(folder: Folder) -> None:
    """Print lines for a shell to read."""
    pairs = servers.environment(folder).items()
    # In one piece: who starts us in the background waits for the first line and hangs up.
    print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in pairs), flush=True)


def serve(folder: Folder) -> None:
    """Run both servers until a signal; say how to reach them once they answer."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: sys.exit(0))
    with folder.lock() as lock:
        processes = ChildProcesses(folder, lock)
        try:
            servers.start(processes, folder, servers.environment(folder))
            print_environment(folder)
            while True:
                processes.check()
                time.sleep(0.5)
        finally:
            processes.end()


def start(folder: Folder) -> None:
    """Leave both servers running behind us; say how to reach them."""
    if not folder.holder() or not folder.is_locked():
        log = folder.logs / "servers.log"
        serving = subprocess.Popen(
            [sys.executable, "-m", "pmhub.embedded", "serve", "--data", str(folder.path)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            start_new_session=True,
        )
        assert serving.stdout
        if not serving.stdout.readline():
            sys.exit(log.read_text())
    print_environment(folder)


def stop(folder: Folder) -> None:
    """Stop the servers and wait until they have ended."""
    holder = folder.holder()
    if holder and folder.is_locked():
        os.kill(holder, signal.SIGTERM)
    while folder.is_locked():
        time.sleep(0.05)


def main() -> None:
    """Read the command line and do as it says."""
    parser = argparse.ArgumentParser(
        prog="python -m pmhub.embedded",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = {"start": start, "stop": stop, "url": print_environment, "serve": serve}
    parser.add_argument("action", choices=actions)
    parser.add_argument("--data", type=Path, default=default_home(), help="the data folder")
    chosen = parser.parse_args()
    try:
        actions[chosen.action](Folder(chosen.data))
    except Failure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
