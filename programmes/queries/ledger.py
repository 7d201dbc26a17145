"""Reads of the ledger: figures, their explanation, and what moved them.

Nothing here depends on how many projects a programme has, except lines, which are asked for one
metric at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from programmes.models import (
    LedgerLine,
    MetricValue,
    Programme,
    ProgrammeRollup,
    RollupBasis,
    valid,
)
from programmes.rollup.compute import ENGINE_VERSION
from programmes.rollup.ledger import Metric, Unit, Value
from programmes.rollup.metrics import BY_NAME, METRICS


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure, as stored. `at` is the past moment it was read for; `since`, from when on it
    was so."""

    metric: Metric
    value: Value
    reason: str
    detail: Mapping[str, Any]
    included: int
    excluded: int
    missing: int
    since: datetime | None = None
    at: datetime | None = None

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.metric.name

    @property
    def label(self) -> str:
        """The metric's label."""
        return self.metric.label

    @property
    def unit(self) -> Unit:
        """What it is measured in."""
        return self.metric.unit


@dataclass(frozen=True, slots=True)
class Rollup:
    """All figures of a programme, with how fresh and how complete they are.

    `state` is fresh, recomputing (a request is pending), stale (its time has come), failed (the
    last good figures are shown) or past: then `at` is the moment, `computed_at` when a figure last
    changed before it, and `as_of` and `engine_version` what was stored of that computation.
    """

    programme: Programme
    state: str
    computed_at: datetime | None
    as_of: date | None
    generation: int
    covered: int
    missing: int
    stale: int
    failed_since: datetime | None
    last_error: str
    metrics: Mapping[str, Reading] = field(default_factory=dict)
    at: datetime | None = None
    engine_version: int | None = None

    def value(self, name: str) -> Any:
        """The value of a metric; None while there is none."""
        reading = self.metrics.get(name)
        return reading.value if reading else None


PENDING = """
SELECT DISTINCT g.id FROM programmes_programme g, programmes_rolluprequest r
LEFT JOIN projects_project p ON r.kind = 'P' AND p.id = r.object_id
LEFT JOIN benefits_benefit b ON r.kind = 'B' AND b.id = r.object_id
LEFT JOIN programmes_programmeline l ON r.kind = 'L' AND l.id = r.object_id
LEFT JOIN programmes_assurancereview a ON r.kind = 'A' AND a.id = r.object_id
LEFT JOIN projects_project ap ON ap.id = a.project_id
WHERE g.id = ANY(%s) AND (
    (r.kind = 'G' AND r.object_id = g.id)
    OR (r.kind = 'F' AND r.object_id = g.portfolio_id)
    OR g.id IN (p.programme_id, b.programme_id, l.programme_id, a.programme_id, ap.programme_id)
    OR (r.kind = 'R' AND EXISTS (SELECT 1 FROM projects_allocation x
        JOIN projects_project xp ON xp.id = x.project_id
        WHERE x.resource_id = r.object_id AND xp.programme_id = g.id))
)
"""


def pending(programme_ids: Sequence[int]) -> set[int]:
    """Those of the programmes for which a request is waiting: one query from the requests' side,
    which are few."""
    with connection.cursor() as cursor:
        cursor.execute(PENDING, [list(programme_ids)])
        return {id for (id,) in cursor.fetchall()}


def state_of(row: ProgrammeRollup | None, waiting: bool) -> str:
    """The state of a programme's figures."""
    if row is not None and row.failed_since is not None:
        return "failed"
    if waiting or row is None or row.computed_at is None:
        return "recomputing"
    due = row.stale_after is not None and row.stale_after <= timezone.now()
    return "stale" if due or row.engine_version != ENGINE_VERSION else "fresh"


