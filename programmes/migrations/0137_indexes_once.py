"""A key that begins a unique constraint or another index has no index of its own."""

from django.db import migrations

from pmhub.database.operations import DropKeyIndexes


class Migration(migrations.Migration):

    dependencies = [
        ("programmes", "0136_amounts_beyond"),
    ]

    operations = [
        DropKeyIndexes(
            keys={
                "acknowledgement": ["decision"],
                "adoptionassessment": ["impacted_group"],
                "assurancerecommendation": ["review"],
                "assurancereview": ["programme"],
                "board": ["portfolio"],
                "businesscase": ["programme"],
                "caseoption": ["case"],
                "closedyear": ["portfolio"],
                "competencerecord": ["person"],
                "currencyrate": ["portfolio"],
                "customfield": ["portfolio"],
                "dcarecord": ["programme", "project"],
                "delegatedlimit": ["portfolio"],
                "discipline": ["portfolio"],
                "disciplinelink": ["giver"],
                "envelope": ["portfolio"],
                "impactedgroup": ["outcome"],
                "operatingmodelstate": ["programme"],
                "organisationunit": ["portfolio"],
                "outcome": ["programme"],
                "programmeline": ["programme"],
                "programmemandate": ["programme"],
                "qualification": ["person"],
                "ruleset": ["portfolio"],
                "strategicobjective": ["portfolio"],
                "tranche": ["programme"],
            },
            lists={
                "board": ["members"],
                "boardmeeting": ["attendance"],
                "boardpack": ["programmes"],
                "decision": ["present", "audience"],
                "programme": ["bcms", "objectives"],
            },
        ),
    ]
