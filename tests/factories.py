"""Small builders of records, for tests that want their own: `factories.project(code="P1")`.

Each makes what it stands on when that is not given, with codes of their own.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from benefits.models import (
    Benefit,
    BenefitAnchor,
    BenefitContribution,
    BenefitHandOver,
    BenefitMeasurement,
    BenefitProfileEntry,
    OverlapCase,
    SharedBenefitClaim,
)
from pmhub.models import Delegation, Person, RoleAssignment, User, portfolio_of
from programmes.models import (
    Acknowledgement,
    AdoptionAssessment,
    Board,
    BoardMeeting,
    BoardPack,
    BusinessCase,
    CaseFlow,
    CaseOption,
    ClosedYear,
    CompetenceRecord,
    CurrencyRate,
    CustomField,
    DcaRecord,
    Decision,
    DelegatedLimit,
    Discipline,
    DisciplineLink,
    Envelope,
    ExceptionReport,
    HealthOverride,
    ImpactedGroup,
    ObjectiveMeasurement,
    OperatingModelState,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeLine,
    ProgrammeMandate,
    Qualification,
    RuleSet,
    StrategicObjective,
    Tolerance,
    Training,
    Tranche,
)
from programmes.services import submit_case
from projects.models import (
    Action,
    Allocation,
    AssetVersion,
    Assumption,
    Baseline,
    BudgetLine,
    BudgetRequest,
    BudgetTransfer,
    ChangeRequest,
    ChangeVote,
    Communication,
    Dependency,
    Estimate,
    Gate,
    GateCondition,
    GateCriterion,
    GateVote,
    HelpRequest,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    Issue,
    Iteration,
    Lesson,
    LessonUse,
    Milestone,
    Output,
    OversightDecision,
    Post,
    ProcessAsset,
    Project,
    Proposal,
    ProposalScore,
    QualityRecord,
    Resource,
    Risk,
    ScoringCriterion,
    Service,
    Stakeholder,
    StakeholderAssessment,
    TailoringRecord,
    TeamMaturity,
    WorkPackage,
)

AS_OF = date(2026, 10, 31)
_numbers = count(1)


def _code(prefix: str) -> str:
    return f"{prefix}{next(_numbers)}"


def user(name: str = "", **fields: Any) -> User:
    """Somebody who signs in, in the directory of people, without a role."""
    made = User.objects.create(username=name or _code("user"), **fields)
    person(user=made)
    return made


def person(**fields: Any) -> Person:
    """Somebody in the directory."""
    code = _code("PX")
    return Person.objects.create(**{"code": code, "name": f"Person {code}", **fields})


def role(user: User, role: str, **scope: Any) -> RoleAssignment:
    """Give the user a role: on `portfolio`, `programme`, `project`, or everywhere."""
    return RoleAssignment.objects.create(person=user.person, role=role, **scope)


def delegation(giver: User, deputy: User, role: str, **fields: Any) -> Delegation:
    """What somebody lends to a deputy, from yesterday to tomorrow: `portfolio`, `programme` or
    `project` says where."""
    today, day = timezone.localdate(), timedelta(days=1)
    defaults = {"starts_on": today - day, "ends_on": today + day, "reason": "Leave"}
    return Delegation.objects.create(
        giver=giver.person, deputy=deputy.person, role=role, **defaults | fields
    )


def portfolio(**fields: Any) -> Portfolio:
    """A portfolio whose figures speak of 31 October 2026."""
    defaults = {
        "code": _code("PF"),
        "name": "Portfolio",
        "organisation": "Organisation",
        "status_date_policy": "fixed",
        "status_date": AS_OF,
    }
    return Portfolio.objects.create(**defaults | fields)


def programme(**fields: Any) -> Programme:
    """A programme that is being designed, without anybody in its posts."""
    fields.setdefault("portfolio", None)
    fields["portfolio"] = fields["portfolio"] or portfolio()
    code = _code("PG")
    defaults = {"code": code, "name": f"Programme {code}", "stage": "design"}
    return Programme.objects.create(**defaults | fields)


def led_programme(**fields: Any) -> Programme:
    """A programme whose posts are held, as from planning on."""
    posts = {"sro": person(), "programme_manager": person()}
    made = programme(**posts | fields)
    made.bcms.add(posts["sro"])
    return made


def line(**fields: Any) -> ProgrammeLine:
    """A budget line of a programme."""
    if "programme" not in fields:
        fields["programme"] = programme()
    return ProgrammeLine.objects.create(**{"code": _code("L"), "kind": "other", **fields})


def project(**fields: Any) -> Project:
    """A live project of a programme, begun and half way through its year, without a baseline and
    not yet in the stages that take a manager."""
    if "programme" not in fields and "portfolio" not in fields:
        fields["programme"] = programme()
    code = _code("PJ")
    defaults = {
        "code": code,
        "name": f"Project {code}",
        "stage": "define",
        "actual_start": date(2026, 4, 1),
        "forecast_start": date(2026, 4, 1),
        "forecast_finish": date(2027, 3, 31),
    }
    if fields.get("status") == "closed":
        defaults |= {"stage": "closed", "percent_complete": Decimal(100)}
    return Project.objects.create(**defaults | fields)


def baseline(project: Project, **fields: Any) -> Baseline:
    """An approved plan of 1000 over a year, spent evenly."""
    plan = {
        "number": project.baselines.count() + 1,
        "approved_on": date(2026, 4, 1),
        "starts_on": date(2026, 4, 1),
        "finishes_on": date(2027, 3, 31),
        "budget_at_completion": Decimal(1000),
    } | fields
    ends = ((plan["starts_on"], 0), (plan["finishes_on"], plan["budget_at_completion"]))
    plan.setdefault("planned_value_profile", [[str(day), str(value)] for day, value in ends])
    return Baseline.objects.create(project=project, **plan)


def budget(project: Project, approved: int | Decimal, **fields: Any) -> BudgetLine:
    """A line of the project's budget."""
    return BudgetLine.objects.create(
        project=project, **{"code": _code("BL"), "approved": approved, **fields}
    )


