"""Late corrections: by which records what was true on a day differs from what was known then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from programmes.queries.explanations import ExplainedLine, Explanation
from programmes.queries.ledger import Reading
from programmes.queries.portfolio_figures import PortfolioExplanation
from programmes.queries.project_figures import ProjectExplanation
from programmes.queries.sources import Key, Source
from programmes.rollup.bridge import difference
from programmes.rollup.ledger import Aggregate, Line, Metric, Value
from programmes.rollup.line_changes import line_changes

Explained = Explanation | ProjectExplanation | PortfolioExplanation


@dataclass(frozen=True, slots=True)
class Correction:
    """A record that was corrected late: its value as known then, and as it was true."""

    source: Source
    known: Value
    true: Value
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Corrections:
    """A figure as it was known and as it was true, and the records whose corrections sum to the
    difference; of a derived figure, the inputs that differ, as (metric, known, true). The
    difference is None where an end is undefined."""

    known: Value
    true: Value
    difference: Decimal | None
    parts: Sequence[Correction] = ()
    inputs: Sequence[tuple[Metric, Reading, Reading]] = ()


def corrections(known: Explained, true: Explained) -> Corrections:
    """Return how a figure was corrected late, from its explanations by both clocks."""
    metric = true.metric
    was, now = (side.reading.value if side.reading else None for side in (known, true))
    before = {figure.name: figure for figure in known.inputs}
    return Corrections(
        known=was,
        true=now,
        difference=difference(was, now),
        parts=_parts(metric, known.lines, true.lines) if metric.aggregate else (),
        inputs=[
            (after.metric, before[after.name], after)
            for after in true.inputs
            if after.name in before and before[after.name].value != after.value
        ],
    )


def _parts(
    metric: Metric, known: Iterable[ExplainedLine], true: Iterable[ExplainedLine]
) -> list[Correction]:
    aggregate = metric.aggregate
    assert aggregate  # noqa: S101  # asked for aggregates alone

    named = {_key(line): line.source for line in (*known, *true)}
    was, now = ({_key(line): _line(line, aggregate) for line in lines} for lines in (known, true))
    changes = line_changes(was, now, aggregate)
    return sorted(
        (Correction(named[move.source], move.before, move.after, move.amount) for move in changes),
        key=lambda part: (-abs(part.amount), part.source.type, part.source.id),
    )


def _key(line: ExplainedLine) -> Key:
    return line.source.type, line.source.id


def _line(line: ExplainedLine, aggregate: Any) -> Line:
    """Return the line as it counts: 1 where lines are counted."""
    value = Decimal(1) if aggregate is Aggregate.COUNT and line.included else line.value
    return Line(*_key(line), value, line.included, line.reason)
