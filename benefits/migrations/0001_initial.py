import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pmhub.access
import pmhub.database.operations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('projects', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Benefit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='benefits', to='programmes.programme')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('title', models.CharField(help_text='Starts with a word of change', max_length=200)),
                ('description', models.TextField(blank=True)),
                ('observable_change', models.TextField(blank=True)),
                ('attribution_statement', models.TextField(blank=True)),
                ('measure', models.CharField(blank=True, max_length=300)),
                ('measurement_method', models.TextField(blank=True)),
                ('frequency', models.CharField(choices=[('month', 'Monthly'), ('quarter', 'Quarterly'), ('year', 'Yearly')], default='year', max_length=10)),
                ('unit', models.CharField(max_length=60)),
                ('kind', models.CharField(choices=[('flow', 'Flow: an amount in each period'), ('stock', 'Stock: a level at the end of a period')], default='flow', max_length=10)),
                ('category', models.CharField(choices=[('cashable', 'Cashable'), ('non_cashable', 'Non-cashable'), ('economic', 'Economic'), ('qualitative', 'Qualitative'), ('environmental', 'Environmental'), ('dis_benefit', 'Dis-benefit')], max_length=20)),
                ('beneficiary', models.CharField(choices=[('organisation', 'Organisation'), ('government', 'Government'), ('citizens', 'Citizens'), ('partner', 'Partner')], default='organisation', max_length=20)),
                ('polarity', models.SmallIntegerField(choices=[(1, 'Gain'), (-1, 'Loss')], default=1)),
                ('level', models.CharField(choices=[('intermediate', 'Intermediate'), ('end', 'End')], default='end', max_length=20)),
                ('monetised', models.BooleanField(default=False, help_text="Its values are money in the portfolio's currency and unit")),
                ('unit_value', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('baseline_value', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('baseline_on', models.DateField(blank=True, null=True)),
                ('target_value', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('target_on', models.DateField(blank=True, null=True)),
                ('confidence', models.DecimalField(decimal_places=4, default=1, max_digits=5)),
                ('tolerance_percent', models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='benefits_owned', to='pmhub.person')),
                ('bcm', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pmhub.person')),
                ('reporter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pmhub.person')),
                ('status', models.CharField(choices=[('identified', 'Identified'), ('profiled', 'Profiled'), ('approved', 'Approved'), ('realising', 'Realising'), ('realised', 'Realised'), ('sustained', 'Sustained'), ('withdrawn', 'Withdrawn'), ('missed', 'Missed'), ('superseded', 'Superseded')], default='identified', max_length=20)),
                ('start_realising_on', models.DateField(blank=True, null=True)),
                ('sustain_until', models.DateField(blank=True, null=True)),
                ('next_measurement_on', models.DateField(blank=True, null=True)),
                ('objective', models.ForeignKey(blank=True, help_text='The one its value is shown under', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='primary_benefits', to='programmes.strategicobjective')),
                ('objectives', models.ManyToManyField(blank=True, related_name='benefits', to='programmes.strategicobjective')),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['flow', 'stock'])), name='benefit_kind_choice', violation_error_message='Choose one of: flow, stock.'), models.CheckConstraint(condition=models.Q(('category__in', ['cashable', 'non_cashable', 'economic', 'qualitative', 'environmental', 'dis_benefit'])), name='benefit_category_choice', violation_error_message='Choose one of: cashable, non_cashable, economic, qualitative, environmental, dis_benefit.'), models.CheckConstraint(condition=models.Q(('level__in', ['intermediate', 'end'])), name='benefit_level_choice', violation_error_message='Choose one of: intermediate, end.'), models.CheckConstraint(condition=models.Q(('status__in', ['identified', 'profiled', 'approved', 'realising', 'realised', 'sustained', 'withdrawn', 'missed', 'superseded'])), name='benefit_status_choice', violation_error_message='Choose one of: identified, profiled, approved, realising, realised, sustained, withdrawn, missed, superseded.'), models.CheckConstraint(condition=models.Q(('beneficiary__in', ['organisation', 'government', 'citizens', 'partner'])), name='benefit_beneficiary_choice', violation_error_message='Choose one of: organisation, government, citizens, partner.'), models.CheckConstraint(condition=models.Q(('frequency__in', ['month', 'quarter', 'year'])), name='benefit_frequency_choice', violation_error_message='Choose one of: month, quarter, year.'), models.CheckConstraint(condition=models.Q(('polarity__in', [1, -1])), name='benefit_polarity_choice', violation_error_message='Enter 1 or -1.'), models.CheckConstraint(condition=models.Q(models.Q(('category', 'dis_benefit'), ('polarity', -1)), models.Q(models.Q(('category', 'dis_benefit'), _negated=True), ('polarity', 1)), _connector='OR'), name='benefit_dis_benefit_polarity', violation_error_message='A dis-benefit has polarity -1, every other benefit 1.'), models.CheckConstraint(condition=models.Q(('monetised', False), ('kind', 'flow'), _connector='OR'), name='benefit_monetised_flow', violation_error_message='Only a flow can be money; a level is not summed.'), models.CheckConstraint(condition=models.Q(('confidence__isnull', True), models.Q(('confidence__gte', 0), ('confidence__lte', 1)), _connector='OR'), name='benefit_confidence_range', violation_error_message='Enter a value from 0 to 1.'), models.CheckConstraint(condition=models.Q(('baseline_value__isnull', True), ('baseline_value__lte', Decimal('999999999999.99')), _connector='OR'), name='benefit_baseline_value_number', violation_error_message='Enter a number.'), models.CheckConstraint(condition=models.Q(('target_value__isnull', True), ('target_value__lte', Decimal('999999999999.99')), _connector='OR'), name='benefit_target_value_number', violation_error_message='Enter a number.'), models.CheckConstraint(condition=models.Q(('unit_value__isnull', True), ('unit_value__lte', Decimal('999999999999.99')), _connector='OR'), name='benefit_unit_value_number', violation_error_message='Enter a number.'), models.CheckConstraint(condition=models.Q(('tolerance_percent__isnull', True), models.Q(('tolerance_percent__lte', Decimal('999999999999.99')), ('tolerance_percent__gte', 0)), _connector='OR'), name='benefit_tolerance_percent_number', violation_error_message='Enter a number of at least 0.'), models.CheckConstraint(condition=models.Q(('start_realising_on__isnull', True), ('sustain_until__isnull', True), ('sustain_until__gte', models.F('start_realising_on')), _connector='OR'), name='benefit_start_realising_on_sustain_until_order', violation_error_message='Sustain until must not be before start realising on.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='f9474c82b27217d5ccd0b603cc19fcda2ae7dbd1', operation='UPDATE', pgid='pgtrigger_stamped_e4b8a', table='benefits_benefit', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', id FROM new_rows WHERE id IS NOT NULL UNION SELECT DISTINCT 'G', programme_id FROM new_rows WHERE programme_id IS NOT NULL; RETURN NULL;", hash='70a876758c67b01bc5a7613cfe6d416c64b9c25b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_8d43f', referencing='REFERENCING NEW TABLE AS new_rows ', table='benefits_benefit', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', id FROM old_rows WHERE id IS NOT NULL UNION SELECT DISTINCT 'B', id FROM new_rows WHERE id IS NOT NULL UNION SELECT DISTINCT 'G', programme_id FROM old_rows WHERE programme_id IS NOT NULL UNION SELECT DISTINCT 'G', programme_id FROM new_rows WHERE programme_id IS NOT NULL; RETURN NULL;", hash='5b0f245aa0b46957f95e31b895128856edb6f601', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_74506', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='benefits_benefit', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', id FROM old_rows WHERE id IS NOT NULL UNION SELECT DISTINCT 'G', programme_id FROM old_rows WHERE programme_id IS NOT NULL; RETURN NULL;", hash='32a6791fe54068e819969dfc2e3e71f768fc8174', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_fdfac', referencing='REFERENCING OLD TABLE AS old_rows ', table='benefits_benefit', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='f728852fb2af2f9d7025fe48abda1d2f871bb797', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_272c7', table='benefits_benefit', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='BenefitProfileEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('benefit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='profile_entries', to='benefits.benefit')),
                ('version_kind', models.CharField(choices=[('baseline', 'Baseline'), ('approved', 'Approved'), ('forecast', 'Forecast')], default='forecast', max_length=10)),
                ('version_number', models.PositiveSmallIntegerField(default=1)),
                ('period_start', models.DateField()),
                ('period_end', models.DateField()),
                ('value', models.DecimalField(decimal_places=2, max_digits=14)),
            ],
            options={
                'verbose_name_plural': 'benefit profile entries',
                'ordering': ['benefit', 'version_kind', 'version_number', 'period_start'],
                'constraints': [models.UniqueConstraint(fields=('benefit', 'version_kind', 'version_number', 'period_start'), name='profileentry_once', violation_error_message='This period has an entry in this version already.'), models.CheckConstraint(condition=models.Q(('version_kind__in', ['baseline', 'approved', 'forecast'])), name='profileentry_version_kind_choice', violation_error_message='Choose one of: baseline, approved, forecast.'), models.CheckConstraint(condition=models.Q(('period_start__isnull', True), ('period_end__isnull', True), ('period_end__gte', models.F('period_start')), _connector='OR'), name='profileentry_period_start_period_end_order', violation_error_message='Period end must not be before period start.'), models.CheckConstraint(condition=models.Q(('value__isnull', True), ('value__lte', Decimal('999999999999.99')), _connector='OR'), name='profileentry_value_number', violation_error_message='Enter a number.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='6eea0d64216fd17b14db557209ff7c543b8c7d20', operation='UPDATE', pgid='pgtrigger_stamped_75ca8', table='benefits_benefitprofileentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM new_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='751aa2d7de8f2025ecdab9ed6b9ea60fb8d977c9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_ab708', referencing='REFERENCING NEW TABLE AS new_rows ', table='benefits_benefitprofileentry', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM old_rows WHERE benefit_id IS NOT NULL UNION SELECT DISTINCT 'B', benefit_id FROM new_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='4d6befccba7b593a7445896b64bb4b72cd0858b8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_9b27c', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='benefits_benefitprofileentry', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM old_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='71a933cb92e52a41958848bf30282095f810043b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_f599e', referencing='REFERENCING OLD TABLE AS old_rows ', table='benefits_benefitprofileentry', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='52f05035e110708592fe19ed8fa44ab10cdd498a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_3d4ee', table='benefits_benefitprofileentry', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='BenefitMeasurement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('benefit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='measurements', to='benefits.benefit')),
                ('period_start', models.DateField()),
                ('period_end', models.DateField()),
                ('value', models.DecimalField(decimal_places=2, max_digits=14)),
                ('measured_on', models.DateField(blank=True, null=True)),
                ('source', models.CharField(blank=True, max_length=300)),
                ('evidence_grade', models.CharField(choices=[('measured', 'Measured'), ('derived', 'Derived from measures'), ('sampled', 'Sampled'), ('estimated', 'Estimated')], default='measured', max_length=10)),
                ('status', models.CharField(choices=[('submitted', 'Submitted'), ('verified', 'Verified'), ('rejected', 'Rejected'), ('superseded', 'Superseded')], default='submitted', max_length=20)),
                ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pmhub.person')),
                ('verified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pmhub.person')),
            ],
            options={
                'ordering': ['benefit', 'period_start', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'verified')), fields=('benefit', 'period_start'), name='measurement_one_verified', violation_error_message='This period has a verified measurement already.'), models.CheckConstraint(condition=models.Q(('status__in', ['submitted', 'verified', 'rejected', 'superseded'])), name='measurement_status_choice', violation_error_message='Choose one of: submitted, verified, rejected, superseded.'), models.CheckConstraint(condition=models.Q(('evidence_grade__in', ['measured', 'derived', 'sampled', 'estimated'])), name='measurement_evidence_grade_choice', violation_error_message='Choose one of: measured, derived, sampled, estimated.'), models.CheckConstraint(condition=models.Q(('period_start__isnull', True), ('period_end__isnull', True), ('period_end__gte', models.F('period_start')), _connector='OR'), name='measurement_period_start_period_end_order', violation_error_message='Period end must not be before period start.'), models.CheckConstraint(condition=models.Q(('value__isnull', True), ('value__lte', Decimal('999999999999.99')), _connector='OR'), name='measurement_value_number', violation_error_message='Enter a number.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'verified'), _negated=True), ('verified_by__isnull', False), _connector='OR'), name='measurement_verified_by', violation_error_message='A verified measurement names who verified it.'), models.CheckConstraint(condition=models.Q(('verified_by__isnull', True), ('submitted_by__isnull', True), models.Q(('verified_by', models.F('submitted_by')), _negated=True), _connector='OR'), name='measurement_not_own', violation_error_message='Nobody verifies their own measurement.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='9c92321332b81c901941957d489157d0d7b42108', operation='UPDATE', pgid='pgtrigger_stamped_447f8', table='benefits_benefitmeasurement', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM new_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='f7622e8550d41a02824dcb8862a1eb72806bb2b8', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_36a01', referencing='REFERENCING NEW TABLE AS new_rows ', table='benefits_benefitmeasurement', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM old_rows WHERE benefit_id IS NOT NULL UNION SELECT DISTINCT 'B', benefit_id FROM new_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='94073e64f818fe70a8661889694aed52ee8d7249', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_9c05a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='benefits_benefitmeasurement', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM old_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='0818c9b990048434ef5257b80c379e52be8a075a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_30df9', referencing='REFERENCING OLD TABLE AS old_rows ', table='benefits_benefitmeasurement', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='6ead83a50735a05ec9e3343ce7038f40c618e218', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_31973', table='benefits_benefitmeasurement', when='AFTER')), pgtrigger.compiler.Trigger(name='verified_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status = 'verified' AND (OLD.benefit_id, OLD.value, OLD.period_start, OLD.period_end) IS DISTINCT FROM (NEW.benefit_id, NEW.value, NEW.period_start, NEW.period_end))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='965414aa43607107484f45663a50654f7d31804f', operation='UPDATE', pgid='pgtrigger_verified_stays_d898c', table='benefits_benefitmeasurement', when='BEFORE'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        migrations.CreateModel(
            name='BenefitContribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('benefit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contributions', to='benefits.benefit')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contributions', to='projects.project')),
                ('weight', models.DecimalField(decimal_places=4, max_digits=5)),
                ('rationale', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['benefit', 'project'],
                'constraints': [models.UniqueConstraint(fields=('benefit', 'project'), name='contribution_once', violation_error_message='This project contributes to this benefit already.'), models.CheckConstraint(condition=models.Q(('weight__gt', 0), ('weight__lte', 1)), name='contribution_weight_range', violation_error_message='A weight is above 0 and at most 1.')],
                'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='3b16d9982ffc7558ec1d1965ed44f59c1c3b419c', operation='UPDATE', pgid='pgtrigger_stamped_4936b', table='benefits_benefitcontribution', when='BEFORE')), pgtrigger.compiler.Trigger(name='mark_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM new_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='423eba2a2983bfa33fd7902d902bbab96a62dcf9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_mark_insert_62ffd', referencing='REFERENCING NEW TABLE AS new_rows ', table='benefits_benefitcontribution', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM old_rows WHERE benefit_id IS NOT NULL UNION SELECT DISTINCT 'B', benefit_id FROM new_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='1fce73dbf3843dff795292bb58c0f907fc77f1e9', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_mark_update_a1b0c', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='benefits_benefitcontribution', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT DISTINCT 'B', benefit_id FROM old_rows WHERE benefit_id IS NOT NULL; RETURN NULL;", hash='6ee354ddc9629f641d517dad38cae0626546214a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_mark_delete_c221c', referencing='REFERENCING OLD TABLE AS old_rows ', table='benefits_benefitcontribution', when='AFTER')), pgtrigger.compiler.Trigger(name='mark_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO programmes_rolluprequest (kind, object_id) SELECT 'F', id FROM programmes_portfolio; RETURN NULL;", hash='081b4601bc5018d5044865bbab721d7a948d5106', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mark_truncate_1c6b8', table='benefits_benefitcontribution', when='AFTER')), pgtrigger.compiler.Trigger(name='weights_sum', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="PERFORM 1 FROM benefits_benefit WHERE id = NEW.benefit_id FOR NO KEY UPDATE; IF (SELECT sum(weight) FROM benefits_benefitcontribution WHERE benefit_id = NEW.benefit_id) > 1 THEN RAISE EXCEPTION 'The weights of a benefit sum to more than 1.' USING ERRCODE = 'check_violation', CONSTRAINT = 'contribution_weights_sum'; END IF; RETURN NULL;", hash='f053d886d5c65b38058af5ca4bc31582ea5235d2', operation='INSERT OR UPDATE', pgid='pgtrigger_weights_sum_9db7f', table='benefits_benefitcontribution', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
            bases=(pmhub.access.Visible, models.Model),
        ),
        pmhub.database.operations.InstallTriggers(
            models=['Benefit', 'BenefitProfileEntry', 'BenefitMeasurement', 'BenefitContribution'],
        ),
    ]
