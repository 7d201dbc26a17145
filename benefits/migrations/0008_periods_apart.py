"""Sets apart what overlaps, so that no day counts twice: of verified measurements the latest stays
and those it meets are superseded; of entries of one version of a profile the latest has its days
and those before it keep the others, with their share of the amount. History tells what was there.
"""

from django.db import migrations

SUPERSEDE = """
DO $$
BEGIN
    PERFORM set_config('pghistory.context_metadata',
        '{"via": "sql", "reason": "A later measurement covers days of it"}', true);
    -- From the latest down: what one that is itself superseded met may stay.
    LOOP
        UPDATE benefits_benefitmeasurement old SET status = 'superseded'
        WHERE old.status = 'verified' AND EXISTS (
            SELECT FROM benefits_benefitmeasurement later
            WHERE later.status = 'verified' AND later.benefit_id = old.benefit_id
                AND later.id > old.id AND later.period_start <= old.period_end
                AND later.period_end >= old.period_start
                AND NOT EXISTS (
                    SELECT FROM benefits_benefitmeasurement last
                    WHERE last.status = 'verified' AND last.benefit_id = later.benefit_id
                        AND last.id > later.id AND last.period_start <= later.period_end
                        AND last.period_end >= later.period_start));
        EXIT WHEN NOT FOUND;
    END LOOP;
    PERFORM set_config('pghistory.context_metadata', '', true);
END $$;
"""

CUT = """
SELECT set_config('pghistory.context_metadata',
    '{"via": "sql", "reason": "A later entry of the version covers days of it"}', true);
WITH rest AS (
    SELECT old.id, datemultirange(daterange(old.period_start, old.period_end, '[]'))
        - range_agg(daterange(later.period_start, later.period_end, '[]')) AS free
    FROM benefits_benefitprofileentry old
    JOIN benefits_benefitprofileentry later USING (benefit_id, version_kind, version_number)
    WHERE later.id > old.id AND later.period_start <= old.period_end
        AND later.period_end >= old.period_start
    GROUP BY old.id
), piece AS (
    SELECT entry.*, lower(days) AS first, upper(days) - 1 AS last,
        row_number() OVER (PARTITION BY entry.id ORDER BY days) AS number,
        CASE WHEN benefit.kind = 'stock' THEN value
            ELSE round(value * (upper(days) - lower(days)) / (period_end - period_start + 1), 2)
        END AS share
    FROM rest JOIN benefits_benefitprofileentry entry USING (id)
    JOIN benefits_benefit benefit ON benefit.id = entry.benefit_id,
    unnest(rest.free) AS stretch(days)
), gone AS (
    DELETE FROM benefits_benefitprofileentry entry USING rest
    WHERE entry.id = rest.id AND isempty(rest.free)
), kept AS (
    UPDATE benefits_benefitprofileentry entry
    SET period_start = first, period_end = last, value = share
    FROM piece WHERE entry.id = piece.id AND piece.number = 1
)
INSERT INTO benefits_benefitprofileentry (created_at, updated_at, created_by_id, updated_by_id,
    version, benefit_id, version_kind, version_number, period_start, period_end, value)
SELECT created_at, updated_at, created_by_id, updated_by_id, 1, benefit_id, version_kind,
    version_number, first, last, share
FROM piece WHERE number > 1;
SELECT set_config('pghistory.context_metadata', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ("benefits", "0007_reviews_of_terminations"),
    ]

    operations = [
        # Pieces of a period may begin where another still does.
        migrations.RemoveConstraint("benefitmeasurement", "measurement_one_verified"),
        migrations.RemoveConstraint("benefitprofileentry", "profileentry_once"),
        migrations.RunSQL([SUPERSEDE, CUT], migrations.RunSQL.noop),
    ]
