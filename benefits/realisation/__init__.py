"""Benefits: planned, realised and forecast, and what a delay does to that.

Money is Decimal in one currency and one price base, in real terms. Only verified measurements are
used, and only complete periods (ended by the status date) count as planned to date or realised.
What is not measured is missing, never 0.
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
    fiscal_year,
    without_overlap,
)
from benefits.realisation.stock import achievement, stock_figures
from benefits.realisation.timing import delayed_forecast, profile_present_value, shifted_forecast

__all__ = [
    "FlowFigures",
    "Period",
    "achievement",
    "attainment",
    "by_fiscal_year",
    "delayed_forecast",
    "fiscal_year",
    "flow_figures",
    "profile_present_value",
    "realised_share",
    "shifted_forecast",
    "spread_to_come",
    "stock_figures",
    "without_overlap",
]
