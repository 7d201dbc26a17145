"""What is found of a project or programme: a colour, the rule that gives it, and what drives it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class Rag(StrEnum):
    """Status colours; grey is not known."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


SEVERITY = {Rag.GREY: 0, Rag.GREEN: 1, Rag.AMBER: 2, Rag.RED: 3}
MOST_NAMED = 12  # records that a reader takes in


def worst(colours: Iterable[Rag]) -> Rag:
    """The worst colour; grey counts for nothing, and nothing but grey is grey."""
    return max(colours, key=SEVERITY.__getitem__, default=Rag.GREY)


@dataclass(frozen=True, slots=True)
class Driver:
    """A record that drives a finding: the name of its model, its id and its code."""

    type: str
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Override:
    """A colour that people set in the place of the derived one, to the end of a day."""

    id: int
    colour: Rag
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The colour of one dimension.

    `rule` names why, and `values` what it was judged by: exact numbers as text, with the last
    green and the last amber one where the colour has bounds. Without a rule there is nothing to
    say. `known` tells a colour that rests on a fact from one that is given where nothing is
    recorded. Drivers come worst first.
    """

    dimension: str
    rag: Rag
    rule: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    drivers: Sequence[Driver] = ()
    known: bool = True

    @property
    def data(self) -> dict[str, Any]:
        """The finding as JSON keeps it; no more drivers than are named, `count` says how many."""
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
    """The findings that have something to say."""
    return [finding for finding in findings if finding.rule]


def overall(findings: Iterable[Finding]) -> Rag:
    """The worst colour; grey where no finding rests on a fact: nothing known is not good."""
    listed = list(findings)
    return worst(item.rag for item in listed) if any(item.known for item in listed) else Rag.GREY
