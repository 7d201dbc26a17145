"""A time zone that the database does not know stops every figure of its portfolio: it becomes UTC.
Unknown ones are refused from here on."""

from django.db import migrations

UNKNOWN = """
UPDATE programmes_portfolio SET time_zone = 'UTC' WHERE time_zone NOT IN (
    SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/'
    AND name NOT IN ('localtime', 'posixrules', 'Factory'))
"""


class Migration(migrations.Migration):
    dependencies = [("programmes", "0021_marks_of_what_is_read")]

    operations = [migrations.RunSQL(UNKNOWN, migrations.RunSQL.noop)]
