"""Tasks: a hint arrived, or time passed; what is to be done is in the database.

The engine is imported where it is used: beat, which only sends these, does without it.
"""

from importlib import import_module
from typing import Any

from celery import shared_task
from celery.signals import worker_init

from pmhub import wake, warm
from programmes.models import RollupRequest

# A task ends long before its time limit, however much is left: the next one goes on.
LONGEST = 10  # seconds


@worker_init.connect
def warm_up(**_: Any) -> None:
    """Load the engine once, before the worker forks its children."""
    import_module("programmes.rollup.engine")
    warm.settle()


@shared_task(name="rollups.drain", ignore_result=True)
def drain() -> None:
    """Work off what has been requested."""
    from programmes.rollup import engine  # noqa: PLC0415  # beat does without

    if engine.drain(seconds=LONGEST) and RollupRequest.objects.exists():
        wake.workers()


@shared_task(name="rollups.sweep", ignore_result=True)
def sweep() -> None:
    """Request what time has changed, and work off what any lost hint left."""
    from programmes.rollup import requests  # noqa: PLC0415  # beat does without

    requests.sweep()
    drain()
