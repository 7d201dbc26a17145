"""What each line moves a figure by, from one state of its lines to another: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from programmes.rollup.bridge import difference
from programmes.rollup.ledger import Line, Value
from programmes.rollup.spans import Key

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a source moved a figure by; an end is None where its line did not count."""

    source: Key
    amount: Decimal
    before: Value
    after: Value


def line_changes(
    was: Mapping[Key, Line],
    now: Mapping[Key, Line],
    figure: Callable[[Iterable[Line]], Value],
    *,
    adds: bool,
) -> Iterator[LineChange]:
    """The lines that differ, by source. Where a figure `adds` them up, each moves it by its own
    difference. Else they are put in one by one, and what the figure moves by is that line's; while
    nothing counts on the way, the next one that does carries the step."""
    lines = dict(was)
    known = figure(lines.values())
    for key in dict.fromkeys((*was, *now)):
        before, after = _counted(was.get(key)), _counted(now.get(key))
        if before == after:
            continue
        if adds:
            amount = _amount(after) - _amount(before)
        else:
            if key in now:
                lines[key] = now[key]
            else:
                del lines[key]
            value = figure(lines.values())
            amount = difference(known, value) or ZERO
            known = known if value is None else value
        yield LineChange(key, amount, before, after)


def _counted(line: Line | None) -> Value:
    return line.value if line and line.included else None


def _amount(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO
