
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pmhub', '0022_attachments'),
        ('programmes', '0030_audit'),
        ('projects', '0025_audit'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='roleassignment',
            name='role_role_choice',
        ),
        migrations.AlterField(
            model_name='roleassignment',
            name='role',
            field=models.CharField(choices=[('sponsor', 'Sponsor'), ('sro', 'Senior responsible owner'), ('programme_manager', 'Programme manager'), ('bcm', 'Business change manager'), ('project_manager', 'Project manager'), ('project_executive', 'Project executive'), ('benefit_owner', 'Benefit owner'), ('risk_owner', 'Risk owner'), ('pmo', 'PMO'), ('assurer', 'Assurer'), ('resource_owner', 'Resource owner'), ('finance', 'Finance'), ('viewer', 'Viewer')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='roleassignment',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['sponsor', 'sro', 'programme_manager', 'bcm', 'project_manager', 'project_executive', 'benefit_owner', 'risk_owner', 'pmo', 'assurer', 'resource_owner', 'finance', 'viewer'])), name='role_role_choice', violation_error_message='Choose one of: sponsor, sro, programme_manager, bcm, project_manager, project_executive, benefit_owner, risk_owner, pmo, assurer, resource_owner, finance, viewer.'),
        ),
    ]
