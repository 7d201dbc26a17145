"""How Celery speaks to Redis, in whichever process."""

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
    """A connection that is tried again every few seconds however long Redis has been away: kombu's
    own pause grows to half a minute, for which figures would wait after its return."""

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
    """Messages over such connections, of the worker and of beat."""

    Connection = SteadyConnection


@signals.setup_logging.connect
def set_up_logs(loglevel: int | str | None = None, **_: Any) -> None:
    """Write lines as the settings say, from the level on that the command line names; Celery would
    write its own."""
    logging.config.dictConfig(settings.LOGGING)
    if loglevel is not None:
        logging.getLogger().setLevel(loglevel)


@signals.task_prerun.connect
def say_what_for(task_id: str, task: Any, **_: Any) -> None:
    """Have lines say which task they belong to, and which request asked for it."""
    asked = (task.request.headers or {}).get("request_id", "")
    logs.begin(request=asked, task=task.name, id=task_id)


@signals.task_postrun.connect
def say_no_more(**_: Any) -> None:
    """Note that nothing more belongs to the task."""
    logs.begin()


def make_app(**options: Any) -> Celery:
    """Return a Celery application that is set up as the settings say."""
    app = Celery("pmhub", amqp=Amqp, **options)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app
