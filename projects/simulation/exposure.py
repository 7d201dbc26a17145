"""Monte Carlo of the exposure: shared causes correlated, and what each risk does to the total."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from heapq import nsmallest
from operator import itemgetter

import numpy as np

from projects.risk import (
    ZERO,
    Impact,
    Total,
    expected_value,
    percentiles,
    rows_of,
    variances_of,
)
from projects.risk.convolution import CHANCE
from projects.simulation.draws import DEFAULT_DRAWS, DEFAULT_LOADING, Draws, seed_of, strength_of
from projects.simulation.lumps import Lump
from projects.simulation.percentiles import SHARES, Range, percentiles_of, summed_up

MOST_SWINGS = 15
CANDIDATES = 30  # with the largest spread of their own, whose effect on the total is computed
# Up to so many independent risks, the total is convolved anew without each candidate; of more, one
# risk matters less than the draws can tell.
MOST_CONVOLVED = 300
MOST_KEPT = 256  # contributions, 40 MB of the usual draws
MOST_SINGLE = 200  # risks drawn one by one; of more, the smallest are drawn in lumps,
ENOUGH_TO_OCCUR = 30  # where so many of them are expected to occur,
MOST_LUMPED_LOADING = 0.9  # and at a loading at which not all of a cause occur together


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A risk as simulations take it: its code, the owner by whom it is summed up, its impact, and
    the cause that it shares, if any."""

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
    loadings: Mapping[str, Decimal] = {},
    draws: int = DEFAULT_DRAWS,
) -> Range:
    """Return the simulated total of risks, in the unit of their impacts; threats cost,
    opportunities save.

    Risks with the same cause (not empty) are correlated, see `Draws`; `loadings` gives causes a
    loading of their own. Where no two risks share a cause, or the loading is 0, all are
    independent: then percentiles and the chance of no cost are computed by `projects.risk` and not
    drawn. The seed is made of every argument, so that the same ones give the same figures, in
    whatever order the risks come.
    """
    risks = [
        Uncertainty("", "", impact, cause) for impact, cause in zip(impacts, causes, strict=True)
    ]
    return _Simulation(risks, scope, as_of, engine, loading, draws, loadings).range


@dataclass(frozen=True, slots=True)
class Swing:
    """The effect on the total of one risk, or of all risks of an owner.

    P10 and P90 are those of its own contribution. `share` is its share of the variance of the
    total; shares sum to 1. `p80_effect` is by how much the P80 of the total would be lower without
    it.
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
    """The total, with the swings of risks and of owners: the largest effect on its P80 first, equal
    ones by code. Of very many, only the thirty with the largest spread of their own are compared.
    All after the first fifteen are summed up in one swing, `rest`."""

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
    loadings: Mapping[str, Decimal] = {},
    draws: int = DEFAULT_DRAWS,
    most: int = MOST_SWINGS,
) -> Tornado:
    """Return which risks, and which owners with all their risks, make the exposure uncertain.
    Everything is drawn as `exposure` draws it for the same risks, so that the total is the same."""
    simulation = _Simulation(risks, scope, as_of, engine, loading, draws, loadings)
    mine, rest = simulation.swings("code", most)
    owners, others = simulation.swings("owner", most)
    return Tornado(simulation.range, mine, rest, owners, others)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the total that is drawn as one: a single risk, or a lump of many small ones with
    the same owner and cause."""

    indices: tuple[int, ...]
    cause: str
    lump: int = -1  # the number of the lump; -1 for a single risk

    @property
    def single(self) -> bool:
        return self.lump < 0