def budget_request(home: Project | Programme | None = None, **fields: Any) -> BudgetRequest:
    """What a project or a programme asks for; approved, with its line."""
    home = home or project()
    of_project = isinstance(home, Project)
    same = {"fiscal_year": 2026, "treatment": "capital"}
    asked: dict[str, Any] = {"code": _code("BR"), "title": "Cranes", "amount": Decimal(100)}
    asked |= {"reason": "They are dearer", **same, **fields}
    granted = {"approved": asked["amount"], "partly": Decimal(asked["amount"]) / 2}
    if amount := granted.get(asked.get("state", "")):
        asked |= {"approved_amount": amount}
        given = {name: asked[name] for name in same}
        if isinstance(home, Project):
            asked["budget_line"] = budget(home, amount, **given)
        else:
            asked["programme_line"] = line(programme=home, approved_budget=amount, **given)
    if asked.get("state") in ("approved", "partly", "refused"):
        asked.setdefault("decided_on", "2026-10-01")
    side = {"project" if of_project else "programme": home}
    return BudgetRequest.objects.create(**side, **asked)


def budget_transfer(
    from_line: BudgetLine | None = None, to_line: BudgetLine | None = None, **fields: Any
) -> BudgetTransfer:
    """10 that are to move from a line of 100 to another of its project."""
    source = from_line or budget(project(), 100)
    target = to_line or budget(source.project, 0)
    said = {"amount": Decimal(10), "reason": "It is needed there"} | fields
    if said.get("state", "proposed") != "proposed":
        said.setdefault("on", "2026-10-01")
    return BudgetTransfer.objects.create(from_line=source, to_line=target, **said)


def output(project: Project, **fields: Any) -> Output:
    """Something the project delivers."""
    state = fields.pop("state", "planned")
    begins = "planned" if state == "descoped" else state
    made = Output.objects.create(
        project=project, **{"code": _code("O"), "title": "Output", "state": begins, **fields}
    )
    if state == "descoped":
        descope(made)
    return made


def descope(*outputs: Output) -> None:
    """Take outputs out of the scope, each by an approved change."""
    for each in outputs:
        descoping_approved(each)
        Output.objects.filter(pk=each.pk).update(state="descoped")
        each.refresh_from_db()


def work_package(home: Project | None = None, **fields: Any) -> WorkPackage:
    """A piece of the work of a project of which nothing is done yet."""
    said = {"code": _code("WP"), "title": "Interfaces", **fields}
    return WorkPackage.objects.create(project=home or project(), **said)


def iteration(home: Project | None = None, **fields: Any) -> Iteration:
    """An iteration of four weeks with 10 points; closed, the team has done all of them."""
    home = home or project()
    said = {
        "number": home.iterations.count() + 1,
        "goal": "People sign in once",
        "starts_on": "2026-09-01",
        "ends_on": "2026-09-28",
        "points_planned": Decimal(10),
    } | fields
    if said.get("state") in ("closed", "released"):
        said.setdefault("points_done", said["points_planned"])
    if said.get("state") == "released":
        said.setdefault("released_on", "2026-10-01")
    return Iteration.objects.create(project=home, **said)


def estimate(of: Any = None, **fields: Any) -> Estimate:
    """What a project, a budget line, a milestone or a work package will come to: 100, or a little
    less or more; of a project and its lines, in money."""
    of = of or project()
    subject = {BudgetLine: "budget_line", WorkPackage: "work_package"}.get(
        type(of), str(of._meta.model_name)
    )
    said = {
        "quantity": "cost" if subject in ("project", "budget_line") else "days",
        "low": Decimal(80),
        "likely": Decimal(100),
        "high": Decimal(130),
        "accuracy_class": 3,
        "method": "expert",
        "basis": "Asked who built the last one",
        "made_on": "2026-10-01",
    } | fields
    return Estimate.objects.create(**{subject: of}, **said)


def milestone(project: Project, **fields: Any) -> Milestone:
    """A milestone still to come; with `actual_on`, one that was reached."""
    defaults = {"code": _code("MX"), "title": "Milestone", "forecast_on": date(2027, 1, 29)}
    if fields.get("actual_on"):
        defaults["state"] = "achieved"
    return Milestone.objects.create(project=project, **defaults | fields)


def dependency(giver: Project | str, receiver: Project, **fields: Any) -> Dependency:
    """What a giver (a project, or the name of somebody outside) owes a receiver."""
    side = {"external_giver": giver} if isinstance(giver, str) else {"giver": giver}
    defaults = {"code": _code("DX"), "deliverable": "Deliverable", "kind": "FS"}
    return Dependency.objects.create(receiver=receiver, **side, **defaults | fields)


