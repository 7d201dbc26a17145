"""Ranges and chances of a programme: read from its facts when somebody asks, and kept in this
process until the programme's figures are computed again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from programmes.models import Programme, ProgrammeRollup
from programmes.queries.moments import NoMoment
from programmes.rollup.reading import read
from programmes.rollup.reading.estimates import risk_estimates
from programmes.rollup.uncertainty import (
    ScoredRisk,
    Study,
    delays_of,
    exposure_of,
    finish_of,
    outturn_of,
    scored_risks,
    tornado_of,
)
from projects.schedule import CycleError
from projects.simulation import FinishRange, Range, Tornado

KEPT = 32  # programmes, or programmes at one loading
Stamp = tuple[int, str]  # whose, and what changes whenever its figures are computed


def stamp(programme: Programme, at: datetime | None = None) -> Stamp:
    """Under what ranges are kept; before the first computation nothing is. The past stays."""
    if at is not None:
        return programme.pk, f"at {at.isoformat()}"
    row = (
        ProgrammeRollup.objects.filter(pk=programme.pk)
        .values_list("generation", "computed_at", "engine_version")
        .first()
    )
    computed = row is not None and row[1] is not None
    return programme.pk, repr(row) if computed else f"unknown at {time.monotonic_ns()}"


@lru_cache(maxsize=KEPT)
def study(at: Stamp) -> Study:
    """The programme's facts as simulations need them; raises NoMoment before there were any."""
    facts = read([at[0]])
    if not facts.programmes:
        raise NoMoment("not_there_then", "The programme was not there yet: nothing is known of it.")
    (programme,) = facts.programmes
    code = Programme.objects.values_list("code", flat=True).get(pk=at[0])
    return Study(facts, programme, code, risk_estimates(each.id for each in programme.risks))


@lru_cache(maxsize=KEPT)
def tornado(at: Stamp, loading: Decimal) -> Tornado:
    """What each risk and each project does to the exposure."""
    return tornado_of(study(at), loading)


@lru_cache(maxsize=KEPT)
def exposure(at: Stamp, loading: Decimal) -> Range:
    """The exposure: of independent risks at a loading of 0, else simulated with shared causes."""
    return exposure_of(study(at), loading)


@lru_cache(maxsize=KEPT)
def finish(at: Stamp) -> FinishRange | str:
    """When the programme finishes, or why that cannot be said."""
    try:
        return finish_of(study(at)) or "no_dates"
    except CycleError:
        return "circle_of_dependencies"


@lru_cache(maxsize=KEPT)
def outturn(at: Stamp) -> Range:
    """What its benefits will have brought."""
    return outturn_of(study(at))


@lru_cache(maxsize=KEPT)
def register(at: Stamp) -> tuple[ScoredRisk, ...]:
    """The risks that count, scored, the highest expected cost first."""
    return tuple(scored_risks(study(at)))


def causes(at: Stamp) -> Mapping[str, int]:
    """How many counted risks share each cause that more than one has."""
    counts: dict[str, int] = {}
    for _, estimate in study(at).counted:
        if estimate.cause:
            counts[estimate.cause] = counts.get(estimate.cause, 0) + 1
    return {cause: number for cause, number in sorted(counts.items()) if number > 1}


def unplaced(at: Stamp) -> list[str]:
    """Codes of the programme's threats in days that delay no project in particular."""
    return delays_of(study(at))[1]
