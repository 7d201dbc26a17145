"""What is asked of a user who splits or merges projects."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from benefits.models import BenefitContribution
from pmhub.models import Person
from pmhub.serializers import InputSerializer, Related, Text
from pmhub.serializers.fields import Amount, Flag, Number
from pmhub.serializers.verbs import reason_field
from projects.models import (
    LIVE,
    Allocation,
    Assumption,
    BudgetLine,
    ComplianceItem,
    Dependency,
    Issue,
    Milestone,
    Output,
    Project,
    Risk,
    WorkPackage,
)


def other_projects(rows: QuerySet, project: Project, user: Any) -> QuerySet:
    """Return the other projects that go on, of the same programme or, where the project stands
    alone, those that stand alone in its portfolio."""
    there = rows.filter(programme=project.programme_id, portfolio=project.portfolio_id)
    return there.filter(status__in=LIVE).exclude(pk=project.pk)


def own_rows(rows: QuerySet, project: Project, user: Any) -> QuerySet:
    """Return, of these rows, those of the project."""
    return rows.filter(project=project)


def ends(rows: QuerySet, project: Project, user: Any) -> QuerySet:
    """Return the dependencies of which the project is the giver or the receiver."""
    return rows.filter(Q(giver=project) | Q(receiver=project))


def _chosen(model: Any, among: Any = own_rows) -> Related:
    return Related(queryset=model.objects.all(), many=True, required=False, among=among)


def _amount(help_text: str) -> Amount:
    return Amount(min_value=0, required=False, allow_null=True, help_text=help_text)


class ProjectSplitSerializer(InputSerializer):
    """The records of a project that go to the new project, and the name of the new project."""

    code = Text(max_length=20)
    name = Text(max_length=200)
    project_manager = Related(
        queryset=Person.objects.all(),
        required=False,
        allow_null=True,
        help_text="Left empty, who manages this project",
    )
    milestones = _chosen(Milestone)
    outputs = _chosen(Output)
    work_packages = _chosen(WorkPackage)
    budget_lines = _chosen(BudgetLine)
    dependencies = _chosen(Dependency, ends)
    risks = _chosen(Risk)
    issues = _chosen(Issue)
    assumptions = _chosen(Assumption)
    compliance_items = _chosen(ComplianceItem)
    allocations = _chosen(Allocation)
    contributions = _chosen(BenefitContribution)
    budget_at_completion = _amount("Left empty, what is approved of the budget lines that go")
    estimate_to_complete = _amount("Left empty, by the share of the budget that goes")
    percent_complete = Number(
        max_digits=6,
        decimal_places=3,
        min_value=0,
        max_value=100,
        style={"money": False},
        required=False,
        allow_null=True,
        help_text="Left empty, as much as of the whole; of the rest it follows from what is earned",
    )
    reason = reason_field(needed=True)


class ProjectMergerSerializer(InputSerializer):
    """Which project becomes a part of this one, and why."""

    other = Related(queryset=Project.objects.all(), among=other_projects)
    rename = Flag(
        default=False, help_text="Where both have a code, that of the other gets its name behind it"
    )
    reason = reason_field(needed=True)
