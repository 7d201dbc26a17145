"""What the PMO is asked: help, and proposals."""

from typing import Any

from programmes.models import Portfolio, Programme
from projects.models import HelpRequest, Project, Proposal, ProposalScore, ScoringCriterion, Service
from tests.factories.boards import decision
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.programmes import portfolio
from tests.factories.projects import project


def service(home: Portfolio | None = None, **fields: Any) -> Service:
    """Something that the PMO does for who asks."""
    said = {"code": next_code("SV"), "name": "Prepare a gate"} | fields
    return Service.objects.create(portfolio=home or portfolio(), **said)


def help_request(home: Project | Programme | Portfolio | None = None, **fields: Any) -> HelpRequest:
    """A question to the PMO; from when it was taken on, with who answers, and then its answer."""
    home = home or project()
    said: dict[str, Any] = {
        str(home._meta.model_name): home,
        "code": next_code("HX"),
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
    said = {"code": next_code("SC"), "name": "Worth", "weight": 100, "valid_from": "2026-01-01"}
    return ScoringCriterion.objects.create(portfolio=home or portfolio(), **said | fields)


def proposal(home: Portfolio | None = None, **fields: Any) -> Proposal:
    """What might become a project; from when it is scored, with its score and the decision."""
    home = home or portfolio()
    said: dict[str, Any] = {
        "portfolio": home,
        "code": next_code("PR"),
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
