"""Each profile that has entries has a version; entries name it by a foreign key of the database."""

from django.db import migrations

# What was written last is in force: nobody said of it what is proposed and what is approved.
VERSIONS = """
INSERT INTO benefits_profileversion (benefit_id, kind, number, reason, state)
SELECT benefit_id, version_kind, version_number,
    CASE WHEN version_kind = 'forecast' AND version_number > 1
        THEN 'Entered period by period.' ELSE '' END,
    CASE WHEN version_number = max(version_number) OVER (PARTITION BY benefit_id, version_kind)
        THEN 'approved' ELSE 'superseded' END
FROM (SELECT DISTINCT benefit_id, version_kind, version_number
    FROM benefits_benefitprofileentry) AS written
ORDER BY benefit_id, version_kind, version_number;
-- What follows is checked now: a table with checks that wait is not altered.
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
"""
KEY = """
ALTER TABLE benefits_benefitprofileentry ADD CONSTRAINT profileentry_of_version
    FOREIGN KEY (benefit_id, version_kind, version_number)
    REFERENCES benefits_profileversion (benefit_id, kind, number) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0020_profile_versions")]

    operations = [
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(
            KEY,
            "ALTER TABLE benefits_benefitprofileentry DROP CONSTRAINT profileentry_of_version",
        ),
    ]