def rollups(
    programmes: Iterable[Programme], names: Iterable[str] = (), at: datetime | None = None
) -> dict[int, Rollup]:
    """The figures of these programmes (all metrics, or those named) in three queries; `at` a past
    moment, in two."""
    found = {each.pk: each for each in programmes}
    values = MetricValue.objects.filter(valid(at), programme_id__in=list(found))
    if names:
        values = values.filter(metric__in=list(names))
    if at is not None:
        return _past(found, values, at)
    rows = ProgrammeRollup.objects.in_bulk(list(found))
    waiting = pending(list(found))
    readings = _readings(found, values)
    return {
        id: _rollup(programme, rows.get(id), id in waiting, readings[id])
        for id, programme in found.items()
    }


def rollup(programme: Programme, names: Iterable[str] = (), at: datetime | None = None) -> Rollup:
    """The figures of one programme."""
    return rollups([programme], names, at)[programme.pk]


def readings_at(programme: Programme, names: Iterable[str], at: datetime) -> dict[str, Reading]:
    """These figures of a programme at a moment, in one query."""
    values = MetricValue.objects.filter(valid(at), programme=programme, metric__in=list(names))
    return _readings([programme.pk], values, at)[programme.pk]


def history(
    programme: Programme, name: str, at: datetime | None = None, limit: int = 1000
) -> list[Reading]:
    """The values of a figure over time, oldest first; the latest ones, up to a moment."""
    values = MetricValue.objects.filter(programme=programme, metric=name)
    if at is not None:
        values = values.filter(valid_from__lte=at)
    latest = values.order_by("-valid_from")[:limit]
    return [_reading(each, at) for each in reversed(latest)]


def _readings(
    ids: Iterable[int], values: Iterable[MetricValue], at: datetime | None = None
) -> dict[int, dict[str, Reading]]:
    readings: dict[int, dict[str, Reading]] = {id: {} for id in ids}
    for value in values:
        if value.metric in BY_NAME:
            readings[value.programme_id][value.metric] = _reading(value, at)
    return readings


def _past(
    programmes: Mapping[int, Programme], values: Iterable[MetricValue], at: datetime
) -> dict[int, Rollup]:
    readings = _readings(programmes, values, at)
    bases = {
        each.programme_id: each
        for each in RollupBasis.objects.filter(valid(at), programme_id__in=list(programmes))
    }
    return {
        id: _then(programme, readings[id], bases.get(id), at)
        for id, programme in programmes.items()
    }


def _then(
    programme: Programme, readings: Mapping[str, Reading], basis: RollupBasis | None, at: datetime
) -> Rollup:
    known = readings.values()
    stale = readings.get("projects_stale")
    return Rollup(
        programme=programme,
        state="past",
        computed_at=max((each.since for each in known if each.since), default=None),
        as_of=basis.as_of if basis else None,
        generation=0,
        covered=sum(each.included for each in known),
        missing=sum(each.missing for each in known),
        stale=stale.included if stale else 0,
        failed_since=None,
        last_error="",
        metrics={m.name: readings[m.name] for m in METRICS if m.name in readings},
        at=at,
        engine_version=basis.engine_version if basis else None,
    )


def _reading(value: MetricValue, at: datetime | None = None) -> Reading:
    return Reading(
        metric=BY_NAME[value.metric],
        value=value.value,
        reason=value.reason,
        detail=value.detail,
        included=value.included,
        excluded=value.excluded,
        missing=value.missing,
        since=value.valid_from,
        at=at,
    )


def _rollup(
    programme: Programme,
    row: ProgrammeRollup | None,
    waiting: bool,
    readings: Mapping[str, Reading],
) -> Rollup:
    row = row or ProgrammeRollup(programme=programme)
    return Rollup(
        programme=programme,
        state=state_of(row, waiting),
        computed_at=row.computed_at,
        as_of=row.as_of,
        generation=row.generation,
        covered=row.covered,
        missing=row.missing,
        stale=row.stale,
        failed_since=row.failed_since,
        last_error=row.last_error,
        metrics={m.name: readings[m.name] for m in METRICS if m.name in readings},
        engine_version=row.engine_version,
    )


