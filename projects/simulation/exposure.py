"""Monte Carlo of the exposure: shared causes correlated, and what each risk does to the total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from projects.risk import (
    ZERO,
    Impact,
    chance_of_none,
    expected_value,
    percentiles,
    variance,
)
from projects.simulation.draws import (
    DEFAULT_DRAWS,
    DEFAULT_LOADING,
    Draws,
    Range,
    percentile_of,
    seed_of,
    summed_up,
)

MOST_SWINGS = 15
CANDIDATES = 30  # of the largest own spread, for which the effect on the total is worked out
# Independent risks of which the total is convolved without each candidate; of more, each matters
# less than the draws can tell.
MOST_CONVOLVED = 300
SHARES = (Decimal("0.1"), Decimal("0.5"), Decimal("0.8"), Decimal("0.9"))


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A risk as simulations take it: its code, the owner it sums up under, its cause if shared."""

    code: str
    owner: str
    impact: Impact
    cause: str = ""


def exposure(
    impacts: Sequence[Impact],
    causes: Sequence[str],
    *,
    scope: Hashable,
    as_of: date,
    engine: int,
    loading: Decimal = DEFAULT_LOADING,
    draws: int = DEFAULT_DRAWS,
) -> Range:
    """The simulated total of risks, in the unit of their impacts; threats cost, opportunities save.

    Of risks with the same cause (not empty) the totals are correlated, see `Draws`. Where no two
    risks share a cause, or the loading is 0, all are independent: then percentiles and the chance
    of no cost are those of `projects.risk`, not drawn. The seed is made of every argument, so that
    the same ones give the same figures, in whatever order the risks come.
    """
    risks = [
        Uncertainty("", "", impact, cause) for impact, cause in zip(impacts, causes, strict=True)
    ]
    return _Simulation(risks, scope, as_of, engine, loading, draws).range


@dataclass(frozen=True, slots=True)
class Swing:
    """What one risk, or all of an owner, does to the total.

    P10 and P90 are of its own contribution. `share` is its share of the variance of the total;
    shares sum to 1. `p80_effect` is by how much the P80 of the total would be lower without it.
    """

    code: str
    number: int
    expected_value: float
    p10: float
    p90: float
    share: float
    p80_without: float
    p80_effect: float


@dataclass(frozen=True, slots=True)
class Tornado:
    """The total, and swings of risks and of owners, the largest effect on its P80 first and ties by
    code (of very many, the thirty of the largest spread of their own are compared). What lies
    beyond the first fifteen is one swing, `rest`, of that many risks or owners together."""

    total: Range
    risks: tuple[Swing, ...]
    rest_of_risks: Swing | None
    owners: tuple[Swing, ...]
    rest_of_owners: Swing | None


def tornado(
    risks: Sequence[Uncertainty],
    *,
    scope: Hashable,
    as_of: date,
    engine: int,
    loading: Decimal = DEFAULT_LOADING,
    draws: int = DEFAULT_DRAWS,
    most: int = MOST_SWINGS,
) -> Tornado:
    """Which risks, and which owners' risks together, make the exposure as uncertain as it is.

    Drawn exactly as `exposure` draws the same risks, so that the total is the one found there.
    """
    simulation = _Simulation(risks, scope, as_of, engine, loading, draws)
    mine, rest = simulation.swings("code", most)
    owners, others = simulation.swings("owner", most)
    return Tornado(simulation.range, mine, rest, owners, others)


