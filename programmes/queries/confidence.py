"""What people judge of programmes and projects of a portfolio beside what their figures say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.collation import InOrder
from pmhub.database.statements import BEGIN, ID, IDS, OTHER_IDS, Rows
from programmes.models import DcaRecord, MetricValue, Portfolio, Programme, valid
from programmes.models.closure_triggers import LASTING
from programmes.models.confidence import above_figures
from programmes.queries.forecasts import open_forecasts
from projects.models import LIVE, Project
from projects.queries.portfolios import of_portfolio

Target = tuple[str, int]  # programme or project, and its id
GOING_ON = (*LASTING, *LIVE)  # stages of programmes, statuses of projects


@dataclass(frozen=True, slots=True)
class JudgedRecord:
    """A programme or a project with its latest judgement of one kind, and the colour of its
    figures. `above` is by how many steps people are more confident than the figures; None where the
    figures say nothing."""

    type: str
    id: int
    code: str
    name: str
    kind: str
    value: str
    on: date
    by: str
    basis: str
    figures: str
    above: int | None
    health: Mapping[str, Any]

    @property
    def disagrees(self) -> bool:
        """Return whether people and figures differ."""
        return bool(self.above)


@dataclass(frozen=True, slots=True)
class Judgements:
    """The latest judgements, the widest disagreements first, and how many live programmes and
    projects nobody has judged."""

    rows: Sequence[JudgedRecord]
    programmes: int
    projects: int


def _in_use(rows: QuerySet[Any], state: str) -> QuerySet[Any, tuple[Any, ...]]:
    in_use = rows.filter(archived_at=None).order_by(InOrder("code"), "pk")
    return in_use.values_list("pk", "code", "name", state)


IN_USE: Mapping[str, ScopedRows[tuple[Any, ...]]] = {
    "programme": ScopedRows(
        lambda reader: _in_use(
            Programme.objects.visible_to(reader).filter(portfolio_id=ID), "stage"
        )
    ),
    "project": ScopedRows(
        lambda reader: _in_use(
            Project.objects.visible_to(reader).filter(of_portfolio(ID)), "status"
        )
    ),
}
LATEST = Rows(
    lambda: (
        DcaRecord._base_manager.filter(Q(programme_id__in=[IDS]) | Q(project_id__in=[OTHER_IDS]))
        .order_by("programme_id", "project_id", "kind", "-on", "-id")
        .distinct("programme_id", "project_id", "kind")
        .select_related("by")
    )
)


def _healths_of(then: Q) -> QuerySet[Any, tuple[Any, ...]]:
    values = MetricValue.objects.filter(then, programme_id__in=[IDS], metric="health")
    return values.values_list("programme", "word", "detail")


HEALTHS, HEALTHS_THEN = (
    Rows(partial(_healths_of, then), parted=True) for then in (valid(), valid(BEGIN))
)


def judgements(portfolio: Portfolio, user: Any, at: datetime | None = None) -> Judgements:
    """Return what is judged in a portfolio of what a user may see and is in use: five queries."""
    in_use = [(kind, *row) for kind, rows in IN_USE.items() for row in rows(user, id=portfolio.pk)]
    names = {(kind, id): (code, name) for kind, id, code, name, _ in in_use}
    ids = {kind: [id for of, id in names if of == kind] for kind in ("programme", "project")}
    latest = _latest(ids)
    healths = dict(_healths(ids["programme"], [id for of, id, _ in latest if of == "project"], at))
    judged = [
        _judged((of, id), names[of, id], record, healths.get((of, id), {}))
        for (of, id, _), record in latest.items()
    ]
    order = {target: place for place, target in enumerate(names)}
    judged.sort(key=lambda row: (-abs(row.above or 0), order[row.type, row.id], row.kind))
    going_on = {(kind, id) for kind, id, *_, state in in_use if state in GOING_ON}
    unjudged = going_on - {(of, id) for of, id, _ in latest}
    return Judgements(
        judged,
        sum(of == "programme" for of, _ in unjudged),
        sum(of == "project" for of, _ in unjudged),
    )


def _latest(ids: Mapping[str, Sequence[int]]) -> dict[tuple[str, int, str], DcaRecord]:
    """The latest judgement of each kind, by kind of target, its id and kind of judgement."""
    return {
        ("programme", row.programme_id, row.kind)
        if row.programme_id
        else ("project", row.project_id or 0, row.kind): row
        for row in LATEST(ids["programme"], ids["project"])
    }


def _healths(
    programmes: Sequence[int], projects: Sequence[int], at: datetime | None
) -> Iterator[tuple[Target, Mapping[str, Any]]]:
    """The stored health of programmes and projects, with what the figures alone come to."""
    values = HEALTHS_THEN(programmes, begin=at) if at else HEALTHS(programmes)
    for id, word, detail in values:
        yield ("programme", id), {"derived": word, **detail}
    for id, forecast in open_forecasts(projects, at).items():
        yield ("project", id), forecast.health


def _judged(
    target: Target, named: tuple[str, str], record: DcaRecord, health: Mapping[str, Any]
) -> JudgedRecord:
    figures = health.get("derived") or "grey"
    return JudgedRecord(
        *target,
        *named,
        kind=record.kind,
        value=record.value,
        on=record.on,
        by=record.by.name if record.by else "",
        basis=record.basis,
        figures=figures,
        above=above_figures(record.value, figures),
        health=health,
    )