def rollup_etag(programme_id: int) -> str:
    """Changes whenever what `rollup` answers may have changed; two cheap queries."""
    row = ProgrammeRollup.objects.filter(pk=programme_id).first()
    state = state_of(row, bool(pending([programme_id])))
    if row is None:
        return f'"0-{state}"'
    moment = row.computed_at.timestamp() if row.computed_at else 0
    return f'"{row.generation}-{moment}-{state}-{row.attempts}"'


# Explanation


@dataclass(frozen=True, slots=True)
class Source:
    """A source record as a line names it; hidden where the reader may not open it, gone where it
    was deleted since."""

    type: str
    id: int
    code: str = ""
    title: str = ""
    hidden: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of the ledger with its source."""

    source: Source
    value: Value
    included: bool
    reason: str
    inputs: Mapping[str, Any]
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure down to its lines, and for a derived one to the figures that went into it."""

    rollup: Rollup
    reading: Reading | None
    metric: Metric
    lines: Sequence[ExplainedLine]
    inputs: Sequence[Reading]

    @property
    def hidden(self) -> int:
        """Lines whose source the reader may not open."""
        return sum(line.source.hidden for line in self.lines)


# What a line's source is, by the type the ledger names: model, code field, title field.
SOURCES = {
    "project": ("projects.Project", "code", "name"),
    "programme": ("programmes.Programme", "code", "name"),
    "programmeline": ("programmes.ProgrammeLine", "code", "kind"),
    "contingencymovement": ("projects.ContingencyMovement", "reference", "project__name"),
    "benefit": ("benefits.Benefit", "code", "title"),
    "risk": ("projects.Risk", "code", "title"),
    "dependency": ("projects.Dependency", "code", "deliverable"),
}


def explanation(
    programme: Programme, name: str, user: Any, at: datetime | None = None
) -> Explanation:
    """Why a figure is what it is, or was. Raises KeyError for an unknown metric."""
    metric = BY_NAME[name]
    figures = rollup(programme, [name, *metric.inputs], at)
    lines = LedgerLine.objects.filter(valid(at), programme=programme, metric=metric.line_source)
    return Explanation(
        rollup=figures,
        reading=figures.metrics.get(name),
        metric=metric,
        lines=explained(lines, user),
        inputs=[figures.metrics[each] for each in metric.inputs if each in figures.metrics],
    )


def explained(lines: Iterable[LedgerLine], user: Any) -> list[ExplainedLine]:
    lines = list(lines)
    known = sources({(line.source_type, line.source_id) for line in lines}, user)
    found = [
        ExplainedLine(
            source=known[line.source_type, line.source_id],
            value=line.value,
            included=line.included,
            reason=line.reason,
            inputs=line.inputs,
            valid_from=line.valid_from,
            valid_to=line.valid_to,
        )
        for line in lines
    ]
    return sorted(found, key=lambda each: (not each.included, each.source.code, each.source.id))


def sources(keys: Iterable[tuple[str, int]], user: Any) -> dict[tuple[str, int], Source]:
    """The sources of lines, one query a type, and one more where some are not to be seen: out of
    the reader's sight, or deleted, they have no title."""
    by_type: dict[str, list[int]] = {}
    for kind, id in keys:
        by_type.setdefault(kind, []).append(id)
    found: dict[tuple[str, int], Source] = {}
    for kind, ids in by_type.items():
        label, code, title = SOURCES[kind]
        model: Any = apps.get_model(label)
        rows = model.objects.visible_to(user).filter(pk__in=ids)
        for id, said, named in rows.values_list("pk", code, title):
            found[kind, id] = Source(kind, id, said, named.replace("_", " "))
        unseen = [id for id in ids if (kind, id) not in found]
        if unseen:
            there = set(model.objects.filter(pk__in=unseen).values_list("pk", flat=True))
            for id in unseen:
                found[kind, id] = Source(kind, id, hidden=id in there, gone=id not in there)
    return found


def programmes_for(user: Any) -> list[Programme]:
    """The programmes a user may see, with what pages show of them."""
    return list(
        Programme.objects.visible_to(user).select_related("portfolio", "sro", "programme_manager")
    )
