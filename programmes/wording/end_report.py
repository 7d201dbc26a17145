"""What the draft of an end report says, from what was planned and what came of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CLOSED_AGAIN = "The project was resumed and has closed again."


@dataclass(frozen=True, slots=True)
class Ended:
    """A project that has closed: what it delivered and what was taken out (codes with titles), when
    it finished and was to finish by its first and its last baseline, and what it cost; None is not
    known."""

    delivered: Sequence[str]
    descoped: Sequence[str]
    finished_on: date
    first_finish: date | None
    last_finish: date | None
    cost: Decimal | None
    approved: Decimal | None


@dataclass(frozen=True, slots=True)
class Handed:
    """What somebody has accepted to answer for: a benefit by its code, how often, until when."""

    benefit: str
    owner: str
    measure: str
    how_often: str
    until: date


def achieved(ended: Ended, money: Callable[[Decimal], str], day: Callable[[date], str]) -> str:
    """Return what came of it: outputs, days, money, a sentence each; what is not known is left
    out."""
    parts = [*_outputs(ended), _days(ended, day), _money(ended, money)]
    return "\n\n".join(part for part in parts if part)


def _outputs(ended: Ended) -> Iterator[str]:
    if ended.delivered:
        yield f"Delivered: {'; '.join(ended.delivered)}."
    if ended.descoped:
        yield f"Taken out of the scope: {'; '.join(ended.descoped)}."


def _days(ended: Ended, day: Callable[[date], str]) -> str:
    finished, planned, first = ended.finished_on, ended.last_finish, ended.first_finish
    said = f"Finished on {day(finished)}"
    if planned is None:
        return f"{said}; no baseline was approved."
    off = (finished - planned).days
    how = "as planned" if not off else f"{_some_days(off)} than planned ({day(planned)})"
    before = f"; the first baseline said {day(first)}" if first and first != planned else ""
    return f"{said}, {how}{before}."


def _some_days(off: int) -> str:
    days = "1 day" if abs(off) == 1 else f"{abs(off)} days"
    return f"{days} {'later' if off > 0 else 'earlier'}"


def _money(ended: Ended, money: Callable[[Decimal], str]) -> str:
    if ended.cost is None:
        return ""
    if not ended.approved:
        return f"It cost {money(ended.cost)}; no budget was approved."
    return f"It cost {money(ended.cost)} of {money(ended.approved)} approved."


def handed_over(rows: Sequence[Handed], day: Callable[[date], str]) -> str:
    """Return who measures what from now on, a line each."""
    return "\n".join(
        f"{row.benefit}: {row.owner} has “{row.measure}” measured {row.how_often.lower()}"
        f" until {day(row.until)}."
        for row in rows
    )
