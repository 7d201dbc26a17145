"""What every trigger asks first costs nothing where no trigger is ignored."""

from django.db import migrations

from pmhub.database.operations import SHOULD_IGNORE


class Migration(migrations.Migration):
    dependencies = [
        ("pmhub", "0041_reorganised"),
    ]

    operations = [migrations.RunSQL(SHOULD_IGNORE, migrations.RunSQL.noop)]
