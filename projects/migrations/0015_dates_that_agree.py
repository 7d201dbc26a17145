"""Rows written before their dates had to agree: an issue is due no earlier than it was raised, no
status was declared where there is none, and a booking ends with its project."""

from django.db import migrations

ISSUES = "UPDATE projects_issue SET due_on = raised_on WHERE due_on < raised_on"
PROJECTS = "UPDATE projects_project SET declared_on = NULL WHERE declared_rag = ''"
BOOKINGS = """
UPDATE projects_allocation a SET ends_on = coalesce(p.terminated_on, p.actual_finish)
FROM projects_project p
WHERE p.id = a.project_id AND p.status IN ('closed', 'terminated')
    AND a.starts_on <= coalesce(p.terminated_on, p.actual_finish)
    AND a.ends_on > coalesce(p.terminated_on, p.actual_finish)
"""


class Migration(migrations.Migration):

    dependencies = [("projects", "0014_code_locks")]

    operations = [
        migrations.RunSQL([ISSUES, f"{PROJECTS} AND declared_on IS NOT NULL", BOOKINGS], []),
    ]
