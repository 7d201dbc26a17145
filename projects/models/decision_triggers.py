"""The decisions that changes of a project leave: when it moves to another place, and when it is
stopped."""

from __future__ import annotations

import pgtrigger

from programmes.models.decision_triggers import Act, DecisionCause


def decided() -> list[pgtrigger.Trigger]:
    """Return the triggers that leave a decision when a project moves or is stopped. Of a merger the
    verb itself leaves one."""
    return [
        Act(
            "move",
            pgtrigger.UpdateOf("programme_id", "portfolio_id"),
            "OLD.programme_id IS DISTINCT FROM NEW.programme_id"
            " OR OLD.portfolio_id IS DISTINCT FROM NEW.portfolio_id",
            DecisionCause.MOVE,
            project="NEW.id",
            title="'Moved to ' || coalesce((SELECT code FROM programmes_programme"
            " WHERE id = NEW.programme_id), 'no programme')",
            outcome="'It is led from there on, with all that belongs to it'",
        ).trigger(),
        Act(
            "termination",
            pgtrigger.UpdateOf("status"),
            "NEW.status = 'terminated' AND OLD.status <> 'terminated'"
            " AND NEW.merged_into_id IS NULL",
            DecisionCause.TERMINATION,
            project="NEW.id",
            title="'Stopped ' || NEW.code",
            outcome="'The project stops before it has delivered'",
            rationale="NEW.ended_reason",
            day="NEW.terminated_on",
        ).trigger(),
    ]
