"""The lines of the ledger that began or ended within a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet

from pmhub.database.statements import BEGIN, END, ID, NAMES, Statement
from programmes.models import LedgerLine, Programme, value_of
from programmes.rollup.metrics import BY_NAME
from programmes.rollup.spans import Key, Period, Span

MEMBERS = "projects_live"  # has a line for each project of the programme, live or not
COLUMNS = (
    "metric", "source_type", "source_id", "amount", "day", "word", "included", "reason", "inputs",
    "valid_from", "valid_to",
)  # fmt: skip


def _moved() -> QuerySet[Any, Any]:
    lines = LedgerLine.objects.filter(programme_id=ID, metric__in=[NAMES])
    begun = lines.filter(valid_from__gt=BEGIN, valid_from__lte=END)
    return (
        lines.filter(valid_to__gt=BEGIN, valid_to__lte=END)
        .values_list(*COLUMNS)
        .union(
            begun.filter(valid_to__isnull=True).values_list(*COLUMNS),
            begun.filter(valid_to__gt=END).values_list(*COLUMNS),
            all=True,
        )
    )


MOVED = Statement(_moved)


Line = tuple[str, Key, datetime]  # metric, source and when it began


def lines_of(programme: Programme, names: Iterable[str], period: Period) -> dict[Line, Span]:
    """Return the lines that began or ended within the period. Closed lines are found by index,
    opened ones among those that are open now or were at the end."""
    wanted = {BY_NAME[name].line_source for name in names} | {MEMBERS}
    rows = MOVED(id=programme.pk, names=sorted(wanted), begin=period.begin, end=period.end)
    lines: dict[Line, Span] = {}
    for metric, kind, id, amount, day, word, included, reason, inputs, start, end in rows:
        value = value_of(amount, day, word)
        lines[metric, (kind, id), start] = Span(
            (kind, id), value, included, reason, orjson.loads(inputs), start, end
        )
    return lines


def by_metric(lines: Mapping[Line, Span]) -> dict[str, list[Span]]:
    """Return the lines by metric."""
    spans: dict[str, list[Span]] = {}
    for (metric, *_), span in lines.items():
        spans.setdefault(metric, []).append(span)
    return spans
