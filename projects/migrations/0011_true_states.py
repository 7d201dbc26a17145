"""States and dates that contradict one another are brought together before they are refused.

A date without the state that it takes goes, as the state is what figures were computed from; what
was reached is achieved; what two sides of a range said the wrong way round is turned round. A risk
that said it was counted elsewhere, and was counted nowhere, is open again.
"""

from django.db import migrations

PROJECTS = """
UPDATE projects_project SET stage = 'closed' WHERE status = 'closed' AND stage <> 'closed';
UPDATE projects_project SET stage = 'operate_embed_close'
WHERE status <> 'closed' AND stage = 'closed';
UPDATE projects_project
SET forecast_finish = greatest(actual_finish, forecast_start), actual_finish = NULL
WHERE status IN ('active', 'on_hold') AND actual_finish IS NOT NULL;
UPDATE projects_project SET forecast_finish = greatest(actual_start, forecast_start)
WHERE forecast_finish < actual_start;
UPDATE projects_output SET accepted_on = NULL
WHERE state <> 'accepted' AND accepted_on IS NOT NULL;
UPDATE projects_complianceitem SET granted_on = NULL
WHERE state NOT IN ('granted', 'expired') AND granted_on IS NOT NULL;
"""

SCHEDULE = """
UPDATE projects_milestone SET state = 'achieved'
WHERE state = 'planned' AND actual_on <= current_date;
UPDATE projects_milestone SET actual_on = NULL
WHERE state <> 'achieved' AND actual_on IS NOT NULL;
UPDATE projects_dependency SET agreed_on = NULL
WHERE status IN ('identified', 'proposed') AND agreed_on IS NOT NULL;
UPDATE projects_dependency SET delivered_on = NULL
WHERE status IN ('identified', 'proposed', 'agreed') AND delivered_on IS NOT NULL;
UPDATE projects_dependency SET accepted_on = NULL
WHERE status <> 'accepted' AND accepted_on IS NOT NULL;
UPDATE projects_dependency SET accepted_on = delivered_on WHERE accepted_on < delivered_on;
"""

COUNTED = """
UPDATE projects_risk risk SET escalated_to_id = NULL,
    status = CASE risk.status WHEN 'escalated' THEN 'open' ELSE risk.status END
FROM projects_risk parent WHERE parent.id = risk.escalated_to_id
AND (risk.status <> 'escalated' OR parent.programme_id IS NULL OR parent.programme_id
    IS DISTINCT FROM (SELECT programme_id FROM projects_project WHERE id = risk.project_id));
UPDATE projects_risk SET status = 'open' WHERE status = 'escalated' AND escalated_to_id IS NULL;
UPDATE projects_risk risk SET aggregated_into_id = NULL
FROM projects_risk parent WHERE parent.id = risk.aggregated_into_id
AND (parent.programme_id IS NULL OR parent.programme_id
    IS DISTINCT FROM (SELECT programme_id FROM projects_project WHERE id = risk.project_id));
"""

RANGES = "".join(
    f"UPDATE projects_risk SET {view}_{figure}_min = {view}_{figure}_max,"  # noqa: S608  # our own names
    f" {view}_{figure}_max = {view}_{figure}_min"
    f" WHERE {view}_{figure}_min > {view}_{figure}_max;"
    for view in ("inherent", "residual", "target")
    for figure in ("cost", "days")
)


class Migration(migrations.Migration):
    dependencies = [("projects", "0010_codes")]

    operations = [
        migrations.RunSQL(statements, migrations.RunSQL.noop)
        for statements in (PROJECTS, SCHEDULE, COUNTED, RANGES)
    ]
