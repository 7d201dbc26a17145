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
from pmhub.embedded.folder import Folder


class ChildEnded(Failure):
    """A child that should have gone on has ended."""


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
        """Keep the process, the signal that ends it, the seconds it may take, and whether it should
        go on."""
        self.name, self.process, self.lasts = name, process, lasts
        self.ask, self.grace = ask, grace
        self._repeating: threading.Thread | None = None

    def repeat(self) -> None:
        """Print its output from now on, in a thread."""
        assert self.process.stdout
        given = self.name, self.process.stdout
        self._repeating = threading.Thread(target=repeat, args=given, daemon=True)
        self._repeating.start()

    def end(self) -> None:
        """End the child and the processes it started, and print its last words."""
        guardian.end(self.process.pid, self.ask, self.grace)
        self.process.poll()  # It was reaped by hand: without this, Popen warns of a lost child.
        if self._repeating:
            self._repeating.join(self.grace)  # what has left its session may hold the pipe open


class ChildProcesses:
    """Children that a guardian ends should this process be killed.

    A terminal's Ctrl-C reaches this process only, for every child has its own session: so the
    children end in order, the last started first, and the database goes last.
    """

    def __init__(self, folder: Folder, lock: IO[str]) -> None:
        """Start the guardian, which holds the folder's lock until all have ended."""
        self.record = folder.path / "processes"
        end_leftovers(self.record)
        self.children: list[Child] = []
        self.guardian = subprocess.Popen(
            # -I: neither the environment nor the folder we stand in can change what it imports.
            [sys.executable, "-IS", guardian.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[lock.fileno()],
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

        Its output goes to the file `log`, else to our output, each line after the child's name.
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
        self._notify_guardian(process.pid, int(ask), grace)
        with self.record.open("a") as record:
            print(process.pid, birth(process.pid), file=record)
        if process.stdout:
            child.repeat()
        return child

    def wait(self, child: Child) -> int:
        """Wait for a child that ends by itself and return its exit code; the others must go on."""
        while child.process.poll() is None:
            self.check()
            time.sleep(0.02)
        child.end()  # What it may have left behind.
        self._forget(child)
        return child.process.returncode

    def stop(self, child: Child) -> None:
        """End one child; the others go on."""
        child.end()
        self._forget(child)

    def check(self) -> None:
        """Raise ChildEnded if a child that should go on, or the guardian, has ended."""
        for child in self.children:
            if child.lasts and child.process.poll() is not None:
                raise ChildEnded(f"{child.name} ended with code {child.process.returncode}")
        if self.guardian.poll() is not None:
            raise ChildEnded("the guardian was killed")

    def end(self) -> None:
        """End every child, the last started first, then the guardian."""
        while self.children:
            self.stop(self.children[-1])
        assert self.guardian.stdin
        with contextlib.suppress(BrokenPipeError):
            self.guardian.stdin.close()
        self.guardian.wait()
        self.record.unlink(missing_ok=True)

    def _forget(self, child: Child) -> None:
        self.children.remove(child)
        self._notify_guardian(child.process.pid)

    def _notify_guardian(self, *words: float) -> None:
        assert self.guardian.stdin
        # A guardian that was killed no longer listens: check() says so.
        with contextlib.suppress(BrokenPipeError):
            print(*words, file=self.guardian.stdin, flush=True)


def birth(pid: int) -> str:
    """Return when a process began, which tells it from a later process of the same number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19]
    except OSError:
        if sys.platform == "linux":
            return ""
    ps = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(ps, check=False, capture_output=True, text=True).stdout.strip()


def end_leftovers(record: Path) -> None:
    """End the processes that were left when a supervisor and its guardian were both killed."""
    lines = record.read_text().splitlines() if record.exists() else []
    for pid, _, born in (line.partition(" ") for line in reversed(lines)):
        if born and birth(int(pid)) == born:
            # Every one of them ends in order on SIGINT.
            guardian.end(int(pid), signal.SIGINT, 10)
    record.unlink(missing_ok=True)


def repeat(name: str, lines: IO[str]) -> None:
    """Print the lines of a child, each after the child's name."""
    for line in lines:
        sys.stdout.write(f"{name:<8} | {line}")
        sys.stdout.flush()
