"""Rows that what follows would refuse, brought into a form that it takes, and nothing lost."""

from django.db import migrations

# Work that had progressed had begun: when it was forecast or planned to, never after its status
# date.
BEGUN = """
UPDATE projects_project p SET actual_start = least(
    coalesce(
        p.forecast_start,
        (SELECT b.starts_on FROM projects_baseline b WHERE b.project_id = p.id
            AND b.approved_on IS NOT NULL ORDER BY b.number DESC LIMIT 1),
        p.created_at::date
    ),
    CASE WHEN f.status_date_policy = 'fixed' THEN f.status_date END,
    current_date
)
FROM programmes_portfolio f
WHERE p.percent_complete > 0 AND p.actual_start IS NULL
    AND f.id = coalesce(p.portfolio_id,
        (SELECT g.portfolio_id FROM programmes_programme g WHERE g.id = p.programme_id))
"""

# The same dependency entered twice: the later ones say which they are.
TOLD_APART = """
UPDATE projects_dependency d SET deliverable = left(deliverable, 275) || ' (' || code || ')'
WHERE status <> 'withdrawn' AND EXISTS (
    SELECT 1 FROM projects_dependency o WHERE o.id < d.id AND o.status <> 'withdrawn'
        AND (coalesce(o.giver_id, 0), lower(o.external_giver), coalesce(o.giver_milestone_id, 0),
            o.receiver_id, coalesce(o.receiver_milestone_id, 0), lower(o.deliverable), o.kind)
        = (coalesce(d.giver_id, 0), lower(d.external_giver), coalesce(d.giver_milestone_id, 0),
            d.receiver_id, coalesce(d.receiver_milestone_id, 0), lower(d.deliverable), d.kind)
)
"""

# A rejected delivery is still owed, and drives again; where that would close a circle of projects
# it goes on without driving.
NO_CIRCLE = """
WITH RECURSIVE edge AS (
    SELECT id, giver_id, receiver_id, status FROM projects_dependency
    WHERE giver_id IS NOT NULL AND drives_schedule AND status NOT IN ('accepted', 'withdrawn')
),
reached(origin, project) AS (
    SELECT id, receiver_id FROM edge WHERE status = 'rejected'
    UNION SELECT origin, edge.receiver_id FROM reached JOIN edge ON giver_id = project
)
UPDATE projects_dependency d SET drives_schedule = false
WHERE EXISTS (SELECT 1 FROM reached WHERE origin = d.id AND project = d.giver_id)
"""

# Projects that stand alone are computed again, by events; programmes are, as the engine is new.
AGAIN = """
INSERT INTO programmes_rolluprequest (kind, object_id)
SELECT 'P', id FROM projects_project WHERE programme_id IS NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0006_project_terminated_on'),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (BEGUN, TOLD_APART, NO_CIRCLE, AGAIN)
    ]
