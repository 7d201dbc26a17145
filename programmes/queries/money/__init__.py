"""Money of a programme or a project: what is approved, forecast, spent and ordered."""

from programmes.queries.money.contingency import Movement, movements
from programmes.queries.money.earned_value import EarnedMonth, EarnedValue, earned
from programmes.queries.money.envelopes import (
    EnvelopeKey,
    ReconciledEnvelope,
    approved_on_lines,
    lifted,
    reconciled,
    requested,
    shared_out,
    tightest,
)
from programmes.queries.money.exposure import exposure_ends
from programmes.queries.money.orders import LineOrders, orders
from programmes.queries.money.tables import (
    TREATMENTS,
    Amounts,
    Cell,
    MoneyTable,
    money_of_programme,
    money_of_project,
)

__all__ = [
    "TREATMENTS",
    "Amounts",
    "Cell",
    "EarnedMonth",
    "EarnedValue",
    "EnvelopeKey",
    "LineOrders",
    "MoneyTable",
    "Movement",
    "ReconciledEnvelope",
    "approved_on_lines",
    "earned",
    "exposure_ends",
    "lifted",
    "money_of_programme",
    "money_of_project",
    "movements",
    "orders",
    "reconciled",
    "requested",
    "shared_out",
    "tightest",
]
