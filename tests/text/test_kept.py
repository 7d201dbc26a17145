"""What was approved, posted, verified, agreed, accepted or adopted is deleted on no path."""

import re
from datetime import date

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from benefits.models import BenefitReview
from pmhub.database.deferred_checks import check_deferred
from pmhub.models import Record
from programmes.models import AssuranceRecommendation, AssuranceReview
from projects.models import Project
from tests import factories

DAY = date(2026, 10, 1)


def baseline(*, kept):
    return factories.baseline(factories.project(), approved_on=DAY if kept else None)


def dependency(*, kept):
    ends = factories.project(), factories.project()
    return factories.dependency(*ends, status="agreed" if kept else "proposed")


def output(*, kept):
    done = {"state": "accepted", "accepted_on": DAY} if kept else {"state": "delivered"}
    return factories.output(factories.project(), **done)


def measurement(*, kept):
    done = {"status": "verified", "verified_by": factories.person()} if kept else {}
    return factories.measurement(factories.benefit(), 2025, 5, **done)


def review(*, kept):
    benefit = factories.benefit()
    share = benefit.contributions.create(
        project=factories.project(programme=benefit.programme), weight="0.5"
    )
    done = {"state": "answered", "decision": "confirm", "decided_on": DAY} if kept else {}
    return BenefitReview.objects.create(
        benefit=benefit, contribution=share, cause="termination", asked_on=DAY, **done
    )


def hand_over(*, kept):
    return factories.hand_over(state="accepted" if kept else "asked")


def objective_measurement(*, kept):
    done = {"status": "verified", "verified_by": factories.person()} if kept else {}
    return factories.objective_measurement(**done)


def override(*, kept):
    done = {"state": "approved", "approved_by": factories.person()} if kept else {}
    return factories.override(factories.programme(), **done)


def confidence(*, kept):
    return factories.confidence(factories.programme()) if kept else None


def report(*, kept):
    done = {"state": "published", "published_at": "2026-10-31T12:00:00Z"}
    done |= {"approved_by": factories.person()}
    return factories.programme().status_reports.create(period_end=DAY, **(done if kept else {}))


def change(*, kept):
    scenario = factories.programme().scenarios.create(name="Later", created_by=factories.user())
    done = {"adopted_at": "2026-10-31T12:00:00Z", "adopted_by": scenario.created_by}
    return scenario.changes.create(
        title="Later", method="POST", path="risks/", **(done if kept else {})
    )


def budget(*, kept):
    return factories.budget(factories.project(), 100 if kept else 0, forecast=50)


def line(*, kept):
    return factories.line(approved_budget=-100 if kept else 0)


def cost(*, kept):
    project = factories.project()
    return project.cost_actuals.create(posted_on=DAY, amount=5) if kept else None


def movement(*, kept):
    programme = factories.programme(contingency_budget=100)
    project = factories.project(programme=programme)
    drawn = {"project": project, "amount": 5, "moved_on": DAY}
    return programme.contingency_movements.create(**drawn) if kept else None


def message(*, kept):
    link = dependency(kept=False)
    return link.messages.create(side="giver", text="Hello") if kept else None


def version(*, kept):
    done = {"state": "superseded"} if kept else {}
    return factories.benefit().profile_versions.create(kind="approved", **done)


def decision(*, kept):
    done = {"state": "made", "outcome": "Yes", "decided_on": DAY} if kept else {}
    return factories.decision(factories.programme(), **done)


def acknowledgement(*, kept):
    read = {"state": "acknowledged", "read_on": DAY} if kept else {}
    return factories.acknowledgement(**read)


def gate(*, kept):
    return factories.gate(state="cancelled" if kept else "planned")


def mandate(*, kept):
    done = {"issued_on": DAY, "state": "approved", "approved_by": factories.person()}
    return factories.mandate(**done if kept else {})


def vote(*, kept):
    return factories.gate_vote() if kept else None


def change_request(*, kept):
    return factories.change_request(assessment=1 if kept else 0)


def meeting(*, kept):
    return factories.board_meeting(state="called" if kept else "planned")


def change_vote(*, kept):
    return factories.change_vote() if kept else None


def condition(*, kept):
    return factories.gate_condition() if kept else None


def assumption(*, kept):
    return factories.assumption(factories.project(), state="failed" if kept else "open")


def version_of_standard(*, kept):
    return factories.asset_version(state="published" if kept else "draft")


def tailoring(*, kept):
    return factories.tailoring(state="agreed" if kept else "proposed")


def help_request(*, kept):
    return factories.help_request(state="answered" if kept else "open")


def proposal(*, kept):
    return factories.proposal(state="rejected" if kept else "scored")


def closed_year(*, kept):
    return factories.closed_year(state="closed" if kept else "reopened")


def lesson(*, kept):
    return factories.lesson(factories.project(), state="validated" if kept else "draft")


def answer(*, kept):
    return factories.lesson_use(factories.risk(factories.project())) if kept else None


def request(*, kept):
    return factories.budget_request(state="refused" if kept else "draft")


