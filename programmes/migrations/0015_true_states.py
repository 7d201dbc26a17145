"""States and dates of governance that contradict one another are brought together before the
life cycles hold: a review with a day on which it was held was held, what is open was not closed."""

from django.db import migrations

TRUE = """
UPDATE programmes_assurancereview SET state = 'held'
WHERE state = 'planned' AND held_on <= current_date;
UPDATE programmes_assurancereview SET held_on = NULL
WHERE state = 'planned' AND held_on IS NOT NULL;
UPDATE programmes_assurancerecommendation SET closed_on = NULL
WHERE state = 'open' AND closed_on IS NOT NULL;
UPDATE programmes_programme SET actual_end_on = NULL
WHERE stage NOT IN ('closed', 'terminated') AND actual_end_on IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("programmes", "0014_disclosure_and_drafts")]

    operations = [migrations.RunSQL(TRUE, migrations.RunSQL.noop)]
