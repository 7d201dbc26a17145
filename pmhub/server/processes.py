"""Several processes that do the same work, made by one that holds what they share."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

STOPS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 1  # seconds before a process that ended by itself is replaced


def cores() -> int:
    """Return how many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Team:
    """Processes that share what was loaded before they were made.

    One that ends by itself is replaced. All end with the first of them, whatever ends it: each
    holds the other end of a pipe, and the system closes that of a process that was killed.
    """

    def __init__(self, work: Callable[[], None], size: int) -> None:
        """Note the work, which returns when its process gets a SIGTERM."""
        self.work, self.size = work, size
        self.members: set[int] = set()
        self.stopping = False
        self.lifeline, self.held = os.pipe()

    def run(self) -> None:
        """Have the work done until a signal, and return when all have ended."""
        for sign in STOPS:
            signal.signal(sign, lambda *_: self.stop())
        while self.members or not self.stopping:
            while len(self.members) < self.size and not self.stopping:
                self.members.add(self._fork())
            if self.stopping:  # one may have been made while the signal came
                self.stop()
            self._wait()

    def stop(self) -> None:
        """Ask every member to finish."""
        self.stopping = True
        for pid in list(self.members):
            os.kill(pid, signal.SIGTERM)

    def _wait(self) -> None:
        pid, status = os.wait()
        self.members.discard(pid)
        if not self.stopping:
            code = os.waitstatus_to_exitcode(status)
            log.error("Web process %s ended with code %s and is replaced.", pid, code)
            time.sleep(PAUSE)

    def _fork(self) -> int:
        # Blocked, so that no signal meets a copy that still has the handlers of the first process.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            return pid
        code = 1
        try:
            for sign in STOPS:
                signal.signal(sign, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            os.close(self.held)
            threading.Thread(target=self._end_with_the_first, daemon=True).start()
            self.work()
            code = 0
        except Exception:
            log.exception("A web process failed.")
        finally:
            os._exit(code)  # never back into the loop of the first

    def _end_with_the_first(self) -> None:
        os.read(self.lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)
