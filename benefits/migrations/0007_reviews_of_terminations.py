"""The question to the owners of benefits to which projects contributed that were terminated before
it was asked."""

from django.db import migrations

ASK = """
INSERT INTO benefits_benefitreview (
    benefit_id, contribution_id, cause, state, asked_on, due_on, reviewer_id, findings, decision
)
SELECT b.id, c.id, 'termination', 'open', p.terminated_on, p.terminated_on + 30, b.owner_id, '', ''
FROM benefits_benefitcontribution c
JOIN projects_project p ON p.id = c.project_id AND p.status = 'terminated'
JOIN benefits_benefit b ON b.id = c.benefit_id AND b.status NOT IN ('withdrawn', 'superseded')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0006_benefit_reviews"),
        ("projects", "0006_project_terminated_on"),
    ]

    operations = [migrations.RunSQL(ASK, migrations.RunSQL.noop)]
