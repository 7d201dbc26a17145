"""Lines of the ledger over time, and the turns at which one gave way to the next: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from programmes.rollup.ledger import Value

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Span:
    """A line of the ledger with the time it was valid."""

    source: Key
    value: Value
    included: bool
    reason: str
    inputs: Mapping[str, Any]
    valid_from: datetime
    valid_to: datetime | None

    @property
    def counted(self) -> Value:
        """The value, if it counts."""
        return self.value if self.included else None

    def valid_at(self, moment: datetime) -> bool:
        """Whether it was the current line then."""
        return self.valid_from <= moment and (self.valid_to is None or self.valid_to > moment)


@dataclass(frozen=True, slots=True)
class Period:
    """The time between two moments, after the first and up to the second. `computed` is when the
    figures at its beginning were: what was changed after that is seen within, even if it was
    changed before the beginning."""

    begin: datetime
    end: datetime
    computed: datetime | None = None

    @property
    def since(self) -> datetime:
        """From when on changes can be what moved something within."""
        return self.computed or self.begin

    def holds(self, moment: datetime | None) -> bool:
        """Whether something at that moment happened within."""
        return moment is not None and self.begin < moment <= self.end


@dataclass(frozen=True, slots=True)
class Turn:
    """One movement of a source: its line before a moment and from then on, None where there is
    none. `since` is the moment of the turn before, or of the computation before the period."""

    source: Key
    since: datetime
    at: datetime
    before: Span | None
    after: Span | None

    def holds(self, moment: datetime) -> bool:
        """Whether something at that moment can have caused it."""
        return self.since < moment <= self.at

    def changed(self, name: str) -> bool:
        """Whether this input of the line did."""
        if self.before is None or self.after is None:
            return False
        return self.before.inputs.get(name) != self.after.inputs.get(name)


def turns_of(spans: Sequence[Span], period: Period) -> list[Turn]:
    """The turns of one source within a period, in order of time."""
    found: list[Turn] = []
    since, before = period.since, _current(spans, period.begin)
    for moment in moments_of(spans, period):
        after = _current(spans, moment)
        found.append(Turn(spans[0].source, since, moment, before, after))
        since, before = moment, after
    return found


def moments_of(spans: Iterable[Span], period: Period) -> list[datetime]:
    """The moments at which lines began or ended, in order."""
    ends = {end for span in spans for end in (span.valid_from, span.valid_to)}
    return sorted(each for each in ends if each is not None and period.holds(each))


def _current(spans: Iterable[Span], moment: datetime) -> Span | None:
    return next((each for each in spans if each.valid_at(moment)), None)
