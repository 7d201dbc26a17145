"""A key that begins a unique constraint or another index has no index of its own."""

from django.db import migrations

from pmhub.database.operations import DropKeyIndexes


class Migration(migrations.Migration):

    dependencies = [
        ("benefits", "0066_amounts_beyond"),
    ]

    operations = [
        DropKeyIndexes(
            keys={
                "benefitanchor": ["benefit"],
                "benefitcontribution": ["benefit"],
                "benefitlink": ["from_output"],
                "profileversion": ["benefit"],
            },
            lists={
                "benefit": ["objectives"],
            },
        ),
    ]
