"""The day on which projects were terminated that were so before it was kept."""

from django.db import migrations

# Of one that had not started nothing but its last change says when.
TERMINATED_ON = """
UPDATE projects_project SET terminated_on = coalesce(actual_finish, updated_at::date)
WHERE status = 'terminated'
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_terminated_on")]

    operations = [migrations.RunSQL(TERMINATED_ON, migrations.RunSQL.noop)]
