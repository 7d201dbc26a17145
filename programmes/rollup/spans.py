"""Lines of the ledger over time, and the turns at which one gave way to the next: pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from programmes.rollup.ledger import Value

Key = tuple[str, int]
Last = Mapping[tuple[str, Key], datetime]  # when a source's line of a metric turned last
NONE: Last = {}


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

    @property
    def is_empty(self) -> bool:
        """Return whether it was never the current line."""
        return self.valid_to is not None and self.valid_to <= self.valid_from

    def valid_at(self, moment: datetime) -> bool:
        """Return whether it was the current line then."""
        return self.valid_from <= moment and (self.valid_to is None or self.valid_to > moment)


@dataclass(frozen=True, slots=True)
class Period:
    """The time between two moments, after the first and up to the second. `computed` is when the
    figures at its beginning were: what was changed after that is seen within, even if it was
    changed before the beginning.

    `split` names the moments at which edits that one computation saw together are told apart:
    just before it, each with the moment of its edit and that of the computation."""

    begin: datetime
    end: datetime
    computed: datetime | None = None
    split: Mapping[datetime, tuple[datetime, datetime]] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        """Return from when on changes can be what moved something within."""
        return self.computed or self.begin

    def edited(self, moment: datetime) -> datetime:
        """Up to when edits were seen at that moment."""
        return self.split[moment][0] if moment in self.split else moment

    def seen(self, moment: datetime) -> datetime:
        """The computation that stored what is told of that moment."""
        return self.split[moment][1] if moment in self.split else moment

    def holds(self, moment: datetime | None) -> bool:
        """Return whether something at that moment happened within."""
        return moment is not None and self.begin < moment <= self.end


@dataclass(frozen=True, slots=True)
class Turn:
    """One movement of a source: its line before a moment and from then on, None where there is
    none. `since` is the moment of the turn before, or of the computation before the period;
    `window` is the time in which edits can have caused it."""

    source: Key
    since: datetime
    at: datetime
    before: Span | None
    after: Span | None
    window: tuple[datetime, datetime]

    def holds(self, moment: datetime) -> bool:
        """Return whether something at that moment can have caused it."""
        begin, end = self.window
        return begin < moment <= end

    def changed(self, name: str) -> bool:
        """Return whether this input of the line did."""
        if self.before is None or self.after is None:
            return False
        return self.before.inputs.get(name) != self.after.inputs.get(name)


def turns_of(spans: Sequence[Span], period: Period, last: datetime | None = None) -> list[Turn]:
    """The turns of one source, whose lines never overlap, within a period, in order of time; `last`
    is the turn before these, where it is known."""
    turns: list[Turn] = []
    ordered = sorted((span for span in spans if not span.is_empty), key=attrgetter("valid_from"))
    since, before = last or period.since, _current(ordered, period.begin)
    for moment in moments_of(spans, period):
        after = _current(ordered, moment)
        window = (period.edited(since), period.edited(moment))
        turns.append(Turn(spans[0].source, since, moment, before, after, window))
        since, before = moment, after
    return turns


def moments_of(spans: Iterable[Span], period: Period) -> list[datetime]:
    """The moments at which lines began or ended, in order."""
    ends = {end for span in spans for end in (span.valid_from, span.valid_to)}
    return sorted(end for end in ends if end is not None and period.holds(end))


def _current(ordered: Sequence[Span], moment: datetime) -> Span | None:
    """The line among these, in order of time, that was valid at a moment."""
    begun = bisect_right(ordered, moment, key=attrgetter("valid_from"))
    return ordered[begun - 1] if begun and ordered[begun - 1].valid_at(moment) else None
