"""Money of a programme or a project: what is approved, forecast, spent and ordered."""

from programmes.queries.money.contingency import movements
from programmes.queries.money.earned_value import EarnedMonth, EarnedValue, earned
from programmes.queries.money.envelopes import (
    EnvelopeKey,
    approved_on_lines,
    overdrawn_envelope,
    reconciliation,
    requested,
    shared_out,
    tightest_envelope,
)
from programmes.queries.money.exposure import exposure_ends
from programmes.queries.money.orders import orders
from programmes.queries.money.tables import (
    TREATMENTS,
    Amounts,
    MoneyTable,
    money_of_programme,
    money_of_project,
)

__all__ = [
    "TREATMENTS",
    "Amounts",
    "EarnedMonth",
    "EarnedValue",
    "EnvelopeKey",
    "MoneyTable",
    "approved_on_lines",
    "earned",
    "exposure_ends",
    "money_of_programme",
    "money_of_project",
    "movements",
    "orders",
    "overdrawn_envelope",
    "reconciliation",
    "requested",
    "shared_out",
    "tightest_envelope",
]