class _Simulation:
    """One run. The contributions of the first parts are kept in memory; those of others, which
    would fill it, are drawn again where they are needed twice."""

    def __init__(
        self,
        risks: Sequence[Uncertainty],
        scope: Hashable,
        as_of: date,
        engine: int,
        loading: Decimal,
        draws: int,
        loadings: Mapping[str, Decimal] = {},
    ) -> None:
        # In a fixed order, by what is drawn before the code, so that neither the caller's order nor
        # the codes change the draws or, in floating point, their sum.
        ranked = sorted(((_order(risk), risk) for risk in risks), key=itemgetter(0))
        self.risks = [risk for _, risk in ranked]
        order = [place[:-1] for place, _ in ranked]
        seed = seed_of(
            scope, as_of.isoformat(), engine, strength_of(loading, loadings), draws, order
        )
        of_causes = {cause: float(value) for cause, value in loadings.items()}
        self.draws = Draws(seed, draws, float(loading), of_causes)
        self.factors = self.draws.factors([risk.cause for risk in self.risks])
        self.expected = [expected_value(risk.impact) for risk in self.risks]
        self.rows = rows_of(risk.impact for risk in self.risks)
        self.variances: list[float] = variances_of(self.rows).tolist()
        self.parts = self._parted()
        self.kept: dict[_Part, np.ndarray] = {}
        self.total = self._sum(self.parts)
        self.away, self.spread = self.total - self.total.mean(), float(self.total.var())
        mean = float(sum(self.expected, ZERO))
        drawn = summed_up(self.total, mean, math.sqrt(sum(self.variances)))
        self.drawn_p80 = drawn.p80
        self.range = drawn if self.factors else self._exact(drawn)

    def _parted(self) -> list[_Part]:
        """Return the parts: a part for each risk or, where there are very many, lumps of those with
        the smallest spread: by cause, and by owner for the owners that matter most."""
        count = len(self.risks)
        strongest = max((factor.loading for factor in self.factors.values()), default=0)
        if count <= MOST_SINGLE or strongest > MOST_LUMPED_LOADING:
            return [_Part((index,), risk.cause) for index, risk in enumerate(self.risks)]
        widest = np.argsort([-variance for variance in self.variances], kind="stable").tolist()
        small = [index for index in sorted(widest[MOST_SINGLE:]) if self.variances[index]]
        if self.rows[small, CHANCE].sum() < ENOUGH_TO_OCCUR:
            small = []
        by_owner: dict[str, list[int]] = defaultdict(list)
        for index, risk in enumerate(self.risks):
            by_owner[risk.owner].append(index)
        owners = set(self._widest(by_owner))
        lumps: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index in small:
            risk = self.risks[index]
            cause = risk.cause if risk.cause in self.factors else ""
            lumps[risk.owner if risk.owner in owners else "", cause].append(index)
        singles = sorted(set(range(count)).difference(small))
        return [
            *(_Part((index,), self.risks[index].cause) for index in singles),
            *(
                _Part(tuple(indices), cause, number)
                for number, ((_, cause), indices) in enumerate(sorted(lumps.items()))
            ),
        ]

    def _exact(self, drawn: Range) -> Range:
        """Return the range with percentiles and the chance of no cost as computed without
        drawing."""
        total = Total.of(risk.impact for risk in self.risks)
        p10, p50, p80, p90 = map(float, total.percentiles(SHARES))
        none = total.chance_of_none()
        return replace(drawn, p10=p10, p50=p50, p80=p80, p90=p90, none=none)

    def contribution(self, part: _Part) -> np.ndarray:
        """Return what a part adds in each draw."""
        drawn = self.kept.get(part)
        if drawn is None:
            drawn = self._drawn(part)
            if len(self.kept) < MOST_KEPT:
                self.kept[part] = drawn
        return drawn

    def _drawn(self, part: _Part) -> np.ndarray:
        factor = self.factors.get(part.cause)
        if part.single:
            (index,) = part.indices
            return self.draws.contribution(index, self.rows[index], factor)
        loading = factor.loading if factor else 0.0
        return Lump.of(self.rows[[*part.indices]], loading).drawn(self.draws, part.lump, factor)

    def swings(self, name: str, most: int) -> tuple[tuple[Swing, ...], Swing | None]:
        """Return the largest swings by code or by owner (`name`), and one for all others
        together."""
        groups: dict[str, list[int]] = defaultdict(list)
        for index, risk in enumerate(self.risks):
            groups[getattr(risk, name)].append(index)
        swings = [
            self._swing(key, groups[key], self._sum(self._parts_of(groups[key])))
            for key in self._widest(groups)
        ]
        swings.sort(key=lambda swing: (-abs(swing.p80_effect), -swing.share, swing.code))
        largest = swings[:most]
        others = groups.keys() - {swing.code for swing in largest}
        if not others:
            return tuple(largest), None
        mine = sorted(index for swing in largest for index in groups[swing.code])
        left = sorted(set(range(len(self.risks))).difference(mine))
        # The rest of the total is not drawn again: mostly far fewer swings are shown.
        rest = self._swing("", left, self.total - self._sum(self._parts_of(mine)))
        return tuple(largest), replace(rest, number=len(others))

    def _widest(self, groups: Mapping[str, Sequence[int]]) -> list[str]:
        """Return the groups with the largest spread of their own: the candidates that are
        compared."""
        variance = self.variances.__getitem__
        own = {key: math.fsum(map(variance, indices)) for key, indices in groups.items()}
        return nsmallest(CANDIDATES, groups, key=lambda key: (-own[key], key))

    def _parts_of(self, indices: Sequence[int]) -> list[_Part]:
        """Return the parts of which these risks consist."""
        mine = set(indices)
        return [part for part in self.parts if mine.issuperset(part.indices)]

    def _sum(self, parts: Sequence[_Part]) -> np.ndarray:
        own = np.zeros(self.draws.count)
        for part in parts:
            own += self.contribution(part)
        return own

    def _p80_without(self, indices: Sequence[int], own: np.ndarray) -> float:
        """Return the P80 of the total without these risks, whose own draws are `own`."""
        if self.factors or len(self.risks) > MOST_CONVOLVED:
            return self.range.p80 - self.drawn_p80 + percentiles_of(self.total - own, [0.8])[0]
        mine = set(indices)
        others = [risk.impact for at, risk in enumerate(self.risks) if at not in mine]
        return float(percentiles(others, SHARES[2:3])[0])

    def _swing(self, code: str, indices: Sequence[int], own: np.ndarray) -> Swing:
        without = self._p80_without(indices, own)
        p10, p90 = percentiles_of(own, [0.1, 0.9])
        shared = float(np.mean((own - own.mean()) * self.away))
        return Swing(
            code=code,
            number=len(indices),
            expected_value=float(sum((self.expected[index] for index in indices), ZERO)),
            p10=p10,
            p90=p90,
            share=shared / self.spread if self.spread else 0.0,
            p80_without=without,
            p80_effect=self.range.p80 - without,
        )


def _order(risk: Uncertainty) -> tuple[str | float | bool, ...]:
    impact = risk.impact
    numbers = (impact.probability, impact.low, impact.most_likely, impact.high)
    return (risk.cause, *map(float, numbers), impact.opportunity, risk.code)
