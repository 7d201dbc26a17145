"""Chooses the tests of a run of five minutes: of the tests that take turns, one in N.

Quick tests, as the last runs have measured them, always run, and so do tests that failed the last
time and those in files that differ from the last commit. The variants of a quick test take turns
with one another; all slow tests take turns together: the walks in a browser, tests that take long,
and those that no run has measured yet. The seed of the run says whose turn it is: with one in four,
four runs with consecutive seeds run all tests, and the same seed always runs the same ones.
"""

import json
import subprocess
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from math import ceil, inf
from pathlib import Path
from statistics import mean
from typing import Self
from zlib import crc32

import pytest

from pmhub.embedded.folder import CHECKOUT, default_home

# For the tests of each process: five minutes, less the checks and the collection of tests.
SECONDS = 200.0
LONG = 0.1  # seconds of a test that is slow
SLOW = "slow"  # the group of all slow tests
AT_FIRST = 6  # the N of "one in N" before any run has measured tests
MOST = 16  # the largest N of "one in N", however long tests take


def function_of(nodeid: str) -> str:
    """Return the test function of which the test with this id is a variant."""
    return nodeid.partition("[")[0]


def turns_of(item: pytest.Item, seconds: Mapping[str, float]) -> str:
    """Return the group with which a test takes turns: the variants of a quick test, or all slow
    tests. `seconds` are the seconds of a variant of each test function."""
    marked = any(item.get_closest_marker(name) for name in ("browser", "slow"))
    function = function_of(item.nodeid)
    return SLOW if marked or seconds.get(function, inf) > LONG else function


def changed_files() -> set[str]:
    """Return the files that differ from the last commit; none where there is no Git."""
    asked = ["git", "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z"]
    try:
        said = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return set()
    return {line[3:] for line in said.stdout.split("\0") if line}


def groups(turns: Mapping[str, str]) -> Mapping[str, list[str]]:
    """Return the tests by group, in a fixed order; `turns` is the group of each test."""
    of_each = defaultdict[str, list[str]](list)
    for nodeid in sorted(turns):
        of_each[turns[nodeid]].append(nodeid)
    return of_each


def chosen(turns: Mapping[str, str], seed: int, one_in: int) -> set[str]:
    """Return the tests whose turn it is: at least one of each group."""
    return {
        nodeid
        for group, these in groups(turns).items()
        for place, nodeid in enumerate(these)
        if (place + crc32(group.encode()) + seed) % min(one_in, len(these)) == 0
    }


def fitting(turns: Mapping[str, str], seconds: Mapping[str, float], budget: float) -> int:
    """Return the number N with which one in N tests fits a budget of seconds; `seconds` are the
    seconds of a variant of each test function."""
    if not seconds:
        return AT_FIRST
    usual = mean(seconds.values())
    took = [
        [seconds.get(function_of(nodeid), usual) for nodeid in these]
        for these in groups(turns).values()
    ]

    def taken(one_in: int) -> float:
        return sum(mean(each) * ceil(len(each) / min(one_in, len(each))) for each in took)

    return next((one_in for one_in in range(1, MOST) if taken(one_in) <= budget), MOST)


@dataclass
class Memory:
    """What one run leaves to the next: its seed, the seconds of a variant of each test function,
    and the tests that failed."""

    seed: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @staticmethod
    def file() -> Path:
        """Return the path of the file: in the folder of the servers, which one run at a time
        uses."""
        return default_home() / "test" / "last.json"

    @classmethod
    def read(cls) -> Self:
        """Return the stored memory; an empty one where there is none."""
        file = cls.file()
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def write(self) -> None:
        """Store the memory, whole or not at all."""
        new = self.file().with_suffix(".new")
        new.write_text(json.dumps(asdict(self)))
        new.replace(self.file())

    def learn(self, reports: Collection[pytest.TestReport]) -> None:
        """Take over from the reports of a run how long tests take and which fail."""
        took = defaultdict[str, float](float)
        for report in reports:
            took[report.nodeid] += report.duration
        for function, these in groups({nodeid: function_of(nodeid) for nodeid in took}).items():
            self.seconds[function] = round(mean(took[nodeid] for nodeid in these), 4)
        failed = {report.nodeid for report in reports if report.outcome == "failed"}
        self.failed = sorted(failed | ({*self.failed} - took.keys()))
