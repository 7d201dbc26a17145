"""Hints to the workers that there may be work. Losing one costs seconds, as beat looks for work
anyway.

Publishing can block for as long as Redis accepts and never answers, so that no request waits for
it: a thread of its own publishes, at most one hint every tenth of a second in a process, and each
attempt is limited to half a second. After a failure, none is attempted for a few seconds.
"""

import logging
import threading
import time
from functools import cached_property

from celery import Celery
from django.conf import settings

from pmhub import logs

log = logging.getLogger(__name__)

COALESCE, PAUSE = 0.1, 3.0  # seconds
DRAIN, JOBS = "rollups.drain", "jobs.run"
SEAL, SEAL_EVERY = "audit.seal", 1.0  # the job and its period in seconds
IMPATIENT = {
    "socket_timeout": 0.3,
    "socket_connect_timeout": 0.3,
    "max_retries": 0,
    "connect_retries_timeout": 0.3,
    "interval_start": 0,
    "interval_step": 0.05,
    "interval_max": 0.05,
}


class Hint:
    """Publishes one kind of hint to the workers: rarely, briefly, and without ever failing or
    delaying the caller."""

    def __init__(self, task: str = DRAIN, *, pause: float = COALESCE) -> None:
        self._task, self._pause = task, pause
        self._lock = threading.Lock()
        self._not_before = self._due = 0.0
        self._request = ""  # the first request that asked
        self._waiting: threading.Timer | None = None

    @cached_property
    def _publisher(self) -> Celery:
        app = Celery("publisher", broker=settings.CELERY_BROKER_URL, set_as_current=False)
        app.conf.update(
            task_default_queue=settings.CELERY_TASK_DEFAULT_QUEUE,
            broker_connection_timeout=IMPATIENT["socket_connect_timeout"],
            broker_transport_options=IMPATIENT,
        )
        return app

    def send(self, after: float = 0.0) -> None:
        """Publish a hint, now or after so many seconds; never raises, never waits. One hint stands
        for all that are asked for before it is published, so that none is lost."""
        with self._lock:
            now = time.monotonic()
            due = max(self._not_before, now + after)
            if self._waiting is not None:
                if self._due <= due:
                    return
                self._waiting.cancel()
            self._due, self._request = due, logs.request_id()
            self._waiting = threading.Timer(due - now, self._give)
            self._waiting.daemon = True
            self._waiting.start()

    def _give(self) -> None:
        with self._lock:
            self._waiting = None
            self._not_before = time.monotonic() + self._pause
        self._publish()

    def _publish(self) -> None:
        try:
            self._publisher.send_task(
                self._task,
                retry=False,
                ignore_result=True,
                expires=30,
                headers={"request_id": self._request},
            )
        except Exception as error:  # noqa: BLE001  # the row is the work, this only a hint
            log.warning("No hint to the workers: %s", error)
            with self._lock:
                self._not_before = time.monotonic() + PAUSE


_requests, _jobs, _sealer = Hint(DRAIN), Hint(JOBS), Hint(SEAL, pause=SEAL_EVERY)


def workers(*, after: float = 0.0) -> None:
    """Hint that there may be figures to compute, now or after so many seconds."""
    _requests.send(after)


def sealer() -> None:
    """Hint that rows of the audit register may wait for their seal."""
    _sealer.send()


def jobs() -> None:
    """Hint that there may be a job to run."""
    _jobs.send()
