"""A key that begins a unique constraint or another index has no index of its own."""

from django.db import migrations

from pmhub.database.operations import DropKeyIndexes


class Migration(migrations.Migration):

    dependencies = [
        ("projects", "0135_amounts_beyond"),
    ]

    operations = [
        DropKeyIndexes(
            keys={
                "assetversion": ["asset"],
                "assumption": ["project"],
                "baseline": ["project"],
                "budgetline": ["project"],
                "budgetrequest": ["project"],
                "changerequest": ["project"],
                "changevote": ["change"],
                "communication": ["project"],
                "complianceitem": ["project"],
                "gate": ["project"],
                "gatecriterion": ["gate"],
                "gatevote": ["gate"],
                "helprequest": ["project"],
                "inspection": ["project"],
                "inspectionfinding": ["inspection"],
                "inspectionplan": ["project"],
                "issue": ["programme"],
                "iteration": ["project"],
                "lesson": ["project", "cleared_from"],
                "lessonuse": ["lesson", "action"],
                "milestoneforecast": ["milestone"],
                "output": ["project"],
                "processasset": ["portfolio"],
                "project": ["programme"],
                "proposal": ["portfolio"],
                "proposalscore": ["proposal"],
                "qualityrecord": ["output"],
                "resource": ["portfolio"],
                "scoringcriterion": ["portfolio"],
                "service": ["portfolio"],
                "stakeholder": ["programme"],
                "stakeholderassessment": ["stakeholder"],
                "teammaturity": ["project"],
                "template": ["portfolio"],
                "templatecriterion": ["template"],
                "templateentry": ["template"],
                "templatemilestone": ["template"],
                "templaterole": ["template"],
                "workpackage": ["project"],
            },
            lists={
                "changerequest": ["approvers"],
                "communication": ["audience"],
                "gate": ["approvers", "pmo_approvers"],
                "proposal": ["objectives"],
            },
        ),
    ]
