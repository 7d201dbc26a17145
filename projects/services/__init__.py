"""The verbs of projects, one family a file."""

from projects.services.actions import end
from projects.services.assumptions import (
    fail_assumption,
    next_assumption_code,
    settle_assumption,
)
from projects.services.budgets import (
    approve_request,
    approve_transfer,
    next_request_code,
    refuse_request,
    refuse_transfer,
)
from projects.services.changes import (
    approve_change,
    assess_change,
    defer_change,
    implement_change,
    next_change_code,
    reject_change,
    store_writes,
)
from projects.services.codes import next_code
from projects.services.creation import PlannedEntry, enter
from projects.services.date_adoption import adopt_computed_dates, computed_dates
from projects.services.ending import close_project, terminate_project
from projects.services.estimates import state_outcome
from projects.services.gates import (
    judge_criterion,
    move_stage,
    next_gate_code,
    open_gate,
    vote,
)
from projects.services.hand_over import (
    ask_successor,
    decline_project,
    recall_project,
    take_over,
)
from projects.services.inspections import (
    cancel_inspection,
    draw_inspections,
    hold_inspection,
    next_finding_code,
    next_inspection_code,
    next_plan_code,
    verify_finding,
)
from projects.services.issues import escalate_issue
from projects.services.money import post_cost
from projects.services.negotiation import write_message
from projects.services.oversight import answer_appeal, decide_oversight, gather_evidence
from projects.services.project import (
    approve_plan,
    check_plan,
    check_progress,
    create_project,
    move_project,
    rebaseline,
    reopen_project,
)
from projects.services.resources import decline_allocation, renew_allocation
from projects.services.risk import (
    aggregate_risk,
    check_parent,
    close_risk,
    escalate_risk,
    materialise_risk,
    return_risk,
    separate_risk,
)
from projects.services.schedule import (
    accept_dependency,
    achieve_milestone,
    agree_dependency,
    deliver_dependency,
    propose_dependency,
    record_milestone_forecast,
    withdraw_dependency,
)
from projects.services.stakeholders import (
    next_communication_code,
    next_stakeholder_code,
    send_communication,
)
from projects.services.work import (
    check_less,
    close_iteration,
    mark_progress,
    next_iteration,
    next_package_code,
)

__all__ = [
    "PlannedEntry",
    "accept_dependency",
    "achieve_milestone",
    "adopt_computed_dates",
    "aggregate_risk",
    "agree_dependency",
    "answer_appeal",
    "approve_change",
    "approve_plan",
    "approve_request",
    "approve_transfer",
    "ask_successor",
    "assess_change",
    "cancel_inspection",
    "check_less",
    "check_parent",
    "check_plan",
    "check_progress",
    "close_iteration",
    "close_project",
    "close_risk",
    "computed_dates",
    "create_project",
    "decide_oversight",
    "decline_allocation",
    "decline_project",
    "defer_change",
    "deliver_dependency",
    "draw_inspections",
    "end",
    "enter",
    "escalate_issue",
    "escalate_risk",
    "fail_assumption",
    "gather_evidence",
    "hold_inspection",
    "implement_change",
    "judge_criterion",
    "mark_progress",
    "materialise_risk",
    "move_project",
    "move_stage",
    "next_assumption_code",
    "next_change_code",
    "next_code",
    "next_communication_code",
    "next_finding_code",
    "next_gate_code",
    "next_inspection_code",
    "next_iteration",
    "next_package_code",
    "next_plan_code",
    "next_request_code",
    "next_stakeholder_code",
    "open_gate",
    "post_cost",
    "propose_dependency",
    "rebaseline",
    "recall_project",
    "record_milestone_forecast",
    "refuse_request",
    "refuse_transfer",
    "reject_change",
    "renew_allocation",
    "reopen_project",
    "return_risk",
    "send_communication",
    "separate_risk",
    "settle_assumption",
    "state_outcome",
    "store_writes",
    "take_over",
    "terminate_project",
    "verify_finding",
    "vote",
    "withdraw_dependency",
    "write_message",
]
