"""Tolerances: how far something may stray before it is an exception; they replace thresholds.

A value exactly at its tolerance is no exception; just above it is. Within the tolerance nothing is
red.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from pmhub.rounding import exact
from programmes.health.findings import Driver, Finding, Rag

BEYOND, WITHIN = "beyond_tolerance", "within_tolerance"
# How far the value that a dimension is judged by is from its plan, by the kind of tolerance.
STRAYED = {
    "time_days": lambda value: value,
    "cost_pct": lambda value: value,
    "benefit_pct": lambda value: (value - 1) * 100,
}
SAID = {"risk": "expected_cost", "scope": "outputs_descoped", "quality": "outputs_not_accepted"}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far something may stray: days, per cent or money. `place` is the level at which it was
    set."""

    id: int
    kind: str
    value: Decimal
    side: str
    place: str

    @property
    def driver(self) -> Driver:
        """Return the tolerance as a driver of findings."""
        return Driver("tolerance", self.id, f"{self.place} tolerance")

    def is_broken_by(self, strayed: Decimal) -> bool:
        """Return whether a value strays beyond the tolerance, to a side for which it is set."""
        over = self.side in ("over", "both") and strayed > self.value
        return over or (self.side in ("under", "both") and -strayed > self.value)


class OfKind(Protocol):
    """A tolerance, as plain values or as a row."""

    @property
    def kind(self) -> str:
        """Return what strays."""


T = TypeVar("T", bound=OfKind)


def in_force(*levels: Iterable[T]) -> dict[str, T]:
    """Return by kind the tolerance that counts: that of the first level that sets one."""
    by_kind: dict[str, T] = {}
    for level in levels:
        for tolerance in level:
            by_kind.setdefault(tolerance.kind, tolerance)
    return by_kind


def apply_tolerance(finding: Finding, kind: str, tolerances: Mapping[str, Tolerance]) -> Finding:
    """Return a finding judged by the tolerance of its kind, if there is one: red beyond it, and no
    worse than amber within it."""
    tolerance = tolerances.get(kind)
    if tolerance is None or "value" not in finding.values:
        return finding
    strayed = STRAYED[kind](Decimal(finding.values["value"]))
    broken = tolerance.is_broken_by(strayed)
    if not broken and finding.rag is Rag.GREEN:
        return finding
    values = {"tolerance": exact(tolerance.value), "kind": kind, "said": RULES[finding.dimension]}
    return replace(
        finding,
        rag=Rag.RED if broken else Rag.AMBER,
        rule=BEYOND if broken else WITHIN,
        values={**finding.values, **values},
        drivers=[*finding.drivers, tolerance.driver],
    )


def apply_limit(
    finding: Finding, kind: str, far: Decimal | None, tolerances: Mapping[str, Tolerance]
) -> Finding:
    """Return the finding, or a red one where something is beyond the tolerance of a kind that has
    no part in the colour."""
    tolerance = tolerances.get(kind)
    if tolerance is None or far is None or not tolerance.is_broken_by(far):
        return finding
    values = {
        "strayed": exact(far),
        "tolerance": exact(tolerance.value),
        "kind": kind,
        "said": SAID[kind],
    }
    return Finding(finding.dimension, Rag.RED, BEYOND, values, [tolerance.driver])


def broken(findings: Iterable[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """Return by the id of each broken tolerance the finding (as JSON stores it) that says so; no
    finding is about two."""
    return {
        driver["id"]: finding
        for finding in findings
        if finding["rule"] == BEYOND
        for driver in finding["drivers"]
        if driver["type"] == "tolerance"
    }


def excess(finding: Mapping[str, Any]) -> Decimal:
    """Return how far something strays by a finding (as JSON stores it): days, per cent, or
    money."""
    values = finding["values"]
    if "strayed" in values:
        return Decimal(values["strayed"])
    return STRAYED[values["kind"]](Decimal(values["value"]))


# What is said of a dimension that strays.
RULES = {"schedule": "late_against_baseline", "cost": "over_approved", "benefits": "below_plan"}