def check(of: Output | None = None, **fields: Any) -> QualityRecord:
    """A check of an output; one that has come to something was on a day, and waived by somebody."""
    said = {"output": of or output(project()), "code": _code("QX"), "title": "Welds"} | fields
    if said.get("result", "open") != "open":
        said = {"checked_on": "2026-10-01", "checked_by": person()} | said
    if said.get("result") == "waived":
        said = {"waiver_reason": "Too late"} | said
    return QualityRecord.objects.create(**said)


def risk(home: Project | Programme, **fields: Any) -> Risk:
    """An open threat of one in four, most likely 100."""
    side = {"project": home} if isinstance(home, Project) else {"programme": home}
    defaults = {
        "code": _code("RX"),
        "title": "Risk",
        "residual_probability": Decimal("0.25"),
        "residual_cost_min": Decimal(50),
        "residual_cost_most_likely": Decimal(100),
        "residual_cost_max": Decimal(200),
    }
    return Risk.objects.create(**side, **defaults | fields)


def issue(home: Project | Programme, **fields: Any) -> Issue:
    """An issue being worked on."""
    side = {"project": home} if isinstance(home, Project) else {"programme": home}
    defaults = {"code": _code("IX"), "title": "Issue", "state": "in_progress"}
    return Issue.objects.create(**side, **defaults | fields)


def assumption(home: Project | Programme | Portfolio, **fields: Any) -> Assumption:
    """Something that is taken to be true; failed, with the issue that it is now."""
    side: Any = {str(home._meta.model_name): home}
    said = {"code": _code("AX"), "text": "The ground is dry"} | fields
    if said.get("state", "open") != "open":
        said.setdefault("settled_on", "2026-10-01")
    if said.get("state") == "failed" and not isinstance(home, Portfolio):
        said.setdefault("issue", issue(home))
    return Assumption.objects.create(**side, **said)


def process_asset(home: Portfolio | None = None, **fields: Any) -> ProcessAsset:
    """A standard that projects may follow; it has no version yet."""
    defaults = {"code": _code("PA"), "title": "Lifting operations"}
    return ProcessAsset.objects.create(portfolio=home or portfolio(), **defaults | fields)


def asset_version(asset: ProcessAsset | None = None, **fields: Any) -> AssetVersion:
    """A version of a standard, in force unless another state is given."""
    said: dict[str, Any] = {
        "asset": asset or process_asset(),
        "number": 1,
        "text": "Plan it",
        "state": "published",
    }
    said |= fields
    if said["state"] in ("published", "retired"):
        said = {"effective_from": "2026-10-01", "approved_by": person()} | said
    return AssetVersion.objects.create(**said)


def tailoring(home: Project | None = None, **fields: Any) -> TailoringRecord:
    """How a project applies a standard; proposed unless another state is given."""
    home = home or project()
    said: dict[str, Any] = {
        "project": home,
        "answer": "adapted",
        "what": "By a firm",
        "reason": "None here",
    }
    if "asset_version" not in fields:
        said["asset_version"] = asset_version(process_asset(home.owner_portfolio))
    said |= fields
    if said.get("state") in ("agreed", "ended"):
        said = {"agreed_by": person(), "agreed_on": "2026-10-01"} | said
    return TailoringRecord.objects.create(**said)


def lesson(home: Project | Programme | Portfolio, **fields: Any) -> Lesson:
    """Something that was learned; validated unless another state is given."""
    said: dict[str, Any] = {
        str(home._meta.model_name): home,
        "code": _code("LX"),
        "title": "Book the tower crane early",
        "what_happened": "The crane was not free",
        "recommendation": "Book the crane before the steel is ordered",
        "state": "validated",
    }
    said |= fields
    if said["state"] in ("validated", "applied", "archived"):
        said = {"validated_by": person()} | said
    return Lesson.objects.create(**said)


def lesson_use(place: Risk | Issue | Gate | Project, **fields: Any) -> LessonUse:
    """What was answered to a lesson where it fits."""
    home: Any = getattr(place, "project", place)
    said: dict[str, Any] = {str(place._meta.model_name): place, "answer": "covered",
                            "reason": "Booked", "on": "2026-10-01"}  # fmt: skip
    if "lesson" not in fields:
        said["lesson"] = lesson(home)
    return LessonUse.objects.create(**said | fields)


def service(home: Portfolio | None = None, **fields: Any) -> Service:
    """Something that the PMO does for who asks."""
    said = {"code": _code("SV"), "name": "Prepare a gate"} | fields
    return Service.objects.create(portfolio=home or portfolio(), **said)


def help_request(home: Project | Programme | Portfolio | None = None, **fields: Any) -> HelpRequest:
    """A question to the PMO; from when it was taken on, with who answers, and then its answer."""
    home = home or project()
    said: dict[str, Any] = {
        str(home._meta.model_name): home,
        "code": _code("HX"),
        "title": "Which evidence?",
        "question": "What does the board want to see?",
    } | fields
    said.setdefault("asked_by", None)
    said["asked_by"] = said["asked_by"] or person()
    if said.get("state") in ("accepted", "answered", "closed"):
        said = {"owner": person()} | said
    if said.get("state") in ("answered", "closed"):
        said = {"answer": "The survey", "answered_on": "2026-10-01"} | said
    return HelpRequest.objects.create(**said)


def criterion(home: Portfolio | None = None, **fields: Any) -> ScoringCriterion:
    """The one criterion by which proposals are scored."""
    said = {"code": _code("SC"), "name": "Worth", "weight": 100, "valid_from": "2026-01-01"}
    return ScoringCriterion.objects.create(portfolio=home or portfolio(), **said | fields)


