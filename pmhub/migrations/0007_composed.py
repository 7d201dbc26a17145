from django.db import migrations

COMPOSE = """
DO $$
DECLARE place record;
BEGIN
    FOR place IN
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')
            AND table_name NOT IN ('programmes_statusreport', 'programmes_scenariochange')
            AND table_name IN (
                SELECT table_name FROM information_schema.columns
                WHERE table_schema = current_schema() AND column_name = 'created_by_id')
    LOOP
        EXECUTE format(
            'UPDATE %1$I SET %2$I = normalize(%2$I) WHERE %2$I IS NOT NFC NORMALIZED',
            place.table_name, place.column_name);
    END LOOP;
END $$
"""

# Where a code is unique: its table, and SQL for the place.
OF_PROGRAMME = "(SELECT portfolio_id FROM programmes_programme WHERE id = r.programme_id)"
OF_PROJECT = (
    "(SELECT coalesce(p.portfolio_id, g.portfolio_id) FROM projects_project p"
    " LEFT JOIN programmes_programme g ON g.id = p.programme_id WHERE p.id = r.{0})"
)
CODES = [
    ("pmhub_person", "1"),
    ("programmes_portfolio", "1"),
    ("programmes_strategicobjective", "portfolio_id"),
    ("programmes_programme", "portfolio_id"),
    ("programmes_tranche", "programme_id"),
    ("programmes_outcome", "programme_id"),
    ("programmes_programmeline", "programme_id"),
    ("programmes_assurancereview", "programme_id, project_id"),
    ("projects_project", f"coalesce(portfolio_id, {OF_PROGRAMME})"),
    ("projects_output", "project_id"),
    ("projects_budgetline", "project_id"),
    ("projects_issue", "programme_id, project_id"),
    ("projects_complianceitem", "project_id"),
    ("projects_milestone", OF_PROJECT.format("project_id")),
    ("projects_dependency", OF_PROJECT.format("receiver_id")),
    ("projects_resource", "portfolio_id"),
    ("projects_risk", f"coalesce({OF_PROJECT.format('project_id')}, {OF_PROGRAMME})"),
    ("benefits_benefit", OF_PROGRAMME),
]
# The first keeps its code; of those that differed from it by case alone, each gets its id.
RENUMBER = """
UPDATE {table} t SET code = left(t.code, 20 - length(s.suffix)) || s.suffix
FROM (
    SELECT id, '-' || id AS suffix,
        row_number() OVER (PARTITION BY {place}, pmhub_fold(code) ORDER BY id) AS place
    FROM {table} r
) s
WHERE s.id = t.id AND s.place > 1
"""
ZONES = """
UPDATE programmes_portfolio SET time_zone = 'UTC'
WHERE time_zone NOT IN (SELECT name FROM pg_timezone_names)
    OR time_zone IN ('localtime', 'posixrules', 'Factory')
"""


class Migration(migrations.Migration):
    """What is stored, as it is written from now on: composed, codes apart by more than case, time
    zones that the database knows."""

    dependencies = [
        ("pmhub", "0006_collation"),
        ("programmes", "0009_request_index"),
        ("projects", "0003_no_cycle_once"),
        ("benefits", "0003_benefit_links"),
    ]

    operations = [
        migrations.RunSQL(COMPOSE, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(RENUMBER.format(table=table, place=place), migrations.RunSQL.noop)
            for table, place in CODES
        ),
        migrations.RunSQL(ZONES, migrations.RunSQL.noop),
    ]
