"""What the product takes as it runs: requests a second, and memory over thousands of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import orjson

from pmhub.bench.estate import SMALL, Bench, Finding
from pmhub.bench.running_product import Client, Running, running, sessions, used_by
from pmhub.bench.timing import cpu_milliseconds
from pmhub.server.processes import cores
from projects.models import Project, Risk

REQUESTS = 400  # by one client, and by eight together
FEW, MANY = 500, 5000  # numbers of requests
SECONDS = 30  # at most, for these requests
WRITE_EVERY = 30


def clients(bench: Bench) -> Iterator[Finding]:
    """Measure requests a second of eight clients and of one, for a page and for a list over REST.
    Clients, web processes and PostgreSQL share the cores; from the CPU time of each follows how
    many requests there can be at most."""
    page = f"/programmes/{bench.programmes[SMALL].pk}/"
    with running() as product:
        for name, path, headers in (
            ("a page", page, signed_in(bench)),
            ("a list over REST", "/api/v1/projects/?page_size=50", by_token(bench)),
        ):
            asking = [Client(product.address, headers) for _ in range(8)]
            _rate(asking, path)  # until every web process has answered once
            watched = [*product.processes(), *sessions()]
            alone, by_one, _ = _measured(asking[:1], path, watched)
            together, served, client = _measured(asking, path, watched)
            most = 1000 * cores() / (served + client)
            yield Finding(
                f"8 clients, {name}", f"{together:.0f} requests a second",
                f"{alone:.0f} by one, {most:.0f} by CPU", together / alone, "≥ 1.8",
            )  # fmt: skip
            yield Finding(
                f"each of these, {name}", f"{served:.2f} ms",
                f"{by_one:.2f} by one, {client:.2f} the client",
            )  # fmt: skip


def _measured(
    asking: Sequence[Client], path: str, watched: Sequence[int]
) -> tuple[float, float, float]:
    """Return how many requests a second were answered, and the milliseconds of CPU that each took
    of the watched processes and of the clients."""
    began, mine = used_by(watched), cpu_milliseconds()
    rate, asked = _rate(asking, path)
    return rate, (used_by(watched) - began) / asked, (cpu_milliseconds() - mine) / asked


def _rate(asking: Sequence[Client], path: str) -> tuple[float, int]:
    """Return how many requests a second were answered, and how many requests there were."""
    each = REQUESTS // len(asking)

    def ask(client: Client) -> None:
        for _ in range(each):
            client(path)

    began = time.perf_counter()
    with ThreadPoolExecutor(len(asking)) as pool:
        list(pool.map(ask, asking))
    requests = each * len(asking)
    return requests / (time.perf_counter() - began), requests


def held(bench: Bench) -> Iterator[Finding]:
    """Measure the memory of web processes, worker and beat: after the start, after pages and lists
    were read many times with some writes between, and after a large file."""
    with running() as product:
        yield _memory("after the start", product.megabytes())
        walk = _walk(bench, product)
        requests = _steps_taken(walk, FEW)
        yield _memory(f"after {requests:,} requests", product.megabytes())
        requests += _steps_taken(walk, MANY - FEW)
        before = product.megabytes()
        yield _memory(f"after {requests:,} requests", before)
        largest = bench.programmes[max(bench.sizes)].pk
        Client(product.address, by_token(bench))(f"/api/v1/risks/?programme={largest}&format=csv")
        after = product.megabytes()
        yield Finding(
            "memory after a large file", f"{after:.0f} MB", f"{before:.0f} before it",
            after / before, "≤ 1.05",
        )  # fmt: skip


def _memory(when: str, megabytes: float) -> Finding:
    return Finding(f"memory {when}", f"{megabytes:.0f} MB", aim="≤ 400 MB")


def _steps_taken(walk: Iterator[None], most: int) -> int:
    """Take steps of the walk, at most `most`, while there is time; return how many were taken."""
    end = time.monotonic() + SECONDS
    steps = itertools.takewhile(lambda _: time.monotonic() < end, itertools.islice(walk, most))
    return sum(1 for _ in steps)


def _walk(bench: Bench, product: Running) -> Iterator[None]:
    """Request pages and lists in turn without end, and change a project now and then."""
    page = Client(product.address, signed_in(bench))
    rest = Client(product.address, by_token(bench))
    project = f"/api/v1/projects/{bench.programmes[SMALL].projects.order_by('pk')[0].pk}/"
    for number, path in enumerate(itertools.cycle(places(bench)), 1):
        if number % WRITE_EVERY:
            (rest if path.startswith("/api/") else page)(path)
        else:
            write(rest, project, number)
        yield


def write(rest: Client, path: str, number: int) -> None:
    """Change an estimate with the version of the project that was just read."""
    version = rest(path)["ETag"]
    body = orjson.dumps({"estimate_to_complete": f"{number}.00"})
    rest(path, "PATCH", body, **{"If-Match": version, "Content-Type": "application/json"})


def places(bench: Bench) -> list[str]:
    """Return the paths of pages, lists and records through which people go."""
    programmes = [programme.pk for programme in bench.programmes.values()]
    projects = Project.objects.filter(programme=bench.programmes[SMALL]).order_by("pk")[:10]
    risks = Risk.objects.filter(project__in=list(projects)).order_by("pk")[:10]
    return [
        "/", "/programmes/", "/projects/", "/risks/", "/benefits/", "/calendar/", "/search/?q=risk",
        f"/portfolios/{bench.wide.pk}/",
        *(f"/programmes/{pk}/{part}" for pk in programmes for part in ("", "risk/", "benefits/")),
        *(f"/projects/{project.pk}/" for project in projects),
        *(f"/risks/{risk.pk}/" for risk in risks),
        *(f"/api/v1/programmes/{pk}/rollup/" for pk in programmes),
        *(f"/api/v1/{name}/?page_size=50" for name in ("projects", "risks", "benefits")),
    ]  # fmt: skip


def signed_in(bench: Bench) -> dict[str, str]:
    """Return the headers of a browser that is signed in."""
    return {"Cookie": bench.call.cookie, "Accept": "text/html", "Accept-Encoding": "gzip"}


def by_token(bench: Bench) -> dict[str, str]:
    """Return the headers of another system with a token."""
    return {"Authorization": f"Bearer {bench.key}"}
