"""How a budget grows and moves: requests for more, and transfers between lines."""

from projects.models.budget.request import BudgetRequest
from projects.models.budget.states import BudgetRequestState, BudgetTransferState
from projects.models.budget.transfer import BudgetTransfer

__all__ = ["BudgetRequest", "BudgetRequestState", "BudgetTransfer", "BudgetTransferState"]
