from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_terminated_before")]

    operations = [
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'terminated'), ('terminated_on__isnull', False)), models.Q(models.Q(('status', 'terminated'), _negated=True), ('terminated_on__isnull', True)), _connector='OR'), name='project_terminated_on', violation_error_message='A terminated project, and no other, has the day on which it was terminated.'),
        ),
    ]
