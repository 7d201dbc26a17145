"""What programmes have declared of their delivery confidence becomes the first record of each."""

from django.db import migrations

DECLARED = """
INSERT INTO programmes_dcarecord (programme_id, kind, scale, value, "on", basis)
SELECT id, 'self', 3, dca, coalesce(dca_on, updated_at::date), dca_basis
FROM programmes_programme WHERE dca <> '' ORDER BY id
"""


class Migration(migrations.Migration):
    """Runs after the tables and their triggers are there."""

    dependencies = [("programmes", "0031_objectives_confidence_overrides")]
    operations = [migrations.RunSQL(DECLARED, migrations.RunSQL.noop)]
