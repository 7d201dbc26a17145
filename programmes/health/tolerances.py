"""Tolerances: how far something may stray before it is an exception, in the place of thresholds.

A value exactly at its tolerance is no exception; just above it is. Within it nothing is red.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

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
    """How far something may stray: days, per cent or money. `place` is the level it was set at."""

    id: int
    kind: str
    value: Decimal
    side: str
    place: str

    @property
    def driver(self) -> Driver:
        """The record that says so."""
        return Driver("tolerance", self.id, f"{self.place} tolerance")

    def is_broken_by(self, strayed: Decimal) -> bool:
        """Return whether a value strays further than it may, to a side that it is set for."""
        over = self.side in ("over", "both") and strayed > self.value
        return over or (self.side in ("under", "both") and -strayed > self.value)


def in_force(*levels: Iterable[Tolerance]) -> dict[str, Tolerance]:
    """Return the tolerance that counts, by its kind: of several levels, the first that sets one."""
    by_kind: dict[str, Tolerance] = {}
    for level in levels:
        for tolerance in level:
            by_kind.setdefault(tolerance.kind, tolerance)
    return by_kind


def apply_tolerance(finding: Finding, kind: str, tolerances: Mapping[str, Tolerance]) -> Finding:
    """Return a finding by the tolerance of its kind, if there is one: red beyond it, and no worse
    than amber within it."""
    tolerance = tolerances.get(kind)
    if tolerance is None or "value" not in finding.values:
        return finding
    strayed = STRAYED[kind](Decimal(finding.values["value"]))
    broken = tolerance.is_broken_by(strayed)
    if not broken and finding.rag is Rag.GREEN:
        return finding
    told = {"tolerance": exact(tolerance.value), "kind": kind, "said": RULES[finding.dimension]}
    return replace(
        finding,
        rag=Rag.RED if broken else Rag.AMBER,
        rule=BEYOND if broken else WITHIN,
        values={**finding.values, **told},
        drivers=[*finding.drivers, tolerance.driver],
    )


def apply_limit(
    finding: Finding, kind: str, far: Decimal | None, tolerances: Mapping[str, Tolerance]
) -> Finding:
    """Return the finding, made red where something strays beyond the tolerance of this kind that
    the colour is not judged by."""
    tolerance = tolerances.get(kind)
    if tolerance is None or far is None or not tolerance.is_broken_by(far):
        return finding
    told = {
        "strayed": exact(far),
        "tolerance": exact(tolerance.value),
        "kind": kind,
        "said": SAID[kind],
    }
    return Finding(finding.dimension, Rag.RED, BEYOND, told, [tolerance.driver])


def broken(findings: Iterable[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """Return the findings (as JSON keeps them) that say which tolerances are broken, by the id of
    each; None of them says so of two."""
    return {
        driver["id"]: finding
        for finding in findings
        if finding["rule"] == BEYOND
        for driver in finding["drivers"]
        if driver["type"] == "tolerance"
    }


def excess(finding: Mapping[str, Any]) -> Decimal:
    """Return how far a finding (as JSON keeps it) says that something strays: days, per cent, or
    money."""
    values = finding["values"]
    if "strayed" in values:
        return Decimal(values["strayed"])
    return STRAYED[values["kind"]](Decimal(values["value"]))


# What is said of a dimension that strays.
RULES = {"schedule": "late_against_baseline", "cost": "over_approved", "benefits": "below_plan"}
