"""Which inspections hold a gate of a project: those planned for its stage, the last one if it
failed, plans without a passed inspection, and critical findings that nobody has verified. A
trigger, which binds plain SQL, too."""

import pgtrigger

from pmhub.database.triggers import refusal, unchanged
from projects.models.gate.decision_triggers import GOES_ON
from projects.models.inspection_sql import unpassed_sql

UNPASSED = "Pass the inspections for this stage first, and have critical findings verified."


def inspections_passed() -> pgtrigger.Trigger:
    """Refuse to go on while an inspection holds the stage."""
    held = unpassed_sql(
        "{0}.project_id = NEW.project_id AND {0}.hold_point = NEW.stage_to",
        "i.project_id = NEW.project_id AND i.milestone_id IS NULL AND i.hold_point"
        " IN ('', NEW.stage_to)",
    )
    return pgtrigger.Trigger(
        name="votes_inspections",  # with the votes, after the life cycle
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'decided' AND NEW.project_id IS NOT NULL"),
        func=f"{unchanged('state')}IF {GOES_ON} AND ({held}) THEN"
        f" {refusal('gate_inspections', 'state', UNPASSED)} END IF; RETURN NEW;",
    )
