import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pmhub.access
import pmhub.database.operations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programmes', '0001_initial'),
        ('projects', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AssuranceReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code', models.CharField(max_length=20, unique=True)),
                ('programme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='assurance_reviews', to='programmes.programme')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='assurance_reviews', to='projects.project')),
                ('kind', models.CharField(choices=[('gate_0', 'Gate 0: strategic assessment'), ('gate_1', 'Gate 1: business justification'), ('gate_2', 'Gate 2: delivery strategy'), ('gate_3', 'Gate 3: investment decision'), ('gate_4', 'Gate 4: readiness for service'), ('gate_5', 'Gate 5: benefits realisation'), ('health_check', 'Health check'), ('peer', 'Peer review'), ('assurance_of_action_plan', 'Assurance of action plan'), ('internal_inspection', 'Internal inspection')], max_length=30)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('planned_on', models.DateField(blank=True, null=True)),
                ('held_on', models.DateField(blank=True, null=True)),
                ('dca', models.CharField(blank=True, choices=[('green', 'Green'), ('amber', 'Amber'), ('red', 'Red')], max_length=10)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('held', 'Held'), ('reported', 'Reported'), ('closed', 'Closed')], default='planned', max_length=20)),
            ],
            options={
                'ordering': ['-held_on', 'code'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('programme__isnull', False), ('project__isnull', True)), models.Q(('programme__isnull', True), ('project__isnull', False)), _connector='OR'), name='assurancereview_one_parent', violation_error_message='Give exactly one: programme or project.'), models.CheckConstraint(condition=models.Q(('kind__in', ['gate_0', 'gate_1', 'gate_2', 'gate_3', 'gate_4', 'gate_5', 'health_check', 'peer', 'assurance_of_action_plan', 'internal_inspection'])), name='assurancereview_kind_choice', violation_error_message='Choose one of: gate_0, gate_1, gate_2, gate_3, gate_4, gate_5, health_check, peer, assurance_of_action_plan, internal_inspection.'), models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'held', 'reported', 'closed'])), name='assurancereview_state_choice', violation_error_message='Choose one of: planned, held, reported, closed.'), models.CheckConstraint(condition=models.Q(('dca__in', ['', 'green', 'amber', 'red'])), name='assurancereview_dca_choice', violation_error_message='Choose green, amber or red.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='1a157b320801d514861c1068e7050a1ba3ee19d2', operation='UPDATE', pgid='pgtrigger_stamped_b7e6c', table='programmes_assurancereview', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', programme_id FROM new_rows WHERE programme_id IS NOT NULL UNION SELECT DISTINCT 'P', project_id FROM new_rows WHERE project_id IS NOT NULL; RETURN NULL;", hash='128582953502f8d44c2fd3f1719595166668b5bc', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_4accb', referencing='REFERENCING NEW TABLE AS new_rows ', table='programmes_assurancereview', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', programme_id FROM old_rows WHERE programme_id IS NOT NULL UNION SELECT DISTINCT 'G', programme_id FROM new_rows WHERE programme_id IS NOT NULL UNION SELECT DISTINCT 'P', project_id FROM old_rows WHERE project_id IS NOT NULL UNION SELECT DISTINCT 'P', project_id FROM new_rows WHERE project_id IS NOT NULL; RETURN NULL;", hash='b5dea4f66896c2bc8e893add6b3115eedd1d88c7', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_1965f', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programmes_assurancereview', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', programme_id FROM old_rows WHERE programme_id IS NOT NULL UNION SELECT DISTINCT 'P', project_id FROM old_rows WHERE project_id IS NOT NULL; RETURN NULL;", hash='61d821b4d3349db3568e8f0174f5f7853b49ad84', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_49c03', referencing='REFERENCING OLD TABLE AS old_rows ', table='programmes_assurancereview', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='27cfc62a46e8956f210d189033dbf955645c5e7e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_2435f', table='programmes_assurancereview', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='AssuranceRecommendation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recommendations', to='programmes.assurancereview')),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('priority', models.CharField(choices=[('critical', 'Critical: do now'), ('essential', 'Essential: do by a date'), ('recommended', 'Recommended')], default='recommended', max_length=20)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pmhub.person')),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('rejected', 'Rejected')], default='open', max_length=10)),
                ('closed_on', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['review', 'number'],
                'constraints': [models.UniqueConstraint(fields=('review', 'number'), name='recommendation_number'), models.CheckConstraint(condition=models.Q(('priority__in', ['critical', 'essential', 'recommended'])), name='recommendation_priority_choice', violation_error_message='Choose one of: critical, essential, recommended.'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'rejected'])), name='recommendation_state_choice', violation_error_message='Choose one of: open, done, rejected.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='706caf68b3d1df5bf62f3e6623684a8421e2ed74', operation='UPDATE', pgid='pgtrigger_stamped_de4e7', table='programmes_assurancerecommendation', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'A', review_id FROM new_rows WHERE review_id IS NOT NULL; RETURN NULL;", hash='76b556ab1d6fdb6e33ba2542941e4326fb40b914', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_8a153', referencing='REFERENCING NEW TABLE AS new_rows ', table='programmes_assurancerecommendation', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'A', review_id FROM old_rows WHERE review_id IS NOT NULL UNION SELECT DISTINCT 'A', review_id FROM new_rows WHERE review_id IS NOT NULL; RETURN NULL;", hash='e3473ac02c2d3f0b36081a91145e1275506669ab', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_bde42', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programmes_assurancerecommendation', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'A', review_id FROM old_rows WHERE review_id IS NOT NULL; RETURN NULL;", hash='0efbd23576f3f1d6edb06d756ea15891373c6745', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_29a3c', referencing='REFERENCING OLD TABLE AS old_rows ', table='programmes_assurancerecommendation', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='867b5e97c1aec51db6cbc8a5c0fa69bc414a7356', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_5a908', table='programmes_assurancerecommendation', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        pmhub.database.operations.InstallTriggers(
            models=['AssuranceReview', 'AssuranceRecommendation'],
        ),
    ]
