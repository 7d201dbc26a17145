"""Celery tasks: a message arrived, or time passed; what is to be done is read from the database.

A worker that is given none for a while looks by itself: a process of it needs Redis to be quick,
and PostgreSQL alone to be right. What computes is imported where it is used: beat, which only sends
these, does without it.
"""

import logging
import os
import threading
import time
from importlib import import_module
from itertools import count
from socket import gethostname
from typing import Any
from zlib import crc32

from celery import shared_task
from celery.signals import task_prerun, worker_init, worker_process_init
from django.db import Error, close_old_connections, connection

from pmhub import garbage_collection, hints
from pmhub.audit import seals
from programmes.models import Programme, RollupRequest

log = logging.getLogger(__name__)

# What tasks import where they use it.
IMPORTED_LATE = (
    "programmes.rollup.worker", "programmes.rollup.ranges.simulations",
    "programmes.services", "projects.services", "benefits.services",
)  # fmt: skip
# A task ends long before its time limit, however much is left: the next one goes on.
LONGEST = 10  # seconds
BUSY = 1  # seconds until a worker looks again whether others have computed what they were computing
PATIENCE = 10  # seconds without a task after which a process looks; beat sends one every five


@worker_init.connect
def warm_up(**_: Any) -> None:
    """Load what computes and compute one programme, before the worker forks its children: they
    share what that took. Neither a database that is away nor figures that fail are a reason not to
    start."""
    for used_by_tasks in IMPORTED_LATE:
        import_module(used_by_tasks)
    try:
        compute_one()
    except Exception as error:  # noqa: BLE001  # whatever a rule raises is told with the figures
        log.warning("Processes of the worker share less memory than they might: %s", error)
    connection.close()  # it is not to be shared
    garbage_collection.freeze()


def compute_one() -> None:
    """Compute the figures of a programme without storing them."""
    from programmes.rollup.compute import compute  # noqa: PLC0415  # beat does without
    from programmes.rollup.reading import read  # noqa: PLC0415  # as above

    first = Programme.objects.order_by("pk").values_list("pk", flat=True)[:1]
    compute(read(tuple(first), ()))


@shared_task(name="rollups.drain", ignore_result=True)
def drain() -> None:
    """Work off what has been requested, and raise what strayed by it; then simulate what that has
    changed, figures first."""
    from programmes.rollup import worker  # noqa: PLC0415  # beat does without
    from programmes.rollup.ranges import simulations as ranges  # noqa: PLC0415
    from programmes.services import raise_exceptions  # noqa: PLC0415

    worker.drain(seconds=LONGEST, rest=worker.REST)
    if RollupRequest.objects.exists():  # the time is over, or they rest, or others compute them
        # Who computes them looks again when that is done.
        hints.workers(after=0 if worker.can_go_on() else BUSY)
        return
    raise_exceptions()  # by figures that any process has worked off
    for _ in ranges.simulate(seconds=LONGEST, pause=ranges.PAUSE, worker=worker_number()):
        worker.drain(seconds=LONGEST, rest=worker.REST)


def worker_number() -> int:
    """Return a number that all processes of a worker share. One of them simulates at a time, which
    takes seconds, so that the others go on with figures."""
    return crc32(f"{gethostname()} {os.getppid()}".encode())


@shared_task(name="rollups.sweep", ignore_result=True)
def sweep() -> None:
    """Request what time has changed, and work off requests whose message was lost."""
    from programmes.rollup import requests  # noqa: PLC0415  # beat does without

    requests.sweep()
    drain()


class SweepWatch:
    """A thread of a worker process that sweeps and seals when no task has come for a while."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._heard = time.monotonic()

    def hear(self) -> None:
        """Note that a task has come."""
        self._heard = time.monotonic()

    def look(self, *, sweeping: bool = True) -> None:
        """Where no task has come for long, sweep and seal, or only work off what has been
        requested. Never raises because the database is away."""
        if time.monotonic() < self._heard + self.patience:
            return
        close_old_connections()
        try:
            if sweeping:
                sweep()
                seals.seal_all()
            elif RollupRequest.objects.exists():
                drain()
        except Error as error:
            log.warning("No sweep: %s", error)
            connection.close()

    def keep(self) -> None:
        """Look every now and then, for ever; every fifth time also for what time has changed. Once
        a minute, give back the memory that computing left free."""
        for number in count(1):
            time.sleep(self.patience / 20)
            self.look(sweeping=number % 5 == 0)
            if number % 120 == 0:
                garbage_collection.give_back()


_watch = SweepWatch()


@worker_process_init.connect
def start_watch(**_: Any) -> None:
    """Start the watch in a process that the worker has just forked."""
    _watch.hear()
    threading.Thread(target=_watch.keep, daemon=True).start()


@task_prerun.connect
def hear(**_: Any) -> None:
    """Note that a task has come from Redis."""
    _watch.hear()
