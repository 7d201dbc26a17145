from django.db import migrations

OF_PROGRAMME = "(SELECT g.portfolio_id FROM programmes_programme g WHERE g.id = r.programme_id)"
OF_PROJECT = (
    "(SELECT coalesce(p.portfolio_id, g.portfolio_id) FROM projects_project p"
    " LEFT JOIN programmes_programme g ON g.id = p.programme_id WHERE p.id = r.{0})"
)
KINDS = [
    ("programme", "programmes_programme", "r.portfolio_id"),
    ("project", "projects_project", f"coalesce(r.portfolio_id, {OF_PROGRAMME})"),
    ("benefit", "benefits_benefit", OF_PROGRAMME),
    ("risk", "projects_risk", f"coalesce({OF_PROJECT.format('project_id')}, {OF_PROGRAMME})"),
    ("dependency", "projects_dependency", OF_PROJECT.format("receiver_id")),
    ("milestone", "projects_milestone", OF_PROJECT.format("project_id")),
    ("resource", "projects_resource", "r.portfolio_id"),
]
FILL = """
INSERT INTO pmhub_code (kind, object_id, portfolio_id, key)
SELECT '{kind}', r.id, {home}, pmhub_fold(r.code) FROM {table} r
WHERE NOT EXISTS (SELECT FROM pmhub_code c WHERE c.kind = '{kind}' AND c.object_id = r.id)
"""


class Migration(migrations.Migration):
    """The codes that are in use already; the triggers keep them from here on."""

    dependencies = [
        ("benefits", "0010_codes"),
        ("projects", "0010_codes"),
        ("programmes", "0012_codes"),
        ("pmhub", "0008_codes"),
    ]

    operations = [
        migrations.RunSQL(
            FILL.format(kind=kind, table=table, home=home), migrations.RunSQL.noop
        )
        for kind, table, home in KINDS
    ]