def proposal(home: Portfolio | None = None, **fields: Any) -> Proposal:
    """What might become a project; from when it is scored, with its score and the decision."""
    home = home or portfolio()
    said: dict[str, Any] = {
        "portfolio": home,
        "code": _code("PR"),
        "title": "Heat recovery",
        "need": "The halls burn gas",
        "sponsor": person(),
        "cost_likely": 100,
        "benefit_likely": 300,
    } | fields
    state = said.get("state", "idea")
    if state not in ("idea", "proposed"):
        said = {"scored_on": "2026-10-01"} | said
    if state in ("approved", "deferred", "rejected", "started"):
        said = {"decision": decision(home)} | said
    if state == "started" and not {"project", "programme"} & said.keys():
        said["project"] = project(portfolio=home)
    return Proposal.objects.create(**said)


def proposal_score(of: Proposal | None = None, **fields: Any) -> ProposalScore:
    """How a proposal does by the one criterion."""
    of = of or proposal(state="proposed")
    said: dict[str, Any] = {"score": 4, "reason": "It pays back"} | fields
    if "criterion" not in said:
        said["criterion"] = of.portfolio.scoring_criteria.first() or criterion(of.portfolio)
    return ProposalScore.objects.create(proposal=of, **said)


def closed_year(home: Portfolio | None = None, **fields: Any) -> ClosedYear:
    """A fiscal year that is closed: that of 2025 to 2026."""
    return ClosedYear.objects.create(
        portfolio=home or portfolio(), **{"fiscal_year": 2025} | fields
    )


def custom_field(home: Portfolio | None = None, **fields: Any) -> CustomField:
    """A text that a portfolio has given to its projects."""
    said: dict[str, Any] = {"entity": "project", "name": "site"} | fields
    said = {"label": said["name"].replace("_", " ").capitalize()} | said
    return CustomField.objects.create(portfolio=home or portfolio(), **said)


def currency_rate(home: Portfolio | None = None, **fields: Any) -> CurrencyRate:
    """What a euro comes to, since April 2026."""
    said = {"currency": "EUR", "rate": Decimal("0.86"), "valid_from": "2026-04-01"}
    return CurrencyRate.objects.create(portfolio=home or portfolio(), **said | fields)


def stakeholder(home: Project | Programme | None = None, **fields: Any) -> Stakeholder:
    """Somebody whom a change affects."""
    home = home or programme()
    side: Any = {str(home._meta.model_name): home}
    return Stakeholder.objects.create(
        **side, **{"code": _code("SX"), "name": "Neighbours"} | fields
    )


def impacted_group(of: Outcome | None = None, **fields: Any) -> ImpactedGroup:
    """People who have to work in another way; once it was accepted, with the day of that."""
    outcome = of or programme().outcomes.create(code=_code("OX"), title="Ready")
    said = {"code": _code("GX"), "name": "Technicians"} | fields
    if said.get("state") == "accepted":
        said.setdefault("accepted_on", "2026-10-01")
    return ImpactedGroup.objects.create(outcome=outcome, **said)


def adoption(of: ImpactedGroup | None = None, **fields: Any) -> AdoptionAssessment:
    """How far a group was on a day."""
    said = {"on": "2026-10-01", "readiness": 3, "adoption_pct": 50} | fields
    return AdoptionAssessment.objects.create(impacted_group=of or impacted_group(), **said)


def assessment(of: Stakeholder | None = None, **fields: Any) -> StakeholderAssessment:
    """Where a stakeholder stood on a day."""
    said = {"on": "2026-10-01", "influence": 4, "interest": 3, "stance": "critic"} | fields
    return StakeholderAssessment.objects.create(stakeholder=of or stakeholder(), **said)


def discipline(home: Portfolio | None = None, **fields: Any) -> Discipline:
    """A field of work."""
    said = {"code": _code("DX"), "name": "Construction"} | fields
    return Discipline.objects.create(portfolio=home or portfolio(), **said)


def discipline_link(
    giver: Discipline | None = None, receiver: Discipline | None = None, **fields: Any
) -> DisciplineLink:
    """What a discipline gives another one of its portfolio."""
    giver = giver or discipline()
    receiver = receiver or discipline(giver.portfolio, name="Electrical")
    said = {"gives": "Drawings"} | fields
    return DisciplineLink.objects.create(giver=giver, receiver=receiver, **said)


def competence(of: Person | None = None, **fields: Any) -> CompetenceRecord:
    """How experienced somebody is, as somebody else assessed it."""
    said = {"level": "senior", "assessed_on": "2026-10-01", "assessor": person()} | fields
    return CompetenceRecord.objects.create(person=of or person(), **said)


def maturity(home: Project | None = None, **fields: Any) -> TeamMaturity:
    """How mature the team of a project is."""
    said = {"level": 3, "assessed_on": "2026-10-01"} | fields
    return TeamMaturity.objects.create(project=home or project(), **said)


def qualification(of: Person | None = None, **fields: Any) -> Qualification:
    """What a body outside attests to somebody."""
    said = {"title": "Lifting licence", "obtained_on": "2020-01-01"} | fields
    return Qualification.objects.create(person=of or person(), **said)


