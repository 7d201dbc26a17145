"""The hint to a worker that there may be work. Losing it costs seconds: beat sweeps anyway.

Publishing with Celery's own settings can block a web request for ever when Redis accepts and never
answers; with these it is bounded to half a second, once: after a failure no hint is tried for a
few seconds, and hints are at most one every tenth of a second in a process.
"""

import logging
import threading
import time
from functools import cached_property

from celery import Celery
from django.conf import settings

log = logging.getLogger(__name__)

COALESCE, PAUSE = 0.1, 3.0  # seconds
DRAIN = "rollups.drain"
IMPATIENT = {
    "socket_timeout": 0.3,
    "socket_connect_timeout": 0.3,
    "max_retries": 0,
    "connect_retries_timeout": 0.3,
    "interval_start": 0,
    "interval_step": 0.05,
    "interval_max": 0.05,
}


class Bell:
    """Rings for the workers: seldom, briefly, and never in a way that hurts the caller."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._trailing: threading.Timer | None = None

    @cached_property
    def _publisher(self) -> Celery:
        app = Celery("publisher", broker=settings.CELERY_BROKER_URL, set_as_current=False)
        app.conf.update(
            task_default_queue=settings.CELERY_TASK_DEFAULT_QUEUE,
            broker_connection_timeout=0.3,
            broker_transport_options=IMPATIENT,
        )
        return app

    def ring(self) -> None:
        """Hint that there may be work; never raises, never takes more than half a second."""
        with self._lock:
            wait = self._not_before - time.monotonic()
            if wait > 0:
                self._ring_later(wait)
                return
            self._not_before = time.monotonic() + COALESCE
        self._publish()

    def _ring_later(self, wait: float) -> None:
        """Within the pause one hint at its end stands for all: the last write is not forgotten."""
        if self._trailing is None:
            self._trailing = threading.Timer(wait, self._trail)
            self._trailing.daemon = True
            self._trailing.start()

    def _trail(self) -> None:
        with self._lock:
            self._trailing = None
        self.ring()

    def _publish(self) -> None:
        try:
            self._publisher.send_task(DRAIN, retry=False, ignore_result=True, expires=30)
        except Exception as error:  # noqa: BLE001  # the row is the work, this only the hint
            log.warning("No hint to the workers: %s", error)
            with self._lock:
                self._not_before = time.monotonic() + PAUSE


_bell = Bell()


def workers() -> None:
    """Hint to the workers that there may be work."""
    _bell.ring()
