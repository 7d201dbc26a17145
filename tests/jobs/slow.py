"""A kind of job that takes as long as it is told."""

import time
from collections.abc import Mapping
from typing import Any

from pmhub.jobs.kinds import Kind
from pmhub.jobs.running import Run


def _check(asked: Mapping[str, Any]) -> dict[str, Any]:
    return dict(asked)


def _words(asked: Mapping[str, Any]) -> str:
    return f"A slow file {asked.get('name', '')}".strip()


def _count(run: Run) -> None:
    run.name("slow.csv", "text/csv")
    for number in range(run.parameters["steps"]):
        run.reached(number, run.parameters["steps"])
        run.write(f"{number}\r\n".encode())
        time.sleep(run.parameters["pause"])
    run.reached(run.parameters["steps"], run.parameters["steps"])


KIND = Kind(name="slow", words=_words, check=_check, run=_count, reads=lambda _: "projects")