def training(of: Person | None = None, **fields: Any) -> Training:
    """What somebody learns; planned unless the day on which it was taken is given."""
    said = {"title": "Rigging", "planned_on": "2026-10-01"} | fields
    return Training.objects.create(person=of or person(), **said)


def post(home: Project | Programme | Portfolio | None = None, **fields: Any) -> Post:
    """Somebody who is needed; nobody holds it yet."""
    home = home or project()
    side: Any = {str(home._meta.model_name): home}
    return Post.objects.create(**side, **{"title": "Planner", "wanted_from": "2026-10-01"} | fields)


def inspection(home: Project | None = None, **fields: Any) -> Inspection:
    """An inspection; planned unless another state is given."""
    said = {"code": _code("IN"), "title": "Formwork", "planned_on": "2026-10-01"} | fields
    if said.get("state") == "held":
        said = {"held_on": "2026-10-01", "result": "pass"} | said
    return Inspection.objects.create(project=home or project(), **said)


def inspection_plan(home: Project | None = None, **fields: Any) -> InspectionPlan:
    """A plan of inspections, as often as oversight asks for unless it says otherwise."""
    said = {"code": _code("IP"), "title": "Formwork"} | fields
    return InspectionPlan.objects.create(project=home or project(), **said)


def finding(of: Inspection | None = None, **fields: Any) -> InspectionFinding:
    """Something that an inspection found."""
    said = {"code": _code("F"), "text": "No guard rail"} | fields
    if said.get("state", "open") != "open":
        said.setdefault("corrective_action", "Put up")
    if said.get("state") in ("verified", "closed"):
        said.setdefault("verified_by", person())
    if said.get("state") == "closed":
        said.setdefault("closed_on", "2026-10-02")
    return InspectionFinding.objects.create(inspection=of or inspection(state="held"), **said)


def oversight(home: Project | None = None, **fields: Any) -> OversightDecision:
    """A decision about oversight; proposed unless another state is given."""
    said = {"level": "enhanced", "derived_then": "standard", "evidence": "Late twice"} | fields
    if said.get("state", "proposed") not in ("proposed", "declined"):
        said = {"decided_on": "2026-10-01", "until": "2027-04-01", "decided_by": person()} | said
    if said.get("state") in ("appealed", "upheld", "changed"):
        said.setdefault("appeal", "It was the supplier")
    return OversightDecision.objects.create(project=home or project(), **said)


def communication(
    home: Project | Programme | Portfolio | None = None, **fields: Any
) -> Communication:
    """Something that is to be said; once it was, with the day of that."""
    home = home or programme()
    side: Any = {str(home._meta.model_name): home}
    said = {"code": _code("CX"), "title": "Night works", "planned_on": "2026-10-01"} | fields
    if said.get("state") in ("sent", "evaluated"):
        said.setdefault("sent_on", "2026-10-02")
    if said.get("state") == "evaluated":
        said.setdefault("heard", "heard")
    return Communication.objects.create(**side, **said)


def action(source: Risk | Issue | Assumption | Project | Programme, **fields: Any) -> Action:
    """Something to be done about a record."""
    name: Any = source._meta.model_name
    return Action.objects.create(**{name: source, "title": _code("Do "), **fields})


