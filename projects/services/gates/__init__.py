"""The verbs of gates: opening, voting, and the decision, which moves the project, programme or
tranche."""

from projects.services.gates.blockers import held_conflict
from projects.services.gates.conditions import extend_condition
from projects.services.gates.criteria import judge_criterion
from projects.services.gates.deciders import deciders_of
from projects.services.gates.immediate import (
    hold_alone,
    move_stage,
    next_gate_code,
    planned,
    ways_alone,
)
from projects.services.gates.replacement import replace_approver
from projects.services.gates.voting import open_gate, vote

__all__ = [
    "deciders_of",
    "extend_condition",
    "held_conflict",
    "hold_alone",
    "judge_criterion",
    "move_stage",
    "next_gate_code",
    "open_gate",
    "planned",
    "replace_approver",
    "vote",
    "ways_alone",
]
