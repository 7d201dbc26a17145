"""Recovery codes of before could be read again: they end, and their owners make new ones."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('mfa', '0003_authenticator_type_uniq'),
        ('pmhub', '0028_judged_by_others'),
    ]

    operations = [
        migrations.RunSQL(
            "DELETE FROM mfa_authenticator WHERE type = 'recovery_codes'",
            migrations.RunSQL.noop,
        ),
    ]
