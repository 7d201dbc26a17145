"""A few quick writes to each programme, then silence: no later write heals what went wrong."""

import os
import random
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from pmhub.demo.estate import Size, load
from programmes.models import MetricValue, Programme
from programmes.rollup import worker
from programmes.rollup.verify import verify
from projects.models import CostActual, Project
from tests.faults import storms
from tests.faults.conftest import execute

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PROGRAMMES = int(os.environ.get("LAST_WRITES", "60"))
WRITERS, WORKERS, WRITES = 4, 12, 4


def test_after_the_last_write_every_figure_is_right(nothing, capsys):
    load(Size(PROGRAMMES, 2 * PROGRAMMES, 0, 0, 0), "LAST")
    worker.drain()
    deadlocks = _deadlocks()
    ids = list(Project.objects.filter(programme__isnull=False).values_list("pk", flat=True))
    turns = [_turns(ids, writer) for writer in range(WRITERS)]

    def write(number: int) -> None:
        if turns[number]:
            execute(
                "INSERT INTO projects_costactual (project_id, posted_on, amount, kind,"
                " description, source, source_ref) VALUES (%s, '2026-10-01', 1, 'actual',"
                " '', '', '')",
                turns[number].pop(),
            )

    # No worker may fail, and none may wait for another in a circle: they overlap on purpose.
    with storms.threads(WORKERS, storms.drain, may_lose_the_line=False):
        with storms.threads(WRITERS, write, may_lose_the_line=False):
            storms.within(lambda: not any(turns))
        storms.until_silence()

    assert verify() == []
    assert _stored() == _spent()
    assert _deadlocks() == deadlocks
    with capsys.disabled():
        print(f" {PROGRAMMES} programmes, {WRITES * len(ids)} writes", end="")


def _turns(ids: list[int], writer: int) -> list[int]:
    """One writer's share of the writes: each project once for each writer, in a shuffled order."""
    turns = ids * (WRITES // WRITERS)
    random.Random(writer).shuffle(turns)  # noqa: S311  # a seed, no secret
    return turns


def _stored() -> dict[int, Decimal | None]:
    values = MetricValue.objects.filter(metric="actual_cost", valid_to=None)
    return dict(values.values_list("programme_id", "amount"))


def _spent() -> dict[int, Decimal | None]:
    """By plain SQL, not by the engine's own reading."""
    spent = CostActual.objects.filter(posted_on__lte="2026-10-31").values("project__programme")
    found = dict(spent.annotate(total=Sum("amount")).values_list("project__programme", "total"))
    return {id: found.get(id) for id in Programme.objects.values_list("pk", flat=True)}


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
