"""Parts of the JSON of derived resources: figures, records in short, sources, bridges."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pmhub.api.resources import API
from pmhub.rounding import rounded
from programmes import queries
from programmes.queries import (
    Bridge,
    Part,
    ProjectRollup,
    Reading,
    Rollup,
    Source,
)

WHOLE = ("count", "days")
# What a difference is measured in, where that is not the unit of the figure.
DIFFERENCES = {"date": "days", "status": "levels"}


def known_at(at: datetime | None) -> dict[str, Any]:
    """Return the member with the past moment; none for now."""
    return {} if at is None else {"known_at": at}


def past_members(figures: Rollup | ProjectRollup) -> dict[str, Any]:
    """Return the members of an answer about the past, beside the figures; none for now."""
    if figures.at is None:
        return {}
    answer = {"known_at": figures.at, "engine_version": figures.engine_version}
    return answer if figures.metrics else {**answer, "reason": "not_computed_then"}


def reference(
    record: Any, base: str, collection: str = "programmes", name: str = ""
) -> dict[str, Any]:
    """Return a programme, or a record of another collection that has pages, in short."""
    return {
        "id": record.id,
        "code": record.code,
        "name": name or record.name,
        "url": f"{base}{API}{collection}/{record.id}/",
        "html_url": f"{base}{collection}/{record.id}/",
    }


def owner_json(owner: Any, base: str) -> dict[str, Any]:
    """Return the programme or project of a figure, under the name of its kind."""
    name = owner._meta.model_name
    return {name: reference(owner, base, f"{name}s")}


def figure_value(value: Any, unit: str) -> Any:
    """Return a value in the form of its unit: money as text, ratios and counts as numbers."""
    if not isinstance(value, Decimal):
        return value
    if unit == "money":
        return rounded(value, 2)
    if unit in (*WHOLE, "levels") and value == value.to_integral_value():
        return int(value)
    return float(value)


def figure(reading: Reading, currency: str) -> dict[str, Any]:
    """Return a figure with its name, unit and, where it is undefined, the reason."""
    data: dict[str, Any] = {
        "name": reading.name,
        "label": reading.label,
        "unit": reading.unit,
        "value": figure_value(reading.value, reading.unit),
    }
    if reading.unit == "money":
        data["currency"] = currency
    if reading.reason:
        data["reason"] = reading.reason
    return data


def source_of(source: Source, base: str) -> dict[str, Any]:
    """Return the source of a line; where the reader may not open it, what they are told of it."""
    there = not (source.hidden or source.gone)
    return {
        "type": source.type,
        "id": source.id if there else None,
        "code": source.code if there else source.code or None,
        "title": source.title if there else source.title or None,
        "url": f"{base}{API}{source.kind.collection}/{source.id}/" if there else None,
        "hidden": source.hidden,
        "contact": source.contact or None,
        "deliverable": source.deliverable or None,
    }


# Bridges


def bridge_json(bridge: Bridge, base: str) -> dict[str, Any]:
    """Return a bridge with its parts, the largest first."""
    metric, owner = bridge.metric, bridge.owner
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    data: dict[str, Any] = {
        **owner_json(owner, base),
        "metric": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "from": bridge.period.begin,
        "to": bridge.period.end,
        "before": _end(bridge.before),
        "after": _end(bridge.after),
        "difference": figure_value(bridge.difference, unit),
        "difference_unit": unit,
    }
    if metric.unit == "money":
        data["currency"] = bridge.portfolio.currency
    if bridge.reason:
        data["reason"] = bridge.reason
    return {
        **data,
        "hidden": bridge.hidden,
        "parts": [_part(part, str(metric.unit), unit, base) for part in bridge.parts],
    }


def _end(reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        return {"value": None, "reason": "not_computed_then", "computed_at": None}
    return {
        "value": figure_value(reading.value, reading.unit),
        "reason": reading.reason or None,
        "computed_at": reading.since,
    }


def _part(part: Part, unit: str, difference: str, base: str) -> dict[str, Any]:
    own = queries.unit_of(part, unit)
    return {
        "amount": figure_value(part.amount, difference),
        "cause": part.cause,
        "words": part.words,
        "source": source_of(part.source, base) if part.source else None,
        "through": part.through or None,
        "at": part.at,
        "before": figure_value(part.before, own),
        "after": figure_value(part.after, own),
        "moments": list(part.moments),
        "root": source_of(part.root, base) if part.root else None,
        "path": [source_of(source, base) for source in part.path],
        "also": [source_of(source, base) for source in part.also],
        "by": part.edit.by,
        "via": part.edit.via,
        "reason": part.edit.reason or None,
    }
