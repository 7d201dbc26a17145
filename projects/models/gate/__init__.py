"""Gates: only they move a project to another stage."""

from projects.models.gate.condition import GateCondition
from projects.models.gate.criterion import GateCriterion
from projects.models.gate.gate import Gate
from projects.models.gate.states import ConditionState, CriterionState, GateState
from projects.models.gate.vote import GateVote

__all__ = [
    "ConditionState",
    "CriterionState",
    "Gate",
    "GateCondition",
    "GateCriterion",
    "GateState",
    "GateVote",
]
