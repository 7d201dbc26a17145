"""The connection of Celery to Redis, in every process."""

import logging.config
import os
from typing import Any

from celery import Celery, signals
from celery.app.amqp import AMQP
from django.conf import settings
from kombu import Connection

from pmhub import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmhub.settings")

LONGEST_PAUSE = 3  # seconds between two tries to reach Redis


class SteadyConnection(Connection):
    """A connection that is retried every few seconds however long Redis has been away: kombu's own
    pause grows to half a minute, for which figures would have to wait once Redis is back."""

    def _ensure_connection(
        self,
        errback: Any = None,
        max_retries: int | None = None,
        interval_start: float = 1,
        interval_step: float = 1,
        interval_max: float = LONGEST_PAUSE,
        *args: Any,
        **options: Any,
    ) -> Any:
        return super()._ensure_connection(
            errback, max_retries, interval_start, interval_step, interval_max, *args, **options
        )


class Amqp(AMQP):
    """Messages over such connections, for the worker and for beat."""

    Connection = SteadyConnection


@signals.setup_logging.connect
def set_up_logs(loglevel: int | str | None = None, **_: Any) -> None:
    """Configure logging as the settings say, in place of Celery's own way, with the level that the
    command line names."""
    logging.config.dictConfig(settings.LOGGING)
    if loglevel is not None:
        logging.getLogger().setLevel(loglevel)


@signals.task_prerun.connect
def tag_log_lines(task_id: str, task: Any, **_: Any) -> None:
    """Add to log lines the task to which they belong, and the request that asked for it."""
    request_id = (task.request.headers or {}).get("request_id", "")
    logs.begin(request=request_id, task=task.name, id=task_id)


@signals.task_postrun.connect
def untag_log_lines(**_: Any) -> None:
    """Stop adding the task to log lines, once it has run."""
    logs.begin()


def make_app(**options: Any) -> Celery:
    """Return a Celery application, configured from the settings."""
    app = Celery("pmhub", amqp=Amqp, **options)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app
