"""The data folder: what the servers keep, their sockets, the lock and the secret."""

import fcntl
import hashlib
import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import IO

from pmhub.embedded import Failure

CHECKOUT = Path(__file__).resolve().parents[2]
# 107 bytes on Linux and 103 on macOS is the longest path of a socket.
LONGEST_SOCKET = 103


class Busy(Failure):
    """Another process uses the data folder."""


def default_home() -> Path:
    """Return the data folder: `PMHUB_HOME`, else `.pmhub` of the checkout."""
    return Path(os.environ.get("PMHUB_HOME") or CHECKOUT / ".pmhub").resolve()


class Folder:
    """A data folder, used by one supervisor at a time."""

    def __init__(self, path: Path) -> None:
        """Make the folder if it is new; other users of the machine cannot read it."""
        self.path = path.resolve()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs = self.path / "logs"
        self.logs.mkdir(exist_ok=True)

    @property
    def sockets(self) -> Path:
        """Return the folder of the sockets, in the system's temporary folder.

        A socket's path is short by law, and a checkout may lie deep: so sockets lie elsewhere,
        under a name made of the user and of this folder's path.
        """
        name = f"pmhub-{os.getuid()}-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]}"
        sockets = Path(tempfile.gettempdir()) / name
        if len(os.fsencode(sockets / ".s.PGSQL.5432")) > LONGEST_SOCKET:
            sockets = Path("/tmp") / name
        sockets.mkdir(mode=0o700, exist_ok=True)
        status = sockets.lstat()
        # Anybody may make a folder there: one that is not ours alone could be a trap.
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise Busy(f"{sockets} belongs to somebody else or is open to others: remove it.")
        return sockets

    def lock(self, *, patience: float = 20) -> IO[str]:
        """Take the lock of the folder, for as long as the file stays open.

        After a kill, the guardian holds the lock until it has ended what was left: wait for that.
        """
        file = (self.path / "lock").open("a+")
        deadline = time.monotonic() + patience
        while not try_lock(file):
            holder = self.holder()
            if holder or time.monotonic() > deadline:
                file.close()
                raise Busy(f"{self.path} is in use by process {holder or 'unknown'}.")
            time.sleep(0.1)
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        return file

    def holder(self) -> int | None:
        """Return the living process that took the lock, or None."""
        try:
            pid = int((self.path / "lock").read_text())
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        except PermissionError:
            return pid
        return pid

    def is_locked(self) -> bool:
        """Tell whether a supervisor or its guardian uses the folder."""
        with (self.path / "lock").open("a+") as file:
            return not try_lock(file)

    def secret_key_file(self) -> Path:
        """Return the file of this folder's own secret key, made on first use."""
        file = self.path / "secret_key"
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as opened:
                opened.write(secrets.token_urlsafe(50))
        return file


def try_lock(file: IO[str]) -> bool:
    """Take an exclusive lock if nobody has one; tell whether it was taken."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
