"""The addresses of the REST layer, under `/api/`."""

from __future__ import annotations

from typing import Any, NoReturn

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from benefits import api as benefits
from pmhub.api.activity import ActivityViewSet
from pmhub.api.attachments import AttachmentViewSet
from pmhub.api.audit import AuditViewSet
from pmhub.api.calendar import CalendarViewSet
from pmhub.api.comments import CommentViewSet, FollowViewSet
from pmhub.api.contract import Contract
from pmhub.api.data_quality import DataQualityViewSet
from pmhub.api.delegations import DelegationViewSet
from pmhub.api.deleted_records import DeletedViewSet
from pmhub.api.documentation import CollectionDocumentation, Documentation
from pmhub.api.favourites import FavouriteViewSet
from pmhub.api.inbox import InboxViewSet
from pmhub.api.jobs import JobViewSet
from pmhub.api.people import PersonViewSet, RoleAssignmentViewSet
from pmhub.api.problems import Problem
from pmhub.api.records import RecordViewSet
from pmhub.api.resources import register
from pmhub.api.saved_views import SavedViewViewSet
from pmhub.api.search import Search
from pmhub.api.tokens import Me, TokenViewSet
from pmhub.api.waiting import WaitingViewSet
from pmhub.api.webhooks import WebhookViewSet
from programmes.api import (
    assurance,
    boards,
    cases,
    closed_years,
    competence,
    currency_rates,
    custom_fields,
    dca_records,
    decisions,
    delegated_limits,
    envelopes,
    exceptions,
    health_overrides,
    objectives,
    organisation_units,
    outcomes,
    portfolio,
    programme,
    programme_definition,
    programme_lines,
    rules,
    tolerances,
    transition,
)
from programmes.api.packs import BoardPackViewSet
from programmes.api.reports import StatusReportViewSet
from programmes.api.whatif import scenarios
from projects.api import (
    actions,
    assumptions,
    budgets,
    changes,
    compliance,
    creation,
    estimates,
    gates,
    help_requests,
    inspections,
    issues,
    lessons,
    library,
    maturity,
    posts,
    proposals,
    quality,
    resources,
    risk,
    schedule,
    stakeholders,
    work,
)
from projects.api import money as project_money
from projects.api import project as projects
from projects.api.stages import StageViewSet

