import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pmhub.access
import pmhub.database.operations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pmhub', '0001_initial'),
        ('projects', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RoleAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='pmhub.person')),
                ('role', models.CharField(choices=[('sponsor', 'Sponsor'), ('sro', 'Senior responsible owner'), ('programme_manager', 'Programme manager'), ('bcm', 'Business change manager'), ('project_manager', 'Project manager'), ('project_executive', 'Project executive'), ('benefit_owner', 'Benefit owner'), ('risk_owner', 'Risk owner'), ('pmo', 'PMO'), ('assurer', 'Assurer'), ('viewer', 'Viewer')], max_length=20)),
                ('portfolio', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='programmes.portfolio')),
                ('programme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='programmes.programme')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='projects.project')),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('ends_on', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['person__name', 'role'],
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['sponsor', 'sro', 'programme_manager', 'bcm', 'project_manager', 'project_executive', 'benefit_owner', 'risk_owner', 'pmo', 'assurer', 'viewer'])), name='role_role_choice', violation_error_message='Choose one of: sponsor, sro, programme_manager, bcm, project_manager, project_executive, benefit_owner, risk_owner, pmo, assurer, viewer.'), models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='role_starts_on_ends_on_order', violation_error_message='Ends on must not be before starts on.'), models.CheckConstraint(condition=models.Q(models.Q(('portfolio__isnull', True), ('programme__isnull', True)), models.Q(('portfolio__isnull', True), ('project__isnull', True)), models.Q(('programme__isnull', True), ('project__isnull', True)), _connector='OR'), name='role_one_scope', violation_error_message='Name a portfolio, a programme or a project, or none for the whole organisation.'), models.UniqueConstraint(condition=models.Q(('ends_on__isnull', True)), fields=('person', 'role', 'portfolio', 'programme', 'project'), name='role_held_once', nulls_distinct=False, violation_error_message='This person holds this role here already.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='be95a446a210420f93e1335719d4eb6c6635e42e', operation='UPDATE', pgid='pgtrigger_stamped_db203', table='pmhub_roleassignment', when='BEFORE'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        pmhub.database.operations.InstallTriggers(
            models=['RoleAssignment'],
        ),
    ]