def transfer(*, kept):
    return factories.budget_transfer(state="approved" if kept else "proposed")


def case(*, kept):
    return factories.business_case(state="rejected" if kept else "draft")


def exception(*, kept):
    return factories.exception() if kept else None


def overlap(*, kept):
    one = factories.benefit()
    return factories.overlap(one, factories.benefit(programme=one.programme)) if kept else None


def rules(*, kept):
    return factories.rule_set() if kept else None


def milestone(*, kept):
    return factories.milestone(factories.project(), actual_on=DAY if kept else None)


def permit(*, kept):
    done = {"state": "granted", "granted_on": DAY} if kept else {}
    items = factories.project().compliance_items
    return items.create(code="CI1", title="Permit", kind="permit", **done)


def order(*, kept):
    line = budget(kept=True)
    said = {"amount": 9, "invoiced": 4 if kept else 0, "placed_on": DAY}
    return line.commitments.create(reference="PO-1", **said)


def action(*, kept):
    done = {"state": "done", "done_on": DAY} if kept else {}
    return factories.action(factories.project(), **done)


def pack(*, kept):
    done = {"state": "frozen", "frozen_at": now()} if kept else {}
    return factories.board_pack(**done)


def claim(*, kept):
    return factories.claim(state="withdrawn" if kept else "proposed")


def communication(*, kept):
    done = {"state": "sent", "sent_on": DAY} if kept else {}
    return factories.communication(factories.project(), **done)


def iteration(*, kept):
    return factories.iteration(state="closed" if kept else "open")


def inspection(*, kept):
    return factories.inspection(state="held" if kept else "planned")


def plan_of_inspections(*, kept):
    return factories.inspection_plan(state="ended" if kept else "active")


def finding(*, kept):
    planned = factories.inspection()
    return factories.finding(state="corrected") if kept else factories.finding(planned)


def assurance(*, kept):
    made = AssuranceReview.objects.create(
        programme=factories.programme(), code="AR1", kind="gate_3", planned_on=DAY
    )
    if kept:
        AssuranceReview.objects.filter(pk=made.pk).update(state="held", held_on=DAY)
        made.refresh_from_db()
    return made


def recommendation(*, kept):
    made = AssuranceRecommendation.objects.create(
        review=assurance(kept=True), number=1, text="Ask the users", priority="recommended"
    )
    if kept:
        AssuranceRecommendation.objects.filter(pk=made.pk).update(state="done", closed_on=DAY)
        made.refresh_from_db()
    return made


def oversight(*, kept):
    return factories.oversight(state="decided" if kept else "proposed")


MAKERS = (
    baseline, dependency, output, measurement, review, report, change, budget, line, cost, movement,
    objective_measurement, override, confidence, message, version, rules, decision,
    acknowledgement, mandate, gate, vote, condition, request, transfer, case, exception,
    change_request, change_vote, milestone, permit, order, action, assumption, hand_over, meeting,
    pack, overlap, claim,
    inspection, plan_of_inspections, finding, assurance, recommendation, oversight,
    version_of_standard, tailoring, lesson,
    answer, help_request, proposal, closed_year, iteration, communication,
)  # fmt: skip
EVERY = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


def test_every_kind_that_stays_is_tried(nothing):
    kept = {each for each in apps.get_models() if issubclass(each, Record) and each.stays}
    assert {type(make(kept=True)) for make in MAKERS} == kept


@EVERY
def test_it_is_refused_by_rest(make, office, api):
    record = make(kept=True)
    answer = api(office).delete(path_of(record))
    if answer.status_code == 409:
        told = answer.json()
        assert (told["code"], told["detail"]) in {(stay.code, stay.says) for stay in record.stays}
    # There is no way to delete a review, a message and the like; a draft of a scenario is
    # its author's.
    cast = ("gatevote", "changevote")
    elsewhere = dict.fromkeys(
        (
            "benefitreview", "dependencymessage", "acknowledgement", "gatecondition", *cast,
            "exceptionreport", "lessonuse", "overlapcase",
        ),
        405,
    )  # fmt: skip
    elsewhere["scenariochange"] = 404
    assert answer.status_code == elsewhere.get(record._meta.model_name, 409)
    assert exists(record)


