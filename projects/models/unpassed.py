"""What inspections hold, in SQL: those to be held, the last if it failed, critical findings that
nobody has verified."""

import pgtrigger

from pmhub.database.triggers import refusal

UNPASSED = "Pass the inspections for this first, and have critical findings verified."


def unpassed(point: str, findings: str) -> str:
    """Return the condition under which inspections hold a point. `point` says of an inspection `i`
    whether it is for that point, `findings` whether its critical findings hold it too."""
    return (
        f"EXISTS (SELECT FROM projects_inspection i WHERE {point} AND i.state = 'planned')"  # noqa: S608  # our own names
        f" OR (SELECT i.result = 'fail' FROM projects_inspection i WHERE {point}"
        " AND i.state = 'held' ORDER BY i.held_on DESC, i.id DESC LIMIT 1)"
        " OR EXISTS (SELECT FROM projects_inspectionfinding f"
        f" JOIN projects_inspection i ON i.id = f.inspection_id WHERE {findings}"
        " AND f.severity = 'critical' AND f.state IN ('open', 'corrected'))"
    )


def milestone_passed() -> pgtrigger.Trigger:
    """Refuse that a milestone is reached while an inspection holds it."""
    point = "i.milestone_id = NEW.id"
    return pgtrigger.Trigger(
        name="uninspected",  # after the life cycle: what is no move is refused as such
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'achieved' AND OLD.state <> 'achieved'"),
        func=f"IF {unpassed(point, point)} THEN"
        f" {refusal('milestone_inspections', 'state', UNPASSED)} END IF; RETURN NEW;",
    )
