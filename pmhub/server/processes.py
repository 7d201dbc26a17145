"""Several processes that do the same work, and a small one that watches over them.

The first process loads what they share, forks them, and then replaces itself by this file alone,
run as a script, as all that it had loaded would only take memory. When a member ends by itself, the
watcher becomes the first program again, which makes a new member and returns to watching. Its
process id, its children and its open files stay the same throughout.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:  # without `typing`, as without `logging`, a watcher takes 1.3 MB less
    from typing import Any

STOPS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 1  # seconds before a member that ended by itself is replaced
KEPT = "PMHUB_SERVER_KEPT"  # the variable with the state that survives the exec of another program


def cores() -> int:
    """Return how many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Team:
    """Processes that share a listening socket and what was loaded before they were forked.

    All end with the first process, whatever ends it: each holds the other end of a pipe, which the
    system closes when that process is killed.
    """

    def __init__(self) -> None:
        """Take over what this process kept when it was the watcher."""
        kept: dict[str, Any] = json.loads(os.environ.pop(KEPT, "{}"))
        self.members: dict[str, int] = kept.get("members", {})
        self.socket: int | None = kept.get("socket")
        pipe: tuple[int, int] = kept.get("pipe") or os.pipe()
        self.lifeline, self.held = pipe

    def run(self, works: Mapping[str, Callable[[], None]], *, socket: int) -> None:
        """Fork a member for each name that is missing, and become the watcher; never returns. A
        member does its work until it gets a SIGTERM."""
        # Blocked until there is a watcher or, in a member, its own way to end.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        for name, work in works.items():
            if name not in self.members:
                self.members[name] = self._fork(work)
        kept = {"members": self.members, "socket": socket, "pipe": [self.lifeline, self.held]}
        for descriptor in (socket, self.lifeline, self.held):
            os.set_inheritable(descriptor, True)
        again = [sys.executable, *sys.orig_argv[1:]]
        watcher = [sys.executable, "-IS", __file__, *again]
        os.execve(sys.executable, watcher, os.environ | {KEPT: json.dumps(kept)})

    def _fork(self, work: Callable[[], None]) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            os.close(self.held)
            threading.Thread(target=self._end_with_the_first, daemon=True).start()
            work()
            code = 0
        except Exception:
            import logging  # noqa: PLC0415  # not loaded in a watcher

            logging.getLogger(__name__).exception("A process failed.")
        finally:
            os._exit(code)  # not back into the code of the first process

    def _end_with_the_first(self) -> None:
        os.read(self.lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)


class Watcher:
    """Waits for members to end, and passes on a signal to stop."""

    def __init__(self, kept: dict[str, Any], again: list[str]) -> None:
        """Take what was kept, and the command that makes new members."""
        self.kept, self.again = kept, again
        self.stopping = False

    def run(self) -> None:
        """Return once a stop has ended every member; when a member ends by itself, become the other
        program."""
        for sign in STOPS:
            signal.signal(sign, lambda *_: self.stop())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        while self.kept["members"]:
            pid, status = os.wait()
            name = next((name for name, own in self.kept["members"].items() if own == pid), None)
            if name is None:  # as process 1 of a container it inherits orphans
                continue
            del self.kept["members"][name]
            if not self.stopping:
                self.replace(name, pid, os.waitstatus_to_exitcode(status))

    def stop(self) -> None:
        """Ask every member to finish."""
        self.stopping = True
        for pid in self.kept["members"].values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def replace(self, name: str, pid: int, code: int) -> None:
        """Become the program that makes members again, unless a stop comes first."""
        print(f"Process {pid} ({name}) ended with code {code} and is replaced.", file=sys.stderr)
        time.sleep(PAUSE)
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        if self.stopping:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            return
        os.execve(self.again[0], self.again, os.environ | {KEPT: json.dumps(self.kept)})


if __name__ == "__main__":
    Watcher(json.loads(os.environ.pop(KEPT)), sys.argv[1:]).run()
