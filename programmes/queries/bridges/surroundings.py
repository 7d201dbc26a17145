"""What happened around the lines that moved: projects that joined and left, late corrections, the
paths of delays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from benefits.models import BenefitMeasurement
from pmhub.database.statements import BEGIN, DAY, END, ID, IDS, Rows
from programmes.models import Programme, RollupBasis
from programmes.queries.bridges.edits import what_happened
from programmes.queries.bridges.lines import MEMBERS
from programmes.queries.bridges.roots import States, ways_of
from programmes.queries.sources import to_project
from programmes.rollup.causes import (
    Cause,
    Membership,
    Surroundings,
    can_be_dated,
    cause_of,
)
from programmes.rollup.metrics import BY_NAME
from programmes.rollup.spans import NONE, Key, Last, Period, Span, Turn, turns_of
from programmes.sources import KINDS
from projects.models import CostActual


def surroundings(
    programme: Programme,
    period: Period,
    spans: Mapping[str, Sequence[Span]],
    states: States | None = None,
    *,
    whole: Period | None = None,
    last: Last = NONE,
) -> Surroundings:
    """Return what happened to a programme within a period, as far as these lines need it; `states`
    as for `ways_of`. Where the period continues another, `whole` is both of them, and `last` are
    the last turns of the first."""
    if not spans:
        return Surroundings()
    boundaries, as_of = _boundaries(programme, whole or period)
    joined, left, closed, terminated = _members(spans.get(MEMBERS, []), period)
    moved = {name: {span.source for span in lines} for name, lines in spans.items()}
    keys = frozenset[Key]().union(*moved.values())
    corrected = frozenset[Key]().union(
        *(moved[name] for name in moved if BY_NAME[name].correctable)
    )
    around = Surroundings(
        boundaries=boundaries,
        joined=joined,
        left=left,
        closed=closed,
        terminated=terminated,
        late=_late(corrected, period, as_of or programme.portfolio.as_of),
        happened=what_happened(_begun_or_ended(spans, period), period),
    )
    if around.has_members_moved:
        around = replace(around, home=_homes(keys))
    delayed = _delayed(spans, period, around, last)
    return replace(around, ways=ways_of(delayed, states or {}))


def _delayed(
    spans: Mapping[str, Sequence[Span]], period: Period, around: Surroundings, last: Last
) -> list[Turn]:
    """Return the turns of projects and dependencies whose dates moved, one for each moment."""
    delayed: dict[tuple[Key, datetime], Turn] = {}
    for name in sorted(filter(can_be_dated, spans)):
        by_source: dict[Key, list[Span]] = {}
        for span in spans[name]:
            if span.source[0] in ("project", "dependency"):
                by_source.setdefault(span.source, []).append(span)
        for source, mine in by_source.items():
            for turn in turns_of(mine, period, last.get((name, source))):
                if cause_of(name, turn, around) is Cause.DATE_MOVED:
                    delayed.setdefault((turn.source, turn.at), turn)
    return [*delayed.values()]


def _begun_or_ended(spans: Mapping[str, Sequence[Span]], period: Period) -> set[Key]:
    """Return the sources, without projects, whose line began or ended within the period, even if
    only for a time."""
    by_source: dict[tuple[str, Key], list[Span]] = {}
    for name, lines in spans.items():
        for span in lines:
            if span.source[0] != "project":
                by_source.setdefault((name, span.source), []).append(span)
    return {
        source
        for (_, source), mine in by_source.items()
        for turn in turns_of(mine, period)
        if turn.before is None or turn.after is None
    }


BASES = Rows(
    lambda: (
        RollupBasis.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=BEGIN), programme_id=ID, valid_from__lte=END
        )
        .order_by("valid_from")
        .values_list("valid_from", "as_of", "engine_version", "rules")
    )
)


def _boundaries(programme: Programme, period: Period) -> tuple[dict[datetime, Cause], date | None]:
    """Return the computations at which the status date or the rules changed, and the status date at
    the beginning."""
    rows = BASES(id=programme.pk, begin=period.begin, end=period.end)
    boundaries: dict[datetime, Cause] = {}
    last: tuple[Any, ...] | None = None
    for start, _, *rules in rows:
        if start > period.begin:
            same = last is not None and last == tuple(rules)
            boundaries[start] = Cause.TIME_PASSED if same else Cause.RULE_CHANGED
        last = tuple(rules)
    return boundaries, rows[0][1] if rows else None


def _members(
    spans: Sequence[Span], period: Period
) -> tuple[Membership, Membership, Membership, Membership]:
    """Return the projects that joined, left, were closed and were terminated, each with the
    computation that saw it."""
    by_source: dict[Key, list[Span]] = {}
    for span in spans:
        by_source.setdefault(span.source, []).append(span)
    turns = [turn for mine in by_source.values() for turn in turns_of(mine, period)]

    def those(test: Callable[[Turn], bool]) -> Membership:
        return frozenset((turn.source[1], turn.at) for turn in turns if test(turn))

    ended = those(lambda turn: _included(turn.before) and turn.after is not None)
    ended -= those(lambda turn: _included(turn.after))
    terminated = ended & those(
        lambda turn: turn.after is not None and turn.after.reason == "terminated"
    )
    return (
        those(lambda turn: turn.before is None),
        those(lambda turn: turn.after is None),
        ended - terminated,
        terminated,
    )


def _included(span: Span | None) -> bool:
    return span is not None and span.included


def _homes(keys: Iterable[Key]) -> dict[Key, int | None]:
    """Return the project of each source that belongs to one."""
    by_kind: dict[str, set[int]] = {}
    for name, id in keys:
        by_kind.setdefault(name, set()).add(id)
    homes: dict[Key, int | None] = {}
    for name, ids in by_kind.items():
        if relation := to_project(KINDS[name]):
            rows: Any = apps.get_model(KINDS[name].model)._default_manager.filter(pk__in=ids)
            homes |= {(name, id): home for id, home in rows.values_list("pk", relation)}
    return homes


def _late_costs(parent: str) -> QuerySet[Any, Any]:
    costs = CostActual.objects.filter(Q(posted_on__lt=DAY) | Q(kind="reversal"))
    within = costs.filter(**{f"{parent}__in": [IDS]}, created_at__gt=BEGIN, created_at__lte=END)
    return within.order_by().values_list(parent, "created_at")


# Corrections of the past of sources, by their kind; costs before a day, which begins a month.
LATE: Mapping[str, Rows[Any]] = {
    "project": Rows(partial(_late_costs, "project_id")),
    "programmeline": Rows(partial(_late_costs, "programme_line_id")),
    "benefit": Rows(
        lambda: (
            BenefitMeasurement.objects.filter(
                benefit_id__in=[IDS], status="superseded", updated_at__gt=BEGIN, updated_at__lte=END
            )
            .order_by()
            .values_list("benefit_id", "updated_at")
        )
    ),
}


def _late(keys: Iterable[Key], period: Period, as_of: date) -> dict[Key, list[datetime]]:
    """Return when the past of sources was corrected: costs that were reversed or posted for a month
    before that of the status date, measurements that replaced verified ones."""
    by_key: dict[Key, list[datetime]] = {}
    for kind, corrections in LATE.items():
        if ids := [id for name, id in keys if name == kind]:
            month = as_of.replace(day=1)
            for id, at in corrections(ids, day=month, begin=period.since, end=period.end):
                by_key.setdefault((kind, id), []).append(at)
    for moments in by_key.values():
        moments.sort()
    return by_key
