"""What each line moves a figure by, between two states of its lines: pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from programmes.health import SEVERITY, Rag
from programmes.rollup.bridge import difference
from programmes.rollup.ledger import Aggregate, Line, Value
from programmes.rollup.spans import Key

ZERO = Decimal(0)
ADDED = (Aggregate.SUM, Aggregate.COUNT)


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a source moved a figure by; `before` or `after` is None where its line did not count."""

    source: Key
    amount: Decimal
    before: Value
    after: Value


def line_changes(
    was: Mapping[Key, Line], now: Mapping[Key, Line], aggregate: Aggregate
) -> Iterator[LineChange]:
    """Yield the lines that differ, by source. In a sum, each moves the figure by its own
    difference. For the largest or the worst value, the lines are exchanged one by one, and each has
    the movement that follows; while no line counts in between, the next one that counts has the
    whole movement."""
    values = LargestValue(aggregate, map(_counted, was.values()))
    top = values.top
    for key in dict.fromkeys((*was, *now)):
        before, after = _counted(was.get(key)), _counted(now.get(key))
        if before == after:
            continue
        if aggregate in ADDED:
            amount = _amount(after) - _amount(before)
        else:
            values.replace(before, after)
            amount = difference(top, values.top) or ZERO
            top = top if values.top is None else values.top
        yield LineChange(key, amount, before, after)


class LargestValue:
    """The latest day, or the worst colour, of a changing set of values; None is no value."""

    def __init__(self, aggregate: Aggregate, values: Iterable[Value]) -> None:
        self._worst = aggregate is Aggregate.WORST
        self._ordered: list[tuple[Any, Value]] = (
            [] if aggregate in ADDED else sorted(map(self._placed, _known(values)))
        )

    @property
    def top(self) -> Value:
        """Return the largest value; None while there is none."""
        return self._ordered[-1][1] if self._ordered else None

    def replace(self, old: Value, new: Value) -> None:
        """Remove one value and add another."""
        for value in _known([old]):
            del self._ordered[bisect_left(self._ordered, self._placed(value))]
        for value in _known([new]):
            insort(self._ordered, self._placed(value))

    def _placed(self, value: Value) -> tuple[Any, Value]:
        return (SEVERITY[Rag(str(value))] if self._worst else value), value


def _known(values: Iterable[Value]) -> Iterator[Value]:
    return (value for value in values if value is not None)


def _counted(line: Line | None) -> Value:
    return line.value if line and line.included else None


def _amount(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO
