"""SQL of what inspections hold: planned ones, the last one if it failed, plans without a passed
inspection, and critical findings that nobody has verified."""

import pgtrigger

from pmhub.database.triggers import refusal, unchanged

UNPASSED = "Pass the inspections for this first, and have critical findings verified."


def unpassed_sql(point: str, findings: str) -> str:
    """Return the SQL condition under which inspections hold a point. `point` is a condition on an
    inspection or a plan `{0}` to be for that point; `findings` is one on an inspection `i` for its
    critical findings to hold the point."""
    here = point.format("i")
    return (
        f"EXISTS (SELECT FROM projects_inspection i WHERE {here} AND i.state = 'planned')"  # noqa: S608  # our own names
        f" OR (SELECT i.result = 'fail' FROM projects_inspection i WHERE {here}"
        " AND i.state = 'held' ORDER BY i.held_on DESC, i.id DESC LIMIT 1)"
        f" OR EXISTS (SELECT FROM projects_inspectionplan p WHERE {point.format('p')}"
        " AND p.state = 'active' AND NOT EXISTS (SELECT FROM projects_inspection i"
        f" WHERE i.plan_id = p.id AND {here} AND i.state = 'held' AND i.result <> 'fail'))"
        " OR EXISTS (SELECT FROM projects_inspectionfinding f"
        f" JOIN projects_inspection i ON i.id = f.inspection_id WHERE {findings}"
        " AND f.severity = 'critical' AND f.state IN ('open', 'corrected'))"
    )


def milestone_passed() -> pgtrigger.Trigger:
    """Refuse to reach a milestone while an inspection holds it."""
    point = "{0}.milestone_id = NEW.id"
    return pgtrigger.Trigger(
        name="uninspected",  # sorts after the life cycle, which refuses what is no move
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'achieved' AND OLD.state <> 'achieved'"),
        func=f"IF {unpassed_sql(point, point.format('i'))} THEN"
        f" {refusal('milestone_inspections', 'state', UNPASSED)} END IF; RETURN NEW;",
    )


CRITICAL = (
    "It found something critical that nobody has verified: it has failed, or passed with findings."
)
PASSED = "This inspection has passed, so it found nothing critical: hold another one."


def nothing_critical(when: str) -> pgtrigger.Trigger:
    """Refuse that an inspection passes without findings while it has a critical one that nobody has
    verified: checked when it is `passed`, and when a finding is `found`. A finding locks its
    inspection, so that of two at once the second waits for the first."""
    critical = "severity = 'critical' AND {row}state IN ('open', 'corrected')"
    passed = "state = 'held' AND {row}result = 'pass'"
    if when == "passed":
        says = refusal("inspection_passed", "result", CRITICAL)
        rows = (
            "projects_inspectionfinding f WHERE f.inspection_id = NEW.id"
            f" AND f.{critical.format(row='f.')}"
        )
        condition, columns = f"NEW.{passed.format(row='NEW.')}", ("state", "result")
        lock = ""
    else:
        says = refusal("finding_of_passed", "severity", PASSED)
        rows = (
            f"projects_inspection i WHERE i.id = NEW.inspection_id AND i.{passed.format(row='i.')}"
        )
        condition, columns = f"NEW.{critical.format(row='NEW.')}", ("severity", "inspection_id")
        lock = "PERFORM FROM projects_inspection WHERE id = NEW.inspection_id FOR NO KEY UPDATE; "
    return pgtrigger.Trigger(
        name="nothing_critical",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns),
        condition=pgtrigger.Condition(condition),
        func=f"{unchanged(*columns)}{lock}IF EXISTS (SELECT FROM {rows}) THEN {says} END IF;"
        " RETURN NEW;",
    )
