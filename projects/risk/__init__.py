"""Risk: expected value, spread, the distribution of a sum of risks, and the 5x5 matrix.

Impacts are in one currency (or in days); probabilities are fractions of 1. Exposure counts threats
as positive and opportunities as negative.
"""

from projects.bands import Bands
from projects.risk.convolution import means_of, rows_of, variances_of
from projects.risk.impact import (
    ZERO,
    Impact,
    expected_value,
    mean_impact,
    net_response_benefit,
    variance,
)
from projects.risk.matrix import (
    Score,
    heatmap,
    rank,
    score,
    severity,
)
from projects.risk.total import (
    Total,
    chance_of_none,
    distribution,
    percentiles,
)

__all__ = [
    "ZERO",
    "Bands",
    "Impact",
    "Score",
    "Total",
    "chance_of_none",
    "distribution",
    "expected_value",
    "heatmap",
    "mean_impact",
    "means_of",
    "net_response_benefit",
    "percentiles",
    "rank",
    "rows_of",
    "score",
    "severity",
    "variance",
    "variances_of",
]
