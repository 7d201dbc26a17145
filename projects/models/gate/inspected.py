"""Which inspections hold a gate of a project: those for its stage that are still to be held, the
last if it failed, and critical findings that nobody has verified. A trigger, which holds to plain
SQL too."""

import pgtrigger

from pmhub.database.triggers import refusal
from projects.models.gate.deciding import GOES_ON

UNPASSED = "Pass the inspections for this stage first, and have critical findings verified."


def inspections_passed() -> pgtrigger.Trigger:
    """Refuse to go on while an inspection holds the stage."""
    here = "i.project_id = NEW.project_id AND i.hold_point = NEW.stage_to"
    held = (
        f"EXISTS (SELECT FROM projects_inspection i WHERE {here} AND i.state = 'planned')"  # noqa: S608  # our own names
        f" OR (SELECT i.result = 'fail' FROM projects_inspection i WHERE {here}"
        " AND i.state = 'held' ORDER BY i.held_on DESC, i.id DESC LIMIT 1)"
        " OR EXISTS (SELECT FROM projects_inspectionfinding f"
        " JOIN projects_inspection i ON i.id = f.inspection_id"
        " WHERE i.project_id = NEW.project_id AND i.hold_point IN ('', NEW.stage_to)"
        " AND f.severity = 'critical' AND f.state IN ('open', 'corrected'))"
    )
    return pgtrigger.Trigger(
        name="votes_inspections",  # with the votes, after the life cycle
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'decided' AND NEW.project_id IS NOT NULL"),
        func=f"IF {GOES_ON} AND ({held}) THEN"
        f" {refusal('gate_inspections', 'state', UNPASSED)} END IF; RETURN NEW;",
    )
