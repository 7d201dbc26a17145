"""The verbs of benefits, their profiles, measurements, contributions, reviews, hand-overs and
anchors."""

from benefits.services.anchors import accept_move, anchor_benefit, propose_moves, refuse_move
from benefits.services.contributions import set_contributions
from benefits.services.hand_over import (
    accept_hand_over,
    ask_hand_over,
    decline_hand_over,
    withdraw_hand_over,
)
from benefits.services.lifecycle import (
    achieve_benefit,
    approve_benefit,
    miss_benefit,
    missed_now,
    profile_benefit,
    realised_now,
    start_benefit,
)
from benefits.services.measurements import (
    confirm_measurement,
    overlapped,
    plan_next_measurement,
    reject_measurement,
    submit_measurement,
    verify_measurement,
)
from benefits.services.move import move_benefit
from benefits.services.overlaps import open_overlaps, resolve_overlap
from benefits.services.profiles import (
    approve_version,
    correct_draft,
    propose_version,
    validate_version,
    write_profile,
)
from benefits.services.requested_changes import ask_for_change
from benefits.services.reviews import answer_review, ask_reviews, withdraw_reviews

__all__ = [
    "accept_hand_over",
    "accept_move",
    "achieve_benefit",
    "anchor_benefit",
    "answer_review",
    "approve_benefit",
    "approve_version",
    "ask_for_change",
    "ask_hand_over",
    "ask_reviews",
    "confirm_measurement",
    "correct_draft",
    "decline_hand_over",
    "miss_benefit",
    "missed_now",
    "move_benefit",
    "open_overlaps",
    "overlapped",
    "plan_next_measurement",
    "profile_benefit",
    "propose_moves",
    "propose_version",
    "realised_now",
    "refuse_move",
    "reject_measurement",
    "resolve_overlap",
    "set_contributions",
    "start_benefit",
    "submit_measurement",
    "validate_version",
    "verify_measurement",
    "withdraw_hand_over",
    "withdraw_reviews",
    "write_profile",
]
