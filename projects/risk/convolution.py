"""Percentiles of a sum of many independent risks, by convolution, however unlike their sizes are.

Each risk is laid on an even grid and the grids are multiplied as spectra. One grid over the widest
total cannot show a hundred beside a million, so that a percentile is looked for in rounds. Where it
lies so low that a step of the grid is too coarse for it, the risks are parted into giants and
others: with no giant it is a sum of the others alone, on a grid of its own that is finer; what the
giants add to F there spreads over many coarse steps, and is read off the coarse grid:

    F(x) = P(no giant) F(others; x) + [F(all; x) - P(no giant) F(others; x)] on the coarse grid

That nothing happens at all is a jump at 0, kept apart from the grid and exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from projects.risk.impact import Impact

FLOAT_ERROR = 1e-9  # of a cumulative probability, tolerated when a percentile is read
# Points of a grid by the number of risks: few risks are cheap, and of many the sum is smooth.
POINTS = ((256, 16_384), (2_048, 8_192), (math.inf, 2_048))
SPARE = 64  # points beyond both ends, for what binning spills
TAIL = 20  # what is less likely than exp(-20), 2e-9, is left outside the grid (Bernstein's bound)
FINE = 1e-3  # a step of at most this share of the percentile is fine enough
NEVER = 35  # of the exponential, less than 1e-15
UNLIKELY = 1e-4  # so are steps that hold no more than this chance
SMALL, NEAR = 32, 4  # giants exceed 32 steps and four times the percentile
LUMPED, PIECES = 4, 6  # risks below four steps are lumped, many as a sum of six equal parts
RARE = 1e-6  # chance that none of many occurs, below which their sum is all but normal
SMOOTH = 0.01  # chance of a point below which a grid is smooth
AT_ONCE, TOGETHER = 32, 8  # risks that are binned at once, and of these multiplied together
TINY = 1e-100  # in place of 0 where a side of a triangle has no width
CHANCE, LOW, MODE, HIGH, SIGN = range(5)


def rows_of(impacts: Iterable[Impact]) -> np.ndarray:
    """Return the risks as rows of (probability, low, most likely, high, sign), the sign of an
    opportunity negative."""
    rows = [
        [i.probability, i.low, i.most_likely, i.high, -1 if i.opportunity else 1] for i in impacts
    ]
    return np.array(rows, dtype=float).reshape(-1, 5)


def percentiles(rows: np.ndarray, shares: Sequence[float], base: float = 0) -> list[float]:
    """Return the smallest x with F(x) >= q for each share q, within a thousandth of base + x:
    `base` is an amount that is added to the total."""
    if not len(rows):
        return [0.0 for _ in shares]
    whole = _Curve.of(rows, _span(rows))
    return [0.0 if _percentile_is_zero(rows, q) else _percentile(whole, q, base) for q in shares]


def chance_of_at_most(rows: np.ndarray, x: float) -> float:
    """Return F(x)."""
    least, most = _span(rows)
    if not least <= x < most:
        return float(x >= most)
    certain = _all_but_certain(rows, x)
    if certain is not None:
        return certain
    curve = _Curve.of(rows, (least, most))
    while not curve.is_flat(x):
        finer = curve.closer_to(x)
        if finer is None:
            break
        curve = finer
    return curve.at(x)


def _all_but_certain(rows: np.ndarray, x: float) -> float | None:
    """Return 0 or 1 where Bernstein's inequality says that F(x) is within 1e-15 of it, as for many
    risks it mostly does; else None."""
    chance, low, mode, high, sign = rows.T
    mean = chance * (low + mode + high) / 3
    spread = (chance * (low**2 + mode**2 + high**2 + low * mode + low * high + mode * high)) / 6
    away = float((sign * mean).sum()) - x
    allowed = float(spread.sum()) + float(high.max()) * abs(away) / 3
    if away * away / 2 < NEVER * allowed:
        return None
    return 0.0 if away > 0 else 1.0


def _percentile_is_zero(rows: np.ndarray, q: float) -> bool:
    """Return whether the percentile of share q is 0, where all other totals lie on one side of
    0."""
    nothing, least, most = _chance_of_zero(rows), *_span(rows)
    if least == 0:
        return nothing >= q - FLOAT_ERROR
    return most == 0 and 1 - nothing < q - FLOAT_ERROR


def _percentile(curve: _Curve, share: float, base: float) -> float:
    while True:
        x = curve.reaches(share)
        if curve.grid.step <= FINE * abs(x + base) or curve.is_flat(x):
            return x
        finer = curve.closer_to(x)
        if finer is None or not finer.holds(share):
            return x
        curve = finer


# Moments of rows


def means_of(rows: np.ndarray) -> np.ndarray:
    """Return the expected value of each risk: a threat positive, an opportunity negative."""
    means: np.ndarray = rows[:, SIGN] * rows[:, CHANCE] * rows[:, LOW : HIGH + 1].sum(axis=1) / 3
    return means


def _spread(a: np.ndarray, m: np.ndarray, b: np.ndarray) -> np.ndarray:
    # By the sides of the triangle: of products of the amounts most digits would cancel out.
    return ((m - a) ** 2 + (b - m) ** 2 + (b - a) ** 2) / 36


def variances_of(rows: np.ndarray) -> np.ndarray:
    """Return the variance of each risk, as `projects.risk.variance` has it of one."""
    chance, bounds = rows[:, CHANCE], rows[:, LOW : HIGH + 1]
    mean = bounds.sum(axis=1) / 3
    variances: np.ndarray = chance * _spread(*bounds.T) + chance * (1 - chance) * mean**2
    return variances


def _chance_of_zero(rows: np.ndarray) -> float:
    return float(np.prod(1 - rows[:, CHANCE]))


def _span(rows: np.ndarray) -> tuple[float, float]:
    """Return the least and the most that the total can be."""
    threat = rows[:, SIGN] > 0
    return -float(rows[~threat, HIGH].sum()), float(rows[threat, HIGH].sum())


# A grid


@dataclass(frozen=True, slots=True)
class _Grid:
    """An even grid over all totals worth regarding. Point k stands for what lies around
    (first + k) x step."""

    step: float
    first: int
    points: int

    @classmethod
    def over(cls, rows: np.ndarray) -> _Grid:
        """Return the grid over the totals of these risks."""
        threat, signed, high = rows[:, SIGN] > 0, means_of(rows), rows[:, HIGH]
        mean, centre = np.abs(signed), float(signed.sum())
        wide = math.sqrt(2 * TAIL * float(variances_of(rows).sum()))
        above = float(np.where(threat, high - mean, mean).max()) * TAIL / 3
        below = float(np.where(threat, mean, high - mean).max()) * TAIL / 3
        least, most = _span(rows)
        most, least = min(most, centre + wide + above), max(least, centre - wide - below)
        points = next(number for risks, number in POINTS if len(rows) <= risks)
        step = (most - least) / (points - SPARE)
        return cls(step, math.floor(least / step) - SPARE // 2, points)

    def edges(self) -> np.ndarray:
        """Return the upper end of what each point stands for."""
        edges: np.ndarray = (self.first + 0.5 + np.arange(self.points)) * self.step
        return edges

    def cumulative(self, rows: np.ndarray) -> np.ndarray:
        """Return the chance that something happens and the total is at most each edge."""
        ring, blur = _convolved(_lumped(rows, LUMPED * self.step), self)
        mass = np.roll(ring, -self.first)
        if 0 <= -self.first < self.points:
            mass[-self.first] -= _chance_of_zero(rows)
        if mass.max() < SMOOTH:
            # Binning has widened it by a known variance; of what is smooth that can be undone.
            mass -= blur / 2 * (np.roll(mass, 1) - 2 * mass + np.roll(mass, -1))
        return np.cumsum(mass)


def _lumped(rows: np.ndarray, size: float) -> np.ndarray:
    """Return the risks with those far smaller than a step replaced by one, or a few, of the same
    mean and variance: on a grid each of them would be widened to a step. The chance that none of
    them occurs stays the same."""
    small = rows[:, HIGH] < size
    if np.count_nonzero(small) <= PIECES:
        return rows
    part = rows[small]
    mean, square = float(means_of(part).sum()), float(variances_of(part).sum())
    some, pieces = 1 - _chance_of_zero(part), 1
    if some > 1 - RARE:
        some, pieces = 1.0, PIECES  # so many that their sum is all but normal
    variance = (square + mean**2) / some - (mean / some) ** 2
    # A symmetrical triangle of half-width w has the variance w² / 6.
    middle, width = mean / some / pieces, math.sqrt(6 * variance / pieces)
    lump = [some, middle - width, middle, middle + width, 1.0]
    return np.concatenate([rows[~small], np.tile(lump, (pieces, 1))])


def _convolved(rows: np.ndarray, grid: _Grid) -> tuple[np.ndarray, float]:
    """Return the distribution of the total on a ring of cells, of which cell 0 is a total of 0, and
    by how much the binning has widened it (variance in squared steps)."""
    spectrum, blur = np.ones(grid.points // 2 + 1, dtype=complex), 0.0
    for first in range(0, len(rows), AT_ONCE):
        sums, widened = _summed(rows[first : first + AT_ONCE], grid)
        spectrum *= np.prod(np.fft.rfft(sums, axis=1), axis=0)
        blur += widened
    return np.fft.irfft(spectrum, grid.points), blur


def _summed(rows: np.ndarray, grid: _Grid) -> tuple[np.ndarray, float]:
    """Return the distributions of sums of a few risks each on the ring, a row a sum, and by how
    much the binning has widened them. They are multiplied on a ring that is just long enough for
    each of them, where that is shorter: most risks are far narrower than their total."""
    ends = rows[:, [LOW, HIGH]] * rows[:, [SIGN]] / grid.step
    below, above = (TOGETHER * math.ceil(max(0, end)) for end in (-ends.min(), ends.max()))
    points = 1 << (below + above).bit_length()
    if points >= grid.points:
        return _binned(rows, grid.step, grid.points)
    binned, widened = _binned(rows, grid.step, points)
    spectra = np.fft.rfft(binned, axis=1)
    products = np.multiply.reduceat(spectra, np.arange(0, len(rows), TOGETHER), axis=0)
    short = np.fft.irfft(products, points, axis=1)
    sums = np.zeros((len(short), grid.points))
    sums[:, : points - below] = short[:, : points - below]
    sums[:, grid.points - below :] = short[:, points - below :]  # what is below 0 comes last
    return sums, widened


def _binned(rows: np.ndarray, step: float, points: int) -> tuple[np.ndarray, float]:
    """One row of cell probabilities a risk, each with exactly the mean of its risk.

    The mass of a cell is the second difference of the integrated distribution function: it splits
    what lies between two grid points in proportion to its nearness to either.
    """
    chance, (low, mode, high) = rows[:, CHANCE], (rows[:, LOW : HIGH + 1] / step).T
    base = np.floor(low).astype(int) - 1  # from the cell before the first that has mass
    widths = np.ceil(high).astype(int) - base + 2  # to the one after the last
    ends = np.cumsum(widths)
    row = np.repeat(np.arange(len(rows)), widths)
    cell = np.arange(len(row)) - (ends - widths - base)[row]
    area = _integrated(cell.astype(float), low[row], mode[row], high[row])
    inner = np.ones(len(row), dtype=bool)
    inner[ends - widths] = inner[ends - 1] = False
    row, cell = row[inner], cell[inner]
    mass = chance[row] * np.diff(area, 2)[inner[1:-1]]
    binned = np.zeros((len(rows), points))
    binned[row, np.where(rows[row, SIGN] < 0, -cell, cell) % points] = mass
    binned[:, 0] += 1 - chance
    second = _spread(low, mode, high) + ((low + mode + high) / 3) ** 2
    return binned, float((mass * cell.astype(float) ** 2).sum() - (chance * second).sum())


def _integrated(x: np.ndarray, low: np.ndarray, mode: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The triangle's distribution function, integrated from minus infinity to x."""
    width = np.maximum(high - low, TINY)
    rising = np.clip(x - low, 0, mode - low) ** 3 / (3 * width * np.maximum(mode - low, TINY))
    falling = np.clip(high - x, 0, high - mode) ** 3 / (3 * width * np.maximum(high - mode, TINY))
    above: np.ndarray = np.where(x < mode, rising, x - (low + mode + high) / 3 + falling)
    return above


