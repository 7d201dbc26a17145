"""Explanations of figures: the lines of the ledger that a figure is made of, with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmhub.text import in_order
from programmes.models import LedgerLine, Programme, RuleSet, valid
from programmes.queries.freshness import Freshness
from programmes.queries.ledger import Reading, Rollup, rollup
from programmes.queries.rules import rules_of
from programmes.queries.sources import Source, sources
from programmes.rollup.ledger import Metric, Value
from programmes.rollup.metrics import BY_NAME
from programmes.sources import PROJECT


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of the ledger with its source; `about` is the project to which it belongs, where the
    source is another record."""

    source: Source
    value: Value
    included: bool
    reason: str
    inputs: Mapping[str, Any]
    valid_from: datetime | None
    valid_to: datetime | None = None
    about: Source | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure with its lines and, for a derived one, its inputs; `rules` are the rule sets in
    force that judge it."""

    rollup: Rollup
    reading: Reading | None
    metric: Metric
    lines: Sequence[ExplainedLine]
    inputs: Sequence[Reading]
    rules: Sequence[RuleSet] = ()

    @property
    def hidden(self) -> int:
        """Return the number of lines whose source the reader may not open."""
        return sum(line.source.hidden for line in self.lines)


def explanation(
    programme: Programme,
    name: str,
    user: Any,
    at: datetime | None = None,
    known: Freshness | None = None,
) -> Explanation:
    """Return why a figure is what it is, or was; `known` as for `rollup`. Raises KeyError for an
    unknown metric."""
    metric = BY_NAME[name]
    figures = rollup(programme, [name, *metric.inputs], at, known)
    lines = LedgerLine.objects.filter(valid(at), programme=programme, metric=metric.explained_by)
    return Explanation(
        rollup=figures,
        reading=figures.metrics.get(name),
        metric=metric,
        lines=explained_lines(lines, user),
        inputs=[figures.metrics[part] for part in metric.inputs if part in figures.metrics],
        rules=rules_of(metric, programme.portfolio, figures.as_of, at),
    )


def explained_lines(lines: Iterable[LedgerLine], user: Any) -> list[ExplainedLine]:
    lines = list(lines)
    about = {line.pk: (PROJECT.name, id) for line in lines if (id := line.inputs.get("project"))}
    named = sources(
        {(line.source_type, line.source_id) for line in lines} | set(about.values()), user
    )
    rows = [
        ExplainedLine(
            source=named[line.source_type, line.source_id],
            value=line.value,
            included=line.included,
            reason=line.reason,
            inputs=line.inputs,
            valid_from=line.valid_from,
            valid_to=line.valid_to,
            about=named[about[line.pk]] if line.pk in about else None,
        )
        for line in lines
    ]
    return sorted(
        rows, key=lambda row: (not row.included, in_order(row.source.code), row.source.id)
    )
