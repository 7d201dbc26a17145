from django.db import migrations


class Migration(migrations.Migration):
    """Ranges are worked out again, with that of costs: they are derived, and say so meanwhile."""

    dependencies = [("programmes", "0080_cases_of_projects")]

    operations = [
        migrations.RunSQL("DELETE FROM programmes_programmeranges", migrations.RunSQL.noop),
    ]
