"""What it costs that a copy of a collection is read in the order of its changes: the index and the
trigger of `pmhub/database/order_of_changes.py`, of which each collection over REST makes use."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from django.db import connection, transaction

from pmhub.bench.estate import Bench, Finding, versus
from pmhub.bench.figures import triggers
from pmhub.bench.timing import timed
from programmes.rollup import worker
from projects.models import Risk

MANY = 10_000
INDEX = "risk_sync"


def order_of_changes(bench: Bench) -> Iterator[Finding]:
    """Measure writes of risks against the same without the index and the trigger."""
    calls = {
        f"update of {MANY:,} risks": (undone(update), 5),
        f"insert of {MANY:,} risks": (undone(insert), 3),
        "PATCH of a risk": (patching(bench), 40),
    }
    ours = {what: timed(call, times) for what, (call, times) in calls.items()}
    worker.drain()
    with without():
        floors = {what: timed(call, times) for what, (call, times) in calls.items()}
    worker.drain()
    for what, timing in ours.items():
        yield versus(what, timing, "", **{"without index": floors[what]})


@contextmanager
def without() -> Iterator[None]:
    """Inside the block, risks have neither the index nor the trigger."""
    name = next(name for name in triggers("projects_risk") if "stamped_when_made" in name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])
        [made] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {INDEX}; ALTER TABLE projects_risk DISABLE TRIGGER {name}")
        try:
            yield
        finally:
            cursor.execute(f"{made}; ALTER TABLE projects_risk ENABLE TRIGGER {name}")


def undone(write: Callable[[], None]) -> Callable[[], None]:
    """Return a call that writes and takes it back."""

    def call() -> None:
        with transaction.atomic():
            write()
            transaction.set_rollback(True)

    return call


def update() -> None:
    """Update many risks at once."""
    Risk.objects.filter(pk__in=Risk.objects.order_by("pk").values("pk")[:MANY]).update(
        category="bench"
    )


def insert() -> None:
    """Insert many risks at once."""
    rows = list(Risk.objects.order_by("pk")[:MANY])
    for number, row in enumerate(rows):
        row.pk, row.code = None, f"COPY{number}"
    Risk.objects.bulk_create(rows, batch_size=1000)


def patching(bench: Bench) -> Callable[[], None]:
    """Return a call that changes the title of one risk over REST."""
    pk = Risk.objects.order_by("pk").values_list("pk", flat=True)[0]
    turn, version = itertools.count(1), bench.get(f"/api/v1/risks/{pk}/")[0]

    def patch() -> None:
        body = orjson.dumps({"title": f"Risk {next(turn)}"})
        headers = {"If-Match": version["ETag"], "Authorization": f"Bearer {bench.key}"}
        status, answered, text = bench.call(f"/api/v1/risks/{pk}/", "PATCH", body, headers)
        if not status.startswith("200"):
            raise RuntimeError(text)
        version.update(answered)

    return patch
