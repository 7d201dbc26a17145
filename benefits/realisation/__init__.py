"""Benefits: planned, realised and forecast; what each project contributes; what a delay costs.

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
    apart,
    by_fiscal_year,
    fiscal_year,
    rest,
    signed,
    total,
    within,
)
from benefits.realisation.stock import StockFigures, achievement, stock_figures
from benefits.realisation.timing import followed, profile_present_value, shifted, value_lost
from benefits.realisation.totals import (
    DIS_BENEFIT,
    NET,
    Shares,
    Total,
    ValueLine,
    WholeLife,
    achievement_index,
    benefit_rag,
    project_shares,
    totals,
    whole_life,
)

__all__ = [
    "DIS_BENEFIT",
    "NET",
    "FlowFigures",
    "Period",
    "Shares",
    "StockFigures",
    "Total",
    "ValueLine",
    "WholeLife",
    "achievement",
    "achievement_index",
    "apart",
    "attainment",
    "benefit_rag",
    "by_fiscal_year",
    "fiscal_year",
    "flow_figures",
    "followed",
    "profile_present_value",
    "project_shares",
    "realised_share",
    "rest",
    "shifted",
    "signed",
    "spread_to_come",
    "stock_figures",
    "total",
    "totals",
    "value_lost",
    "whole_life",
    "within",
]
