"""Second factors, which another app keeps, are noted in the audit register."""

import pgtrigger.compiler
import pmhub.database.operations
from django.db import migrations


class Migration(migrations.Migration):
    """A step of its own: the tables of that app follow those of all of ours."""

    dependencies = [
        ('mfa', '0003_authenticator_type_uniq'),
        ('pmhub', '0030_delegations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Factor',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('mfa.authenticator',),
        ),
        pmhub.database.operations.AddTriggers(
            triggers={'factor': [pgtrigger.compiler.Trigger(name='audit_made', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO pmhub_auditentry (act, object_type, object_id, details, actor) SELECT \'factor_added\', \'user\', (NEW."user_id")::text, jsonb_build_object(\'type\', NEW."type"), NULL; RETURN NULL;', hash='84d923bbfb27b924d92347c46725b7974cd95eac', operation='INSERT', pgid='pgtrigger_audit_made_932e5', table='mfa_authenticator', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_gone', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO pmhub_auditentry (act, object_type, object_id, details, actor) SELECT \'factor_removed\', \'user\', (OLD."user_id")::text, jsonb_build_object(\'type\', OLD."type"), NULL; RETURN NULL;', hash='1297221782d14500972d3b90e4349876103b4d17', operation='DELETE', pgid='pgtrigger_audit_gone_3415b', table='mfa_authenticator', when='AFTER'))]},
        ),
    ]
