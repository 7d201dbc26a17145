"""Tasks: a hint arrived, or time passed; what is to be done is in the database.

A worker that is given none for a while looks by itself: a process of it needs Redis to be quick,
and PostgreSQL alone to be right. The engine is imported where it is used: beat, which only sends
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
ENGINES = (
    "programmes.rollup.engine", "programmes.rollup.ranges.simulations",
    "programmes.services", "projects.services", "benefits.services",
)  # fmt: skip
# A task ends long before its time limit, however much is left: the next one goes on.
LONGEST = 10  # seconds
BUSY = 1  # seconds until a worker looks again whether others have computed what they were computing
PATIENCE = 10  # seconds without a task after which a process looks; beat sends one every five


@worker_init.connect
def warm_up(**_: Any) -> None:
    """Load the engine and compute one programme, before the worker forks its children: they share
    what that took. Neither a database that is away nor figures that fail are a reason not to
    start."""
    for used_by_tasks in ENGINES:
        import_module(used_by_tasks)
    try:
        compute_one()
    except Exception as error:  # noqa: BLE001  # whatever a rule raises is told with the figures
        log.warning("Processes of the worker share less memory than they might: %s", error)
    connection.close()  # it is not to be shared
    garbage_collection.freeze()


def compute_one() -> None:
    """Compute the figures of a programme, and store nothing."""
    from programmes.rollup.compute import compute  # noqa: PLC0415  # beat does without
    from programmes.rollup.reading import read  # noqa: PLC0415  # as above

    first = Programme.objects.order_by("pk").values_list("pk", flat=True)[:1]
    compute(read(tuple(first), ()))


@shared_task(name="rollups.drain", ignore_result=True)
def drain() -> None:
    """Work off what has been requested, and raise what strayed by it; then simulate what that has
    changed, figures first."""
    from programmes.rollup import engine  # noqa: PLC0415  # beat does without
    from programmes.rollup.ranges import simulations as ranges  # noqa: PLC0415
    from programmes.services import raise_exceptions  # noqa: PLC0415

    engine.drain(seconds=LONGEST, rest=engine.REST)
    if RollupRequest.objects.exists():  # the time is over, or they rest, or others compute them
        # Who computes them looks again when that is done.
        hints.workers(after=0 if engine.can_go_on() else BUSY)
        return
    raise_exceptions()  # by figures that any process has worked off
    for _ in ranges.simulate(seconds=LONGEST, pause=ranges.PAUSE, worker=worker_number()):
        engine.drain(seconds=LONGEST, rest=engine.REST)


def worker_number() -> int:
    """Return a number that all processes of a worker share: one of them simulates at a time, which
    takes seconds, so that figures wait for none while there is another."""
    return crc32(f"{gethostname()} {os.getppid()}".encode())


@shared_task(name="rollups.sweep", ignore_result=True)
def sweep() -> None:
    """Request what time has changed, and work off what any lost hint left."""
    from programmes.rollup import requests  # noqa: PLC0415  # beat does without

    requests.sweep()
    drain()


class SweepWatch:
    """Sweeps and seals in a thread of a worker's process when no task has come for a while."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._heard = time.monotonic()

    def hear(self) -> None:
        """Note that a task has come."""
        self._heard = time.monotonic()

    def look(self, *, sweeping: bool = True) -> None:
        """If no task has come for long, sweep and seal, or else work off what has been requested;
        of a database that is away, never raise."""
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
        """Look every now and then, for ever; one in five times, what time has changed too. Give
        back once a minute what computing left free."""
        for number in count(1):
            time.sleep(self.patience / 20)
            self.look(sweeping=number % 5 == 0)
            if number % 120 == 0:
                garbage_collection.give_back()


_watch = SweepWatch()


@worker_process_init.connect
def keep_watch(**_: Any) -> None:
    """Begin to watch in a process of the worker that has just been forked."""
    _watch.hear()
    threading.Thread(target=_watch.keep, daemon=True).start()


@task_prerun.connect
def hear(**_: Any) -> None:
    """Note that Redis hands out tasks."""
    _watch.hear()
