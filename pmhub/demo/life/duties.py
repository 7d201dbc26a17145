"""What somebody has to do on a day, for one record or project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from pmhub.models import Person, User
from programmes.models import Portfolio


@dataclass(frozen=True)
class Day:
    """A working day of the demo. `on` is its status date; `random` draws what happens on it. For
    people who have no account the PMO (`office`) writes, and the portfolio's sponsor judges."""

    portfolio: Portfolio
    on: date
    random: Random
    office: User
    sponsor: User

    def chance(self, probability: float) -> bool:
        """Return True with this probability, of 0 to 1."""
        return self.random.random() < probability


@dataclass(frozen=True)
class Duty:
    """Something that somebody has to do on a day. `kind` names it in the summary, in the plural;
    `person` is None where it is the PMO's. `do(by=user)` does it."""

    kind: str
    person: Person | None
    do: Callable[..., Any]
