"""Chooses what a run of five minutes asks: of each test with variants one variant in so many.

A test without variants is always asked, and so is whatever failed the last time. Variants take
turns by the seed of the run: with one in four, four runs whose seeds follow one another ask all of
them, and a run of the same seed asks the same ones.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from statistics import mean
from typing import Self
from zlib import crc32

import pytest

from pmhub.embedded.folder import default_home

SECONDS = 260.0  # of each process: five minutes without those in which a run begins and ends
AT_FIRST = 5  # one in so many, as long as nobody knows how long tests take
MOST = 20  # one in so many, however long they take


def function_of(nodeid: str) -> str:
    """Return the test of which this is a variant."""
    return nodeid.partition("[")[0]


def variants(nodeids: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the variants of each test, in an order that no run changes."""
    of_each = defaultdict[str, list[str]](list)
    for nodeid in sorted(nodeids):
        of_each[function_of(nodeid)].append(nodeid)
    return of_each


def chosen(nodeids: Collection[str], seed: int, one_in: int) -> set[str]:
    """Return the tests whose turn it is: of each test at least one variant."""
    return {
        nodeid
        for function, these in variants(nodeids).items()
        for place, nodeid in enumerate(these)
        if (place + crc32(function.encode()) + seed) % min(one_in, len(these)) == 0
    }


def fitting(nodeids: Collection[str], seconds: Mapping[str, float], budget: float) -> int:
    """Return of how many variants one can be asked within a budget of seconds; `seconds`: what a
    variant of each test takes."""
    if not seconds:
        return AT_FIRST
    usual = mean(seconds.values())
    all_of_them = [
        (len(these), seconds.get(function, usual)) for function, these in variants(nodeids).items()
    ]

    def taken(one_in: int) -> float:
        return sum(ceil(count / min(one_in, count)) * each for count, each in all_of_them)

    return next((one_in for one_in in range(1, MOST) if taken(one_in) <= budget), MOST)


@dataclass
class Memory:
    """What one run leaves to the next: its seed, the seconds of a variant of each test, and which
    tests failed."""

    seed: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @staticmethod
    def file() -> Path:
        """Return where it lies: in the folder of the servers, which one run at a time uses."""
        return default_home() / "test" / "last.json"

    @classmethod
    def read(cls) -> Self:
        """Return what was left; nothing, where nobody left anything."""
        file = cls.file()
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def write(self) -> None:
        """Leave it to the next run."""
        self.file().write_text(json.dumps(asdict(self)))

    def learn(self, reports: Collection[pytest.TestReport]) -> None:
        """Learn from the reports of a run how long tests take and which fail."""
        took = defaultdict[str, float](float)
        for report in reports:
            took[report.nodeid] += report.duration
        for function, these in variants(took).items():
            self.seconds[function] = round(mean(took[nodeid] for nodeid in these), 4)
        failed = {report.nodeid for report in reports if report.outcome == "failed"}
        self.failed = sorted(failed | ({*self.failed} - took.keys()))
