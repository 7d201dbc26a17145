"""What narrows the lists of projects and their records."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, RecordFilter, TruthFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.models import (
    Action,
    Allocation,
    Baseline,
    BudgetLine,
    Commitment,
    ComplianceItem,
    ContingencyMovement,
    CostActual,
    Dependency,
    DependencyMessage,
    Issue,
    Milestone,
    MilestoneForecast,
    Output,
    Project,
    Resource,
    ResourceCapacity,
    Risk,
    Template,
    TemplateEntry,
    TemplateMilestone,
    TemplateRole,
)
from projects.queries import actions_in, actions_of, is_overdue


class InProject(RecordFilter):
    """Records of a project can be asked for by its programme too."""

    programme = VisibleFilter(field_name="project__programme", queryset=visible(Programme))


class ProjectFilter(RecordFilter):
    """Filters of projects."""

    class Meta:
        model = Project
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact", "isnull"],
            "portfolio": ["exact"],
            "tranche": ["exact"],
            "stage": ["exact"],
            "status": ["exact"],
            "project_manager": ["exact"],
            "executive": ["exact"],
            "regulated": ["exact"],
            "complexity": RANGE,
            "delivery_approach": ["exact"],
            "template": ["exact"],
            "declared_rag": ["exact"],
            "declared_on": RANGE,
            "forecast_start": RANGE,
            "forecast_finish": RANGE,
            "actual_start": RANGE,
            "actual_finish": RANGE,
            "percent_complete": RANGE,
            "forecast_basis": ["exact"],
            "estimate_to_complete": RANGE,
        }


class BaselineFilter(InProject):
    """Filters of baselines."""

    class Meta:
        model = Baseline
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "number": RANGE,
            "approved_on": [*RANGE, "isnull"],
            "starts_on": RANGE,
            "finishes_on": RANGE,
            "budget_at_completion": RANGE,
        }


class OutputFilter(InProject):
    """Filters of outputs."""

    class Meta:
        model = Output
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "state": ["exact"],
            "planned_on": RANGE,
            "forecast_on": RANGE,
            "accepted_on": RANGE,
        }


class BudgetLineFilter(InProject):
    """Filters of budget lines."""

    class Meta:
        model = BudgetLine
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "category": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "approved": RANGE,
            "forecast": RANGE,
        }


class CostActualFilter(InProject):
    """Filters of actual costs."""

    class Meta:
        model = CostActual
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "programme_line": ["exact"],
            "budget_line": ["exact", "isnull"],
            "kind": ["exact"],
            "posted_on": RANGE,
            "amount": RANGE,
            "source": ["exact"],
            "source_ref": ["exact"],
        }


class CommitmentFilter(RecordFilter):
    """Filters of commitments: by the project of their line, too, and its programme."""

    project = VisibleFilter(field_name="budget_line__project", queryset=visible(Project))
    programme = VisibleFilter(
        field_name="budget_line__project__programme", queryset=visible(Programme)
    )

    class Meta:
        model = Commitment
        fields: ClassVar[Any] = {
            "budget_line": ["exact"],
            "source": ["exact"],
            "reference": ["exact"],
            "supplier": ["exact"],
            "state": ["exact"],
            "placed_on": RANGE,
            "amount": RANGE,
            "invoiced": RANGE,
        }


class ContingencyMovementFilter(RecordFilter):
    """Filters of movements of contingency."""

    class Meta:
        model = ContingencyMovement
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "moved_on": RANGE,
            "amount": RANGE,
            "reference": ["exact"],
        }


class MilestoneFilter(InProject):
    """Filters of milestones."""

    class Meta:
        model = Milestone
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "key": ["exact"],
            "baseline_on": RANGE,
            "forecast_on": RANGE,
            "actual_on": RANGE,
        }


class MilestoneForecastFilter(RecordFilter):
    """Filters of forecasts of milestones."""

    class Meta:
        model = MilestoneForecast
        fields: ClassVar[Any] = {
            "milestone": ["exact"],
            "reported_on": RANGE,
            "forecast_on": RANGE,
        }


class DependencyFilter(RecordFilter):
    """Filters of dependencies; `project` and `programme` find those on either side."""

    project = VisibleFilter(method="either_end", queryset=visible(Project))
    programme = VisibleFilter(method="either_programme", queryset=visible(Programme))

    class Meta:
        model = Dependency
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "giver": ["exact"],
            "external_giver": ["exact"],
            "receiver": ["exact"],
            "kind": ["exact"],
            "status": ["exact"],
            "drives_schedule": ["exact"],
            "hardness": ["exact"],
            "need_by": RANGE,
            "agreed_on": RANGE,
            "forecast_on": RANGE,
            "delivered_on": RANGE,
            "accepted_on": RANGE,
        }

    def either_end(self, queryset: QuerySet, name: str, value: Project) -> QuerySet:
        """Return those of a project, giving or receiving."""
        return queryset.filter(Q(giver=value) | Q(receiver=value))

    def either_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return those of a programme's projects, giving or receiving."""
        return queryset.filter(Q(giver__programme=value) | Q(receiver__programme=value))


