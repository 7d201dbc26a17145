"""The one door to rows: who sees which, model by model."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from benefits import models as benefits
from pmhub.access import Visible, can
from pmhub.access.scoped_rows import ScopedRows
from pmhub.models import (
    Attachment,
    Comment,
    Delegation,
    Favourite,
    Follow,
    Person,
    RoleAssignment,
    SavedView,
    User,
)
from programmes import models as programmes
from projects import models as projects
from tests import factories

# Each model with the ways from its rows to a programme. Of those missing here a programme's
# viewer sees nothing, but for the frame around it and the directory of people.
GATE = ["project__programme", "programme", "tranche__programme"]
TO_PROGRAMME = {
    RoleAssignment: ["programme", "project__programme"],
    Delegation: ["programme", "project__programme"],
    programmes.Programme: [""],
    programmes.Tranche: ["programme"],
    programmes.Outcome: ["programme"],
    programmes.ProgrammeLine: ["programme"],
    programmes.AssuranceReview: ["programme", "project__programme"],
    programmes.StatusReport: ["programme", "project__programme"],
    programmes.AssuranceRecommendation: ["review__programme", "review__project__programme"],
    programmes.LedgerLine: ["programme"],
    programmes.MetricValue: ["programme"],
    programmes.ProgrammeRanges: ["programme"],
    programmes.ProgrammeRollup: ["programme"],
    programmes.RollupBasis: ["programme"],
    programmes.Scenario: ["programme"],
    programmes.ScenarioChange: ["scenario__programme"],
    programmes.ScenarioTrial: ["scenario__programme"],
    programmes.DcaRecord: ["programme", "project__programme"],
    programmes.HealthOverride: ["programme", "project__programme"],
    programmes.Tolerance: ["programme", "project__programme"],
    programmes.Board: ["programme"],
    programmes.BoardMeeting: ["board__programme"],
    programmes.Envelope: ["programme"],
    programmes.BusinessCase: ["programme", "project__programme"],
    programmes.ExceptionReport: ["project__programme", "case__programme"],
    programmes.CaseOption: ["case__programme", "case__project__programme"],
    programmes.CaseFlow: ["option__case__programme", "option__case__project__programme"],
    programmes.Decision: ["programme", "project__programme"],
    programmes.Acknowledgement: ["decision__programme", "decision__project__programme"],
    projects.Project: ["programme"],
    projects.Baseline: ["project__programme"],
    projects.Output: ["project__programme"],
    projects.QualityRecord: ["output__project__programme"],
    projects.ProjectForecast: ["project__programme"],
    projects.Milestone: ["project__programme"],
    projects.MilestoneForecast: ["milestone__project__programme"],
    projects.Dependency: ["giver__programme", "receiver__programme"],
    projects.DependencyMessage: [
        "dependency__giver__programme",
        "dependency__receiver__programme",
    ],
    projects.Risk: ["programme", "project__programme"],
    projects.Issue: ["programme", "project__programme"],
    projects.Action: [
        "meeting__board__programme",
        "outcome__programme",
        "impacted_group__outcome__programme",
        *(
            f"{held}{home}programme"
            for held in (
                "",
                "risk__",
                "issue__",
                "assumption__",
                "recommendation__review__",
                "decision__",
            )
            for home in ("", "project__")
        ),
    ],
    projects.ComplianceItem: ["project__programme"],
    programmes.ProgrammeMandate: ["programme"],
    programmes.OperatingModelState: ["programme"],
    projects.Gate: GATE,
    projects.GateCriterion: [f"gate__{each}" for each in GATE],
    projects.GateVote: [f"gate__{each}" for each in GATE],
    projects.GateCondition: ["project__programme", "programme"],
    projects.ChangeRequest: ["programme", "project__programme"],
    projects.ChangeVote: ["change__programme", "change__project__programme"],
    projects.BudgetLine: ["project__programme"],
    projects.Estimate: [
        f"{each}project__programme"
        for each in ("", "budget_line__", "milestone__", "work_package__")
    ],
    projects.WorkPackage: ["project__programme"],
    projects.Iteration: ["project__programme"],
    projects.Stakeholder: ["programme", "project__programme"],
    programmes.ImpactedGroup: ["outcome__programme"],
    programmes.AdoptionAssessment: ["impacted_group__outcome__programme"],
    projects.StakeholderAssessment: ["stakeholder__programme", "stakeholder__project__programme"],
    projects.TeamMaturity: ["project__programme"],
    projects.Inspection: ["project__programme"],
    projects.InspectionPlan: ["project__programme"],
    projects.InspectionFinding: ["inspection__project__programme"],
    projects.OversightDecision: ["project__programme"],
    projects.Post: ["programme", "project__programme"],
    projects.Communication: ["programme", "project__programme"],
    projects.Assumption: ["programme", "project__programme"],
    projects.Lesson: ["programme", "project__programme", "portfolio__programmes"],
    projects.LessonUse: [
        "project__programme",
        *(
            f"{held}__{home}"
            for held in ("risk", "issue")
            for home in ("programme", "project__programme")
        ),
        *(f"gate__{each}" for each in GATE),
    ],
    projects.TailoringRecord: ["project__programme"],
    projects.BudgetRequest: ["programme", "project__programme"],
    projects.BudgetTransfer: [
        "from_line__project__programme",
        "to_line__project__programme",
    ],
    projects.CostActual: ["project__programme", "programme_line__programme"],
    projects.ContingencyMovement: ["programme", "project__programme"],
    projects.Commitment: ["budget_line__project__programme"],
    projects.Allocation: ["project__programme"],
    benefits.Benefit: ["programme"],
    benefits.BenefitProfileEntry: ["benefit__programme"],
    benefits.ProfileVersion: ["benefit__programme"],
    benefits.BenefitMeasurement: ["benefit__programme"],
    benefits.BenefitContribution: ["benefit__programme", "project__programme"],
    benefits.BenefitLink: ["programme"],
    benefits.BenefitReview: ["benefit__programme"],
    benefits.OverlapCase: ["programme"],
    benefits.BenefitAnchor: ["benefit__programme"],
    benefits.SharedBenefitClaim: ["programme", "benefit__programme"],
    benefits.BenefitHandOver: ["benefit__programme", "project__programme"],
}
FRAME = {
    programmes.Portfolio,
    programmes.StrategicObjective,
    programmes.ObjectiveMeasurement,
    programmes.RuleSet,
    programmes.DelegatedLimit,
    projects.Resource,
    projects.ResourceCapacity,
    projects.Template,
    projects.TemplateEntry,
    projects.TemplateMilestone,
    projects.TemplateRole,
    projects.TemplateCriterion,
    projects.ProcessAsset,
    projects.AssetVersion,
    programmes.Discipline,
    programmes.DisciplineLink,
    projects.Service,
    programmes.ClosedYear,
    programmes.CustomField,
    programmes.CurrencyRate,
    programmes.OrganisationUnit,
}
# For themself, the PMO and who leads above them.
OF_PEOPLE = {programmes.CompetenceRecord, programmes.Qualification, programmes.Training}
OF_PORTFOLIO = {projects.Proposal, projects.ProposalScore, projects.ScoringCriterion}
BETWEEN = {projects.HelpRequest}  # seen by who asked, who answers and the PMO
ABOVE = {programmes.BoardPack, *OF_PORTFOLIO}  # only for who holds a role on the portfolio
FOLLOWING = {Attachment, Comment, Follow}  # seen by who sees the record at which they stand
SCOPED = [model for model in apps.get_models() if issubclass(model, Visible)]


def label(model):
    """Return the name of a model for the name of a test."""
    return model._meta.label


# Rows of the portfolio that are seen by who has a part below it, beside those of a programme.
SEEN_BELOW = {programmes.Board: Q(portfolio__isnull=False)}


def of_programme(model, code):
    """The rows that belong to a programme, and those above that are seen from there."""
    condition = SEEN_BELOW.get(model, Q())
    for path in TO_PROGRAMME[model]:
        condition |= Q(**{f"{path}__code" if path else "code": code})
    return set(model._base_manager.filter(condition).values_list("pk", flat=True))


def seen(model, user):
    """The rows that the user sees."""
    return set(model.objects.visible_to(user).values_list("pk", flat=True))


def everything(model):
    """All rows."""
    return set(model._base_manager.values_list("pk", flat=True))


def test_no_field_has_the_name_of_what_access_asks_of_a_model():
    asked = {name for name in vars(Visible) if not name.startswith("__")}
    hidden = {
        f"{label(model)}.{field.name}"
        for model in SCOPED
        for field in model._meta.get_fields()
        if field.name in asked
    }
    assert hidden == set()


def test_every_model_says_who_sees_it():
    assert set(SCOPED) == {
        *TO_PROGRAMME, *FRAME, *FOLLOWING, *ABOVE, *OF_PEOPLE, *BETWEEN,
        Person, SavedView, Favourite,
    }  # fmt: skip


@pytest.mark.parametrize("model", SCOPED, ids=label)
def test_a_stranger_sees_nothing(stranger, model):
    assert seen(model, stranger) == set()
    assert seen(model, AnonymousUser()) == set()
    assert seen(model, None) == set()


@pytest.mark.parametrize("model", SCOPED, ids=label)
def test_the_pmo_sees_everything(pmo, model):
    assert seen(model, pmo) == everything(model)


@pytest.mark.parametrize("model", TO_PROGRAMME, ids=label)
def test_a_viewer_of_a_programme_sees_what_is_in_it_and_nothing_else(viewer, model):
    mine = set() if model.for_writers else of_programme(model, "CAM")
    assert seen(model, viewer) == mine


@pytest.mark.parametrize("model", TO_PROGRAMME, ids=label)
def test_whoever_manages_a_programme_sees_it_without_an_assignment(ssv_manager, model):
    assert not ssv_manager.person.roles.exists()
    assert seen(model, ssv_manager) == of_programme(model, "SSV")


def test_a_viewer_of_a_programme_sees_the_frame_around_it(viewer, demo):
    assert seen(programmes.Portfolio, viewer) == {demo.portfolio.pk}
    assert demo.person("PE18").pk in seen(Person, viewer)


@pytest.mark.parametrize("model", sorted(ABOVE, key=label), ids=label)
def test_what_is_of_the_portfolio_alone_is_for_who_holds_a_role_there(
    model, viewer, ssv_manager, sponsor
):
    assert seen(model, viewer) == seen(model, ssv_manager) == set()
    assert seen(model, sponsor) == everything(model) != set()


def test_the_sponsor_of_a_portfolio_sees_all_of_it_and_no_other(sponsor, demo):
    other = factories.programme()
    assert other.pk not in seen(programmes.Programme, sponsor)
    assert demo.programme("HID").pk in seen(programmes.Programme, sponsor)
    assert demo.project("PMO-01").pk in seen(projects.Project, sponsor)


def test_a_project_manager_sees_their_projects_and_not_the_programme(cam02_manager, demo):
    own = {demo.project("CAM-02").pk, demo.project("CAM-05").pk}
    assert seen(projects.Project, cam02_manager) == own
    assert seen(programmes.Programme, cam02_manager) == set()
    assert seen(programmes.MetricValue, cam02_manager) == set()
    risks = set(projects.Risk.objects.filter(project__in=own).values_list("pk", flat=True))
    assert seen(projects.Risk, cam02_manager) == risks


def test_a_dependency_shows_to_both_ends(cam02_manager, demo):
    codes = projects.Dependency.objects.visible_to(cam02_manager).values_list("code", flat=True)
    assert set(codes) == {"D01", "D04", "D05", "D06", "D16", "D22", "D24", "D26"}


def test_the_owner_of_a_benefit_sees_it_and_its_measurements(demo):
    owner = factories.user()
    benefit = factories.benefit(programme=demo.programme("NZE"), owner=owner.person)
    measurement = factories.measurement(benefit, 2025, 5)
    assert seen(benefits.Benefit, owner) == {benefit.pk}
    assert seen(benefits.BenefitMeasurement, owner) == {measurement.pk}
    assert seen(programmes.Programme, owner) == set()


# Assignments come and go


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [(None, None, 1), (0, None, 1), (1, None, 0), (None, 0, 1), (None, -1, 0), (-9, 9, 1)],
)
def test_a_role_counts_while_it_is_held(demo, starts, ends, expected):
    user, today = factories.user(), timezone.localdate()
    factories.role(
        user,
        "viewer",
        programme=demo.programme("NZE"),
        starts_on=None if starts is None else today + timedelta(days=starts),
        ends_on=None if ends is None else today + timedelta(days=ends),
    )
    assert programmes.Programme.objects.visible_to(user).count() == expected


def test_somebody_who_may_no_longer_sign_in_sees_nothing(pmo):
    User.objects.filter(pk=pmo.pk).update(is_active=False)
    assert seen(projects.Project, User.objects.get(pk=pmo.pk)) == set()


def test_a_superuser_sees_everything(demo):
    root = User.objects.create_superuser("root")
    assert seen(projects.Project, root) == everything(projects.Project)


# Of these it depends on who asks, or on which roles they hold, what they see.
OF_EACH = {
    programmes.Scenario, programmes.ScenarioChange, programmes.ScenarioTrial,
    programmes.StatusReport, Attachment, Comment, Favourite, Follow, SavedView,
    programmes.BusinessCase, programmes.CaseOption, programmes.CaseFlow,
    projects.Stakeholder, projects.StakeholderAssessment, projects.Communication, *OF_PEOPLE,
    projects.HelpRequest,
}  # fmt: skip


@pytest.mark.parametrize("model", SCOPED, ids=label)
def test_rows_compiled_for_all_readers_are_those_that_each_sees(
    pmo, viewer, ssv_manager, sponsor, cam02_manager, stranger, model
):
    rows = ScopedRows(model.objects.visible_to)
    for user in (pmo, viewer, ssv_manager, sponsor, cam02_manager, stranger, AnonymousUser()):
        if model in OF_EACH and user in (viewer, ssv_manager, sponsor):
            with pytest.raises(TypeError, match="Which rows these are depends on"):
                rows(user)
        elif model not in OF_EACH:
            assert set(rows(user)) == set(model.objects.visible_to(user))


def test_rows_compiled_before_are_those_of_roles_given_since(demo):
    user = factories.user()
    rows = ScopedRows(projects.Project.objects.visible_to)
    assert rows(user) == []
    for codes in (["CAM-02"], ["CAM-02", "NZE-01"]):
        factories.role(user, "viewer", project=demo.project(codes[-1]))
        assert [each.code for each in rows(User.objects.get(pk=user.pk))] == codes


def test_roles_are_read_once_for_a_user(viewer, django_assert_num_queries):
    with django_assert_num_queries(3):  # the roles, then each list
        list(projects.Project.objects.visible_to(viewer))
        list(projects.Risk.objects.visible_to(viewer))


# Writing


@pytest.mark.parametrize(
    ("person", "verb", "kind", "code", "allowed"),
    [
        ("viewer", "view", "project", "CAM-02", True),
        ("viewer", "write", "project", "CAM-02", False),
        ("viewer", "write", "benefit", "B03", False),
        ("viewer", "verify", "benefit", "B03", False),
        ("viewer", "view", "project", "NZE-01", False),
        ("stranger", "view", "project", "CAM-02", False),
        ("cam02_manager", "write", "project", "CAM-02", True),
        ("cam02_manager", "write", "project", "CAM-03", False),
        ("cam02_manager", "write", "risk", "R01", True),
        ("cam02_manager", "write", "risk", "R14", False),
        ("cam02_manager", "write", "benefit", "B01", False),
        ("cam02_manager", "verify", "benefit", "B01", False),
        ("cam_manager", "write", "programme", "CAM", True),
        ("cam_manager", "write", "risk", "R14", True),
        ("cam_manager", "verify", "benefit", "B03", True),
        ("cam_manager", "write", "programme", "NZE", False),
        ("cam_manager", "verify", "benefit", "B07", False),
        ("benefit_owner", "write", "benefit", "B05", True),
        ("benefit_owner", "verify", "benefit", "B05", False),
        ("benefit_owner", "write", "project", "CAM-02", False),
        ("sponsor", "write", "programme", "CAM", True),
        ("sponsor", "write", "project", "CAM-02", False),
        ("pmo", "write", "project", "PMO-01", True),
        ("pmo", "verify", "benefit", "B03", True),
    ],
)
def test_who_may_do_what(request, demo, person, verb, kind, code, allowed):
    user = request.getfixturevalue(person)
    assert can(user, verb, getattr(demo, kind)(code)) is allowed


def test_rights_on_a_new_record_follow_from_what_it_belongs_to(demo, cam02_manager):
    assert can(cam02_manager, "write", projects.Risk(project=demo.project("CAM-02")))
    assert not can(cam02_manager, "write", projects.Risk(programme=demo.programme("CAM")))
    assert not can(cam02_manager, "write", projects.Risk(project=demo.project("NZE-01")))


def test_an_owner_measures_only_their_own_benefit(demo):
    owner = factories.user()
    own = factories.benefit(programme=demo.programme("NZE"), owner=owner.person)
    assert can(owner, "write", benefits.BenefitMeasurement(benefit=own))
    assert not can(owner, "write", own)
    other = benefits.BenefitMeasurement(benefit=demo.benefit("B07"))
    assert not can(owner, "write", other)
