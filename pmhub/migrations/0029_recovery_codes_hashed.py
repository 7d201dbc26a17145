"""Recovery codes of before could be read again: they end, and their owners make new ones."""

from django.db import migrations

# Where their table is not made yet there are none.
ENDED = """
DO $$ BEGIN
    IF to_regclass('mfa_authenticator') IS NOT NULL THEN
        DELETE FROM mfa_authenticator WHERE type = 'recovery_codes';
    END IF;
END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pmhub', '0028_judged_by_others'),
    ]

    operations = [migrations.RunSQL(ENDED, migrations.RunSQL.noop)]
