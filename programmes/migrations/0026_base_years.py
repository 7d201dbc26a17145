"""A base year outside the years that fiscal years have is the nearest of these."""

from django.db import migrations

NEAREST = """
    UPDATE programmes_portfolio SET discount_base_year = greatest(1990, least(2200, discount_base_year))
    WHERE discount_base_year NOT BETWEEN 1990 AND 2200
"""


class Migration(migrations.Migration):
    dependencies = [("programmes", "0025_ends_last")]

    operations = [migrations.RunSQL(NEAREST, migrations.RunSQL.noop)]
