from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("pmhub", "0031_factors_audited"),
        ("pmhub", "0057_events_by_record"),
    ]

    operations = []
