"""A record that waits, for each rule, and who is asked. Everybody else of the office is not."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from benefits.models import BenefitContribution, BenefitReview, ProfileVersion
from pmhub.models import Comment
from programmes.models import AssuranceReview, DelegatedLimit, StatusReport
from projects.models import ComplianceItem
from tests import factories
from tests.factories import AS_OF
from tests.factories.codes import next_code
from tests.waiting.conftest import Office

YESTERDAY = AS_OF - timedelta(days=1)
Case = tuple[Callable[[Office], Any], str]


def benefit(office: Office, **fields: Any) -> Any:
    return factories.benefit(programme=office.programme, owner=office.person("owner"), **fields)


def review(office: Office) -> Any:
    part = BenefitContribution.objects.create(
        benefit=benefit(office), project=office.project, weight="0.5"
    )
    return BenefitReview.objects.create(
        benefit=part.benefit, contribution=part, cause="termination", asked_on=AS_OF,
        due_on=date(2026, 11, 30), reviewer=office.person("owner"),
    )  # fmt: skip


def overlap(office: Office) -> Any:
    one, other = benefit(office), benefit(office)
    return factories.overlap(one, other)


def handed(office: Office) -> Any:
    share = factories.contribution(office.project, benefit=benefit(office))
    return factories.hand_over(share, owner=office.person("owner"))


def version(office: Office) -> Any:
    return ProfileVersion.objects.create(
        benefit=benefit(office), kind="approved", state="proposed",
        proposed_by=office.person("owner"),
    )  # fmt: skip


def measured(office: Office) -> Any:
    mine = benefit(office)
    return factories.measurement(mine, 2025, 5, submitted_by=office.person("owner"))


def rejected(office: Office) -> Any:
    return factories.measurement(
        benefit(office), 2025, 5, status="rejected", submitted_by=office.person("owner"),
        verified_by=office.person("manager"),
    )  # fmt: skip


def drafted(office: Office) -> Any:
    return ProfileVersion.objects.create(benefit=benefit(office), kind="approved")


def objective(office: Office) -> Any:
    goal = factories.objective(portfolio=office.programme.portfolio)
    office.programme.objectives.add(goal)
    return factories.objective_measurement(
        objective=goal, programme=office.programme, by=office.person("owner")
    )


def report(state: str) -> Callable[[Office], Any]:
    def made(office: Office) -> Any:
        said = {"achieved": "Much", "declared_rag": "green", "author": office.person("manager")}
        if state == "approved":
            said["approved_by"] = office.person("sro")
        day = AS_OF - timedelta(days=len(state))  # each of its own period
        return StatusReport.objects.create(
            programme=office.programme, period_end=day, state=state, **said
        )

    return made


def draft(office: Office, author: Any) -> Any:
    return StatusReport.objects.create(
        project=office.project, period_end=AS_OF, achieved="Much", author=author
    )


def assurance(office: Office, **fields: Any) -> Any:
    return AssuranceReview.objects.create(
        **{"programme": office.programme, "code": next_code("AR"), "kind": "health_check", **fields}
    )


def recommendation(office: Office) -> Any:
    held = assurance(office, state="reported", held_on=AS_OF)
    return held.recommendations.create(
        number=1, text="Staff it", due_on=YESTERDAY, owner=office.person("owner")
    )


def permit(office: Office) -> Any:
    return ComplianceItem.objects.create(
        project=office.project, code="CP1", kind="permit", title="Permit", due_on=YESTERDAY
    )


def booking(office: Office) -> Any:
    team = factories.resource(
        portfolio=office.programme.portfolio, owner=office.person("owner"), name="Cranes"
    )
    return factories.allocation(team, office.project, 2, firmness="requested")


def limits(office: Office) -> None:
    for level, cost in (("programme_manager", 500), ("sro", 5000)):
        DelegatedLimit.objects.create(portfolio=office.programme.portfolio, level=level, cost=cost)


def budget(office: Office) -> Any:
    limits(office)
    return factories.budget_request(office.project, amount=800, state="submitted")


def transfer(office: Office) -> Any:
    here, there = (factories.budget(each, 100) for each in (office.project, office.other))
    return factories.budget_transfer(here, there)


def condition(office: Office) -> Any:
    held = factories.gate(office.project)
    return factories.gate_condition(held, owner=office.person("owner"), due_on=YESTERDAY)


def condition_said_met(office: Office) -> Any:
    held = factories.gate(office.project, approvers=[office.person("manager")])
    return said(office, factories.gate_condition(held, owner=office.person("owner")))


def strayed(office: Office, **said: Any) -> Any:
    return factories.exception(
        factories.project(
            programme=office.programme, project_manager=office.person("leader")
        ),
        **said,
    )  # fmt: skip


def condition_lapsed(office: Office) -> Any:
    held = factories.gate(office.project, approvers=[office.person("manager")])
    return factories.gate_condition(held, owner=office.person("owner"), due_on=YESTERDAY)


def said(office: Office, row: Any) -> Any:
    """A record of which its owner says that it is done."""
    at = {"record_type": row._meta.model_name, "record_id": row.pk}
    Comment.objects.create(text="It is done", created_by=office.people["owner"], **at)
    return row


def asked(office: Office, **said: Any) -> Any:
    made = {"status": "proposed", "deliverable": next_code("Hall ")} | said
    return factories.dependency(office.other, office.project, **made)


def agreed(office: Office, **said: Any) -> Any:
    made = {"agreed_on": AS_OF, "deliverable": next_code("Hall ")} | said
    return factories.dependency(office.other, office.project, **made)


def acknowledgement(office: Office) -> Any:
    made = {"state": "made", "outcome": "Yes", "decided_on": AS_OF}
    decision = factories.decision(office.programme, **made)
    return decision.acknowledgements.create(person=office.person("owner"), asked_on=AS_OF)


def succession(office: Office) -> Any:
    office.project.successor = office.person("owner")
    office.project.save()
    return office.project


def started(office: Office) -> Any:
    office.project.actual_start = date(2025, 1, 6)
    office.project.save()
    return office.project


def found(office: Office, **fields: Any) -> Any:
    return factories.finding(factories.inspection(office.project, state="held"), **fields)


CASES: dict[str, Case] = {
    "measurement_due": (lambda office: benefit(office, next_measurement_on=YESTERDAY), "owner"),
    "measurement_to_verify": (measured, "manager sro assurer"),
    "measurement_rejected": (rejected, "owner"),
    "benefit_in_doubt": (review, "owner"),
    "overlap_to_resolve": (overlap, "manager sro"),
    "hand_over_to_accept": (handed, "owner"),
    "forecast_to_move": (
        lambda office: factories.anchor(benefit=benefit(office), state="proposed"),
        "owner",
    ),
    "profile_to_approve": (version, "manager sro"),
    "profile_to_propose": (drafted, "owner"),
    "objective_to_verify": (objective, "manager sro assurer"),
    "report_due": (lambda office: office.project, "leader"),
    "milestone_overdue": (
        lambda office: factories.milestone(office.project, forecast_on=YESTERDAY),
        "leader",
    ),
    "dependency_requested": (lambda office: asked(office, proposed_side="receiver"), "giver"),
    "dependency_offered": (lambda office: asked(office, proposed_side="giver"), "leader"),
    "dependency_to_deliver": (lambda office: agreed(office, status="agreed"), "giver"),
    "dependency_to_accept": (
        lambda office: agreed(office, status="delivered", delivered_on=AS_OF),
        "leader",
    ),
    "risk_past": (
        lambda office: factories.risk(
            office.project, proximity_on=YESTERDAY, owner=office.person("owner")
        ),
        "owner",
    ),
    "issue_due": (
        lambda office: factories.issue(
            office.project, due_on=YESTERDAY, owner=office.person("owner")
        ),
        "owner",
    ),
    "issue_escalated": (
        lambda office: factories.issue(office.project, state="escalated"),
        "manager",
    ),
    "action_due": (
        lambda office: factories.action(
            office.project, due_on=YESTERDAY, owner=office.person("owner")
        ),
        "owner",
    ),
    "assumption_due": (
        lambda office: factories.assumption(
            office.project, validate_by=YESTERDAY, owner=office.person("owner")
        ),
        "owner",
    ),
    "standard_review_due": (
        lambda office: (
            factories.asset_version(
                factories.process_asset(
                    office.programme.portfolio, review_on=YESTERDAY, owner=office.person("owner")
                )
            ).asset
        ),
        "owner",
    ),
    "version_to_publish": (
        lambda office: factories.asset_version(
            factories.process_asset(office.programme.portfolio, owner=office.person("owner")),
            state="in_review",
        ),
        "owner",
    ),
    "tailoring_to_agree": (lambda office: factories.tailoring(office.project), "manager sro"),
    "lesson_to_validate": (
        lambda office: factories.lesson(office.project, state="submitted"),
        "manager sro",
    ),
    "group_to_accept": (
        lambda office: factories.impacted_group(
            office.programme.outcomes.create(
                code="O9", title="One way", state="in_transition", transition_start=AS_OF
            ),
            owner=office.person("owner"),
        ),
        "owner",
    ),
    "help_to_take_on": (
        lambda office: factories.help_request(
            office.project, due_on=AS_OF, owner=office.person("owner")
        ),
        "owner",
    ),
    "help_to_answer": (
        lambda office: factories.help_request(
            office.project, due_on=AS_OF, owner=office.person("owner"), state="accepted"
        ),
        "owner",
    ),
    "help_to_close": (
        lambda office: factories.help_request(
            office.project, asked_by=office.person("leader"), state="answered"
        ),
        "leader",
    ),
    "proposal_to_score": (
        lambda office: factories.proposal(office.programme.portfolio, state="proposed"),
        "pmo",
    ),
    "proposal_to_decide": (
        lambda office: factories.proposal(office.programme.portfolio, state="scored"),
        "sponsor",
    ),
    "inspection_due": (started, "assurer"),
    "inspection_to_hold": (
        lambda office: factories.inspection(
            office.project, planned_on=YESTERDAY, inspector=office.person("assurer")
        ),
        "assurer",
    ),
    "finding_to_correct": (found, "leader"),
    "finding_to_verify": (lambda office: found(office, state="corrected"), "assurer"),
    "communication_due": (
        lambda office: factories.communication(
            office.project, planned_on=YESTERDAY, owner=office.person("leader")
        ),
        "leader",
    ),
    "compliance_due": (permit, "leader"),
    "handover_to_answer": (succession, "owner"),
    "booking_to_answer": (booking, "owner"),
    "gate_to_vote": (
        lambda office: factories.gate(
            office.project,
            approvers=[office.person("manager"), office.person("leader")],
            state="open",
        ),
        "manager",
    ),
    "condition_due": (condition, "owner"),
    "condition_to_judge": (condition_said_met, "manager"),
    "condition_lapsed": (condition_lapsed, "manager"),
    "change_to_decide": (
        lambda office: factories.change_request(
            office.project, approvers=[office.person("owner")], state="impact_assessed"
        ),
        "owner",
    ),
    "change_to_implement": (
        lambda office: factories.change_request(
            office.project, approvers=[office.person("owner")], state="approved"
        ),
        "leader",
    ),
    "budget_request_to_decide": (budget, "sro"),
    "transfer_to_decide": (transfer, "manager sro"),
    "case_to_decide": (
        lambda office: factories.business_case(office.programme, state="submitted"),
        "sro sponsor",
    ),
    "exception_to_decide": (lambda office: factories.exception(office.project), "manager sro"),
    "exception_to_explain": (strayed, "leader"),
    "exception_to_close": (
        lambda office: strayed(
            office, state="decided", decision="rebaseline", decided_on=AS_OF, reason="So"
        ),
        "leader",
    ),
    "decision_to_make": (lambda office: factories.decision(office.programme), "sro sponsor"),
    "decision_to_acknowledge": (acknowledgement, "owner"),
    "mandate_to_approve": (
        lambda office: factories.mandate(
            office.programme, state="issued", issued_on=AS_OF, sponsor=office.person("sponsor")
        ),
        "sponsor",
    ),
    "override_to_approve": (
        lambda office: factories.override(office.programme, by=office.person("manager")),
        "sro sponsor",
    ),
    "override_expiring": (
        lambda office: factories.override(
            office.programme,
            state="approved",
            by=office.person("manager"),
            approved_by=office.person("sro"),
            expires_on=AS_OF + timedelta(days=3),
        ),
        "manager",
    ),
    "report_to_approve": (report("submitted"), "sro"),
    "report_to_submit": (report("draft"), "manager"),
    "report_prepared": (lambda office: draft(office, office.person("owner")), "leader"),
    "report_to_publish": (report("approved"), "manager"),
    "oversight_to_decide": (
        lambda office: factories.oversight(office.project, person=office.person("leader")),
        "pmo",
    ),
    "oversight_appeal": (
        lambda office: factories.oversight(office.project, level="light", state="appealed"),
        "pmo sro",
    ),
    "recommendation_due": (recommendation, "owner"),
    "recommendation_to_judge": (lambda office: said(office, recommendation(office)), "assurer"),
    "review_due": (lambda office: assurance(office, planned_on=YESTERDAY), "assurer"),
}
