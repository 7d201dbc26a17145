"""Findings about a project or programme: a colour, the rule that gives it, and the records that
drive it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class Rag(StrEnum):
    """Status colours; grey means not known."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


SEVERITY = {Rag.GREY: 0, Rag.GREEN: 1, Rag.AMBER: 2, Rag.RED: 3}
MOST_NAMED = 12  # records that a reader takes in


def worst(colours: Iterable[Rag]) -> Rag:
    """Return the worst colour; grey only where there is no other colour."""
    return max(colours, key=SEVERITY.__getitem__, default=Rag.GREY)


@dataclass(frozen=True, slots=True)
class Driver:
    """A record that drives a finding: the name of its model, its id and its code."""

    type: str
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Override:
    """A colour that people have set in the place of the derived one, until the end of a day."""

    id: int
    colour: Rag
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The colour of one dimension.

    `rule` is why, empty where there is no reason to give; `values` is what it was judged by: exact
    numbers as text, with the last green and the last amber value where the colour has bounds.
    `known` is False for a colour that is given where nothing is recorded. Drivers are in order, the
    worst first.
    """

    dimension: str
    rag: Rag
    rule: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    drivers: Sequence[Driver] = ()
    known: bool = True

    @property
    def data(self) -> dict[str, Any]:
        """Return the finding as JSON stores it, with only the drivers that are named; `count` is
        the number of all."""
        named = [
            {"type": driver.type, "id": driver.id, "code": driver.code}
            for driver in self.drivers[:MOST_NAMED]
        ]
        return {
            "dimension": self.dimension,
            "colour": self.rag.value,
            "rule": self.rule,
            "values": dict(self.values),
            "drivers": named,
        }


def with_rule(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that give a reason."""
    return [finding for finding in findings if finding.rule]


def overall(findings: Iterable[Finding]) -> Rag:
    """Return the worst colour; grey where no finding rests on a fact, since nothing known is not
    good."""
    listed = list(findings)
    return worst(item.rag for item in listed) if any(item.known for item in listed) else Rag.GREY
