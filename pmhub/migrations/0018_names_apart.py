from django.db import migrations

# The first of those that differ in their case only keeps its name.
APART = """
UPDATE pmhub_user u SET username = left(u.username, 120) || '-' || u.id
WHERE EXISTS (
    SELECT FROM pmhub_user o
    WHERE pmhub_fold(o.username) = pmhub_fold(u.username) AND o.id < u.id
)
"""


class Migration(migrations.Migration):
    """Names by which people sign in that differ in their case only are told apart by a number."""

    dependencies = [("pmhub", "0017_jobs_hold_places")]

    operations = [migrations.RunSQL(APART, migrations.RunSQL.noop)]
