"""Which mandatory standards hold a gate: those that apply to the project and that it has not
answered. A trigger, which binds plain SQL, too."""

import pgtrigger

from pmhub.database.codes import OF_PROJECT
from pmhub.database.triggers import refusal, unchanged
from projects.models.gate.decision_triggers import GOES_ON

UNANSWERED = "Say first how the mandatory standards are applied, and have it agreed."


def standards_answered() -> pgtrigger.Trigger:
    """Refuse to go on while a mandatory standard that applies has no valid answer."""
    unanswered = (
        "SELECT FROM projects_project p JOIN projects_processasset a ON a.mandatory"  # noqa: S608  # our own names
        f" AND a.portfolio_id = {OF_PROJECT.format('NEW.project_id')}"
        " AND coalesce(a.template_id = p.template_id, a.template_id IS NULL)"
        " AND a.delivery_approach IN ('', p.delivery_approach)"
        " AND a.least_complexity <= p.complexity AND (p.regulated OR NOT a.regulated)"
        " AND a.stage IN ('', NEW.stage_from) WHERE p.id = NEW.project_id"
        " AND EXISTS (SELECT FROM projects_assetversion v"
        " WHERE v.asset_id = a.id AND v.state = 'published')"
        " AND NOT EXISTS (SELECT FROM projects_tailoringrecord t"
        " JOIN projects_assetversion v ON v.id = t.asset_version_id WHERE v.asset_id = a.id"
        " AND t.project_id = p.id AND t.state = 'agreed'"
        " AND coalesce(t.until >= NEW.decided_on, TRUE))"
    )
    return pgtrigger.Trigger(
        name="votes_standards",  # with the votes, after the life cycle
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'decided' AND NEW.project_id IS NOT NULL"),
        func=f"{unchanged('state')}IF {GOES_ON} AND EXISTS ({unanswered}) THEN"
        f" {refusal('gate_standards', 'state', UNANSWERED)} END IF; RETURN NEW;",
    )
