"""Take out objectives of another portfolio, before the database refuses them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("programmes", "0009_request_index")]

    operations = [
        migrations.RunSQL(
            """
            DELETE FROM programmes_programme_objectives link
            USING programmes_programme p, programmes_strategicobjective o
            WHERE p.id = link.programme_id AND o.id = link.strategicobjective_id
                AND o.portfolio_id <> p.portfolio_id
            """,
            migrations.RunSQL.noop,
        )
    ]
