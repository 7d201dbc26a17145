import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pmhub.access
import pmhub.database.operations
import programmes.models.ledger
import programmes.models.portfolio
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('pmhub', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Portfolio',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('organisation', models.CharField(max_length=200)),
                ('currency', models.CharField(default='GBP', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Enter a currency code such as GBP.')])),
                ('money_unit', models.PositiveIntegerField(choices=[(1, 'units'), (1000, 'thousands'), (1000000, 'millions')], default=1000)),
                ('time_zone', models.CharField(default='Europe/London', max_length=60, validators=[programmes.models.portfolio.known_time_zone])),
                ('fiscal_year_start_month', models.PositiveSmallIntegerField(default=4)),
                ('pmo_type', models.CharField(choices=[('supportive', 'Supportive'), ('controlling', 'Controlling'), ('directive', 'Directive')], default='controlling', max_length=20)),
                ('discount_base_year', models.PositiveSmallIntegerField(default=2024, help_text='The fiscal year, by the year it starts in, that is undiscounted')),
                ('discount_schedule', models.CharField(choices=[('green_book', 'Green Book'), ('fixed', 'Fixed rate'), ('none', 'Undiscounted')], default='green_book', max_length=20)),
                ('discount_rate', models.DecimalField(blank=True, decimal_places=4, help_text='For a fixed rate', max_digits=6, null=True)),
                ('rag_thresholds', models.JSONField(blank=True, default=dict, help_text='Only what differs from the defaults', validators=[programmes.models.portfolio.known_thresholds])),
                ('status_date_policy', models.CharField(choices=[('today', "Today in the portfolio's time zone"), ('fixed', 'A fixed date')], default='today', max_length=10)),
                ('status_date', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('pmo_type__in', ['supportive', 'controlling', 'directive'])), name='portfolio_pmo_type_choice', violation_error_message='Choose one of: supportive, controlling, directive.'), models.CheckConstraint(condition=models.Q(('discount_schedule__in', ['green_book', 'fixed', 'none'])), name='portfolio_discount_schedule_choice', violation_error_message='Choose one of: green_book, fixed, none.'), models.CheckConstraint(condition=models.Q(('fiscal_year_start_month__isnull', True), models.Q(('fiscal_year_start_month__gte', 1), ('fiscal_year_start_month__lte', 12)), _connector='OR'), name='portfolio_fiscal_year_start_month_range', violation_error_message='Enter a value from 1 to 12.'), models.CheckConstraint(condition=models.Q(('discount_rate__isnull', True), models.Q(('discount_rate__gte', 0), ('discount_rate__lte', 1)), _connector='OR'), name='portfolio_discount_rate_range', violation_error_message='Enter a value from 0 to 1.'), models.CheckConstraint(condition=models.Q(models.Q(('discount_schedule', 'fixed'), _negated=True), ('discount_rate__isnull', False), _connector='OR'), name='portfolio_fixed_rate', violation_error_message='A fixed discount schedule needs a rate.'), models.CheckConstraint(condition=models.Q(('status_date_policy', 'today'), models.Q(('status_date__isnull', False), ('status_date_policy', 'fixed')), _connector='OR'), name='portfolio_fixed_date', violation_error_message='A fixed status date policy needs a date.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='eded6ff23d69481ed670382f23c417e32bf72284', operation='UPDATE', pgid='pgtrigger_stamped_95a12', table='programmes_portfolio', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'F', id FROM new_rows WHERE id IS NOT NULL; RETURN NULL;", hash='e82ea81758f599b8a748cc77a7c03cd17941df4f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_f31e9', referencing='REFERENCING NEW TABLE AS new_rows ', table='programmes_portfolio', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'F', id FROM old_rows WHERE id IS NOT NULL UNION SELECT DISTINCT 'F', id FROM new_rows WHERE id IS NOT NULL; RETURN NULL;", hash='614c32611fa76c0421d971c1023fd855c0e5d0b0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_9429d', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programmes_portfolio', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'F', id FROM old_rows WHERE id IS NOT NULL; RETURN NULL;", hash='3acf7e848f6b93e50b2279a7244b6f151c3ef703', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_ac8a4', referencing='REFERENCING OLD TABLE AS old_rows ', table='programmes_portfolio', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='20e9bd99ed5c5ec621c135790fd44c729f8d913f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_d56e9', table='programmes_portfolio', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='StrategicObjective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portfolio', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='objectives', to='programmes.portfolio')),
                ('code', models.CharField(max_length=20)),
                ('title', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True)),
                ('measure', models.CharField(blank=True, max_length=300)),
                ('target', models.CharField(blank=True, max_length=300)),
                ('target_on', models.DateField(blank=True, null=True)),
                ('weight', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pmhub.person')),
                ('status', models.CharField(choices=[('active', 'Active'), ('achieved', 'Achieved'), ('retired', 'Retired')], default='active', max_length=10)),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(fields=('portfolio', 'code'), name='objective_code'), models.CheckConstraint(condition=models.Q(('status__in', ['active', 'achieved', 'retired'])), name='objective_status_choice', violation_error_message='Choose one of: active, achieved, retired.'), models.CheckConstraint(condition=models.Q(('weight__isnull', True), models.Q(('weight__gte', 0), ('weight__lte', 100)), _connector='OR'), name='objective_weight_range', violation_error_message='Enter a value from 0 to 100.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='ac21dad84451a9e88ed3bc106fcf206ff816fc8b', operation='UPDATE', pgid='pgtrigger_stamped_588a2', table='programmes_strategicobjective', when='BEFORE'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portfolio', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programmes', to='programmes.portfolio')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('vision', models.TextField(blank=True)),
                ('target_operating_model', models.TextField(blank=True)),
                ('stage', models.CharField(choices=[('identify', 'Identify'), ('design', 'Design'), ('plan', 'Plan'), ('deliver', 'Deliver'), ('embed', 'Embed'), ('evaluate', 'Evaluate'), ('close', 'Close'), ('closed', 'Closed'), ('paused', 'Paused'), ('terminated', 'Terminated')], default='identify', max_length=20)),
                ('governance_type', models.CharField(choices=[('directive', 'Directive'), ('controlling', 'Controlling'), ('coordinating', 'Coordinating'), ('partnership', 'Partnership')], default='directive', max_length=20)),
                ('governance', models.CharField(blank=True, max_length=200)),
                ('business_case_stage', models.CharField(choices=[('none', 'None'), ('SOC', 'Strategic outline case'), ('OBC', 'Outline business case'), ('FBC', 'Full business case'), ('PBC', 'Programme business case')], default='none', max_length=5)),
                ('business_case_approved_on', models.DateField(blank=True, null=True)),
                ('business_case_ref', models.CharField(blank=True, max_length=200)),
                ('funding_approach', models.TextField(blank=True)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('planned_end_on', models.DateField(blank=True, null=True)),
                ('actual_end_on', models.DateField(blank=True, null=True)),
                ('sro', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programmes_as_sro', to='pmhub.person')),
                ('programme_manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programmes_managed', to='pmhub.person')),
                ('contingency_budget', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('dca', models.CharField(blank=True, choices=[('green', 'Green'), ('amber', 'Amber'), ('red', 'Red')], max_length=10)),
                ('dca_on', models.DateField(blank=True, null=True)),
                ('dca_basis', models.TextField(blank=True)),
                ('bcms', models.ManyToManyField(blank=True, related_name='programmes_as_bcm', to='pmhub.person')),
                ('objectives', models.ManyToManyField(blank=True, related_name='programmes', to='programmes.strategicobjective')),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('stage__in', ['identify', 'design', 'plan', 'deliver', 'embed', 'evaluate', 'close', 'closed', 'paused', 'terminated'])), name='programme_stage_choice', violation_error_message='Choose one of: identify, design, plan, deliver, embed, evaluate, close, closed, paused, terminated.'), models.CheckConstraint(condition=models.Q(('governance_type__in', ['directive', 'controlling', 'coordinating', 'partnership'])), name='programme_governance_type_choice', violation_error_message='Choose one of: directive, controlling, coordinating, partnership.'), models.CheckConstraint(condition=models.Q(('business_case_stage__in', ['none', 'SOC', 'OBC', 'FBC', 'PBC'])), name='programme_business_case_stage_choice', violation_error_message='Choose one of: none, SOC, OBC, FBC, PBC.'), models.CheckConstraint(condition=models.Q(('dca__in', ['', 'green', 'amber', 'red'])), name='programme_dca_choice', violation_error_message='Choose green, amber or red.'), models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('planned_end_on__isnull', True), ('planned_end_on__gte', models.F('starts_on')), _connector='OR'), name='programme_starts_on_planned_end_on_order', violation_error_message='Planned end on must not be before starts on.'), models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('actual_end_on__isnull', True), ('actual_end_on__gte', models.F('starts_on')), _connector='OR'), name='programme_starts_on_actual_end_on_order', violation_error_message='Actual end on must not be before starts on.'), models.CheckConstraint(condition=models.Q(('contingency_budget__isnull', True), models.Q(('contingency_budget__lte', Decimal('999999999999.99')), ('contingency_budget__gte', 0)), _connector='OR'), name='programme_contingency_budget_number', violation_error_message='Enter a number of at least 0.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='834793557066a704aa7ab397e39f89610dc4a83d', operation='UPDATE', pgid='pgtrigger_stamped_847fe', table='programmes_programme', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', id FROM new_rows WHERE id IS NOT NULL; RETURN NULL;", hash='d1e8eb9809220586ea19581834828dbf7460c204', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_1be2f', referencing='REFERENCING NEW TABLE AS new_rows ', table='programmes_programme', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', id FROM old_rows WHERE id IS NOT NULL UNION SELECT DISTINCT 'G', id FROM new_rows WHERE id IS NOT NULL; RETURN NULL;", hash='0897dd1827557695ea49e9dcecdcc0fb6e887204', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_1898d', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programmes_programme', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', id FROM old_rows WHERE id IS NOT NULL; RETURN NULL;", hash='51a7d67532976214b4820946f8d9da33a4834be2', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_e453c', referencing='REFERENCING OLD TABLE AS old_rows ', table='programmes_programme', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='5df409e6646302a3270445d097cb3dd3c8c307ed', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_d6332', table='programmes_programme', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='Tranche',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tranches', to='programmes.programme')),
                ('code', models.CharField(max_length=20)),
                ('sequence', models.PositiveSmallIntegerField(default=1)),
                ('name', models.CharField(max_length=200)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('landing_point', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('authorised', 'Authorised'), ('in_delivery', 'In delivery'), ('embedding', 'Embedding'), ('ended', 'Ended'), ('cancelled', 'Cancelled')], default='planned', max_length=20)),
            ],
            options={
                'ordering': ['programme', 'sequence'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='tranche_code'), models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'authorised', 'in_delivery', 'embedding', 'ended', 'cancelled'])), name='tranche_state_choice', violation_error_message='Choose one of: planned, authorised, in_delivery, embedding, ended, cancelled.'), models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='tranche_starts_on_ends_on_order', violation_error_message='Ends on must not be before starts on.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='a661fdaf708ab05d11b35990a0ac20887d85e2a0', operation='UPDATE', pgid='pgtrigger_stamped_b74ad', table='programmes_tranche', when='BEFORE'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='ProgrammeLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='programmes.programme')),
                ('code', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=[('programme_office', 'Programme office'), ('change_and_transition', 'Change and transition'), ('shared_resource', 'Shared resource'), ('grant_income', 'Grant income'), ('other', 'Other')], max_length=30)),
                ('treatment', models.CharField(choices=[('capital', 'Capital'), ('revenue', 'Revenue')], default='revenue', max_length=10)),
                ('fiscal_year', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('approved_budget', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('estimate_to_complete', models.DecimalField(blank=True, decimal_places=2, help_text='Left empty: what remains of the budget', max_digits=14, null=True)),
            ],
            options={
                'ordering': ['programme', 'code'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='programmeline_code'), models.CheckConstraint(condition=models.Q(('kind__in', ['programme_office', 'change_and_transition', 'shared_resource', 'grant_income', 'other'])), name='programmeline_kind_choice', violation_error_message='Choose one of: programme_office, change_and_transition, shared_resource, grant_income, other.'), models.CheckConstraint(condition=models.Q(('treatment__in', ['capital', 'revenue'])), name='programmeline_treatment_choice', violation_error_message='Choose one of: capital, revenue.'), models.CheckConstraint(condition=models.Q(('fiscal_year__isnull', True), models.Q(('fiscal_year__gte', 1990), ('fiscal_year__lte', 2200)), _connector='OR'), name='programmeline_fiscal_year_range', violation_error_message='Enter a value from 1990 to 2200.'), models.CheckConstraint(condition=models.Q(('approved_budget__isnull', True), ('approved_budget__lte', Decimal('999999999999.99')), _connector='OR'), name='programmeline_approved_budget_number', violation_error_message='Enter a number.'), models.CheckConstraint(condition=models.Q(('estimate_to_complete__isnull', True), ('estimate_to_complete__lte', Decimal('999999999999.99')), _connector='OR'), name='programmeline_estimate_to_complete_number', violation_error_message='Enter a number.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='4478f611ac75332b560dfd791485407d6c8de1a8', operation='UPDATE', pgid='pgtrigger_stamped_79244', table='programmes_programmeline', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', programme_id FROM new_rows WHERE programme_id IS NOT NULL; RETURN NULL;", hash='9bf824ab0d676357686ad76ab7ab0632648634c7', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_ada34', referencing='REFERENCING NEW TABLE AS new_rows ', table='programmes_programmeline', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', programme_id FROM old_rows WHERE programme_id IS NOT NULL UNION SELECT DISTINCT 'G', programme_id FROM new_rows WHERE programme_id IS NOT NULL; RETURN NULL;", hash='55f8da0248934570d21279ec526ce87827f11110', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_a3520', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programmes_programmeline', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'G', programme_id FROM old_rows WHERE programme_id IS NOT NULL; RETURN NULL;", hash='6eeffe13337e40e919fc9932f1bf0a8735cbc3aa', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_cc60e', referencing='REFERENCING OLD TABLE AS old_rows ', table='programmes_programmeline', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='4aa8b444f58e1d113abaa7727d537be22b7bc86a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_d24e0', table='programmes_programmeline', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='RollupRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('F', 'portfolio'), ('G', 'programme'), ('P', 'project'), ('B', 'benefit'), ('R', 'resource'), ('L', 'programme line'), ('A', 'assurance review')], max_length=1)),
                ('object_id', models.BigIntegerField()),
                ('requested_at', models.DateTimeField(db_default=programmes.models.ledger.ClockTimestamp())),
            ],
            options={
                'verbose_name': 'rollup request',
            },
        ),
        migrations.CreateModel(
            name='LedgerLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=60)),
                ('amount', models.DecimalField(decimal_places=10, max_digits=40, null=True)),
                ('day', models.DateField(null=True)),
                ('word', models.CharField(blank=True, db_default='', default='', max_length=20)),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ledger_lines', to='programmes.programme')),
                ('source_type', models.CharField(max_length=40)),
                ('source_id', models.BigIntegerField()),
                ('included', models.BooleanField()),
                ('reason', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('inputs', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('valid_to__isnull', False)), fields=['programme', 'metric', 'valid_to'], name='ledgerline_closed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_to__isnull', True)), fields=('programme', 'metric', 'source_type', 'source_id'), name='ledgerline_one_open'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='ledgerline_interval')],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='MetricValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=60)),
                ('amount', models.DecimalField(decimal_places=10, max_digits=40, null=True)),
                ('day', models.DateField(null=True)),
                ('word', models.CharField(blank=True, db_default='', default='', max_length=20)),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='metric_values', to='programmes.programme')),
                ('reason', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('detail', models.JSONField(default=dict)),
                ('included', models.PositiveIntegerField(default=0)),
                ('excluded', models.PositiveIntegerField(default=0)),
                ('missing', models.PositiveIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('valid_to__isnull', False)), fields=['programme', 'metric', 'valid_to'], name='metricvalue_closed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_to__isnull', True)), fields=('programme', 'metric'), name='metricvalue_one_open'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='metricvalue_interval')],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='ProgrammeRollup',
            fields=[
                ('programme', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rollup', serialize=False, to='programmes.programme')),
                ('computed_at', models.DateTimeField(null=True)),
                ('as_of', models.DateField(null=True)),
                ('engine_version', models.PositiveIntegerField(db_default=0, default=0)),
                ('generation', models.PositiveBigIntegerField(db_default=0, default=0)),
                ('stale_after', models.DateTimeField(db_index=True, null=True)),
                ('covered', models.PositiveIntegerField(db_default=0, default=0)),
                ('missing', models.PositiveIntegerField(db_default=0, default=0)),
                ('stale', models.PositiveIntegerField(db_default=0, default=0)),
                ('attempts', models.PositiveIntegerField(db_default=0, default=0)),
                ('failed_since', models.DateTimeField(null=True)),
                ('last_error', models.TextField(blank=True, db_default='', default='')),
            ],
            options={
                'verbose_name': 'programme rollup',
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        pmhub.database.operations.InstallTriggers(
            models=['Portfolio', 'StrategicObjective', 'Programme', 'Tranche', 'ProgrammeLine'],
        ),
    ]
