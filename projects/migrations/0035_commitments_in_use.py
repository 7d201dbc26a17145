from django.db import migrations

# The references of orders placed before their table had its triggers.
FILL = """
INSERT INTO pmhub_code (kind, object_id, portfolio_id, key)
SELECT 'commitment', c.id, coalesce(p.portfolio_id, g.portfolio_id),
    pmhub_fold(c.source || chr(31) || c.reference)
FROM projects_commitment c
JOIN projects_budgetline b ON b.id = c.budget_line_id
JOIN projects_project p ON p.id = b.project_id
LEFT JOIN programmes_programme g ON g.id = p.programme_id
WHERE NOT EXISTS (SELECT FROM pmhub_code k WHERE k.kind = 'commitment' AND k.object_id = c.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0034_judged_by_others"),
        ("pmhub", "0028_judged_by_others"),
    ]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
