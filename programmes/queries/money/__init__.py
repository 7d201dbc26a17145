"""Money of a programme or a project: what is approved, forecast, spent and ordered."""

from programmes.queries.money.contingency import Movement, movements
from programmes.queries.money.earned_value import Earned, earned
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
    "Earned",
    "LineOrders",
    "MoneyTable",
    "Movement",
    "earned",
    "money_of_programme",
    "money_of_project",
    "movements",
    "orders",
]
