"""Ranges of programmes: simulated after the rollup, where the facts behind them have changed.

A rollup stores, with its figures, the digest of the facts that it found
(`ProgrammeRollup.ranges_wanted`); the ranges store the digest of the facts from which they were
simulated. While the two differ, the programme has to be simulated: the rows are the request. The
digest always says which facts the ranges are of, however late they are written, so that outdated
ranges are known to be outdated.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from pmhub.database.locks import Lock
from pmhub.database.outage import is_away
from pmhub.plain_json import written, written_as_rows
from programmes.models import ProgrammeRanges
from programmes.rollup import worker_cache
from programmes.rollup.facts import Facts
from programmes.rollup.ranges.costs import CostRange
from programmes.rollup.ranges.finishes import Finishes
from programmes.rollup.ranges.studies import studies
from programmes.rollup.ranges.study import Study
from programmes.rollup.reading import read
from programmes.rollup.risk_matrix import Matrix, ScoredRisk
from projects.simulation import Range, Sensitivity, Tornado

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=5)  # between two simulations of a programme that changes all the time

WANTED = """
SELECT r.programme_id FROM programmes_programmerollup r
LEFT JOIN programmes_programmeranges s ON s.programme_id = r.programme_id
WHERE r.ranges_wanted <> '' AND r.ranges_wanted IS DISTINCT FROM s.digest
    AND (s.computed_at IS NULL OR s.computed_at <= %s)
ORDER BY r.computed_at, r.programme_id
"""


@dataclass(frozen=True, slots=True)
class Ranges:
    """All parts of a study but the register, as they are stored and read by pages."""

    loading: Decimal
    as_of: date
    exposure: Range
    independent: Range
    tornado: Tornado
    named: dict[str, int]
    owning: dict[str, int]
    finish: Finishes | str
    sensitivity: Sensitivity | str
    unplaced: tuple[str, ...]
    outturn: Range
    causes: tuple[tuple[str, int], ...]
    counted: int
    uncounted: tuple[tuple[str, int], ...]
    matrices: tuple[Matrix, ...]
    top: tuple[ScoredRisk, ...]
    cost: CostRange | None


def ranges_of(study: Study) -> Ranges:
    """Return every part of a study, worked out."""
    return Ranges(**{field.name: getattr(study, field.name) for field in fields(Ranges)})


def wanted(pause: timedelta = timedelta()) -> list[int]:
    """Return the programmes to simulate, the longest waiting first, without those simulated less
    than `pause` ago."""
    with connection.cursor() as cursor:
        cursor.execute(WANTED, [timezone.now() - pause])
        return [id for (id,) in cursor.fetchall()]


def simulate(
    *, seconds: float = math.inf, pause: timedelta = timedelta(), worker: int | None = None
) -> Iterator[int]:
    """Simulate the programmes that are waiting, until the time is over; yield each that was
    simulated. Of the processes with the same `worker` number, one simulates at a time."""
    end = time.monotonic() + seconds
    for id in wanted(pause):
        if time.monotonic() > end:
            return
        if simulate_one(id, worker):
            yield id


def simulate_one(programme: int, worker: int | None = None) -> bool:
    """Simulate a programme and return whether that was done. It is not done while another worker
    simulates this programme or another process of this worker any programme, nor where the facts
    have not changed. Facts that cannot be simulated are not tried again before they change."""
    with transaction.atomic():
        if worker is not None and not _lock(Lock.SIMULATION, worker):
            return False
        if not _lock(Lock.RANGES, programme):
            return False
        study = study_of(programme, worker_cache.facts_of(programme))
        stored = ProgrammeRanges.objects.filter(pk=programme).values_list("digest", flat=True)
        # The same ranges are stored already, of facts newer than the figures; the next rollup
        # will want them.
        if study is None or study.digest == stored.first():
            return False
        _store(ProgrammeRanges(pk=programme, **columns(study)))
    return True


def study_of(programme: int, facts: Facts | None = None) -> Study | None:
    """Return the study of a programme, from these facts or else from those read now; None where it
    is deleted."""
    facts = facts or read([programme])
    return next(iter(studies(facts, {})), None)


def _store(ranges: ProgrammeRanges) -> None:
    """Insert or replace the row without reading the present one, whose register may be long."""
    ProgrammeRanges.objects.bulk_create(
        [ranges],
        update_conflicts=True,
        unique_fields=["programme"],
        update_fields=["digest", "computed_at", "ranges", "register", "error"],
    )


def columns(study: Study) -> dict[str, Any]:
    """Return the columns that are stored of a study: its parts as JSON, or the error with which it
    failed."""
    row: dict[str, Any] = {"digest": study.digest, "computed_at": timezone.now()}
    try:
        ranges, register = written(ranges_of(study)), written_as_rows(study.register)
    except Exception as error:  # whatever a simulation raises is stored and shown
        if is_away(error):
            raise
        log.exception("Ranges of programme %s failed", study.programme.id)
        return {
            **row,
            "ranges": None,
            "register": [],
            "error": f"{type(error).__name__}: {error}",
        }
    return {**row, "ranges": ranges, "register": register, "error": ""}


def _lock(lock: Lock, id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [lock, id % 2**31])
        return bool(cursor.fetchone()[0])
