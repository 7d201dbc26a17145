"""Ends what a supervisor started when the supervisor itself was killed.

Run as a script with the supervisor's pipe as standard input. A line `PID SIGNAL GRACE` names a
child, a line `PID` one that has ended. The pipe closes when the supervisor is gone, however it
went: even `kill -9` cannot skip that. What still runs then is ended, the last started first.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, reaping it if it is ours."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return is_zombie(pid)


def is_zombie(pid: int) -> bool:
    """Tell whether a process has ended but waits to be reaped; only Linux says.

    What became an orphan is reaped by process 1, which in a container may take its time.
    """
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    return False


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for a process to end; False when it did not in time."""
    deadline = time.monotonic() + seconds
    while not is_gone(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(pid: int, ask: int, grace: float) -> None:
    """Ask the leader of a process group to end, then kill what is left of its group.

    Only the leader is asked: a signal to the whole group would cut off a Celery child in the
    middle of the task that its parent is waiting for.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, ask)
        wait_until_gone(pid, grace)
    # macOS answers PermissionError for a group of which only a zombie is left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    wait_until_gone(pid, 5)


def main() -> None:
    """Remember the children until the supervisor is gone, then end them."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    children: dict[str, list[str]] = {}
    for line in sys.stdin:
        pid, *how = line.split()
        if how:
            children[pid] = how
        else:  # Its number may soon be another process's.
            children.pop(pid, None)
    for pid, (ask, grace) in reversed(children.items()):
        end(int(pid), int(ask), float(grace))


if __name__ == "__main__":
    main()
