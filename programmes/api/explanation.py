"""A figure and its explanation as JSON, at every level that has lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmhub.api.resources import API
from programmes.api.figure_json import figure, figure_value, owner_json, past_members, source_of
from programmes.models import RuleKind, RuleSet
from programmes.queries import (
    ExplainedLine,
    Explanation,
    ProjectExplanation,
    ProjectRollup,
    Reading,
    Rollup,
)
from programmes.wording import in_words


def metric_of(reading: Reading, figures: Rollup | ProjectRollup, hidden: int = 0) -> dict[str, Any]:
    """Return a figure with how it is computed, how fresh it is and on how many lines it rests."""
    metric = reading.metric
    data = figure(reading, figures.portfolio.currency)
    if metric.aggregate is not None:
        data["aggregate"] = metric.aggregate
    else:
        data["inputs"] = list(metric.inputs)
    if metric.formula:
        data["formula"] = metric.formula
    words = in_words(reading.detail)
    for name in ("derived", "override", "dimensions", "reasons", "findings", "declared", "differs"):
        if name in words:
            data[name] = words[name]
    return {
        **data,
        "computed_at": reading.since if figures.at else figures.computed_at,
        "state": figures.state,
        "coverage": {
            "included": reading.included,
            "excluded": reading.excluded,
            "missing": reading.missing,
            "hidden": hidden,
        },
    }


def explanation_json(basis: Explanation | ProjectExplanation, base: str) -> dict[str, Any]:
    """Return a figure with its lines, or with its formula and inputs."""
    owner, currency = basis.rollup.owner, basis.rollup.portfolio.currency
    reading = basis.reading or _uncomputed(basis)
    data = metric_of(reading, basis.rollup, basis.hidden)
    if basis.metric.aggregate is None:
        address = f"{base}{API}{owner._meta.model_name}s/{owner.pk}/rollup"
        data["inputs"] = [
            {**figure(value, currency), "url": f"{address}/{value.name}/"} for value in basis.inputs
        ]
    return {
        **data,
        "as_of": basis.rollup.as_of,
        **past_members(basis.rollup),
        **owner_json(owner, base),
        "rule_set": next((_rules(rule, base) for rule in basis.rules if is_bounds(rule)), None),
        "rule_sets": [_rules(rule, base) for rule in basis.rules],
        "lines": [_line(line, basis.metric.unit, base) for line in basis.lines],
    }


def is_bounds(rule_set: RuleSet) -> bool:
    """Return whether a rule set holds bounds of colours."""
    return rule_set.kind == RuleKind.THRESHOLDS


def _rules(rule_set: RuleSet, base: str) -> dict[str, Any]:
    """Return the rule sets by which a figure is judged."""
    return {
        "id": rule_set.pk,
        "kind": rule_set.kind,
        "valid_from": rule_set.valid_from,
        "reason": rule_set.reason,
        "url": f"{base}{API}rule-sets/{rule_set.pk}/",
        "html_url": f"{base}rule-sets/{rule_set.pk}/",
    }


def _uncomputed(basis: Explanation | ProjectExplanation) -> Reading:
    """Return the figure before its first computation."""
    nothing: Mapping[str, Any] = {}
    reason = "not_computed_then" if basis.rollup.at else "not_computed_yet"
    return Reading(basis.metric, None, reason, nothing, 0, 0, 0)


def _line(line: ExplainedLine, unit: str, base: str) -> dict[str, Any]:
    return {
        "source": source_of(line.source, base),
        "value": figure_value(line.value, unit),
        "included": line.included,
        "reason": line.reason or None,
        "inputs": {} if line.source.hidden else in_words(line.inputs),
    }