def objective(**fields: Any) -> StrategicObjective:
    """What the organisation wants to reach."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    return StrategicObjective.objects.create(**{"code": _code("SO"), "title": "Reach it"} | fields)


def objective_measurement(**fields: Any) -> ObjectiveMeasurement:
    """Where the measure of an objective stood."""
    if "objective" not in fields:
        fields["objective"] = objective()
    return ObjectiveMeasurement.objects.create(**{"on": "2026-10-01", "value": 5} | fields)


def override(home: Programme | Project, **fields: Any) -> HealthOverride:
    """A colour in the place of the derived health of a programme or a project."""
    side: Any = {str(home._meta.model_name): home}
    defaults = {
        "colour": "green",
        "reason": "Agreed",
        "starts_on": "2026-10-01",
        "expires_on": "2026-11-30",
    }
    return HealthOverride.objects.create(**side, **defaults | fields)


def confidence(home: Programme | Project, **fields: Any) -> DcaRecord:
    """A judgement of how sure delivery is."""
    side: Any = {str(home._meta.model_name): home}
    defaults = {"value": "amber", "on": "2026-10-01", "basis": "Reviewed"}
    return DcaRecord.objects.create(**side, **defaults | fields)


def tolerance(home: Portfolio | Programme | Project, **fields: Any) -> Tolerance:
    """How far it may cost more than is approved."""
    place: Any = {str(home._meta.model_name): home}
    return Tolerance.objects.create(**place, **{"kind": "cost_pct", "value": 10} | fields)


def envelope(home: Portfolio | Programme, amount: int | Decimal, **fields: Any) -> Envelope:
    """What may be approved as capital in the fiscal year 2026."""
    place: Any = {"portfolio": home}
    if isinstance(home, Programme):
        place = {"portfolio": home.portfolio, "programme": home}
    said = {"fiscal_year": 2026, "treatment": "capital", "approved_on": "2026-10-01"} | fields
    return Envelope.objects.create(**place, amount=amount, **said)


def board(home: Programme | None = None, **fields: Any) -> Board:
    """A programme board of two, who decide when both are there."""
    members = [person(), person()]
    defaults = {
        "name": _code("Board "),
        "kind": "programme_board",
        "chair": members[0],
        "quorum": 2,
    }
    with transaction.atomic():
        made = Board.objects.create(programme=home or programme(), **defaults | fields)
        made.members.set(members)
    return made


def board_meeting(home: Board | None = None, **fields: Any) -> BoardMeeting:
    """A meeting of a board; what was held has its minutes."""
    said = {"minutes": "All went well"} if fields.get("state") == "held" else {}
    made = BoardMeeting.objects.create(
        board=home or board(), **{"on": "2026-10-20"} | said | fields
    )
    if made.state in ("planned", "called"):
        made.attendance.set(made.board.members.all())
    return made


def board_pack(*programmes: Programme, **fields: Any) -> BoardPack:
    """A board pack of programmes; a frozen one has its moment and theirs."""
    home = programmes[0].portfolio if programmes else portfolio()
    made = BoardPack.objects.create(
        portfolio=home, **{"title": "Board pack", "on": "2026-10-31"} | fields
    )
    if programmes:
        made.programmes.set(programmes)
    return made


def decision(home: Portfolio | Programme | Project, **fields: Any) -> Decision:
    """Something to be decided."""
    place: Any = {str(home._meta.model_name): home}
    return Decision.objects.create(**place, **{"title": "Go on?"} | fields)


def acknowledgement(**fields: Any) -> Acknowledgement:
    """Somebody who is asked to know of what was decided."""
    made = {"state": "made", "outcome": "Yes", "decided_on": "2026-10-01"}
    asked = {"person": person(), "asked_on": "2026-10-01"} | fields
    return Acknowledgement.objects.create(decision=decision(programme(), **made), **asked)


def led_by_pmo(**fields: Any) -> Project:
    """A project whose gates the PMO decides alone."""
    home = programme(portfolio=portfolio(pmo_type="directive"))
    manager = person(competence="expert")
    return project(**{"programme": home, "complexity": 1, "project_manager": manager, **fields})


GATED = {"project": ("define", "deliver"), "programme": ("design", "plan"),
         "tranche": ("embedding", "ended")}  # fmt: skip


def gate(
    home: Project | Programme | Tranche | None = None,
    *,
    approvers: Iterable[Person] = (),
    **fields: Any,
) -> Gate:
    """The gate of a project to the stage after define, of a programme after its design or at the
    end of a tranche, that these people decide."""
    place = home or led_by_pmo()
    name = str(place._meta.model_name)
    stage_from, stage_to = GATED[name]
    defaults = {name: place, "code": _code("G"), "title": "Investment"}
    stages = {"stage_from": stage_from, "stage_to": stage_to}
    state = fields.pop("state", "planned")
    made = Gate.objects.create(**{**defaults, **stages, **fields})
    made.approvers.set(approvers)
    if state != "planned":
        Gate.objects.filter(pk=made.pk).update(state=state)
        made.refresh_from_db()
    return made


def descoping_approved(output: Output) -> ChangeRequest:
    """An approved change that takes an output out of the scope."""
    write = {
        "title": "Descope", "method": "POST", "path": f"outputs/{output.pk}/descoping/",
        "body": {"reason": "Not needed"}, "seen_version": output.version,
    }  # fmt: skip
    return change_request(output.project, state="approved", writes=[write])


ASSESSED = {
    "assessment": 1, "level": "executive", "previewed_at": "2026-10-01T08:00Z",
    "previewed_cost": 0, "previewed_days": 0, "previewed_benefit": 0, "previewed_benefit_pct": 0,
    "previewed_funding": 0,
}  # fmt: skip
VOTED = {"rejected": "reject", "deferred": "defer"}  # else they approve


def change_request(
    home: Programme | Project | None = None, *, approvers: Iterable[Person] = (), **fields: Any
) -> ChangeRequest:
    """A change request of a project, whose executive has no limit; it holds no writes. In another
    state than raised it was assessed, comes to nothing and was voted on by who decides."""
    home = home or project(executive=person())
    place: Any = {str(home._meta.model_name): home}
    portfolio = home.owner_portfolio if isinstance(home, Project) else home.portfolio
    DelegatedLimit.objects.get_or_create(portfolio=portfolio, level="executive")
    state = fields.pop("state", "raised")
    made = ChangeRequest.objects.create(**place, **{"code": _code("CR"), "title": "More"} | fields)
    deciders = [*approvers] or [person() for _ in range(state != "raised")]
    made.approvers.set(deciders)
    if state == "withdrawn":  # which nobody has assessed
        ChangeRequest.objects.filter(pk=made.pk).update(state=state)
        made.refresh_from_db()
    elif state != "raised":
        _walk(made, state, deciders[0])
    return made


def _walk(change: ChangeRequest, state: str, voter: Person) -> None:
    """Take a change request on to a state, in which it comes to nothing."""
    rows = ChangeRequest.objects.filter(pk=change.pk)
    level = change.level or ASSESSED["level"]
    rows.update(state="impact_assessed", **ASSESSED | {"level": level})
    if state != "impact_assessed":
        change_vote(change, person=voter, choice=VOTED.get(state, "approve"))
        decided = "approved" if state in ("implemented", "closed") else state
        rows.update(state=decided, decided_on="2026-10-01", decided_by=voter)
    if state in ("implemented", "closed"):
        rows.update(state="implemented", implemented_on="2026-10-01")
    if state == "closed":
        rows.update(state="closed")
    change.refresh_from_db()


def change_vote(change: ChangeRequest | None = None, **fields: Any) -> ChangeVote:
    """A vote on a change request that was assessed."""
    voter = fields.pop("person", None) or person()
    held = change or change_request(approvers=[voter], state="impact_assessed")
    said = {"choice": "approve", "on": "2026-10-01", "assessment": 1} | fields
    return ChangeVote.objects.create(change=held, person=voter, **said)


def mandate(home: Programme | None = None, **fields: Any) -> ProgrammeMandate:
    """What a programme is asked for."""
    asked = {"drivers": "The buildings are old"} | fields
    return ProgrammeMandate.objects.create(programme=home or programme(), **asked)


def operating_model_state(home: Programme | None = None, **fields: Any) -> OperatingModelState:
    """How a programme is to operate."""
    said = {"dimension": "processes", "future": "One pool of rooms"} | fields
    return OperatingModelState.objects.create(programme=home or programme(), **said)


def passed(place: Project | Programme | Tranche, stage_from: str, stage_to: str) -> Gate:
    """A gate that has moved what it is of to a stage, by one vote."""
    held = gate(place, state="planned", stage_from=stage_from, stage_to=stage_to)
    voter = person()
    held.approvers.set([voter])
    Gate.objects.filter(pk=held.pk).update(state="open")
    gate_vote(held, person=voter)
    decided = {"state": "decided", "decision": "proceed", "decided_on": "2026-10-20"}
    Gate.objects.filter(pk=held.pk).update(**decided)
    place.refresh_from_db()
    return held


def gate_criterion(home: Gate | None = None, **fields: Any) -> GateCriterion:
    """What a gate looks at."""
    return GateCriterion.objects.create(gate=home or gate(), **{"text": "It pays"} | fields)


def gate_vote(home: Gate | None = None, **fields: Any) -> GateVote:
    """A vote at an open gate."""
    voter = fields.pop("person", None) or person()
    held = home or gate(approvers=[voter], state="open")
    said = {"choice": "proceed", "on": "2026-10-01"} | fields
    return GateVote.objects.create(gate=held, person=voter, **said)


def gate_condition(home: Gate | None = None, **fields: Any) -> GateCondition:
    """What has to be done by a day; one that has passed was still to come when it was asked for."""
    held = home or gate()
    asked = {"text": "The grant is signed", "due_on": "2026-12-01"} | fields
    portfolios = Portfolio.objects.filter(pk=portfolio_of(held) or 0)
    [now] = portfolios.values_list("status_date", flat=True)
    due_on = date.fromisoformat(str(asked["due_on"]))
    passed = now is not None and due_on < now
    if passed:
        portfolios.update(status_date=due_on)
    made = GateCondition.objects.create(gate=held, **asked)
    if passed:
        portfolios.update(status_date=now)
    return made


def rule_set(**fields: Any) -> RuleSet:
    """The usual thresholds, written out for one dimension."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    defaults = {"values": {"cost_green_pct": "5"}, "valid_from": "2026-10-01", "reason": "Usual"}
    return RuleSet.objects.create(**defaults | fields)