# A curve


@dataclass(frozen=True, slots=True)
class _Curve:
    """The distribution function F on a grid. `share` is the part of F that these risks alone make
    up. `heights`, at the `edges`, are that part and what larger risks outside the grid add, without
    the jump at 0; `nothing` is the height of that jump."""

    rows: np.ndarray
    span: tuple[float, float]  # of all risks
    grid: _Grid
    share: float
    edges: np.ndarray
    heights: np.ndarray
    nothing: float

    @classmethod
    def of(
        cls,
        rows: np.ndarray,
        span: tuple[float, float],
        share: float = 1,
        beyond: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> _Curve:
        """Return the curve of these risks; `beyond` is the part of F that the risks outside the
        grid add, as (edges, heights)."""
        grid = _Grid.over(rows)
        edges = np.clip(grid.edges(), *span)
        heights = share * grid.cumulative(rows)
        if beyond is not None:
            heights += np.interp(edges, *beyond)
        return cls(rows, span, grid, share, edges, heights, share * _chance_of_zero(rows))

    def reaches(self, q: float) -> float:
        """Return the smallest x with F(x) >= q."""
        below = self._height(0)
        if below >= q - FLOAT_ERROR:
            return self._crossed(q)
        if below + self.nothing >= q - FLOAT_ERROR:
            return 0.0
        return self._crossed(q - self.nothing)

    def holds(self, q: float) -> bool:
        """Return whether q is reached within the grid."""
        return bool(self.heights[0] < q <= self.heights[-1] + self.nothing)

    def at(self, x: float) -> float:
        """Return F(x)."""
        return min(1.0, self._height(x) + (self.nothing if x >= 0 else 0.0))

    def _height(self, x: float) -> float:
        """F(x) without the jump at 0, below which threats alone never lie."""
        if x <= 0 and not self.span[0]:
            return 0.0
        return float(np.interp(x, self.edges, self.heights))

    def _crossed(self, q: float) -> float:
        """Return where the heights, straight from edge to edge, reach q."""
        heights = np.maximum.accumulate(self.heights)
        right = int(np.searchsorted(heights, q - FLOAT_ERROR))
        if not 0 < right < len(heights):
            return float(self.edges[0 if right == 0 else -1])
        (left, end), (below, reached) = self.edges[right - 1 : right + 1], heights[right - 1 :][:2]
        part = (q - below) / (reached - below) if reached > below else 1.0
        return float(left + (end - left) * min(1.0, max(0.0, part)))

    def is_flat(self, x: float) -> bool:
        """Return whether the steps around x have next to no probability."""
        at = round(x / self.grid.step) - self.grid.first
        near = self.heights[max(at - 3, 0) : max(at + 3, 0)]
        # Far from all that happens there are no steps.
        return not len(near) or bool(near.max() - near.min() < UNLIKELY)

    def closer_to(self, x: float) -> _Curve | None:
        """Return the same F on a finer grid around x: without the giants, whose part is kept as it
        is; None where no finer grid holds x."""
        size = max(NEAR * abs(x), SMALL * self.grid.step)
        while True:
            giant = self.rows[:, HIGH] > size
            others = self.rows[~giant]
            if not giant.any():
                return None
            if len(others) and _Grid.over(others).step > self.grid.step / 2:
                return None
            least, most = _span(others)
            near = SMALL / 4 * self.grid.step
            if len(others) and least - near <= x <= most + near:
                return self._without(giant)
            size *= 2

    def _without(self, giant: np.ndarray) -> _Curve | None:
        """Return the same F with the giants left out of the grid; None where one of them is almost
        certain."""
        share, others = self.share * _chance_of_zero(self.rows[giant]), self.rows[~giant]
        if share < UNLIKELY / 10:
            return None
        beyond = self.heights - share * self.grid.cumulative(others)
        return _Curve.of(others, self.span, share, (self.grid.edges(), beyond))
