"""Monte Carlo of finishes: what risks delay, pushed through the dependencies in every draw.

Days are calendar days, and events are computed by `projects.schedule` itself, all draws at once;
without risks the answer is therefore what `propagate` says.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np

from projects.risk import Impact, means_of, rows_of, variances_of
from projects.schedule import FINISH, Link, SupposedDays, Timeline, Work, schedule, timelines
from projects.simulation.draws import DEFAULT_DRAWS, DEFAULT_LOADING, Draws, seed_of, strength_of
from projects.simulation.percentiles import rank, summed_up

MOST_DAYS_DRAWN = 10_000_000  # events and delays times draws: beyond it there are fewer draws
FEWEST_DRAWS = 2_000
AT_ONCE = 64  # projects whose draws are put into order together


@dataclass(frozen=True, slots=True)
class Delay:
    """A threat in days. It would lengthen the remaining work of all its projects by the same
    days."""

    projects: tuple[int, ...]
    impact: Impact
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The finish of a project or programme: its percentiles, and the chance that a day is met or
    beaten. `sets_finish` is the share of draws in which the project finishes last of all (its
    criticality; where several do, each counts)."""

    p10: date
    p50: date
    p80: date
    p90: date
    meets_baseline: float | None
    meets_declared: float | None
    sets_finish: float = 1.0


@dataclass(frozen=True, slots=True)
class FinishRange:
    """The finish of a programme and of each project. `accepted` means that the total of the days
    drawn agrees with the analytic mean of the delays, as in `Range`."""

    draws: int
    programme: Finish
    projects: Mapping[int, Finish]
    accepted: bool


def finish_range(  # noqa: PLR0913 - a network, its uncertainty, and what seeds the draws
    works: Sequence[Work],
    links: Sequence[Link],
    delays: Sequence[Delay],
    settled: Mapping[int, Timeline],
    *,
    scope: Hashable,
    as_of: date,
    engine: int,
    loading: Decimal = DEFAULT_LOADING,
    loadings: Mapping[str, Decimal] = {},
    draws: int = DEFAULT_DRAWS,
) -> FinishRange | None:
    """Simulate when projects finish; None without a project that will. Raises CycleError.

    A threat that occurs lengthens what remains of its projects by its days, rounded to whole
    ones: their milestones still to come and their finish, with what they owe to others by then.
    Projects that have ended stay as they are; a terminated one never finishes, so the programme
    waits for the others.
    """
    finishing = [work for work in works if FINISH in work.events and work.ended != "terminated"]
    if not finishing:
        return None
    draws = max(FEWEST_DRAWS, min(draws, MOST_DAYS_DRAWN // (_events(works) + len(delays))))
    ranked = sorted(((_order(delay), delay) for delay in delays), key=itemgetter(0))
    network = _as_text(works, links, settled, [place for place, _ in ranked])
    seed = seed_of(scope, as_of.isoformat(), engine, strength_of(loading, loadings), draws, network)
    of_causes = {cause: float(value) for cause, value in loadings.items()}
    in_order = [delay for _, delay in ranked]
    added, accepted = _delayed(in_order, Draws(seed, draws, float(loading), of_causes))
    live = {work.id: added[work.id] for work in works if not work.ended and work.id in added}
    trials = timelines(schedule(works, links), settled, SupposedDays(added=live), np.maximum)
    drawn = np.stack(
        [np.broadcast_to(trials[work.id].events[FINISH].computed, draws) for work in finishing]
    )
    last = np.max(drawn, axis=0)
    days = [(work.finish.baseline, _declared(work)) for work in finishing]
    baseline = max((day for day, _ in days if day), default=None)
    [programme] = _finishes(last[None], [(baseline, max(day for _, day in days))], last)
    projects = (
        finish
        for first in range(0, len(drawn), AT_ONCE)
        for finish in _finishes(drawn[first : first + AT_ONCE], days[first : first + AT_ONCE], last)
    )
    return FinishRange(
        draws=draws,
        programme=programme,
        projects=dict(zip((work.id for work in finishing), projects, strict=True)),
        accepted=accepted,
    )


def _as_text(
    works: Sequence[Work],
    links: Sequence[Link],
    settled: Mapping[int, Timeline],
    delays: Sequence[tuple[Any, ...]],
) -> tuple[Any, ...]:
    """Return all inputs of the draws in a fixed order, for the seed: the same inputs give the same
    draws."""
    return (
        sorted(map(repr, works)), sorted(map(repr, links)), delays,
        sorted((id, repr(timeline.as_json())) for id, timeline in settled.items()),
    )  # fmt: skip


def _events(works: Sequence[Work]) -> int:
    return sum(len(work.events) for work in works)


def _declared(work: Work) -> date:
    day = work.events[FINISH].declared
    assert day is not None  # noqa: S101  # an event has a day
    return day


def _order(delay: Delay) -> tuple[Any, ...]:
    """Return a sort key made of what is drawn, so that the order in which delays come makes no
    difference."""
    impact = delay.impact
    numbers = (impact.probability, impact.low, impact.most_likely, impact.high)
    return (delay.projects, delay.cause, *map(float, numbers), impact.opportunity)


def _delayed(delays: Sequence[Delay], draws: Draws) -> tuple[dict[int, np.ndarray], bool]:
    """Return the whole days added to each project in each draw, and whether their total can be
    relied on."""
    added: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(draws.count, dtype=np.int64))
    total = np.zeros(draws.count)
    factors = draws.factors([delay.cause for delay in delays])
    rows = rows_of(delay.impact for delay in delays)
    drawn = draws.contributions(rows, [factors.get(delay.cause) for delay in delays])
    for some, block in drawn:
        total += block.sum(axis=0)
        whole, late = np.rint(block, out=block), [delay.projects for delay in delays[some]]
        firsts = [n for n, projects in enumerate(late) if not n or projects != late[n - 1]]
        for first, end in pairwise([*firsts, len(late)]):
            days = whole[first:end].sum(axis=0).astype(np.int64)
            for project in late[first]:
                added[project] += days
    spread = math.sqrt(variances_of(rows).sum())
    return added, summed_up(total, float(means_of(rows).sum()), spread).accepted


def _finishes(
    drawn: np.ndarray, days: Sequence[tuple[date | None, date]], last: np.ndarray
) -> Iterator[Finish]:
    """Yield the finish of each project, given a row of draws each, with its baseline and declared
    day."""
    count = drawn.shape[1]
    places = [rank(q, count) for q in (0.1, 0.5, 0.8, 0.9)]
    foremost = np.mean(drawn == last, axis=1).tolist()
    for ordered, (baseline, declared), share in zip(
        np.sort(drawn, axis=1), days, foremost, strict=True
    ):
        p10, p50, p80, p90 = map(date.fromordinal, ordered[places].tolist())
        yield Finish(
            p10=p10,
            p50=p50,
            p80=p80,
            p90=p90,
            meets_baseline=None if baseline is None else _met(ordered, baseline),
            meets_declared=_met(ordered, declared),
            sets_finish=share,
        )


def _met(ordered: np.ndarray, day: date) -> float:
    return int(np.searchsorted(ordered, day.toordinal(), side="right")) / len(ordered)
