"""The worker with beat inside, copied from the process that has loaded what web processes share.

`./run` uses it, which has all of them on one machine: memory to which none of them writes exists
once. In production, worker and beat are programs of their own (`docker-compose.yml`).
"""

import logging
import os
from importlib import import_module
from typing import Any

from celery import bootsteps
from celery.apps.worker import Worker
from celery.beat import PersistentScheduler
from celery.signals import worker_init

from pmhub import garbage_collection
from pmhub.celery import app
from programmes import tasks

# Modules that Celery imports late: imported here, the processes share them.
IMPORTED_LATE = (
    "billiard.popen_fork", "billiard.sharedctypes", "billiard.synchronize", "celery.app.control",
    "celery.app.events", "celery.app.log", "celery.concurrency.prefork", "celery.events",
    "celery.events.dispatcher", "celery.events.receiver", "celery.worker.autoscale",
    "celery.worker.components", "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery", "celery.worker.strategy", "cffi.cparser",
    "dbm.dumb", "encodings.latin_1", "kombu.transport.redis", "numpy.random",
)  # fmt: skip
PROCESSES = 2  # processes that compute


def load() -> None:
    """Load what the worker uses, and compute one programme."""
    # `migrate` and `./test` run the checks, which would take memory here.
    os.environ["CELERY_SKIP_CHECKS"] = "true"
    app.loader.init_worker()  # otherwise the worker would import everything again
    app.finalize()
    for name in IMPORTED_LATE:
        import_module(name)
    tasks.warm_up()
    worker_init.disconnect(tasks.warm_up)


class Clock(bootsteps.StartStopStep):
    """Beat inside the event loop of the worker, while that has a connection: a process of its own
    would take 18 MB to send a message now and then."""

    scheduler: Any = None
    next: Any = None  # when beat runs next

    def register_with_event_loop(self, consumer: Any, hub: Any) -> None:
        """Begin to send due messages."""
        noted = consumer.controller.schedule_filename
        self.scheduler = PersistentScheduler(consumer.app, schedule_filename=noted)
        self.next = hub.call_later(0, self.tick, hub)

    def tick(self, hub: Any) -> None:
        """Send one due message, and schedule the next call: a message that cannot be sent keeps the
        loop from noticing that its own connection is lost."""
        wait = 1
        try:
            wait = self.scheduler.tick()
            if self.scheduler.should_sync():
                self.scheduler._do_sync()
                garbage_collection.give_back()
        finally:
            self.next = hub.call_later(wait, self.tick, hub)

    def stop(self, consumer: Any) -> None:
        """Store when each message was last sent."""
        if self.scheduler:
            self.next.cancel()
            self.scheduler.close()
        self.scheduler = None


def work(schedule: str) -> None:
    """Run worker and beat until a signal; `schedule` is the file with the times of the last
    messages."""
    worker(schedule).start()


def worker(schedule: str) -> Worker:
    """Return a worker, not started yet."""
    app.steps["consumer"].add(Clock)
    return app.Worker(
        concurrency=PROCESSES,
        schedule_filename=schedule,
        without_gossip=True,
        without_mingle=True,
        loglevel=level(),
        quiet=True,
    )


def level() -> int:
    """Return the log level, which Celery sets again."""
    return logging.getLogger().level