class _Simulation:
    """One run. Contributions are drawn again where they are needed twice: kept, those of a few
    thousand risks would fill the memory."""

    def __init__(
        self,
        risks: Sequence[Uncertainty],
        scope: Hashable,
        as_of: date,
        engine: int,
        loading: Decimal,
        draws: int,
    ) -> None:
        # In one order whatever the caller's, and by what is drawn before what it is called, so
        # that codes change neither the draws nor, in floating point, their sum.
        self.risks = sorted(risks, key=_order)
        order = [_order(each)[:-1] for each in self.risks]
        seed = seed_of(scope, as_of.isoformat(), engine, str(loading.normalize()), draws, order)
        self.draws = Draws(seed, draws, float(loading))
        self.factors = self.draws.factors([each.cause for each in self.risks])
        self.total = np.zeros(draws)
        for index in range(len(self.risks)):
            self.total += self.contribution(index)
        mean = float(sum((expected_value(each.impact) for each in self.risks), ZERO))
        sd = float(sum((variance(each.impact) for each in self.risks), ZERO).sqrt())
        drawn = summed_up(self.total, mean, sd)
        self.drawn_p80 = drawn.p80
        self.range = drawn if self.factors else self._exact(drawn)

    def _exact(self, drawn: Range) -> Range:
        """The range with the chances that are known without drawing."""
        impacts = [each.impact for each in self.risks]
        p10, p50, p80, p90 = map(float, percentiles(impacts, SHARES))
        none = chance_of_none(impacts)
        return replace(drawn, p10=p10, p50=p50, p80=p80, p90=p90, none=none)

    def contribution(self, index: int) -> np.ndarray:
        """What the risk of that index adds in each draw."""
        risk = self.risks[index]
        return self.draws.contribution(index, risk.impact, self.factors.get(risk.cause))

    def swings(self, name: str, most: int) -> tuple[tuple[Swing, ...], Swing | None]:
        """The largest swings by code or by owner, and the one of all others together."""
        groups: dict[str, list[int]] = defaultdict(list)
        for index, risk in enumerate(self.risks):
            groups[getattr(risk, name)].append(index)
        widest = sorted(groups, key=lambda key: (-self._own_variance(groups[key]), key))
        found = [
            self._swing(key, groups[key], self._sum(groups[key])) for key in widest[:CANDIDATES]
        ]
        found.sort(key=lambda each: (-abs(each.p80_effect), -each.share, each.code))
        shown = found[:most]
        others = groups.keys() - {each.code for each in shown}
        if not others:
            return tuple(shown), None
        mine = [index for each in shown for index in groups[each.code]]
        left = sorted(set(range(len(self.risks))).difference(mine))
        # What is left of the total, not drawn again: mostly there are far fewer shown.
        rest = self._swing("", left, self.total - self._sum(sorted(mine)))
        return tuple(shown), replace(rest, number=len(others))

    def _sum(self, indices: Sequence[int]) -> np.ndarray:
        own = np.zeros(len(self.total))
        for index in indices:
            own += self.contribution(index)
        return own

    def _own_variance(self, indices: Sequence[int]) -> Decimal:
        return sum((variance(self.risks[index].impact) for index in indices), ZERO)

    def _p80_without(self, indices: Sequence[int], own: np.ndarray) -> float:
        """The P80 of the total without these risks, which draw `own`."""
        if self.factors or len(self.risks) > MOST_CONVOLVED:
            return self.range.p80 - self.drawn_p80 + percentile_of(self.total - own, 0.8)
        mine = set(indices)
        others = [each.impact for at, each in enumerate(self.risks) if at not in mine]
        return float(percentiles(others, SHARES[2:3])[0])

    def _swing(self, code: str, indices: Sequence[int], own: np.ndarray) -> Swing:
        without = self._p80_without(indices, own)
        spread = float(self.total.var())
        shared = float(np.mean((own - own.mean()) * (self.total - self.total.mean())))
        return Swing(
            code=code,
            number=len(indices),
            expected_value=float(
                sum((expected_value(self.risks[index].impact) for index in indices), ZERO)
            ),
            p10=percentile_of(own, 0.1),
            p90=percentile_of(own, 0.9),
            share=shared / spread if spread else 0.0,
            p80_without=without,
            p80_effect=self.range.p80 - without,
        )


def _order(risk: Uncertainty) -> tuple[str | Decimal | bool, ...]:
    impact = risk.impact
    numbers = (impact.probability, impact.low, impact.most_likely, impact.high)
    return (risk.cause, *(each.normalize() for each in numbers), impact.opportunity, risk.code)
