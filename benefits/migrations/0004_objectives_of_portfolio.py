"""Take out objectives of another portfolio, before the database refuses them."""

from django.db import migrations

OTHERS = """
    FROM benefits_benefit b JOIN programmes_programme p ON p.id = b.programme_id
    JOIN programmes_strategicobjective o ON o.portfolio_id <> p.portfolio_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0003_benefit_links"),
        ("programmes", "0009_request_index"),
    ]

    operations = [
        migrations.RunSQL(
            f"""
            DELETE FROM benefits_benefit_objectives WHERE (benefit_id, strategicobjective_id) IN
                (SELECT b.id, o.id {OTHERS});
            UPDATE benefits_benefit SET objective_id = NULL WHERE (id, objective_id) IN
                (SELECT b.id, o.id {OTHERS});
            """,  # noqa: S608  # our own names
            migrations.RunSQL.noop,
        )
    ]