def resource(**fields: Any) -> Resource:
    """A team of one."""
    if "portfolio" not in fields:
        fields["portfolio"] = portfolio()
    return Resource.objects.create(
        **{"code": _code("RSX"), "name": "Team", "capacity": Decimal(1), **fields}
    )


def allocation(resource: Resource, project: Project, units: Any, **fields: Any) -> Allocation:
    """A firm booking for November 2026."""
    defaults = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30)}
    return Allocation.objects.create(
        resource=resource, project=project, units=units, **defaults | fields
    )


def benefit(**fields: Any) -> Benefit:
    """A cashable flow in money, approved."""
    if "programme" not in fields:
        fields["programme"] = programme()
    code = _code("BX")
    defaults = {
        "code": code,
        "title": f"Lower cost {code}",
        "category": "cashable",
        "unit": "GBP k",
        "monetised": True,
        "status": "approved",
    }
    return Benefit.objects.create(**defaults | fields)


def entry(benefit: Benefit, year: int, value: Any, **fields: Any) -> BenefitProfileEntry:
    """The approved value of a fiscal year, by the year it begins in."""
    defaults = {
        "version_kind": "approved",
        "period_start": date(year, 4, 1),
        "period_end": date(year + 1, 3, 31),
    }
    return BenefitProfileEntry.objects.create(benefit=benefit, value=value, **defaults | fields)


def measurement(benefit: Benefit, year: int, value: Any, **fields: Any) -> BenefitMeasurement:
    """What was measured for a fiscal year, submitted by somebody, verified by nobody yet."""
    if "submitted_by" not in fields:
        fields["submitted_by"] = person()
    defaults = {"period_start": date(year, 4, 1), "period_end": date(year + 1, 3, 31)}
    return BenefitMeasurement.objects.create(benefit=benefit, value=value, **defaults | fields)


def contribution(project: Project, **fields: Any) -> BenefitContribution:
    """Half of a benefit of its programme, brought by a project."""
    defaults: dict[str, Any] = {"weight": Decimal("0.5")}
    if "benefit" not in fields:
        fields["benefit"] = benefit(programme=project.programme)
    return BenefitContribution.objects.create(project=project, **defaults | fields)


def claim(of: Benefit | None = None, **fields: Any) -> SharedBenefitClaim:
    """What another programme of the portfolio claims of a benefit."""
    of = of or benefit()
    if "programme" not in fields:
        fields["programme"] = programme(portfolio=of.programme.portfolio)
    return SharedBenefitClaim.objects.create(**{"benefit": of, "share": Decimal("0.25"), **fields})


