"""What a request costs: REST and pages, against floors that answer as many bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import orjson

from pmhub.bench.estate import SMALL, Bench, Finding, versus
from pmhub.bench.timing import Caller, timed
from pmhub.models import Session
from programmes.rollup import worker
from projects.models import Project, Risk

SOON = datetime(2100, 1, 1, tzinfo=UTC)
# Aims: milliseconds on the machine where the bare floor was first measured, and multiples of it.
REVALIDATED, UNCHANGED, CHANGED = "≤ 1.1 ms, 2.6 ×", "≤ 10 ms, 7.7 ×", "≤ 30 ms, 23 ×"


def reads(bench: Bench) -> Iterator[Finding]:
    """Measure REST, by token, against minimal views whose answers are of the same size."""
    path = "/api/v1/projects/?page_size=50&ordering=code"
    _, body = bench.by_token(path)
    floors = bench.floors(f"/projects/?size={len(body)}")
    elsewhere = itertools.count()

    def commit() -> None:
        Session.objects.update_or_create(
            session_key="bench",
            defaults={"session_data": str(next(elsewhere)), "expire_date": SOON},
        )

    def edit() -> None:
        Project.objects.filter(pk=pk).update(objective=str(next(elsewhere)))

    pk = bench.programmes[SMALL].projects.order_by("pk").values_list("pk", flat=True)[0]
    read = partial(bench.by_token, path)
    yield versus("list of 50, unchanged", timed(read), "≤ 3.2 ms, 3 ×", **floors)
    yield versus("list of 50, a project changed", timed(read, before=edit), "", **floors)
    headers, _ = bench.by_token(path)
    again = {"If-None-Match": headers["ETag"]}
    same = partial(bench.by_token, path, **again)
    none = bench.floors("/projects/0/")
    yield versus("the same, revalidated", timed(same), REVALIDATED, **none)
    yield versus("the same, others commit", timed(same, before=commit), REVALIDATED, **none)
    detail = f"/api/v1/projects/{pk}/"
    _, body = bench.by_token(detail)
    floors = bench.floors(f"/projects/{pk}/?size={len(body)}")
    yield versus("one project", timed(partial(bench.by_token, detail)), "≤ 2 ms, 3.3 ×", **floors)


def rollups(bench: Bench) -> Iterator[Finding]:
    """Measure the figures of programmes over REST, for different numbers of projects."""
    for size in bench.sizes:
        programme = bench.programmes[size]
        path = f"/api/v1/programmes/{programme.pk}/rollup/"
        headers, body = bench.by_token(path)
        floors = bench.floors(f"/row/{programme.pk}/?size={len(body)}")
        ours = timed(partial(bench.by_token, path))
        yield versus(f"rollup, {size} projects", ours, "≤ 2.5 ms, 5.7 ×, flat", **floors)
    again = {"If-None-Match": headers["ETag"]}
    ours = timed(partial(bench.by_token, path, **again))
    yield versus("rollup, revalidated", ours, "≤ 1.2 ms, 2.7 ×", **floors)


def pages(bench: Bench) -> Iterator[Finding]:
    """Measure pages while nothing that they show changes, and after each change."""
    small, most = bench.programmes[SMALL], max(bench.sizes)
    large = bench.programmes[most]
    floors = bench.floors(f"/row/{small.pk}/?size=100000")
    for size in (SMALL, *bench.sizes):
        at = f"/programmes/{bench.programmes[size].pk}/"
        yield versus(
            f"programme page, {size} projects", timed(partial(bench.get, at)), UNCHANGED, **floors
        )
    first = small.projects.order_by("pk").values_list("pk", flat=True)[0]
    wide = bench.wide.programmes.order_by("pk")[0]
    for name, at, changed in (
        ("programme page", f"/programmes/{small.pk}/", small),
        ("benefits page", f"/programmes/{small.pk}/benefits/", small),
        ("risk page", f"/programmes/{small.pk}/risk/", small),
        (f"risk page, {10 * most:,} risks", f"/programmes/{large.pk}/risk/", large),
        ("project page", f"/projects/{first}/", small),
        ("portfolio page, 100 programmes", f"/portfolios/{bench.wide.pk}/", wide),
    ):
        read = partial(bench.get, at)
        if changed is not small or name != "programme page":
            yield versus(f"{name}, unchanged", timed(read), UNCHANGED, **floors)
        ours = timed(read, 15, before=partial(bench.change, changed))
        yield versus(f"{name}, after a change", ours, CHANGED, **floors)


def registers(bench: Bench) -> Iterator[Finding]:
    """Measure lists and a page of a register while nothing in them changes, and after an edit of
    one of their records."""
    small, turn = bench.programmes[SMALL], itertools.count()
    risk = Risk.objects.filter(project__programme=small).order_by("pk").values_list("pk", flat=True)
    floors = bench.floors(f"/row/{small.pk}/?size=100000")

    def edit() -> None:
        Risk.objects.filter(pk=risk[0]).update(event=str(next(turn)))
        worker.drain()

    for name, at in (
        ("list of all risks", "/risks/"),
        ("list of a programme's risks", f"/programmes/{small.pk}/risks/"),
        ("page of a risk", f"/risks/{risk[0]}/"),
    ):
        read = partial(bench.get, at)
        yield versus(f"{name}, unchanged", timed(read), UNCHANGED, **floors)
        yield versus(f"{name}, after a change", timed(read, 15, edit), CHANGED, **floors)


def writes(bench: Bench) -> Iterator[Finding]:
    """Measure a PATCH against a plain update with its triggers, and a PATCH with the recompute it
    requests."""
    pk = bench.programmes[SMALL].projects.order_by("pk").values_list("pk", flat=True)[0]
    turn = itertools.count(1)
    version = {"ETag": bench.get(f"/api/v1/projects/{pk}/")[0]["ETag"]}

    def patch() -> None:
        body = orjson.dumps({"estimate_to_complete": f"{next(turn)}.00"})
        headers = {"If-Match": version["ETag"], "Authorization": f"Bearer {bench.key}"}
        status, answered, text = bench.call(f"/api/v1/projects/{pk}/", "PATCH", body, headers)
        if not status.startswith("200"):
            raise RuntimeError(text)
        version.update(answered)

    def both() -> None:
        patch()
        worker.drain()

    def update(call: Caller, path: str) -> None:
        call(path, "POST", orjson.dumps({"estimate_to_complete": f"{next(turn)}.00"}))

    floors = {
        "bare": timed(partial(update, bench.bare, f"/minimal/bare/projects/{pk}/update/")),
        "signed in": timed(partial(update, bench.call, f"/minimal/projects/{pk}/update/")),
    }
    version.update(bench.get(f"/api/v1/projects/{pk}/")[0])
    yield versus("PATCH of a project", timed(patch), "≤ 6 ms, 8.6 ×", **floors)
    worker.drain()
    yield versus("PATCH with its recompute", timed(both, 20), "≤ 20 ms, 29 ×", **floors)
