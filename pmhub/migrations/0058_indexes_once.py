"""A key that begins a unique constraint or another index has no index of its own."""

from django.db import migrations

from pmhub.database.operations import DropKeyIndexes


class Migration(migrations.Migration):

    dependencies = [
        ("pmhub", "0031_factors_audited"),
        ("pmhub", "0057_events_by_record"),
    ]

    operations = [
        DropKeyIndexes(
            keys={
                "attachment": ["version_of"],
                "favourite": ["created_by"],
                "follow": ["created_by"],
                "jobpart": ["job"],
                "savedview": ["created_by"],
                "storedanswer": ["user"],
                "webhookdelivery": ["webhook"],
            },
            lists={
                "comment": ["mentions"],
                "user": ["groups", "user_permissions"],
            },
        ),
    ]
