"""The draft of an end report, from what was planned and what came of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CLOSED_AGAIN = "It was resumed and has closed again."


@dataclass(frozen=True, slots=True)
class ClosedProject:
    """A project that has closed: the outputs that it delivered and those that were descoped (codes
    with titles), its finish beside the finishes of its first and last baseline, and its cost beside
    the approved budget. None means not known."""

    delivered: Sequence[str]
    descoped: Sequence[str]
    finished_on: date
    first_finish: date | None
    last_finish: date | None
    cost: Decimal | None
    approved: Decimal | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """What somebody has accepted to answer for: the code of a benefit, how often it is measured,
    until when."""

    benefit: str
    owner: str
    measure: str
    how_often: str
    until: date


@dataclass(frozen=True, slots=True)
class ClosingProgramme:
    """A programme that closes: its outcomes that are embedded and those that are not, the number of
    projects that closed, the projects that were stopped, its end beside the planned end, its cost
    beside the approved budget, and its realised benefits beside the planned ones. None means not
    known."""

    embedded: Sequence[str]
    not_embedded: Sequence[str]
    closed: int
    stopped: Sequence[str]
    ended_on: date
    planned_end: date | None
    cost: Decimal | None
    approved: Decimal | None
    realised: Decimal | None
    planned: Decimal | None


@dataclass(frozen=True, slots=True)
class BenefitToCome:
    """A benefit that is still to come, who owns it, and when it is measured next."""

    benefit: str
    owner: str
    next_on: date


def achieved(
    ended: ClosedProject, money: Callable[[Decimal], str], day: Callable[[date], str]
) -> str:
    """Return what came of a project: outputs, days, money, a sentence each; what is not known is
    left out."""
    parts = [*_outputs(ended), _days(ended, day), _money(ended, money)]
    return "\n\n".join(part for part in parts if part)


def programme_achieved(
    ended: ClosingProgramme, money: Callable[[Decimal], str], day: Callable[[date], str]
) -> str:
    """Return what came of a programme: outcomes, projects, days, money, benefits, a sentence
    each; what is not known is left out."""
    parts = [
        *_outcomes(ended),
        f"Ended on {day(ended.ended_on)}{_against_plan(ended.ended_on, ended.planned_end, day)}.",
        _cost(ended.cost, ended.approved, money),
        _benefits(ended, money),
    ]
    return "\n\n".join(part for part in parts if part)


def _outcomes(ended: ClosingProgramme) -> Iterator[str]:
    if ended.embedded:
        yield f"Embedded: {'; '.join(ended.embedded)}."
    if ended.not_embedded:
        yield f"Not embedded: {'; '.join(ended.not_embedded)}."
    if ended.closed:
        yield f"{_counted(ended.closed, 'project')} closed."
    if ended.stopped:
        yield f"Stopped before they had delivered: {'; '.join(ended.stopped)}."


def _benefits(ended: ClosingProgramme, money: Callable[[Decimal], str]) -> str:
    if ended.realised is None or not ended.planned:
        return ""
    brought, planned = money(ended.realised), money(ended.planned)
    return f"It has brought {brought} of {planned} planned over the life of its benefits."


def measured_on(rows: Sequence[BenefitToCome], day: Callable[[date], str]) -> str:
    """Return a line for each benefit that is still to come: who measures it next, and when."""
    return "\n\n".join(
        f"{row.benefit}: {row.owner} owns it; measured next on {day(row.next_on)}." for row in rows
    )


def _outputs(ended: ClosedProject) -> Iterator[str]:
    if ended.delivered:
        yield f"Delivered: {'; '.join(ended.delivered)}."
    if ended.descoped:
        yield f"Taken out of the scope: {'; '.join(ended.descoped)}."


def _days(ended: ClosedProject, day: Callable[[date], str]) -> str:
    finished, planned, first = ended.finished_on, ended.last_finish, ended.first_finish
    sentence = f"Finished on {day(finished)}"
    if planned is None:
        return f"{sentence}; no baseline was approved."
    before = f"; the first baseline said {day(first)}" if first and first != planned else ""
    return f"{sentence}{_against_plan(finished, planned, day)}{before}."


def _against_plan(came: date, planned: date | None, day: Callable[[date], str]) -> str:
    if planned is None:
        return ""
    off = (came - planned).days
    if not off:
        return ", as planned"
    how = "later" if off > 0 else "earlier"
    return f", {_counted(abs(off), 'day')} {how} than planned ({day(planned)})"


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _money(ended: ClosedProject, money: Callable[[Decimal], str]) -> str:
    return _cost(ended.cost, ended.approved, money)


def _cost(cost: Decimal | None, approved: Decimal | None, money: Callable[[Decimal], str]) -> str:
    if cost is None or not (cost or approved):
        return ""
    if not approved:
        return f"It cost {money(cost)}; no budget was approved."
    return f"It cost {money(cost)} of {money(approved)} approved."


def handed_over(rows: Sequence[HandOver], day: Callable[[date], str]) -> str:
    """Return a line for each hand-over: who measures what from now on."""
    return "\n\n".join(
        f"{row.benefit}: {row.owner} has “{row.measure}” measured {row.how_often.lower()}"
        f" until {day(row.until)}."
        for row in rows
    )
