"""What was open of projects and programmes that had ended before it fell away with an end."""

# ruff: noqa: S608  # our own names

from django.db import migrations

ENDED = "SELECT p.id FROM projects_project p WHERE p.status NOT IN ('active', 'on_hold')"
STOPPED = "SELECT p.id FROM projects_project p WHERE p.status = 'terminated'"
OVER = "SELECT m.id FROM programmes_programme m WHERE m.stage IN ('closed', 'terminated')"
ABANDONED = "SELECT m.id FROM programmes_programme m WHERE m.stage = 'terminated'"
HERE = f"(project_id IN ({ENDED}) OR programme_id IN ({OVER}))"
STOPPED_HERE = f"(project_id IN ({STOPPED}) OR programme_id IN ({ABANDONED}))"


def ended_on(project: str, programme: str = "NULL") -> str:
    """SQL for the day on which what a row is of ended."""
    return (
        "coalesce((SELECT coalesce(p.terminated_on, p.actual_finish) FROM projects_project p"
        f" WHERE p.id = {project}), (SELECT m.actual_end_on FROM programmes_programme m"
        f" WHERE m.id = {programme}), current_date)"
    )


FALLEN = f"""
SELECT set_config('pghistory.context_metadata',
    '{{"via": "sql", "reason": "What it is about has ended."}}', true);
UPDATE projects_changerequest SET state = 'withdrawn'
    WHERE state IN ('raised', 'impact_assessed', 'deferred', 'approved') AND {HERE};
UPDATE projects_budgetrequest SET state = 'draft' WHERE state = 'submitted' AND {HERE};
UPDATE projects_budgettransfer SET state = 'withdrawn' WHERE state = 'proposed'
    AND to_line_id IN (SELECT b.id FROM projects_budgetline b WHERE b.project_id IN ({ENDED}));
UPDATE projects_assumption
    SET state = 'retired', settled_on = {ended_on("project_id", "programme_id")}
    WHERE state = 'open' AND {HERE};
UPDATE projects_gate SET state = 'cancelled' WHERE state IN ('planned', 'open')
    AND ({HERE} OR tranche_id IN (SELECT t.id FROM programmes_tranche t
        WHERE t.state NOT IN ('planned', 'authorised', 'in_delivery', 'embedding')
        OR t.programme_id IN ({OVER})));
UPDATE projects_tailoringrecord SET state = 'declined'
    WHERE state = 'proposed' AND project_id IN ({ENDED});
UPDATE projects_oversightdecision SET state = 'declined'
    WHERE state = 'proposed' AND project_id IN ({ENDED});
UPDATE programmes_healthoverride SET state = 'withdrawn' WHERE state = 'proposed' AND {HERE};
UPDATE programmes_businesscase SET state = 'rejected', rejection_reason = 'What it is of has ended.'
    WHERE state = 'submitted' AND {HERE};
UPDATE benefits_sharedbenefitclaim SET state = 'withdrawn'
    WHERE state = 'proposed' AND programme_id IN ({OVER});
UPDATE benefits_benefithandover
    SET state = 'withdrawn', answered_on = greatest(asked_on, {ended_on("project_id")})
    WHERE state = 'asked' AND project_id IN ({ENDED});
UPDATE projects_communication SET state = 'cancelled' WHERE state = 'planned' AND {HERE};
UPDATE projects_issue SET state = 'resolved', resolution = CASE btrim(resolution)
        WHEN '' THEN 'What it is about has ended.' ELSE resolution END
    WHERE state IN ('raised', 'in_progress', 'escalated') AND {STOPPED_HERE};
UPDATE programmes_assurancerecommendation SET state = 'rejected',
    closed_on = {ended_on("v.project_id", "v.programme_id")}
    FROM programmes_assurancereview v WHERE v.id = review_id
    AND programmes_assurancerecommendation.state = 'open'
    AND (v.project_id IN ({STOPPED}) OR v.programme_id IN ({ABANDONED}));
UPDATE projects_inspectionfinding SET state = 'lapsed' WHERE state IN ('open', 'corrected')
    AND inspection_id IN (SELECT i.id FROM projects_inspection i
        WHERE i.project_id IN ({STOPPED} AND p.merged_into_id IS NULL));
SELECT set_config('pghistory.context_metadata', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0056_total_order"),
        ("programmes", "0119_names_and_homes"),
        ("projects", "0124_told_apart_and_found"),
    ]

    operations = [migrations.RunSQL(FALLEN, migrations.RunSQL.noop)]
