"""A kind of job that takes as long as it is asked to."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.test import override_settings

from pmhub.jobs import queue
from pmhub.jobs.kinds import Kind
from pmhub.jobs.worker import JobRun
from pmhub.models import Job, User


def _check(asked: Mapping[str, Any]) -> dict[str, Any]:
    return dict(asked)


def _words(asked: Mapping[str, Any]) -> str:
    return f"A slow file {asked.get('name', '')}".strip()


def _count(run: JobRun) -> None:
    run.name("slow.csv", "text/csv")
    if number := run.parameters.get("fails"):
        raise OSError(number, os.strerror(number))
    for number in range(run.parameters["steps"]):
        run.reached(number, run.parameters["steps"])
        run.write(f"{number}\r\n".encode())
        time.sleep(run.parameters["pause"])
    run.reached(run.parameters["steps"], run.parameters["steps"])


KIND = Kind(name="slow", words=_words, check=_check, run=_count, reads=lambda _: "projects")


@contextmanager
def asking() -> Iterator[Callable[..., Job]]:
    """Yield a function that asks for a job with so many steps, and a pause in seconds after each.
    `name` names it; `fails` is the number of a system error with which it fails."""

    def ask(user: User, steps: Any = 3, pause: float = 0, **more: Any) -> Job:
        parameters = {"name": f"{Job.objects.count()}", "steps": steps, "pause": pause, **more}
        return queue.ask("slow", parameters, owner=user, token=None)

    with override_settings(JOB_KINDS=["pmhub.api.table_jobs", "tests.jobs.slow"]):
        yield ask
