"""What processes of the product do not keep in memory."""

import subprocess
import sys

import pytest

from pmhub.embedded.folder import CHECKOUT

# 80 MB of which every hundredth part stays, the last too: the heap cannot shrink from its end.
HOLES = """
from pmhub import garbage_collection
def held():
    with open("/proc/self/smaps_rollup") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Rss:"))
made = [bytearray(2000) for _ in range(40_000)]
kept = made[99::100]
del made
before = held()
garbage_collection.give_back()
print(before - held())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_large_page_took_is_given_back_though_something_behind_it_stays():
    assert float(said_by("-c", HOLES)) > 60


def test_what_watches_over_the_processes_loads_little():
    folder = CHECKOUT / "pmhub" / "server"
    script = f"import sys; sys.path.insert(0, {str(folder)!r}); import processes"
    said = said_by("-IS", "-c", f"{script}; print(*sys.modules)")
    assert {"typing", "logging", "pmhub"}.isdisjoint(said.split())


def said_by(*arguments: str) -> str:
    """What Python prints that is run with these."""
    command = [sys.executable, *arguments]
    run = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return run.stdout
