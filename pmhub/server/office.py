"""The worker and beat, copied from the process that has loaded what the web processes share.

So does `./run`, which has them all on one machine: what none of them writes to is in memory once.
In production each is a program of its own (`docker-compose.yml`).
"""

import logging
import os
from importlib import import_module

from celery.apps.beat import Beat
from celery.apps.worker import Worker
from celery.signals import worker_init

from pmhub.celery import app
from programmes import tasks

# What Celery imports where it uses it: in each process, if not here.
IMPORTED_LATE = (
    "billiard.popen_fork", "billiard.sharedctypes", "billiard.synchronize", "celery.app.control",
    "celery.app.events", "celery.app.log", "celery.concurrency.prefork", "celery.events",
    "celery.events.dispatcher", "celery.events.receiver", "celery.worker.autoscale",
    "celery.worker.components", "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery", "celery.worker.strategy", "cffi.cparser",
    "kombu.transport.redis", "numpy.random",
)  # fmt: skip
PROCESSES = 2  # that compute


def load() -> None:
    """Load what worker and beat use, and compute a programme once."""
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # `migrate` and `./test` check; here it takes memory
    app.loader.import_default_modules()
    app.finalize()
    for name in IMPORTED_LATE:
        import_module(name)
    tasks.warm_up()
    worker_init.disconnect(tasks.warm_up)


def work() -> None:
    """Be a worker until a signal."""
    worker().start()


def beat(schedule: str) -> None:
    """Be beat until a signal; `schedule`: the file of what was sent when."""
    clock(schedule).run()


def worker() -> Worker:
    """Return a worker that is still to be started."""
    return app.Worker(
        concurrency=PROCESSES,
        without_gossip=True,
        without_mingle=True,
        loglevel=level(),
        quiet=True,
    )


def clock(schedule: str) -> Beat:
    """Return a beat that is still to be started."""
    return app.Beat(schedule=schedule, loglevel=level(), quiet=True)


def level() -> int:
    """Return from which level on lines are logged: Celery sets it again."""
    return logging.getLogger().level
