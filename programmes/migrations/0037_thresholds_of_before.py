"""The thresholds that portfolios have set so far become rule sets, each as of when it was set."""

from django.db import migrations

# What each portfolio showed from when on, and who set it; what is shown now comes last.
SET = """
WITH shown AS (
    SELECT e.id, e.rag_thresholds, e.pgh_created_at AS since, (e.pgh_context ->> 'user')::bigint AS who
    FROM programmes_portfolioevent e JOIN programmes_portfolio p ON p.id = e.id
    WHERE e.pgh_label <> 'delete'
    UNION ALL SELECT id, rag_thresholds, now(), NULL FROM programmes_portfolio
),
changed AS (
    SELECT *, lag(rag_thresholds, 1, '{}') OVER (PARTITION BY id ORDER BY since) AS before FROM shown
)
INSERT INTO programmes_ruleset
    (portfolio_id, kind, values, valid_from, reason, by_id, created_by_id, updated_by_id)
SELECT c.id, 'thresholds', c.rag_thresholds,
    least((c.since AT TIME ZONE p.time_zone)::date,
        CASE WHEN p.status_date_policy = 'fixed' THEN p.status_date
            ELSE (now() AT TIME ZONE p.time_zone)::date END),
    'Set on the portfolio', person.id, u.id, u.id
FROM changed c JOIN programmes_portfolio p ON p.id = c.id
LEFT JOIN pmhub_user u ON u.id = c.who LEFT JOIN pmhub_person person ON person.user_id = u.id
WHERE c.rag_thresholds <> c.before ORDER BY c.id, c.since
"""


class Migration(migrations.Migration):
    """Runs after the tables and their triggers are there."""

    dependencies = [("programmes", "0036_rule_sets")]
    operations = [migrations.RunSQL(SET, migrations.RunSQL.noop)]
