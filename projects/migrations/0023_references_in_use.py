from django.db import migrations

FILL = """
INSERT INTO pmhub_code (kind, object_id, portfolio_id, key)
SELECT 'cost', c.id, coalesce(p.portfolio_id, g.portfolio_id, lg.portfolio_id),
    c.source || chr(31) || c.source_ref
FROM projects_costactual c
LEFT JOIN projects_project p ON p.id = c.project_id
LEFT JOIN programmes_programme g ON g.id = p.programme_id
LEFT JOIN programmes_programmeline l ON l.id = c.programme_line_id
LEFT JOIN programmes_programme lg ON lg.id = l.programme_id
WHERE c.source_ref <> ''
AND NOT EXISTS (SELECT FROM pmhub_code k WHERE k.kind = 'cost' AND k.object_id = c.id)
"""


class Migration(migrations.Migration):
    """The references of costs that are in use already; the triggers keep them from here on."""

    dependencies = [("projects", "0022_kept_and_led"), ("programmes", "0024_kept_and_led")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
