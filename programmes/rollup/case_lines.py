"""Lines that the approved business case adds to the figures of its programme."""

from __future__ import annotations

from collections.abc import Iterable

from programmes import sources
from programmes.rollup.facts import ProgrammeFacts
from programmes.rollup.ledger import Line, text

Lines = Iterable[Line]
CASE = sources.BUSINESS_CASE.name


def approved(facts: ProgrammeFacts) -> Lines:
    """Net present value of the preferred option of the case, as it was approved."""
    if case := facts.case:
        inputs = {
            "benefits_present_value": text(case.benefits),
            "costs_present_value": text(case.costs),
        }
        yield Line(CASE, case.id, case.npsv, inputs=inputs)