class DependencyMessageFilter(RecordFilter):
    """Filters of what the sides of dependencies said."""

    class Meta:
        model = DependencyMessage
        fields: ClassVar[Any] = {
            "dependency": ["exact"],
            "side": ["exact"],
            "kind": ["exact"],
            "need_by": RANGE,
            "forecast_on": RANGE,
        }


class OfProgramme(RecordFilter):
    """Records of a project or a programme: asked for a programme, its projects' are among them."""

    programme = VisibleFilter(method="with_projects", queryset=visible(Programme))

    def with_projects(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """The programme's own and its projects'."""
        return queryset.filter(Q(programme=value) | Q(project__programme=value))


class RiskFilter(OfProgramme):
    """Filters of risks."""

    class Meta:
        model = Risk
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "status": ["exact"],
            "category": ["exact"],
            "owner": ["exact"],
            "response": ["exact"],
            "escalated_to": ["exact"],
            "aggregated_into": ["exact"],
            "proximity_on": RANGE,
            "response_cost": RANGE,
            "inherent_probability": RANGE,
            "residual_probability": RANGE,
            "residual_cost_min": RANGE,
            "residual_cost_most_likely": RANGE,
            "residual_cost_max": RANGE,
        }


class IssueFilter(OfProgramme):
    """Filters of issues."""

    class Meta:
        model = Issue
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "severity": ["exact"],
            "state": ["exact"],
            "owner": ["exact"],
            "raised_on": RANGE,
            "due_on": RANGE,
        }


class ActionFilter(RecordFilter):
    """Filters of actions: of a programme or a project are those of what it holds
    too."""

    programme = VisibleFilter(method="of_programme", queryset=visible(Programme))
    project = VisibleFilter(method="of_project", queryset=visible(Project))
    overdue = TruthFilter(method="late", label="Overdue")

    class Meta:
        model = Action
        fields: ClassVar[Any] = {
            "risk": ["exact"],
            "issue": ["exact"],
            "recommendation": ["exact"],
            "portfolio": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "done_on": RANGE,
        }

    def of_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return those of a programme, of its projects and of what they hold."""
        return queryset.filter(actions_of(value))

    def of_project(self, queryset: QuerySet, name: str, value: Project) -> QuerySet:
        """Return those of a project and of what it holds."""
        return queryset.filter(actions_in(value))

    def late(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        """Return those that are overdue, or the others."""
        return queryset.alias(_overdue=is_overdue()).filter(_overdue=value)


class ComplianceItemFilter(InProject):
    """Filters of compliance items."""

    class Meta:
        model = ComplianceItem
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "blocks": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "granted_on": RANGE,
        }


class ResourceFilter(RecordFilter):
    """Filters of resources."""

    class Meta:
        model = Resource
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "unit": ["exact"],
            "capacity": RANGE,
            "owner": ["exact", "isnull"],
        }


class ResourceCapacityFilter(RecordFilter):
    """Filters of periods of capacity."""

    class Meta:
        model = ResourceCapacity
        fields: ClassVar[Any] = {
            "resource": ["exact"],
            "period_start": RANGE,
            "period_end": RANGE,
            "capacity": RANGE,
        }


class AllocationFilter(InProject):
    """Filters of allocations."""

    class Meta:
        model = Allocation
        fields: ClassVar[Any] = {
            "resource": ["exact"],
            "project": ["exact"],
            "firmness": ["exact"],
            "resource__owner": ["exact"],
            "units": RANGE,
            "starts_on": RANGE,
            "ends_on": RANGE,
        }


class TemplateFilter(RecordFilter):
    """Filters of templates."""

    class Meta:
        model = Template
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "delivery_approach": ["exact"],
        }


class TemplateMilestoneFilter(RecordFilter):
    """Filters of milestones of templates."""

    class Meta:
        model = TemplateMilestone
        fields: ClassVar[Any] = {
            "template": ["exact"],
            "kind": ["exact"],
            "anchor": ["exact"],
            "key": ["exact"],
        }


class TemplateEntryFilter(RecordFilter):
    """Filters of entries of templates."""

    class Meta:
        model = TemplateEntry
        fields: ClassVar[Any] = {
            "template": ["exact"],
            "register": ["exact"],
            "anchor": ["exact"],
        }


class TemplateRoleFilter(RecordFilter):
    """Filters of roles of templates."""

    class Meta:
        model = TemplateRole
        fields: ClassVar[Any] = {"template": ["exact"], "role": ["exact"]}
