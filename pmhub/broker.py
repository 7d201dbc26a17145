"""How Celery speaks to Redis, in whichever process."""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmhub.settings")

LONGEST_PAUSE = 3  # seconds between two tries to reach Redis


class Steady(Connection):
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

    Connection = Steady


def make_app(**options: Any) -> Celery:
    """Return a Celery application that is set up as the settings say."""
    app = Celery("pmhub", amqp=Amqp, **options)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app