def path_of(record):
    names = {
        "statusreport": "status-reports",
        "assurancereview": "assurance-reviews",
        "assurancerecommendation": "assurance-recommendations",
        "benefitmeasurement": "measurements",
        "benefitreview": "benefit-reviews",
        "benefithandover": "benefit-hand-overs",
        "sharedbenefitclaim": "shared-claims",
        "overlapcase": "overlap-cases",
        "dependencymessage": "dependency-messages",
        "dcarecord": "dca-records",
        "inspectionfinding": "findings",
        "inspectionplan": "inspection-plans",
        "oversightdecision": "oversight-decisions",
        "healthoverride": "health-overrides",
        "profileversion": "profile-versions",
        "ruleset": "rule-sets",
        "objectivemeasurement": "objective-measurements",
        "scenariochange": "scenario-changes",
        "budgetline": "budget-lines",
        "programmeline": "programme-lines",
        "costactual": "cost-actuals",
        "contingencymovement": "contingency-movements",
        "dependency": "dependencies",
        "budgetrequest": "budget-requests",
        "budgettransfer": "budget-transfers",
        "businesscase": "business-cases",
        "exceptionreport": "exceptions",
        "gatevote": "gate-votes",
        "boardmeeting": "board-meetings",
        "boardpack": "board-packs",
        "programmemandate": "mandates",
        "changerequest": "change-requests",
        "changevote": "change-votes",
        "gatecondition": "gate-conditions",
        "complianceitem": "compliance-items",
        "assetversion": "asset-versions",
        "tailoringrecord": "tailoring-records",
        "lessonuse": "lesson-uses",
        "helprequest": "help-requests",
        "closedyear": "closed-years",
    }
    name = record._meta.model_name
    return f"{names.get(name, f'{name}s')}/{record.pk}/"


def exists(record):
    return type(record)._base_manager.filter(pk=record.pk).exists()


@EVERY
def test_it_is_refused_to_the_orm_and_to_plain_sql(make, nothing):
    record = make(kept=True)
    table = record._meta.db_table
    deletions = (
        record.delete,
        type(record)._base_manager.filter(pk=record.pk).delete,
        lambda: connection.cursor().execute(
            f"DELETE FROM {table} WHERE id = %s",  # noqa: S608  # our own name
            [record.pk],
        ),
    )
    for deletion in deletions:
        with pytest.raises(DatabaseError, match=record.stays[0].says), transaction.atomic():
            deletion()
    loose = make(kept=False)  # of what is posted or moved there is no draft
    if loose and not loose.undeletable:
        loose.delete()
        assert not exists(loose)


@EVERY
def test_it_is_refused_on_the_admin_pages_alone_and_among_others(make, office, client_of):
    office.is_staff = True
    office.save()
    client, record = client_of(office), make(kept=True)
    base = f"/admin/{record._meta.app_label}/{record._meta.model_name}/"
    client.post(f"{base}{record.pk}/delete/", {"post": "yes"}, follow=True)
    ticked = {"action": "delete_selected", "_selected_action": [record.pk], "post": "yes"}
    client.post(base, ticked, follow=True)
    assert exists(record)


def test_what_was_entered_wrongly_is_taken_back_by_another_entry(office, api):
    posted, given = cost(kept=True), movement(kept=True)
    back = {"project": posted.project_id, "posted_on": "2026-10-02", "amount": "-5.00"}
    assert api(office).post("cost-actuals/", back | {"kind": "reversal"}).status_code == 201
    back = {"programme": given.programme_id, "project": given.project_id, "amount": "-5.00"}
    back["moved_on"] = "2026-10-02"
    assert api(office).post("contingency-movements/", back).status_code == 201
    approved = budget(kept=True)
    path = path_of(approved)
    assert api(office).patch(path, {"approved": "0.00"}).status_code == 200
    assert api(office).delete(path).status_code == 204


def test_it_does_not_go_with_what_it_is_a_part_of(office, api, client_of):
    done = output(kept=True)
    answer = api(office).delete(f"projects/{done.project_id}/")
    assert (answer.status_code, answer.json()["detail"]) == (409, done.stays[0].says)
    adopted = change(kept=True)
    with pytest.raises(DatabaseError, match="adopted"), transaction.atomic():
        adopted.scenario.delete()
    planned = factories.output(factories.project())
    assert api(office).delete(f"projects/{planned.project_id}/").status_code == 204
    assert not Project.objects.filter(pk=planned.project_id).exists()


# What goes only with what it is of


def estimate():
    return factories.estimate(factories.project())


def forecast():
    planned = factories.milestone(factories.project(), forecast_on=DAY)
    return planned.forecasts.create(reported_on=DAY, forecast_on=DAY)


def asked():
    return factories.acknowledgement()


PARTS = {
    "estimate": estimate, "milestoneforecast": forecast, "acknowledgement": asked,
    "competencerecord": factories.competence, "teammaturity": factories.maturity,
    "stakeholderassessment": factories.assessment, "adoptionassessment": factories.adoption,
    "qualityrecord": factories.check, "benefitreview": lambda: review(kept=False),
}  # fmt: skip


def test_every_kind_that_goes_with_its_parent_is_tried():
    records = [each for each in apps.get_models() if issubclass(each, Record) and each.undeletable]
    assert {each._meta.model_name for each in records} == PARTS.keys()


@pytest.mark.parametrize("kind", PARTS)
def test_a_part_alone_is_deleted_by_no_sql(kind, nothing):
    record = PARTS[kind]()
    gone = f"DELETE FROM {record._meta.db_table} WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE"  # noqa: S608  # our own name
    with pytest.raises(DatabaseError, match=re.escape(record.undeletable)), transaction.atomic():
        connection.cursor().execute(gone, [record.pk])
    assert exists(record)


def test_a_part_goes_with_what_it_is_of(nothing):
    said = forecast()
    said.milestone.delete()
    check_deferred()
    assert not exists(said)