RESOURCES: dict[str, type[RecordViewSet]] = {
    "portfolios": portfolio.PortfolioViewSet,
    "objectives": objectives.ObjectiveViewSet,
    "programmes": programme.ProgrammeViewSet,
    "tranches": programme.TrancheViewSet,
    "mandates": programme_definition.MandateViewSet,
    "operating-model-states": programme_definition.OperatingModelStateViewSet,
    "outcomes": outcomes.OutcomeViewSet,
    "impacted-groups": transition.ImpactedGroupViewSet,
    "adoption-assessments": transition.AdoptionAssessmentViewSet,
    "programme-lines": programme_lines.ProgrammeLineViewSet,
    "assurance-reviews": assurance.AssuranceReviewViewSet,
    "assurance-recommendations": assurance.AssuranceRecommendationViewSet,
    "objective-measurements": objectives.ObjectiveMeasurementViewSet,
    "dca-records": dca_records.DcaRecordViewSet,
    "health-overrides": health_overrides.HealthOverrideViewSet,
    "business-cases": cases.BusinessCaseViewSet,
    "case-options": cases.CaseOptionViewSet,
    "case-flows": cases.CaseFlowViewSet,
    "exceptions": exceptions.ExceptionViewSet,
    "rule-sets": rules.RuleSetViewSet,
    "tolerances": tolerances.ToleranceViewSet,
    "boards": boards.BoardViewSet,
    "board-meetings": boards.BoardMeetingViewSet,
    "decisions": decisions.DecisionViewSet,
    "acknowledgements": decisions.AcknowledgementViewSet,
    "delegated-limits": delegated_limits.DelegatedLimitViewSet,
    "envelopes": envelopes.EnvelopeViewSet,
    "closed-years": closed_years.ClosedYearViewSet,
    "custom-fields": custom_fields.CustomFieldViewSet,
    "currency-rates": currency_rates.CurrencyRateViewSet,
    "scenarios": scenarios.ScenarioViewSet,
    "scenario-changes": scenarios.ScenarioChangeViewSet,
    "status-reports": StatusReportViewSet,
    "board-packs": BoardPackViewSet,
    "people": PersonViewSet,
    "role-assignments": RoleAssignmentViewSet,
    "organisation-units": organisation_units.OrganisationUnitViewSet,
    "disciplines": competence.DisciplineViewSet,
    "discipline-links": competence.DisciplineLinkViewSet,
    "competence-records": competence.CompetenceRecordViewSet,
    "trainings": competence.TrainingViewSet,
    "qualifications": competence.QualificationViewSet,
    "posts": posts.PostViewSet,
    "team-maturities": maturity.TeamMaturityViewSet,
    "inspection-plans": inspections.InspectionPlanViewSet,
    "inspections": inspections.InspectionViewSet,
    "findings": inspections.FindingViewSet,
    "oversight-decisions": inspections.OversightDecisionViewSet,
    "delegations": DelegationViewSet,
    "saved-views": SavedViewViewSet,
    "favourites": FavouriteViewSet,
    "projects": projects.ProjectViewSet,
    "baselines": projects.BaselineViewSet,
    "outputs": projects.OutputViewSet,
    "budget-lines": project_money.BudgetLineViewSet,
    "budget-requests": budgets.BudgetRequestViewSet,
    "budget-transfers": budgets.BudgetTransferViewSet,
    "cost-actuals": project_money.CostActualViewSet,
    "commitments": project_money.CommitmentViewSet,
    "contingency-movements": project_money.ContingencyMovementViewSet,
    "work-packages": work.WorkPackageViewSet,
    "iterations": work.IterationViewSet,
    "estimates": estimates.EstimateViewSet,
    "quality-records": quality.QualityRecordViewSet,
    "milestones": schedule.MilestoneViewSet,
    "milestone-forecasts": schedule.MilestoneForecastViewSet,
    "dependencies": schedule.DependencyViewSet,
    "dependency-messages": schedule.DependencyMessageViewSet,
    "risks": risk.RiskViewSet,
    "issues": issues.IssueViewSet,
    "stakeholders": stakeholders.StakeholderViewSet,
    "stakeholder-assessments": stakeholders.StakeholderAssessmentViewSet,
    "communications": stakeholders.CommunicationViewSet,
    "assumptions": assumptions.AssumptionViewSet,
    "lessons": lessons.LessonViewSet,
    "lesson-uses": lessons.LessonUseViewSet,
    "process-assets": library.ProcessAssetViewSet,
    "asset-versions": library.AssetVersionViewSet,
    "tailoring-records": library.TailoringRecordViewSet,
    "proposals": proposals.ProposalViewSet,
    "proposal-scores": proposals.ProposalScoreViewSet,
    "scoring-criteria": proposals.ScoringCriterionViewSet,
    "services": help_requests.ServiceViewSet,
    "help-requests": help_requests.HelpRequestViewSet,
    "actions": actions.ActionViewSet,
    "compliance-items": compliance.ComplianceItemViewSet,
    "gates": gates.GateViewSet,
    "gate-criteria": gates.GateCriterionViewSet,
    "gate-votes": gates.GateVoteViewSet,
    "gate-conditions": gates.GateConditionViewSet,
    "change-requests": changes.ChangeRequestViewSet,
    "change-votes": changes.ChangeVoteViewSet,
    "resources": resources.ResourceViewSet,
    "resource-capacities": resources.ResourceCapacityViewSet,
    "allocations": resources.AllocationViewSet,
    "benefits": benefits.BenefitViewSet,
    "profile-versions": benefits.ProfileVersionViewSet,
    "profile-entries": benefits.ProfileEntryViewSet,
    "measurements": benefits.MeasurementViewSet,
    "contributions": benefits.ContributionViewSet,
    "benefit-reviews": benefits.ReviewViewSet,
    "overlap-cases": benefits.OverlapViewSet,
    "benefit-hand-overs": benefits.BenefitHandOverViewSet,
    "benefit-anchors": benefits.BenefitAnchorViewSet,
    "shared-claims": benefits.SharedBenefitClaimViewSet,
    "benefit-links": benefits.BenefitLinkViewSet,
    "templates": creation.TemplateViewSet,
    "template-milestones": creation.TemplateMilestoneViewSet,
    "template-entries": creation.TemplateEntryViewSet,
    "template-roles": creation.TemplateRoleViewSet,
    "template-criteria": gates.TemplateCriterionViewSet,
    "attachments": AttachmentViewSet,
    "comments": CommentViewSet,
    "follows": FollowViewSet,
}


class UnknownAddress(APIView):
    """The answer at any other address: a problem, not a page."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, whatever the method."""
        slash = "" if request.path.endswith("/") else " Addresses end in a slash."
        raise Problem(404, "unknown_address", f"There is no such address.{slash}")

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, as `initial` does."""
        self.initial(request)


COLLECTIONS: dict[str, type[ViewSetMixin]] = {
    **RESOURCES, "activity": ActivityViewSet, "audit": AuditViewSet, "tokens": TokenViewSet,
    "jobs": JobViewSet, "deleted": DeletedViewSet,
    "waiting": WaitingViewSet, "requests": WaitingViewSet, "inbox": InboxViewSet,
    "stages": StageViewSet,
    "calendar": CalendarViewSet,
    "data-quality": DataQualityViewSet,
    "webhooks": WebhookViewSet,
}  # fmt: skip


def _collection_routes(name: str) -> URLResolver:
    """Return the routes of a collection below its name. An address is then compared only with the
    routes of its own collection: comparing it with all hundreds took a third of a request."""
    router = SimpleRouter()
    router.register("", COLLECTIONS[name], basename=name)
    return path(f"{name}/", include(router.urls))


for name, view in RESOURCES.items():
    register(name, view)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include([_collection_routes(name) for name in COLLECTIONS])),
    path("v1/me/", Me.as_view(), name="me"),
    path("v1/search/", Search.as_view(), name="search-api"),
    path("v1/schema/", Contract.as_view(), name="schema"),
    path("docs/", Documentation.as_view(), name="docs"),
    path("docs/<slug:collection>/", CollectionDocumentation.as_view(), name="collection-docs"),
    re_path(r"", UnknownAddress.as_view(), name="unknown"),
]
