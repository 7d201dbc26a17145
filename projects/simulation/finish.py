"""Monte Carlo of finishes: what risks delay, pushed through the dependencies in every draw.

Days are calendar days, as in `projects.schedule`; without risks the answer is what `propagate`
says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import numpy as np

from projects.risk import ZERO, Impact, expected_value, variance
from projects.schedule import Link, LinkKind, Position, Work
from projects.schedule.links import ordered
from projects.simulation.draws import (
    DEFAULT_DRAWS,
    DEFAULT_LOADING,
    Draws,
    percentile_of,
    seed_of,
    summed_up,
)

MOST_DAYS_DRAWN = 10_000_000  # projects times draws: beyond it there are fewer draws
FEWEST_DRAWS = 2_000

# Days since year 1, one for each draw, or one for all of them.
Days: TypeAlias = "np.ndarray | int"


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
    settled: Mapping[int, Position],
    *,
    scope: Hashable,
    as_of: date,
    engine: int,
    loading: Decimal = DEFAULT_LOADING,
    draws: int = DEFAULT_DRAWS,
) -> FinishRange | None:
    """Simulate when projects finish; None without a project that has dates. Raises CycleError.

    A threat that occurs lengthens what remains of its projects by its days, rounded to whole
    ones; closed projects stay as they are. Every event that a delayed project owes to another moves
    with its finish, as a delay does that has not been declared.
    """
    if not works:
        return None
    draws = max(FEWEST_DRAWS, min(draws, MOST_DAYS_DRAWN // len(works)))
    told = (
        sorted(map(repr, works)), sorted(map(repr, links)), sorted(map(repr, delays)),
        sorted(settled.items()),
    )  # fmt: skip
    seed = seed_of(scope, as_of.isoformat(), engine, str(loading.normalize()), draws, told)
    added, accepted = _delayed(delays, Draws(seed, draws, float(loading)))
    live = {work.id: added.get(work.id, 0) for work in works if not work.closed}
    spans = pushed(works, links, live, settled)
    finishes = {id: np.broadcast_to(finish, draws) for id, (_, finish) in spans.items()}
    last = np.max(np.stack(list(finishes.values())), axis=0)
    baselines = [work.baseline_finish for work in works if work.baseline_finish]
    return FinishRange(
        draws=draws,
        programme=_finish(
            last, max(baselines, default=None), max(work.finish for work in works), last
        ),
        projects={
            work.id: _finish(finishes[work.id], work.baseline_finish, work.finish, last)
            for work in works
        },
        accepted=accepted,
    )


def _delayed(delays: Sequence[Delay], draws: Draws) -> tuple[dict[int, np.ndarray], bool]:
    """Whole days added to each project, and whether their total is to be relied on."""
    added: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(draws.count, dtype=np.int64))
    total = np.zeros(draws.count)
    ranked = sorted(delays, key=repr)
    factors = draws.factors([each.cause for each in ranked])
    for index, delay in enumerate(ranked):
        days = draws.contribution(index, delay.impact, factors.get(delay.cause))
        total += days
        for project in delay.projects:
            added[project] += np.rint(days).astype(np.int64)
    mean = float(sum((expected_value(each.impact) for each in ranked), ZERO))
    spread = float(sum((variance(each.impact) for each in ranked), ZERO).sqrt())
    return added, summed_up(total, mean, spread).accepted


def _finish(
    drawn: np.ndarray, baseline: date | None, declared: date | None, last: np.ndarray
) -> Finish:
    days = (percentile_of(drawn, q) for q in (0.1, 0.5, 0.8, 0.9))
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


# The rules of `projects.schedule.propagation`, over all draws at once


def pushed(
    works: Iterable[Work],
    links: Iterable[Link],
    added: Mapping[int, Days],
    settled: Mapping[int, Position],
) -> dict[int, tuple[Days, Days]]:
    """Start and finish of each project, longer by `added` days and pushed by its dependencies."""
    by_id = {work.id: work for work in works}
    inbound: dict[int, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: link.id):
        if link.receiver in by_id:
            inbound[link.receiver].append(link)
    graph = {each: [link.giver for link in inbound[each] if link.giver in by_id] for each in by_id}
    spans: dict[int, tuple[Days, Days]] = {
        id: (position.start.toordinal(), position.finish.toordinal())
        for id, position in settled.items()
    }
    hidden: dict[int, Days] = {id: each.hidden_delay_days for id, each in settled.items()}
    for id in ordered(graph):
        work = by_id[id]
        spans[id] = _pushed(work, inbound[id], added.get(id, 0), spans, hidden)
        hidden[id] = spans[id][1] - work.finish.toordinal()
    return {id: spans[id] for id in by_id}


def _pushed(
    work: Work,
    inbound: Iterable[Link],
    added: Days,
    spans: Mapping[int, tuple[Days, Days]],
    hidden: Mapping[int, Days],
) -> tuple[Days, Days]:
    start: Days = work.start.toordinal()
    finish: Days = work.finish.toordinal() + added
    for link in () if work.closed else inbound:
        holds_start = link.kind in (LinkKind.FS, LinkKind.SS)
        event = _event(link, spans, hidden)
        if event is None or (holds_start and work.started):
            continue
        push = np.maximum(0, event + link.lag_days - (start if holds_start else finish))
        finish = finish + push
        start = start if work.started else start + push
    return start, finish


def _event(
    link: Link, spans: Mapping[int, tuple[Days, Days]], hidden: Mapping[int, Days]
) -> Days | None:
    giver = link.giver if link.giver in spans else None
    if link.event_on is None:
        if giver is None:
            return None
        return spans[giver][0 if link.kind in (LinkKind.SS, LinkKind.SF) else 1]
    moved = hidden[giver] if giver is not None and not link.delivered else 0
    return link.event_on.toordinal() + moved
