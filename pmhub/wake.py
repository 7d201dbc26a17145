"""The hint to a worker that there may be work. Losing it costs seconds: beat sweeps anyway.

Publishing with Celery's own settings can block a web request for ever when Redis accepts and never
answers; with these it is bounded to half a second, once: after a failure no hint is tried for a
few seconds, and hints are at most one every tenth of a second in a process.
"""

import logging
import threading
import time
from functools import cache

from celery import Celery
from django.conf import settings

log = logging.getLogger(__name__)

COALESCE, PAUSE = 0.1, 3.0
DRAIN = "rollups.drain"

_lock = threading.Lock()
_not_before = 0.0
_trailing: threading.Timer | None = None


@cache
def _publisher() -> Celery:
    app = Celery("publisher", broker=settings.CELERY_BROKER_URL)
    app.conf.update(
        task_default_queue=settings.CELERY_TASK_DEFAULT_QUEUE,
        broker_connection_timeout=0.3,
        broker_transport_options={
            "socket_timeout": 0.3,
            "socket_connect_timeout": 0.3,
            "max_retries": 0,
            "connect_retries_timeout": 0.3,
            "interval_start": 0,
            "interval_step": 0.05,
            "interval_max": 0.05,
        },
    )
    return app


def workers() -> None:
    """Hint that there may be work; never raises, never takes more than half a second."""
    global _not_before
    now = time.monotonic()
    with _lock:
        if now < _not_before:
            _later(_not_before - now)
            return
        _not_before = now + COALESCE
    _publish()


def _later(delay: float) -> None:
    """Within the pause, one hint at its end stands for all: the last write is never forgotten."""
    global _trailing
    if _trailing is None:
        _trailing = threading.Timer(delay, _trail)
        _trailing.daemon = True
        _trailing.start()


def _trail() -> None:
    global _trailing
    with _lock:
        _trailing = None
    workers()


def _publish() -> None:
    global _not_before
    try:
        _publisher().send_task(DRAIN, retry=False, ignore_result=True, expires=30)
    except (
        Exception
    ) as error:  # the row in the database is the work; this was only the hint
        log.warning("No hint to the workers: %s", error)
        with _lock:
            _not_before = time.monotonic() + PAUSE
