"""Monte Carlo of finishes: what risks delay, pushed through the dependencies in every draw.

Days are calendar days, and events are computed by `projects.schedule` itself, all draws at once;
without risks the answer is therefore what `propagate` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from projects.risk import ZERO, Impact, expected_value, variance
from projects.schedule import FINISH, Link, Timeline, Work, schedule, timelines
from projects.simulation.draws import (
    DEFAULT_DRAWS,
    DEFAULT_LOADING,
    Draws,
    percentiles_of,
    seed_of,
    summed_up,
)

MOST_DAYS_DRAWN = 10_000_000  # events and delays times draws: beyond it there are fewer draws
FEWEST_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Delay:
    """A threat in days, and the projects whose remaining work it would lengthen, all alike."""

    projects: tuple[int, ...]
    impact: Impact
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """When something finishes: percentiles, and the chance of the day being met or beaten.

    `sets_finish` is the share of draws in which the project finishes last of all (its criticality;
    draws in which several do count for each).
    """

    p10: date
    p50: date
    p80: date
    p90: date
    meets_baseline: float | None
    meets_declared: float | None
    sets_finish: float = 1.0


@dataclass(frozen=True, slots=True)
class FinishRange:
    """The finish of a programme and of each project; `accepted` as in `Range`, of the total of
    days drawn against the analytic mean of the delays."""

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
    told = (
        sorted(map(repr, works)), sorted(map(repr, links)), sorted(map(repr, delays)),
        sorted((id, repr(each.as_json())) for id, each in settled.items()),
    )  # fmt: skip
    seed = seed_of(scope, as_of.isoformat(), engine, str(loading.normalize()), draws, told)
    added, accepted = _delayed(delays, Draws(seed, draws, float(loading)))
    live = {work.id: added[work.id] for work in works if not work.ended and work.id in added}
    found = timelines(schedule(works, links), settled, live, np.maximum)
    finishes = {
        work.id: np.broadcast_to(found[work.id].events[FINISH].computed, draws)
        for work in finishing
    }
    last = np.max(np.stack(list(finishes.values())), axis=0)
    baselines = [work.finish.baseline for work in finishing if work.finish.baseline]
    return FinishRange(
        draws=draws,
        programme=_finish(last, max(baselines, default=None), max(map(_declared, finishing)), last),
        projects={
            work.id: _finish(finishes[work.id], work.finish.baseline, _declared(work), last)
            for work in finishing
        },
        accepted=accepted,
    )


def _events(works: Sequence[Work]) -> int:
    return sum(len(work.events) for work in works)


def _declared(work: Work) -> date:
    day = work.events[FINISH].declared
    assert day is not None  # noqa: S101  # an event has a day
    return day


def _delayed(delays: Sequence[Delay], draws: Draws) -> tuple[dict[int, np.ndarray], bool]:
    """Whole days added to each project, and whether their total is to be relied on."""
    added: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(draws.count, dtype=np.int64))
    total = np.zeros(draws.count)
    ranked = sorted(delays, key=repr)
    factors = draws.factors([each.cause for each in ranked])
    rows = (
        row
        for block in draws.contributions(
            [each.impact for each in ranked], [factors.get(each.cause) for each in ranked]
        )
        for row in block
    )
    for delay, days in zip(ranked, rows, strict=True):
        total += days
        whole = np.rint(days).astype(np.int64)
        for project in delay.projects:
            added[project] += whole
    mean = float(sum((expected_value(each.impact) for each in ranked), ZERO))
    spread = float(sum((variance(each.impact) for each in ranked), ZERO).sqrt())
    return added, summed_up(total, mean, spread).accepted


def _finish(
    drawn: np.ndarray, baseline: date | None, declared: date | None, last: np.ndarray
) -> Finish:
    days = percentiles_of(drawn, (0.1, 0.5, 0.8, 0.9))
    p10, p50, p80, p90 = (date.fromordinal(int(each)) for each in days)
    return Finish(
        p10=p10,
        p50=p50,
        p80=p80,
        p90=p90,
        meets_baseline=_met(drawn, baseline),
        meets_declared=_met(drawn, declared),
        sets_finish=float(np.mean(drawn == last)),
    )


def _met(drawn: np.ndarray, day: date | None) -> float | None:
    return None if day is None else float(np.mean(drawn <= day.toordinal()))
