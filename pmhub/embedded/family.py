"""Child processes that end with the process that started them, whatever ends it."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from pmhub.embedded import Failure, guardian


class Ended(Failure):
    """A child that should have gone on is gone."""


class Child:
    """One child process in a session of its own, and how to end it."""

    def __init__(
        self,
        name: str,
        process: subprocess.Popen[str],
        *,
        ask: signal.Signals,
        grace: float,
        lasts: bool,
    ) -> None:
        """Note the process, the signal that ends it, the seconds it may take, and if it lasts."""
        self.name, self.process, self.lasts = name, process, lasts
        self.ask, self.grace = ask, grace

    def end(self) -> None:
        """End the child and what it started."""
        guardian.end(self.process.pid, self.ask, self.grace)
        self.process.poll()  # It was reaped by hand: without this, Popen warns of a lost child.


class Family:
    """Children that a guardian ends should this process be killed.

    A terminal's Ctrl-C reaches this process only, for every child has its own session: so the
    children end in order, the last started first, and the database goes last.
    """

    def __init__(self, *, hold: Iterable[int] = ()) -> None:
        """Start the guardian; it holds the descriptors `hold` (locks) until all have ended."""
        self.children: list[Child] = []
        self.guardian = subprocess.Popen(
            # -I: neither the environment nor the folder we stand in can change what it imports.
            [sys.executable, "-IS", guardian.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=tuple(hold),
            text=True,
        )

    def start(
        self,
        name: str,
        command: Iterable[str | Path],
        *,
        ask: signal.Signals = signal.SIGTERM,
        grace: float = 10,
        lasts: bool = True,
        log: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Child:
        """Start a child, one that `lasts` as long as we do or one to `wait` for.

        Its words go to the file `log`, else to our output behind its name.
        """
        output = log.open("w") if log else subprocess.PIPE
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
            text=True,
            errors="replace",
        )
        child = Child(name, process, ask=ask, grace=grace, lasts=lasts)
        self.children.append(child)
        self._tell_guardian(process.pid, int(ask), grace)
        if process.stdout:
            threading.Thread(target=repeat, args=(name, process.stdout), daemon=True).start()
        return child

    def wait(self, child: Child) -> int:
        """Wait for a child that ends by itself and return its exit code; the others must go on."""
        while child.process.poll() is None:
            self.check()
            time.sleep(0.02)
        child.end()  # What it may have left behind.
        self._forget(child)
        return child.process.returncode

    def check(self) -> None:
        """Raise Ended if a child that should go on, or the guardian, is gone."""
        for child in self.children:
            if child.lasts and child.process.poll() is not None:
                raise Ended(f"{child.name} ended with code {child.process.returncode}")
        if self.guardian.poll() is not None:
            raise Ended("the guardian was killed")

    def end(self) -> None:
        """End every child, the last started first, then the guardian."""
        while self.children:
            child = self.children[-1]
            child.end()
            self._forget(child)
        assert self.guardian.stdin
        self.guardian.stdin.close()
        self.guardian.wait()

    def _forget(self, child: Child) -> None:
        self.children.remove(child)
        self._tell_guardian(child.process.pid)

    def _tell_guardian(self, *words: float) -> None:
        assert self.guardian.stdin
        # A guardian that was killed no longer listens: check() says so.
        with contextlib.suppress(BrokenPipeError):
            print(*words, file=self.guardian.stdin, flush=True)


def repeat(name: str, lines: IO[str]) -> None:
    """Print a child's lines behind its name."""
    for line in lines:
        sys.stdout.write(f"{name:<8} | {line}")
        sys.stdout.flush()
