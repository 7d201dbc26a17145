"""What another tracker takes for the same, on the same machine, over HTTP as ours."""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from pmhub.bench import memory
from pmhub.bench.estate import SMALL, Bench, Finding
from pmhub.bench.running_product import Client, running, sessions, used_by
from pmhub.bench.served import by_token, signed_in
from projects.models import Risk

REPEATS = 25
WARM = 6  # calls before, so that every process has answered once
SETTLED = 0.2  # seconds after a write, in which workers finish what it caused
LIST = "list of 50"  # for which a fifteenth of the other's time is the aim
LISTENS = "0A"  # the kernel's code for a listening socket
JSON = {"Content-Type": "application/json"}

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of a request: CPU of all processes of its server, and wall clock."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.1f} ms, {self.wall:.1f} wall"


@dataclass(frozen=True, slots=True)
class Tracker:
    """A server over HTTP, with calls that edit its records and a function that returns its
    processes."""

    edits: Sequence[Call]
    processes: Callable[[], list[int]]

    def cost(self, ask: Call, before: Sequence[Call] = ()) -> Cost:
        """Measure a call; `before` is called each time and not measured."""
        for _ in range(WARM):
            ask()
        used, wall = [], []
        for _ in range(REPEATS):
            for edit in before:
                edit()
            time.sleep(SETTLED if before else 0)
            processes = self.processes()
            began, at = used_by(processes), time.perf_counter()
            ask()
            wall.append(1000 * (time.perf_counter() - at))
            used.append(used_by(processes) - began)
        return Cost(statistics.mean(used), statistics.median(wall))


def peer(bench: Bench) -> Iterator[Finding]:
    """Measure Redmine at `REDMINE_URL` on this machine, with the key `REDMINE_KEY`, beside the
    product. CPU is that of all processes of either, including our database, and including Redmine's
    if that is SQLite. Our pages are read by a user who is signed in, Redmine's by an anonymous
    one."""
    address = os.environ.get("REDMINE_URL")
    if not address:
        return
    programme = bench.programmes[SMALL].pk
    project = bench.programmes[SMALL].projects.order_by("pk")[0].pk
    risk = Risk.objects.filter(project=project).order_by("pk")[0].pk
    with running() as product:
        page, rest = (Client(product.address, of(bench)) for of in (signed_in, by_token))
        them = Client(address, {"X-Redmine-API-Key": os.environ.get("REDMINE_KEY", "")})
        redmine = memory.process_tree(listener(urlsplit(address).port or 80))
        edits = (
            edit(rest, f"/api/v1/projects/{project}/", "objective"),
            edit(rest, f"/api/v1/risks/{risk}/", "event"),
        )
        ours = Tracker(edits, lambda: [*product.processes(), *sessions()])
        theirs = Tracker((edit_issue(them),), lambda: redmine)
        for name, ask, path, other in (
            (LIST, rest, "/api/v1/projects/?page_size=50", "/projects.json?limit=50"),
            ("one project", rest, f"/api/v1/projects/{project}/", "/projects/1.json"),
            ("overview page", page, f"/programmes/{programme}/", "/projects/1"),
            ("page of a risk or issue", page, f"/risks/{risk}/", "/issues/1"),
        ):
            mine, its = partial(ask, path), partial(them, other)
            yield beside(f"{name}, unchanged", ours.cost(mine), theirs.cost(its))
            changed = ours.cost(mine, ours.edits), theirs.cost(its, theirs.edits)
            yield beside(f"{name}, changed", *changed)
        yield beside("one write", ours.cost(edits[0]), theirs.cost(theirs.edits[0]))
        held = sum(map(memory.proportional_kib, redmine)) / 1024
        yield Finding("memory, beside", f"{product.megabytes():.0f} MB", f"{held:.0f} MB Redmine")


def beside(what: str, ours: Cost, theirs: Cost) -> Finding:
    """Return a finding with the ratio of our CPU time to Redmine's."""
    aim = "≤ 0.07" if what.startswith(LIST) else "≤ 1"
    return Finding(f"{what}, beside", str(ours), f"{theirs} Redmine", ours.cpu / theirs.cpu, aim)


def edit(rest: Client, path: str, field: str) -> Call:
    """Return a call that edits a text of a record, with the version that it read or wrote last."""
    version, turn = {"ETag": rest(path)["ETag"]}, itertools.count(1)

    def write() -> None:
        body = orjson.dumps({field: f"Edited {next(turn)} times"})
        headers = JSON | {"If-Match": version["ETag"]}
        version["ETag"] = rest(path, "PATCH", body, **headers)["ETag"]

    return write


def edit_issue(them: Client) -> Call:
    """Return a call that edits the subject of Redmine's first issue."""
    turn = itertools.count(1)

    def write() -> None:
        body = orjson.dumps({"issue": {"subject": f"Edited {next(turn)} times"}})
        them("/issues/1.json", "PUT", body, **JSON)

    return write


def listener(port: int) -> int:
    """Return the process that listens on a port of this machine; raises LookupError if no process
    that we may look at does."""
    rows = [line.split() for at in ("tcp", "tcp6") for line in _sockets(at)]
    inodes = {
        f"socket:[{row[9]}]"
        for row in rows
        if row[3] == LISTENS and int(row[1].rpartition(":")[2], 16) == port
    }
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in inodes:
                return int(link.parts[2])
        except OSError:
            continue  # the process has ended, or belongs to another user
    raise LookupError(f"No process listens on port {port} of this machine.")


def _sockets(kind: str) -> list[str]:
    file = Path(f"/proc/net/{kind}")
    return file.read_text().splitlines()[1:] if file.exists() else []
