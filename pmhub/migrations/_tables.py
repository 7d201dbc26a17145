"""The tables of pmhub as 0010_kept_and_searched leaves them: see benefits/migrations/0001_squashed_0017_whole.py."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.math
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pmhub.access
import pmhub.database.collation
from django.conf import settings
from django.db import migrations, models

MODELS = [
    migrations.CreateModel(
        name='User',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('password', models.CharField(max_length=128, verbose_name='password')),
            ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
            ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
            ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
            ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
            ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
            ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
            ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
            ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
            ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
            ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
            ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ('wrote_at', models.DateTimeField(editable=False, null=True)),
        ],
        options={
            'verbose_name': 'user',
            'verbose_name_plural': 'users',
            'abstract': False,
        },
        managers=[
            ('objects', django.contrib.auth.models.UserManager()),
        ],
    ),
    migrations.CreateModel(
        name='Person',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
            ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('code', models.CharField(max_length=20)),
            ('name', models.CharField(max_length=200)),
            ('email', models.EmailField(blank=True, max_length=254)),
            ('organisation', models.CharField(blank=True, max_length=200)),
            ('unit', models.CharField(blank=True, max_length=200)),
            ('title', models.CharField(blank=True, max_length=200)),
            ('competence', models.CharField(blank=True, choices=[('foundation', 'Foundation'), ('practitioner', 'Practitioner'), ('senior', 'Senior'), ('expert', 'Expert')], max_length=20)),
            ('certifications', models.TextField(blank=True)),
            ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='person', to=settings.AUTH_USER_MODEL)),
            ('archived_at', models.DateTimeField(editable=False, null=True)),
        ],
        options={
            'verbose_name_plural': 'people',
            'ordering': [pmhub.database.collation.InOrder('name')],
            'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='ecd06ac49c6716f09455c37eddf0eee0156965ed', operation='UPDATE', pgid='pgtrigger_stamped_38111', table='pmhub_person', when='BEFORE')), pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "pmhub_personevent" ("user_id", "id", "version", "archived_at", "code", "name", "email", "organisation", "unit", "title", "competence", "certifications", "pgh_created_at", "pgh_label", "pgh_context") SELECT new_values."user_id", new_values."id", new_values."version", new_values."archived_at", new_values."code", new_values."name", new_values."email", new_values."organisation", new_values."unit", new_values."title", new_values."competence", new_values."certifications", clock_timestamp(), \'insert\', (SELECT NULLIF(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb) FROM new_values ; RETURN NULL;', hash='b000dc01ffa480706f226a092271b6fe2ddf8f10', level='STATEMENT', operation='INSERT', pgid='pgtrigger_history_insert_fa261', referencing='REFERENCING NEW TABLE AS new_values ', table='pmhub_person', when='AFTER')), pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "pmhub_personevent" ("user_id", "id", "version", "archived_at", "code", "name", "email", "organisation", "unit", "title", "competence", "certifications", "pgh_created_at", "pgh_label", "pgh_context") SELECT new_values."user_id", new_values."id", new_values."version", new_values."archived_at", new_values."code", new_values."name", new_values."email", new_values."organisation", new_values."unit", new_values."title", new_values."competence", new_values."certifications", clock_timestamp(), \'update\', (SELECT NULLIF(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb) FROM old_values FULL JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."archived_at" IS DISTINCT FROM (new_values."archived_at") OR old_values."certifications" IS DISTINCT FROM (new_values."certifications") OR old_values."code" IS DISTINCT FROM (new_values."code") OR old_values."competence" IS DISTINCT FROM (new_values."competence") OR old_values."email" IS DISTINCT FROM (new_values."email") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."organisation" IS DISTINCT FROM (new_values."organisation") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."unit" IS DISTINCT FROM (new_values."unit") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")); RETURN NULL;', hash='bac1411f406febf49e6452c7a532adc13633133a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_ca20b', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='pmhub_person', when='AFTER')), pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "pmhub_personevent" ("user_id", "id", "version", "archived_at", "code", "name", "email", "organisation", "unit", "title", "competence", "certifications", "pgh_created_at", "pgh_label", "pgh_context") SELECT old_values."user_id", old_values."id", old_values."version", old_values."archived_at", old_values."code", old_values."name", old_values."email", old_values."organisation", old_values."unit", old_values."title", old_values."competence", old_values."certifications", clock_timestamp(), \'delete\', (SELECT NULLIF(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb) FROM old_values ; RETURN NULL;', hash='924cb6e8d374337b63659b5e2e45415867616b04', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_17a9c', referencing='REFERENCING OLD TABLE AS old_values ', table='pmhub_person', when='AFTER')), pgtrigger.compiler.Trigger(name='written', sql=pgtrigger.compiler.UpsertTriggerSql(func="NEW.code := normalize(NEW.code, NFC); IF NEW.code ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f\\t\\n\\r]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: code.' USING ERRCODE = 'check_violation'; END IF; NEW.name := normalize(NEW.name, NFC); IF NEW.name ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f\\t\\n\\r]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: name.' USING ERRCODE = 'check_violation'; END IF; NEW.email := normalize(NEW.email, NFC); IF NEW.email ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f\\t\\n\\r]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: email.' USING ERRCODE = 'check_violation'; END IF; NEW.organisation := normalize(NEW.organisation, NFC); IF NEW.organisation ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f\\t\\n\\r]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: organisation.' USING ERRCODE = 'check_violation'; END IF; NEW.unit := normalize(NEW.unit, NFC); IF NEW.unit ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f\\t\\n\\r]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: unit.' USING ERRCODE = 'check_violation'; END IF; NEW.title := normalize(NEW.title, NFC); IF NEW.title ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f\\t\\n\\r]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: title.' USING ERRCODE = 'check_violation'; END IF; NEW.certifications := normalize(NEW.certifications, NFC); IF NEW.certifications ~ '[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e007f]' THEN RAISE EXCEPTION 'Characters that cannot be seen are not accepted: certifications.' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;", hash='400034ca778ab6c10c4b32ee92e9e23e8022349e', operation='INSERT OR UPDATE OF "code", "name", "email", "organisation", "unit", "title", "certifications"', pgid='pgtrigger_written_4d933', table='pmhub_person', when='BEFORE')), pgtrigger.compiler.Trigger(name='touch_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT 'pmhub.person', 0 WHERE EXISTS (SELECT FROM new_rows); RETURN NULL;", hash='e75c9c003608acfb949af45c7397b6602faa7dae', level='STATEMENT', operation='INSERT', pgid='pgtrigger_touch_insert_07242', referencing='REFERENCING NEW TABLE AS new_rows ', table='pmhub_person', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT 'pmhub.person', 0 WHERE EXISTS (SELECT FROM old_rows UNION ALL SELECT FROM new_rows) UNION SELECT '', 0 FROM old_rows o FULL JOIN new_rows n ON n.id = o.id WHERE (o.code, o.name, o.title, o.archived_at) IS DISTINCT FROM (n.code, n.name, n.title, n.archived_at); RETURN NULL;", hash='8b2c1cd80c9eaf29e49d597337aac24dcbb77014', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_touch_update_73452', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='pmhub_person', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT 'pmhub.person', 0 WHERE EXISTS (SELECT FROM old_rows) UNION SELECT '', 0 FROM old_rows; RETURN NULL;", hash='bdc29b72c57a06916cef8a36f9fac94b9e0ebe5d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_touch_delete_dd5e6', referencing='REFERENCING OLD TABLE AS old_rows ', table='pmhub_person', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT '', 0 UNION SELECT 'pmhub.person', 0; RETURN NULL;", hash='37173bacf76f7acf2a972c6f7526b9223253eb58', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_touch_truncate_e3aa6', table='pmhub_person', when='AFTER'))],
            'indexes': [django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(pmhub.database.collation.Plain(models.F('code')), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(pmhub.database.collation.Plain(models.F('name')), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(pmhub.database.collation.Plain(models.F('email')), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(pmhub.database.collation.Plain(models.F('unit')), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(pmhub.database.collation.Plain(models.F('title')), name='gin_trgm_ops'), name='person_searched')],
            'constraints': [models.UniqueConstraint(pmhub.database.collation.Folded('code'), name='person_code', nulls_distinct=False, violation_error_message='This code is taken.')],
        },
        bases=(pmhub.access.Visible, models.Model),
    ),
    migrations.CreateModel(
        name='Token',
        fields=[
            ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
            ('token_key', models.CharField(db_index=True, max_length=25)),
            ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
            ('created', models.DateTimeField(auto_now_add=True)),
            ('expiry', models.DateTimeField(blank=True, null=True)),
            ('name', models.CharField(max_length=100)),
            ('scopes', models.CharField(blank=True, help_text='read, write; empty for both', max_length=200)),
            ('last_used_at', models.DateTimeField(editable=False, null=True)),
        ],
        options={
            'abstract': False,
        },
    ),
    migrations.CreateModel(
        name='RoleAssignment',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('version', models.PositiveIntegerField(db_default=1, default=1, editable=False)),
            ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roles', to='pmhub.person')),
            ('role', models.CharField(choices=[('sponsor', 'Sponsor'), ('sro', 'Senior responsible owner'), ('programme_manager', 'Programme manager'), ('bcm', 'Business change manager'), ('project_manager', 'Project manager'), ('project_executive', 'Project executive'), ('benefit_owner', 'Benefit owner'), ('risk_owner', 'Risk owner'), ('pmo', 'PMO'), ('assurer', 'Assurer'), ('viewer', 'Viewer')], max_length=20)),
            ('portfolio', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='programmes.portfolio')),
            ('programme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='programmes.programme')),
            ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='projects.project')),
            ('starts_on', models.DateField(blank=True, null=True)),
            ('ends_on', models.DateField(blank=True, null=True)),
        ],
        options={
            'ordering': [pmhub.database.collation.InOrder('person__name'), 'role'],
            'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['sponsor', 'sro', 'programme_manager', 'bcm', 'project_manager', 'project_executive', 'benefit_owner', 'risk_owner', 'pmo', 'assurer', 'viewer'])), name='role_role_choice', violation_error_message='Choose one of: sponsor, sro, programme_manager, bcm, project_manager, project_executive, benefit_owner, risk_owner, pmo, assurer, viewer.'), models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='role_starts_on_ends_on_order', violation_error_message='Ends on must not be before starts on.'), models.CheckConstraint(condition=models.Q(models.Q(('portfolio__isnull', True), ('programme__isnull', True)), models.Q(('portfolio__isnull', True), ('project__isnull', True)), models.Q(('programme__isnull', True), ('project__isnull', True)), _connector='OR'), name='role_one_scope', violation_error_message='Name a portfolio, a programme or a project, or none for the whole organisation.'), models.UniqueConstraint(condition=models.Q(('ends_on__isnull', True)), fields=('person', 'role', 'portfolio', 'programme', 'project'), name='role_held_once', nulls_distinct=False, violation_error_message='This person holds this role here already.')],
            'triggers': [pgtrigger.compiler.Trigger(name='stamped', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;', hash='be95a446a210420f93e1335719d4eb6c6635e42e', operation='UPDATE', pgid='pgtrigger_stamped_db203', table='pmhub_roleassignment', when='BEFORE')), pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "pmhub_roleassignmentevent" ("person_id", "portfolio_id", "programme_id", "project_id", "id", "version", "role", "starts_on", "ends_on", "pgh_created_at", "pgh_label", "pgh_context") SELECT new_values."person_id", new_values."portfolio_id", new_values."programme_id", new_values."project_id", new_values."id", new_values."version", new_values."role", new_values."starts_on", new_values."ends_on", clock_timestamp(), \'insert\', (SELECT NULLIF(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb) FROM new_values ; RETURN NULL;', hash='5e9f18cf2ced02ee676ee747dbd90a4cc4a305fd', level='STATEMENT', operation='INSERT', pgid='pgtrigger_history_insert_de05e', referencing='REFERENCING NEW TABLE AS new_values ', table='pmhub_roleassignment', when='AFTER')), pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "pmhub_roleassignmentevent" ("person_id", "portfolio_id", "programme_id", "project_id", "id", "version", "role", "starts_on", "ends_on", "pgh_created_at", "pgh_label", "pgh_context") SELECT new_values."person_id", new_values."portfolio_id", new_values."programme_id", new_values."project_id", new_values."id", new_values."version", new_values."role", new_values."starts_on", new_values."ends_on", clock_timestamp(), \'update\', (SELECT NULLIF(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb) FROM old_values FULL JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."ends_on" IS DISTINCT FROM (new_values."ends_on") OR old_values."person_id" IS DISTINCT FROM (new_values."person_id") OR old_values."portfolio_id" IS DISTINCT FROM (new_values."portfolio_id") OR old_values."programme_id" IS DISTINCT FROM (new_values."programme_id") OR old_values."project_id" IS DISTINCT FROM (new_values."project_id") OR old_values."role" IS DISTINCT FROM (new_values."role") OR old_values."starts_on" IS DISTINCT FROM (new_values."starts_on")); RETURN NULL;', hash='86b0f6b8e58e2d77f3fb44feff7a3500fd2cb2b0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_0d44a', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='pmhub_roleassignment', when='AFTER')), pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "pmhub_roleassignmentevent" ("person_id", "portfolio_id", "programme_id", "project_id", "id", "version", "role", "starts_on", "ends_on", "pgh_created_at", "pgh_label", "pgh_context") SELECT old_values."person_id", old_values."portfolio_id", old_values."programme_id", old_values."project_id", old_values."id", old_values."version", old_values."role", old_values."starts_on", old_values."ends_on", clock_timestamp(), \'delete\', (SELECT NULLIF(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb) FROM old_values ; RETURN NULL;', hash='d1eaa9d120953de0175f64b227a8abebd790d803', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_72143', referencing='REFERENCING OLD TABLE AS old_values ', table='pmhub_roleassignment', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT 'pmhub.roleassignment', 0 WHERE EXISTS (SELECT FROM new_rows) UNION SELECT 'programmes.portfolio', portfolio_id FROM new_rows WHERE portfolio_id IS NOT NULL UNION SELECT 'programmes.programme', programme_id FROM new_rows WHERE programme_id IS NOT NULL UNION SELECT 'projects.project', project_id FROM new_rows WHERE project_id IS NOT NULL; RETURN NULL;", hash='1b00e923743ab7c71b3eabeeb4beeb4ff5563252', level='STATEMENT', operation='INSERT', pgid='pgtrigger_touch_insert_3bfee', referencing='REFERENCING NEW TABLE AS new_rows ', table='pmhub_roleassignment', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT 'pmhub.roleassignment', 0 WHERE EXISTS (SELECT FROM old_rows UNION ALL SELECT FROM new_rows) UNION SELECT 'programmes.portfolio', portfolio_id FROM old_rows WHERE portfolio_id IS NOT NULL UNION SELECT 'programmes.portfolio', portfolio_id FROM new_rows WHERE portfolio_id IS NOT NULL UNION SELECT 'programmes.programme', programme_id FROM old_rows WHERE programme_id IS NOT NULL UNION SELECT 'programmes.programme', programme_id FROM new_rows WHERE programme_id IS NOT NULL UNION SELECT 'projects.project', project_id FROM old_rows WHERE project_id IS NOT NULL UNION SELECT 'projects.project', project_id FROM new_rows WHERE project_id IS NOT NULL UNION SELECT '', 0 FROM old_rows o FULL JOIN new_rows n ON n.id = o.id WHERE (o.portfolio_id, o.programme_id, o.project_id) IS DISTINCT FROM (n.portfolio_id, n.programme_id, n.project_id); RETURN NULL;", hash='2eb1de62a0f316076572cd75f64789af8c51efd1', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_touch_update_6c0e8', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='pmhub_roleassignment', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT 'pmhub.roleassignment', 0 WHERE EXISTS (SELECT FROM old_rows) UNION SELECT 'programmes.portfolio', portfolio_id FROM old_rows WHERE portfolio_id IS NOT NULL UNION SELECT 'programmes.programme', programme_id FROM old_rows WHERE programme_id IS NOT NULL UNION SELECT 'projects.project', project_id FROM old_rows WHERE project_id IS NOT NULL UNION SELECT '', 0 FROM old_rows; RETURN NULL;", hash='aaf6072acec6a6005ad7d706064d0017be54cac6', level='STATEMENT', operation='DELETE', pgid='pgtrigger_touch_delete_b0d2e', referencing='REFERENCING OLD TABLE AS old_rows ', table='pmhub_roleassignment', when='AFTER')), pgtrigger.compiler.Trigger(name='touch_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO pmhub_touch (topic, object_id) SELECT '', 0 UNION SELECT 'pmhub.roleassignment', 0; RETURN NULL;", hash='18242217231de65c0b63355013a781d9cd045eb3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_touch_truncate_129e6', table='pmhub_roleassignment', when='AFTER'))],
        },
        bases=(pmhub.access.Visible, models.Model),
    ),
    migrations.CreateModel(
        name='PersonEvent',
        fields=[
            ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
            ('pgh_label', models.TextField(help_text='The event label.')),
            ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
            ('user', models.BigIntegerField(db_column='user_id', null=True)),
            ('id', models.BigIntegerField(db_index=True)),
            ('pgh_context', pghistory.utils.JSONField(null=True)),
            ('version', models.PositiveIntegerField(editable=False)),
            ('code', models.CharField(max_length=20)),
            ('name', models.CharField(max_length=200)),
            ('email', models.EmailField(blank=True, max_length=254)),
            ('organisation', models.CharField(blank=True, max_length=200)),
            ('unit', models.CharField(blank=True, max_length=200)),
            ('title', models.CharField(blank=True, max_length=200)),
            ('competence', models.CharField(blank=True, max_length=20)),
            ('certifications', models.TextField(blank=True)),
            ('archived_at', models.DateTimeField(editable=False, null=True)),
        ],
        options={
            'abstract': False,
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='RoleAssignmentEvent',
        fields=[
            ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
            ('pgh_label', models.TextField(help_text='The event label.')),
            ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
            ('person', models.BigIntegerField(db_column='person_id', null=True)),
            ('portfolio', models.BigIntegerField(db_column='portfolio_id', null=True)),
            ('programme', models.BigIntegerField(db_column='programme_id', null=True)),
            ('project', models.BigIntegerField(db_column='project_id', null=True)),
            ('id', models.BigIntegerField(db_index=True)),
            ('pgh_context', pghistory.utils.JSONField(null=True)),
            ('version', models.PositiveIntegerField(editable=False)),
            ('role', models.CharField(max_length=20)),
            ('starts_on', models.DateField(blank=True, null=True)),
            ('ends_on', models.DateField(blank=True, null=True)),
        ],
        options={
            'abstract': False,
            'default_permissions': (),
        },
    ),
    migrations.CreateModel(
        name='StoredAnswer',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('route', models.CharField(max_length=200)),
            ('key', models.CharField(max_length=255)),
            ('request_hash', models.CharField(max_length=64)),
            ('status', models.PositiveSmallIntegerField(null=True)),
            ('headers', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
            ('body', models.BinaryField(db_default=b'', default=b'')),
            ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
            ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
        ],
        options={
            'constraints': [models.UniqueConstraint(fields=('user', 'key', 'route'), name='storedanswer_once')],
        },
    ),
    migrations.CreateModel(
        name='Code',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('kind', models.CharField(max_length=20)),
            ('object_id', models.BigIntegerField()),
            ('portfolio_id', models.BigIntegerField()),
            ('key', models.TextField(help_text='The code as it is compared')),
        ],
        options={
            'constraints': [models.UniqueConstraint(fields=('kind', 'object_id'), name='code_record'), models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('portfolio_id', 'kind', 'key'), name='code_once')],
        },
    ),
    migrations.CreateModel(
        name='Touch',
        fields=[
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('topic', models.TextField()),
            ('object_id', models.BigIntegerField()),
            ('mark', models.BigIntegerField(db_default=django.db.models.functions.comparison.Cast(django.db.models.expressions.CombinedExpression(django.db.models.functions.math.Random(), '*', models.Value(4611686018427387904)), models.BigIntegerField()))),
        ],
        options={
            'verbose_name_plural': 'touches',
            'indexes': [models.Index(fields=['topic', 'object_id'], include=('mark',), name='touch_topic')],
        },
    ),
]
