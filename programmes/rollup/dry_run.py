"""What a write would move: the work of `worker.py`, inside a transaction that is never committed.

It runs at REPEATABLE READ, so that commits of other transactions stay out of sight. Requests with a
later id than any at the start are therefore this transaction's own, and only these are worked off.
No change of somebody else is taken for an effect of the write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from pmhub.database.locks import Lock
from pmhub.database.triggers import Kind
from programmes.models import LedgerLine, MetricValue, ProgrammeRollup, RollupRequest, valid
from programmes.models.ledger import value_of
from programmes.rollup import worker
from programmes.rollup.ledger import Value
from programmes.rollup.requests import Changed, Scope, resolve, spread
from projects.models import ProjectForecast

MOST = 50  # programmes, and projects that stand alone, that one preview computes
ROUNDS = 100  # delays handed on from programme to programme
PATIENCE = "2s"  # how long to wait for a worker that is computing one of them

LineKey = tuple[int, str, str, int]  # programme, metric, type and id of the source


class PreviewTooLarge(Exception):
    """The write moves more than can be computed while somebody waits."""


class PreviewFailed(Exception):
    """Figures that the write moves cannot be computed: a rule raised an error."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the ledger holds of a scope: values by programme and metric, what each line counts for
    (None: it does not count), the lines that are new since the start, and the finish and health of
    projects."""

    values: Mapping[tuple[int, str], Value]
    lines: Mapping[LineKey, Value]
    opened: frozenset[LineKey]
    projects: Mapping[int, tuple[date | None, str]]


@dataclass(frozen=True, slots=True)
class Start:
    """The ids of the latest request, line and forecast at the start."""

    request: int
    line: int
    forecast: int


def begin(*, outermost: bool) -> Start:
    """Prepare the transaction and return where it starts. `outermost` where no transaction of the
    caller is open."""
    with connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    return Start(_latest(RollupRequest), _latest(LedgerLine), _latest(ProjectForecast))


def _latest(model: type[models.Model]) -> int:
    return model._default_manager.aggregate(latest=models.Max("pk"))["latest"] or 0


def refresh_within(start: Start) -> Scope:
    """Work off the requests of this transaction until none is left; return all that they touched,
    deleted records too. Raises PreviewTooLarge and PreviewFailed."""
    programmes: set[int] = set()
    projects: set[int] = set()
    for _ in range(ROUNDS):
        claimed = _claim(start)
        if not claimed:
            return Scope(tuple(sorted(programmes)), tuple(sorted(projects)))
        spread(dict.fromkeys(_named(claimed, Kind.PORTFOLIO), timezone.now()))
        scope = resolve(claimed)
        programmes |= {*scope.programmes, *_named(claimed, Kind.PROGRAMME)}
        projects |= {*scope.standalone, *_named(claimed, Kind.PROJECT)}
        if len(programmes) > MOST or len(scope.standalone) > MOST:
            break
        _wait(scope)
        worker.attempt(scope)
        if ProgrammeRollup.objects.filter(
            pk__in=scope.programmes, failed_since__isnull=False
        ).exists():
            raise PreviewFailed
    raise PreviewTooLarge


def catch_up(scope: Scope) -> None:
    """Bring the figures of the scope up to date without the write, where they are behind, so that
    what is due anyway is not taken for an effect of the write."""
    if _behind(scope):
        kinds = [("G", id) for id in scope.programmes] + [("P", id) for id in scope.standalone]
        there = resolve(kinds)
        _wait(there)
        worker.attempt(there)


def redated(start: Start) -> list[int]:
    """Return the projects whose stored forecast is new since the start."""
    rows = ProjectForecast.objects.filter(valid(), pk__gt=start.forecast)
    return list(rows.values_list("project_id", flat=True))


def _behind(scope: Scope) -> bool:
    due = Q(stale_after__lte=timezone.now())
    return (
        RollupRequest.objects.exists()
        or ProgrammeRollup.objects.filter(due, pk__in=scope.programmes).exists()
        or ProjectForecast.objects.filter(due, valid(), project__in=scope.standalone).exists()
    )


def _named(claimed: list[Changed], kind: str) -> set[int]:
    return {id for named, id in claimed if named == kind}


def _claim(start: Start) -> list[Changed]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM programmes_rolluprequest WHERE id > %s RETURNING kind, object_id",
            [start.request],
        )
        return sorted(set(cursor.fetchall()))


def _wait(scope: Scope) -> None:
    """Lock what is about to be computed, waiting for a worker that computes it; raises
    OperationalError when that takes too long."""
    programmes = list(scope.programmes)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO programmes_programmerollup (programme_id)"
            " SELECT id FROM programmes_programme WHERE id = ANY(%s)"
            " ORDER BY id ON CONFLICT DO NOTHING",
            [programmes],
        )
        cursor.execute(
            "SELECT 1 FROM programmes_programmerollup WHERE programme_id = ANY(%s)"
            " ORDER BY programme_id FOR UPDATE",
            [programmes],
        )
        for id in scope.standalone:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.STANDALONE, id % 2**31])


def generations(scope: Scope) -> dict[int, int]:
    """Return the generation of the stored figures of each programme; 0 where none are stored."""
    rows = ProgrammeRollup.objects.filter(pk__in=scope.programmes)
    return dict.fromkeys(scope.programmes, 0) | dict(rows.values_list("pk", "generation"))


def figures(scope: Scope, start: Start) -> Figures:
    """Return what the ledger holds now of a scope."""
    columns = ("amount", "day", "word")
    within = Q(valid(), programme__in=scope.programmes)
    values = MetricValue.objects.filter(within).values_list("programme_id", "metric", *columns)
    lines, opened = {}, set()
    for id, *key, included, amount, day, word in LedgerLine.objects.filter(within).values_list(
        "pk", "programme_id", "metric", "source_type", "source_id", "included", *columns
    ):
        programme, metric, kind, source = key
        name = (programme, metric, kind, source)
        lines[name] = value_of(amount, day, word) if included else None
        if id > start.line:
            opened.add(name)
    projects = ProjectForecast.objects.filter(
        Q(project__programme__in=scope.programmes) | Q(project__in=scope.standalone), valid()
    ).values_list("project_id", "finishes_on", "health__effective")
    return Figures(
        values={(programme, metric): value_of(*rest) for programme, metric, *rest in values},
        lines=lines,
        opened=frozenset(opened),
        projects={id: (finish, health or "") for id, finish, health in projects},
    )
