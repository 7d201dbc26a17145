"""Parts of storms: sessions that go on until they are stopped, and processes to kill."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from pmhub.database.outage import is_away
from programmes.models import RollupRequest
from programmes.rollup import worker

SOON = 60  # seconds; nothing here waits as long unless it is broken


@contextmanager
def threads(count: int, work: Callable[[int], None], *, may_lose_the_line: bool) -> Iterator[None]:
    """Have so many sessions do `work(number)` again and again meanwhile; an error in one fails the
    test."""
    stop, failures = threading.Event(), list[BaseException]()

    def run(number: int) -> None:
        while not stop.is_set():
            try:
                work(number)
            except BaseException as error:  # noqa: BLE001  # carried over to the test
                connection.close()
                if may_lose_the_line and is_away(error):
                    continue
                failures.append(error)
                break
        connection.close()

    running = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for each in running:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in running:
            each.join(SOON)
    assert not failures, failures


def drain(_: int) -> None:
    """Do what a worker does when a hint comes."""
    if not worker.drain():
        time.sleep(0.01)


def until_silence() -> None:
    """Wait until no request is left."""
    within(lambda: not RollupRequest.objects.exists())


def within(condition: Callable[[], object], seconds: float = SOON) -> float:
    """Wait until the condition holds, or fail; return the seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, list(RollupRequest.objects.values()[:20])
        time.sleep(0.02)
    return time.monotonic() - began


def environment() -> dict[str, str]:
    """Return the environment for another process, which leads to the test database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    own = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    return {**os.environ, "DATABASE_URL": own}


DRAINER = ["manage.py", "rollups", "drain", "--loop"]
CELERY = ["-m", "celery", "-A", "pmhub", "worker", "--concurrency=1", "--loglevel=CRITICAL"]


class Mortal:
    """A process that can be killed and started again."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments, self.deaths = arguments, 0
        self.start()

    def start(self) -> None:
        """Start the process, in a process group of its own."""
        self.process = subprocess.Popen(
            [sys.executable, *self.arguments],
            cwd=settings.BASE_DIR,
            env=environment(),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Kill the process and its children."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.deaths += 1
        self.process.wait()


@contextmanager
def mortals(*commands: Sequence[str]) -> Iterator[list[Mortal]]:
    """Run such processes meanwhile, and kill them at the end."""
    with ExitStack() as stack:
        running = []
        for arguments in commands:
            running.append(Mortal(arguments))
            stack.callback(running[-1].kill)
        yield running
