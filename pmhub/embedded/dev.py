"""What `./run --dev` does otherwise: everything follows an edit by itself."""

import sys
from pathlib import Path

from pmhub.embedded.folder import CHECKOUT

APPS = ["pmhub", "programmes", "projects", "benefits"]


def web_command(port: int) -> list[str]:
    """Return Django's own server: it loads Python and templates again when they change."""
    return [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}"]


def islands_command() -> list[str]:
    """Return the command that builds the islands again when their sources change."""
    return [sys.executable, "-m", "pmhub.embedded.islands", "watch"]


class Sources:
    """The Python files of the product, which are compared with how they were before."""

    def __init__(self) -> None:
        """Keep the files' times of change."""
        self.seen = self.now()

    def now(self) -> dict[Path, int]:
        """Return the time of each file's last change."""
        times: dict[Path, int] = {}
        for app in APPS:
            for path in (CHECKOUT / app).rglob("*.py"):
                try:
                    times[path] = path.stat().st_mtime_ns
                except FileNotFoundError:
                    continue  # deleted meanwhile
        return times

    def have_changed(self) -> bool:
        """Tell whether a file was added, edited or deleted since the last call."""
        before, self.seen = self.seen, self.now()
        return before != self.seen
