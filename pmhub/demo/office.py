"""The demo: what the PMO offers and is asked, proposals with their scores, a closed year, and
custom fields."""

from typing import Any

from pmhub.demo.rows import DemoLoad, Row
from pmhub.models import User
from pmhub.services import add, turn
from programmes.models import ClosedYear, CustomField, Portfolio
from projects.models import HelpRequest, Proposal, ProposalScore, ScoringCriterion, Service
from projects.services.help_requests import accept_request, answer_request, begin_request
from projects.services.proposals import decide_proposal, score_proposal

LATER = ("by", "submitted", "scores", "decided", "reason", "objectives")


def add_office(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add services, requests for help with their answers, criteria and proposals, close a year, in
    which nothing is written any more, and give records custom fields."""
    demo.rows(Service, "services", portfolio=portfolio)
    for row in demo.data["help_requests"]:
        fields = demo.fields(HelpRequest, row, ("by", "accepted", "answer", "rating"))
        asker: User = demo.by_code[row["by"]].user
        request = add(begin_request(HelpRequest(**fields), by=asker), by=asker)
        if "accepted" in row:
            accept_request(request, owner=demo.by_code[row["accepted"]], by=demo.by)
        if "answer" in row:
            answer_request(request, answer=row["answer"], by=demo.by)
        if "rating" in row:
            turn(request, noun="closure", rating=row["rating"], by=asker)
    demo.rows(ScoringCriterion, "scoring_criteria", portfolio=portfolio)
    for row in demo.data["proposals"]:
        _propose(demo, portfolio, row)
    demo.rows(ClosedYear, "closed_years", portfolio=portfolio)
    demo.rows(CustomField, "custom_fields", portfolio=portfolio)
    for code, values in demo.data["custom_values"].items():
        record = demo.by_code[code]
        record.custom = {name: _custom_value(demo, value) for name, value in values.items()}
        record.save(update_fields=["custom"])


def _custom_value(demo: DemoLoad, value: Any) -> Any:
    """Return a value of a custom field; a person, named by code, becomes its id."""
    return demo.by_code[value].pk if isinstance(value, str) and value in demo.by_code else value


def _propose(demo: DemoLoad, portfolio: Portfolio, row: Row) -> None:
    """Add a proposal and take it as far as the row says; the sponsor decides on it."""
    author: User = demo.by_code[str(row["by"])].user
    fields = demo.fields(Proposal, row, LATER)
    proposal = add(Proposal(portfolio=portfolio, **fields), by=author)
    proposal.objectives.set(demo.by_code[code] for code in row.get("objectives", []))
    if "submitted" in row:
        turn(proposal, noun="submission", by=author)
    given: dict[str, list[Any]] = row.get("scores", {})
    for code, (score, reason) in given.items():
        criterion, scorer = demo.by_code[code], demo.by.person
        made = ProposalScore(
            proposal=proposal, criterion=criterion, score=score, reason=reason, by=scorer
        )
        add(made, by=demo.by)
    if "decided" in row:
        score_proposal(proposal, by=demo.by)
    if row.get("decided"):
        noun, reason = str(row["decided"]), str(row["reason"])
        decide_proposal(proposal, noun=noun, reason=reason, by=demo.sponsor)
