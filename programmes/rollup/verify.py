"""Compares the ledger with a recompute from nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import orjson
from django.db import connection, models, transaction
from django.db.models import F

from pmhub.database.priced import PRICED
from pmhub.database.statements import Statement
from programmes.models import (
    LedgerLine,
    MetricValue,
    Programme,
    ProgrammeRanges,
    ProgrammeRollup,
    RollupRequest,
)
from programmes.rollup.compute import Results, compute
from programmes.rollup.intervals import Row
from programmes.rollup.ranges.simulations import columns, simulate, study_of
from programmes.rollup.reading import read
from programmes.rollup.requests import Scope, request_everything, resolve
from programmes.rollup.worker import MANY, drain
from programmes.rollup.writer import (
    LINE_KEY,
    VALUE_KEY,
    forecast_row,
    line_rows,
    ranges_wanted,
    value_rows,
)
from projects.models import Project, ProjectForecast

BATCH = 20  # programmes recomputed together
# To plan them takes far longer than to execute them.
UNFOLLOWED = {
    priced.table: Statement(priced.unfollowed, reads=lambda: connection) for priced in PRICED
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A row in which the ledger and a recompute disagree."""

    table: str
    key: str
    stored: str | None
    recomputed: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        return asdict(self)


def verify() -> list[Difference]:
    """Return the differences between the ledger and a recompute from nothing, in one snapshot. A
    programme whose recompute is pending is left out: it will be right."""
    with snapshot():
        return differences()


@contextmanager
def snapshot() -> Iterator[None]:
    """Within the context, let all reads be of one moment."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # An estate of thousands of programmes takes minutes, each statement a moment.
            cursor.execute(
                "SELECT set_config(name, '0', true) FROM pg_settings"
                " WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"
            )
        yield


def differences() -> list[Difference]:
    """Return the differences between stored and recomputed figures, as the present transaction sees
    the records.

    Batches are compared one at a time, so that memory stays flat. A project may wait for projects
    of another batch, which are read as they are stored: the batch of those shows whether they are
    right. While they are pending, they are as they were when the waiting project was last computed.
    """
    pending = _pending()
    converted = [difference for table in UNFOLLOWED for difference in _unfollowed(table)]
    programmes = Programme.objects.order_by("pk").values_list("pk", flat=True)
    standalone = Project.objects.filter(programme__isnull=True).values_list("pk", flat=True)
    return converted + [
        difference
        for scope in (
            *(Scope(programmes=ids) for ids in _batches(programmes, pending.programmes, BATCH)),
            *(Scope(standalone=ids) for ids in _batches(standalone, pending.standalone, MANY)),
        )
        for difference in _differences(compute(read(scope.programmes, scope.standalone)))
    ]


def _unfollowed(table: str) -> Iterator[Difference]:
    """Yield the amounts of a table that are not what exchange rates make of them."""
    for id, stored, by_rate in UNFOLLOWED[table]():
        yield Difference(table, str(id), stored, by_rate)


def _batches(ids: Iterable[int], pending: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    left = iter(sorted({*ids}.difference(pending)))
    return iter(lambda: tuple(islice(left, size)), ())


def _differences(results: Results) -> Iterator[Difference]:
    ids = [*results.programmes]
    yield from _compare(LedgerLine, LINE_KEY, line_rows(results), ids)
    yield from _compare(MetricValue, VALUE_KEY, value_rows(results), ids)
    yield from _compare_forecasts(
        {id: forecast_row(project) for id, project in results.projects.items()}
    )
    yield from _compare_wanted(ranges_wanted(results))


def _compare_wanted(wanted: Mapping[int, str]) -> Iterator[Difference]:
    """Yield the programmes whose rollup does not have the digest of the facts from which their
    ranges have to be simulated."""
    stored = ProgrammeRollup.objects.filter(pk__in=list(wanted)).values_list("pk", "ranges_wanted")
    by_id = dict(stored)
    for id, digest in wanted.items():
        if by_id.get(id) != digest:
            yield Difference("programmerollup", f"{id} ranges", by_id.get(id), digest)


def differing_ranges() -> list[Difference]:
    """Return the stored ranges that count as up to date and are not what their facts give, in the
    present transaction."""
    current = ProgrammeRanges.objects.filter(digest=F("programme__rollup__ranges_wanted"))
    stored = current.exclude(pk__in=_pending().programmes)
    return [wrong for row in stored.order_by("pk").iterator() for wrong in _simulated(row)]


def _simulated(stored: ProgrammeRanges) -> Iterator[Difference]:
    study = study_of(stored.pk)
    fresh = columns(study) if study else {}
    for name in ("digest", "ranges", "register", "error"):
        actual, expected = getattr(stored, name), fresh.get(name)
        if isinstance(expected, bytes):
            expected = orjson.loads(expected)
        if actual != expected:
            texts = str(actual)[:500], str(expected)[:500]
            yield Difference("programmeranges", f"{stored.pk} {name}", *texts)


def _pending() -> Scope:
    claimed = list(RollupRequest.objects.values_list("kind", "object_id").distinct())
    portfolios = [id for kind, id in claimed if kind == "F"]
    scope = resolve(claimed)
    within = Programme.objects.filter(portfolio_id__in=portfolios).values_list("pk", flat=True)
    alone = Project.objects.filter(portfolio_id__in=portfolios).values_list("pk", flat=True)
    return Scope((*scope.programmes, *within), (*scope.standalone, *alone))


def _compare(
    model: type[models.Model], key: Sequence[str], rows: Iterable[Row], ids: Sequence[int]
) -> Iterator[Difference]:
    wanted = {tuple(row[name] for name in key): row for row in rows}
    columns = [*next(iter(wanted.values()))] if wanted else [*key]
    stored = model._default_manager.filter(programme_id__in=ids, valid_to__isnull=True).values(
        *columns
    )
    for row in stored:
        identity = tuple(row[name] for name in key)
        expected = wanted.pop(identity, None)
        if expected != row:
            yield _difference(model, identity, row, expected)
    for identity, row in wanted.items():
        yield _difference(model, identity, None, row)


def _compare_forecasts(wanted: Mapping[int, Row]) -> Iterator[Difference]:
    stored = {
        row["project_id"]: row
        for row in ProjectForecast.objects.filter(
            project_id__in=list(wanted), valid_to__isnull=True
        ).values("project_id", *next(iter(wanted.values()), {}))
    }
    for id, row in wanted.items():
        actual = stored.get(id)
        if actual is None or any(actual[name] != value for name, value in row.items()):
            yield _difference(ProjectForecast, (id,), actual, row)


def _difference(
    model: type[models.Model], key: Sequence[Any], stored: Row | None, expected: Row | None
) -> Difference:
    return Difference(
        model._meta.model_name or "",
        " ".join(map(str, key)),
        None if stored is None else str(stored),
        None if expected is None else str(expected),
    )


def rebuild() -> int:
    """Request everything and work it off, ranges included; return the number of requests."""
    ProgrammeRanges.objects.all().delete()
    request_everything()
    done = drain()
    deque(simulate(), maxlen=0)
    return done
