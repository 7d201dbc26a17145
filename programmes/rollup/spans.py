"""Lines of the ledger over time, and the turns at which a line follows another: pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """A line of the ledger with the interval in which it was valid."""

    source: Key
    value: Value
    included: bool
    reason: str
    inputs: Mapping[str, Any]
    valid_from: datetime
    valid_to: datetime | None

    @property
    def counted(self) -> Value:
        """Return the value; None where it does not count."""
        return self.value if self.included else None

    @property
    def is_empty(self) -> bool:
        """Return whether its interval is empty, so that it was never the current line."""
        return self.valid_to is not None and self.valid_to <= self.valid_from

    def valid_at(self, moment: datetime) -> bool:
        """Return whether it was the current line at a moment."""
        return self.valid_from <= moment and (self.valid_to is None or self.valid_to > moment)


@dataclass(frozen=True, slots=True)
class Period:
    """The time after one moment and up to another.

    `computed` is when the figures at its beginning were computed: later changes are seen within the
    period, even if they were made before its beginning. `split` names the moments at which edits
    that one computation saw together are told apart: each just before it, with the moment of its
    edit and that of the computation.
    """

    begin: datetime
    end: datetime
    computed: datetime | None = None
    split: Mapping[datetime, tuple[datetime, datetime]] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        """Return the moment after which a change can have moved something within the period."""
        return self.computed or self.begin

    def edited(self, moment: datetime) -> datetime:
        """Return the moment up to which the figures of a moment contain edits."""
        return self.split[moment][0] if moment in self.split else moment

    def seen(self, moment: datetime) -> datetime:
        """Return the computation that stored the figures of a moment."""
        return self.split[moment][1] if moment in self.split else moment

    def holds(self, moment: datetime | None) -> bool:
        """Return whether a moment is within the period."""
        return moment is not None and self.begin < moment <= self.end


@dataclass(frozen=True, slots=True)
class Turn:
    """One movement of a source: its line `before` a moment and `after`, None where there is none.
    `since` is the moment of the turn before, or of the computation before the period; `window` is
    the time in which edits can have caused it."""

    source: Key
    since: datetime
    at: datetime
    before: Span | None
    after: Span | None
    window: tuple[datetime, datetime]

    def holds(self, moment: datetime) -> bool:
        """Return whether something at a moment can have caused the turn."""
        begin, end = self.window
        return begin < moment <= end

    def held_of(self, happened: Sequence[Any], key: Callable[[Any], datetime] | None = None) -> Any:
        """Return what of all this, which is in the order of time, can have caused the turn; `key`
        returns the moment of each."""
        begin, end = (bisect_right(happened, moment, key=key) for moment in self.window)
        return happened[begin:end]

    def changed(self, name: str) -> bool:
        """Return whether an input of the line is different after the turn."""
        if self.before is None or self.after is None:
            return False
        return self.before.inputs.get(name) != self.after.inputs.get(name)


def turns_of(spans: Sequence[Span], period: Period, last: datetime | None = None) -> list[Turn]:
    """Return the turns of one source within a period, in order of time. Its lines never overlap;
    `last` is the moment of the turn before, where it is known."""
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
    """Return the moments within a period at which lines began or ended, in order."""
    ends = {end for span in spans for end in (span.valid_from, span.valid_to)}
    return sorted(end for end in ends if end is not None and period.holds(end))


def _current(ordered: Sequence[Span], moment: datetime) -> Span | None:
    """Return the one of these lines, which are in order of time, that was valid at a moment."""
    begun = bisect_right(ordered, moment, key=attrgetter("valid_from"))
    return ordered[begun - 1] if begun and ordered[begun - 1].valid_at(moment) else None
