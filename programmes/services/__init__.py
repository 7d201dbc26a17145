"""The verbs of programmes, one family a file."""

from programmes.services.cases import (
    approve_case,
    copy_options,
    next_number,
    reject_case,
    submit_case,
)
from programmes.services.decisions import acknowledge, make_decision
from programmes.services.exceptions import close_exception, decide_exception, raise_exceptions
from programmes.services.figures import request_recompute
from programmes.services.health_overrides import approve_override
from programmes.services.mandates import approve_mandate, issue_mandate
from programmes.services.meetings import call_meeting, hold_meeting
from programmes.services.money import (
    draw_contingency,
    give_contingency,
    return_contingency,
    transfer_contingency,
)
from programmes.services.objectives import (
    reject_objective_measurement,
    verify_objective_measurement,
)
from programmes.services.packs import freeze_pack
from programmes.services.reports import approve_report, publish_report, return_report, submit_report
from programmes.services.stages import (
    close_programme,
    move_programme,
    pass_boundary,
    resume_programme,
    terminate_programme,
)
from programmes.services.whatif import (
    MOST_CHANGES,
    add_changes,
    adopt_change,
    current_changes,
    duplicate_scenario,
    place_change,
    renew_change,
    share_scenario,
    store_trial,
)

__all__ = [
    "MOST_CHANGES",
    "acknowledge",
    "add_changes",
    "adopt_change",
    "approve_case",
    "approve_mandate",
    "approve_override",
    "approve_report",
    "call_meeting",
    "close_exception",
    "close_programme",
    "copy_options",
    "current_changes",
    "decide_exception",
    "draw_contingency",
    "duplicate_scenario",
    "freeze_pack",
    "give_contingency",
    "hold_meeting",
    "issue_mandate",
    "make_decision",
    "move_programme",
    "next_number",
    "pass_boundary",
    "place_change",
    "publish_report",
    "raise_exceptions",
    "reject_case",
    "reject_objective_measurement",
    "renew_change",
    "request_recompute",
    "resume_programme",
    "return_contingency",
    "return_report",
    "share_scenario",
    "store_trial",
    "submit_case",
    "submit_report",
    "terminate_programme",
    "transfer_contingency",
    "verify_objective_measurement",
]