def overlap(one: Benefit, other: Benefit, **fields: Any) -> OverlapCase:
    """Two benefits that may claim the same, found by their titles."""
    defaults = {
        "programme": one.programme,
        "first": one,
        "second": other,
        "cause": "near_title",
        "found_on": date(2026, 10, 1),
    }
    if fields.get("state") == "resolved":
        defaults |= {
            "resolution": "none",
            "reason": "Two measures",
            "resolved_on": date(2026, 10, 2),
        }
    return OverlapCase.objects.create(**defaults | fields)


def anchor(on: Milestone | None = None, **fields: Any) -> BenefitAnchor:
    """A benefit whose forecast hangs on a milestone."""
    on = on or milestone(project(), forecast_on=date(2027, 3, 1))
    owner = fields.pop("owner", None)
    if "benefit" not in fields:
        fields["benefit"] = benefit(programme=on.project.programme or programme(), owner=owner)
    defaults = {"milestone": on, "offset_days": 31, "anchored_on": date(2027, 3, 1)}
    state = fields.get("state", "in_step")
    if state != "in_step":
        defaults["begins_on"] = date(2027, 5, 1)
    if state in ("accepted", "refused"):
        defaults |= {"answered_on": date(2026, 10, 2), "reason": "It comes all the same"}
    return BenefitAnchor.objects.create(**defaults | fields)


def hand_over(share: BenefitContribution | None = None, **fields: Any) -> BenefitHandOver:
    """What a project brings, offered to somebody who answers for it from then on."""
    share = share or contribution(project())
    defaults = {
        "contribution": share,
        "benefit": share.benefit,
        "project": share.project,
        "owner": None if "owner" in fields else person(),
        "measure": "Cost a year",
        "until": date(2031, 3, 31),
        "asked_on": date(2026, 10, 1),
    }
    if fields.get("state", "asked") != "asked":
        defaults["answered_on"] = date(2026, 10, 2)
    return BenefitHandOver.objects.create(**defaults | fields)


def handed_over(project: Project) -> None:
    """Have all that a project brings accepted by somebody, what is not yet."""
    offered = BenefitHandOver.objects.filter(project=project)
    offered.filter(state="asked").delete()
    for share in project.contributions.exclude(pk__in=offered.values("contribution")):
        hand_over(share, state="accepted")


def business_case(
    home: Programme | Project | None = None, *, state: str = "draft", **fields: Any
) -> BusinessCase:
    """A case with two options, of which B is preferred; approved on 1 October 2026, if it is."""
    place = home or programme()
    defaults = {"code": _code("BC"), "kind": "FBC", "base_year": 2026, "price_base": 2026}
    defaults |= dict.fromkeys(CASE_TEXTS, "As was agreed.")
    where = {"project" if isinstance(place, Project) else "programme": place}
    made = BusinessCase.objects.create(**{**where, **defaults, **fields})
    case_option(made, kind="do_nothing", costs={2026: 100})
    made.preferred_option = case_option(made, costs={2026: 100}, benefits={2027: 300})
    made.save()
    for step in CASE_STEPS[state]:
        if step == "submitted":
            submit_case(made, by=None)
        else:
            day = {"approved_on": date(2026, 10, 1)} if step == "approved" else {}
            BusinessCase.objects.filter(pk=made.pk).update(state=step, **day)
    made.refresh_from_db()
    return made


CASE_TEXTS = ("strategic", "economic", "commercial", "financial", "management")
CASE_STEPS = {
    "draft": (),
    "submitted": ("submitted",),
    "rejected": ("submitted", "rejected"),
    "approved": ("submitted", "approved"),
    "superseded": ("submitted", "approved", "superseded"),
}


def case_option(
    case: BusinessCase | None = None,
    *,
    costs: Mapping[int, Any] | None = None,
    benefits: Mapping[int, Any] | None = None,
    **fields: Any,
) -> CaseOption:
    """An option of a case, with what it costs and brings by fiscal year."""
    code = _code("O")
    option = CaseOption.objects.create(
        case=case or business_case(), **{"code": code, "title": f"Option {code}", **fields}
    )
    for kind, years in (("cost", costs or {}), ("benefit", benefits or {})):
        for year, amount in years.items():
            case_flow(option, kind=kind, fiscal_year=year, amount=amount)
    return option


def case_flow(option: CaseOption | None = None, **fields: Any) -> CaseFlow:
    """What an option costs in a year."""
    said = {"kind": "cost", "fiscal_year": 2026, "amount": 10}
    return CaseFlow.objects.create(option=option or case_option(), **said | fields)


def exception(of: Project | BusinessCase | None = None, **fields: Any) -> ExceptionReport:
    """A report that a project is 12 % over, where it might be 10 %; or a case so far below."""
    place = of or project()
    kind = "cost_pct" if isinstance(place, Project) else "npsv"
    where = {"project" if isinstance(place, Project) else "case": place}
    home: Any = place if isinstance(place, Project) else place.programme
    if "tolerance" not in fields:
        fields["tolerance"] = tolerance(
            home, kind=kind, side="over" if kind == "cost_pct" else "under", value=10
        )
    said = {"kind": kind, "now": 12, "approved": 10, "opened_on": date(2026, 10, 1)}
    return ExceptionReport.objects.create(**where, **said | fields)
