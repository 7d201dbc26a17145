from django.db import migrations

# The first of those that differ in their case only keeps its name.
APART = """
UPDATE programmes_scenario s SET name = left(s.name, 75) || ' (' || s.id || ')'
WHERE EXISTS (
    SELECT FROM programmes_scenario o
    WHERE o.programme_id = s.programme_id AND o.state = s.state
    AND (s.state = 'shared' OR (s.state = 'draft' AND o.created_by_id = s.created_by_id))
    AND pmhub_fold(o.name) = pmhub_fold(s.name) AND o.id < s.id
)
"""


class Migration(migrations.Migration):
    """Scenarios of a programme whose names differ in their case only are told apart by a number."""

    dependencies = [("programmes", "0027_base_year_bounds"), ("pmhub", "0018_names_apart")]

    operations = [migrations.RunSQL(APART, migrations.RunSQL.noop)]
