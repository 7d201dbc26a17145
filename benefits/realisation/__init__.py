"""Benefits: planned, realised and forecast, and what a delay does to that.

Money is Decimal in one currency and one price base, in real terms. Only verified measurements come
in, and only complete periods (ended by the status date) count as planned to date or realised. What
is not measured is missing, never 0.
"""

from benefits.realisation.flow import (
    FlowFigures,
    attainment,
    flow_figures,
    realised_share,
    spread_to_come,
)
from benefits.realisation.periods import (
    Period,
    by_fiscal_year,
    covered_share,
    fiscal_year,
    rest,
    signed,
    total,
    without_overlap,
)
from benefits.realisation.stock import StockFigures, achievement, stock_figures
from benefits.realisation.timing import followed, profile_present_value, shifted

__all__ = [
    "FlowFigures",
    "Period",
    "StockFigures",
    "achievement",
    "attainment",
    "by_fiscal_year",
    "covered_share",
    "fiscal_year",
    "flow_figures",
    "followed",
    "profile_present_value",
    "realised_share",
    "rest",
    "shifted",
    "signed",
    "spread_to_come",
    "stock_figures",
    "total",
    "without_overlap",
]
