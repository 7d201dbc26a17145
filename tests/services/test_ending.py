"""Closing and terminating projects: what is asked first, what follows, and what stays."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from benefits.models import BenefitContribution, BenefitReview
from pmhub.services import Conflict
from programmes.models import RollupRequest
from projects.models import Project
from projects.services import close_project, terminate_project
from tests import factories
from tests.closing import answers
from tests.services.refusal import refused

FINISH = date(2026, 10, 30)


@pytest.fixture
def project(demo, pmo):
    """A live project of Campus Renewal with nothing left to settle."""
    project = demo.project("CAM-03")
    project.risks.update(status="closed")
    for state in ("in_progress", "delivered"):
        project.outputs.update(state=state)
    project.outputs.update(state="accepted", accepted_on=FINISH)
    project.dependencies_out.update(status="withdrawn")
    factories.handed_over(project)
    return project


def stop(project, by, **fields):
    """Terminate it, with everything answered."""
    given = {"terminated_on": FINISH, "reason": "No funding", **answers(project), **fields}
    return terminate_project(project, **given, by=by)


def close(project, by, **fields):
    """Close it, with what was learned."""
    given = {"finished_on": FINISH, "lessons": "Order cranes early", **fields}
    return close_project(project, **given, by=by)


def unsettled(ending):
    """Return what a refused verb lists as still to be settled: sentences by place, and the list as
    data."""
    with pytest.raises(Conflict) as error:
        ending()
    assert error.value.kind == "unsettled"
    return error.value.message_dict, error.value.members["unanswered"]


# What stays


def test_closing_leaves_benefits_contributions_and_measurements_in_place(demo, project, pmo):
    benefit = demo.benefit("B03")
    before = _of_benefits(benefit)
    close(project, pmo)
    project.refresh_from_db()
    assert (project.status, project.stage) == ("closed", "closed")
    assert (project.actual_finish, project.percent_complete) == (FINISH, 100)
    assert (project.estimate_to_complete, project.updated_by) == (0, pmo)
    assert _of_benefits(demo.benefit("B03")) == before
    assert not BenefitReview.objects.exists()


def test_terminating_leaves_benefits_contributions_and_measurements_in_place(demo, pmo):
    project, benefit = demo.project("CAM-03"), demo.benefit("B03")
    before = _of_benefits(benefit)
    stop(project, pmo, reason=" No funding ")
    project.refresh_from_db()
    assert (project.status, project.stage) == ("terminated", "deliver")
    assert (project.actual_finish, project.estimate_to_complete) == (FINISH, 0)
    assert (project.terminated_on, project.ended_reason) == (FINISH, "No funding")
    assert _of_benefits(demo.benefit("B03")) == before


def _of_benefits(benefit):
    """Everything that is kept about a benefit."""
    rows = [benefit.contributions, benefit.measurements, benefit.profile_entries]
    return [benefit.status, *(list(row.order_by("pk").values()) for row in rows)]


# What has to be settled before a project closes


def _output(project):
    row = factories.output(project, code="O1", state="delivered")
    factories.descoping_approved(row)
    return row, {"state": "descoped"}


def _issue(project):
    return factories.issue(project, code="I1", severity="critical"), {"state": "resolved"}


def _permit(project):
    item = project.compliance_items.create(
        code="C1",
        kind="permit",
        title="Completion certificate",
        blocks="occupation",
        state="submitted",
    )
    return item, {"state": "granted", "granted_on": FINISH}


@pytest.mark.parametrize(
    ("obstacle", "message"),
    [
        (_output, "Accept or descope its outputs first: O1."),
        (_issue, "Resolve its critical issues first: I1."),
        (_permit, "Obtain what blocks its handover first: C1."),
    ],
)
def test_a_project_closes_once_this_is_settled(project, pmo, obstacle, message):
    row, settled = obstacle(project)
    told, _ = unsettled(lambda: close(project, pmo))
    assert told == {"status": [message]}
    type(row).objects.filter(pk=row.pk).update(**settled)
    connection.check_constraints()  # as the end of the request does
    close(project, pmo)


@pytest.mark.parametrize("ends", [stop, close])
def test_a_project_ends_once_its_open_risks_and_who_waits_are_answered(demo, project, pmo, ends):
    def end(**answered):
        if ends is close:
            return close(project, pmo, **answered)
        return terminate_project(
            project, terminated_on=FINISH, reason="No funding", **answered, by=pmo
        )

    risk = factories.risk(project, code="R1", title="Claim")
    draft = factories.risk(project, code="R2", title="Idea", status="draft")
    link = factories.dependency(
        project, demo.project("CAM-04"), code="X1", deliverable="Keys", need_by=FINISH
    )
    delivered = factories.dependency(
        project, demo.project("CAM-05"), status="delivered", delivered_on=FINISH
    )
    sentences, listed = unsettled(end)
    assert sentences == {
        f"risks/{risk.pk}": ["R1 Claim is open: close it, or transfer it to the programme."],
        f"risks/{draft.pk}": ["R2 Idea is open: close it, or transfer it to the programme."],
        "acknowledged_dependencies": [
            "CAM-04 waits for X1 Keys: acknowledge that it will not come."
        ],
    }
    assert [row["code"] for row in listed["risks"]] == ["R1", "R2"]
    (waiting,) = listed["dependencies"]
    assert (waiting["id"], waiting["need_by"]) == (link.pk, FINISH)
    assert waiting["receiver"]["code"] == "CAM-04"

    sentences, _ = unsettled(lambda: end(risks={risk.pk: "close", draft.pk: "close"}))
    assert list(sentences) == ["acknowledged_dependencies"]

    end(risks={risk.pk: "close", draft.pk: "transfer"}, acknowledged_dependencies=[link.pk])
    risk.refresh_from_db()
    draft.refresh_from_db()
    assert (risk.status, risk.project) == ("closed", project)
    assert (draft.status, draft.project, draft.programme) == ("draft", None, project.programme)
    for dependency in (link, delivered):
        before = dependency.status
        dependency.refresh_from_db()
        assert dependency.status == before  # the giver's word: what becomes of it is the receiver's


def test_nothing_is_done_before_everything_is_answered(project, pmo):
    answered, other = factories.risk(project), factories.risk(project)
    milestone = factories.milestone(project)
    unsettled(
        lambda: terminate_project(
            project,
            terminated_on=FINISH,
            reason="No funding",
            risks={answered.pk: "close"},
            by=pmo,
        )
    )
    for row in (answered, other, milestone, project):
        before = row.version
        row.refresh_from_db()
        assert row.version == before


def test_an_answer_is_about_the_projects_own(demo, project, pmo):
    strange, link = demo.risk("R04"), demo.dependency("D19")
    other = factories.risk(demo.project("CAM-02"))
    with refused("risks", f"The project has no risk {other.pk}."):
        stop(project, pmo, risks={other.pk: "close"})
    with refused(
        "acknowledged_dependencies", f"The project gives nothing by dependency {link.pk}."
    ):
        stop(project, pmo, acknowledged_dependencies=[link.pk])
    assert strange.status == "closed"
    stop(project, pmo, risks={strange.pk: "transfer"})  # closed by now: there is nothing to do
    strange.refresh_from_db()
    assert (strange.status, strange.project) == ("closed", project)


def test_the_risks_of_a_project_that_stands_alone_only_close(demo, pmo):
    project = demo.project("PMO-01")
    with refused(
        "risks", "A project that stands alone has no programme to take its risks: close it."
    ):
        stop(project, pmo, **answers(project, "transfer"))
    stop(project, pmo)
    assert set(project.risks.values_list("status", flat=True)) == {"closed"}


def test_a_receiver_out_of_sight_is_counted_and_not_named(demo, cam02_manager):
    project = demo.project("CAM-02")
    factories.dependency(project, factories.project(code="FAR"), code="X9", deliverable="Keys")
    _, listed = unsettled(
        lambda: terminate_project(
            project, terminated_on=FINISH, reason="No funding", by=cam02_manager
        )
    )
    assert [each["receiver"] for each in listed["dependencies"] if each["code"] == "X9"] == [None]


# What follows by itself


def test_what_a_terminated_project_had_before_it_ends_with_it(demo, project, pmo):
    reached = factories.milestone(project, state="achieved", actual_on=FINISH)
    to_come = factories.milestone(project)
    crane = factories.resource(portfolio=demo.portfolio)
    now, later = (
        factories.allocation(crane, project, 1, starts_on=start, ends_on=date(2027, 3, 31))
        for start in (date(2026, 9, 1), date(2026, 12, 1))
    )
    owed = factories.dependency(demo.project("CAM-04"), project, status="agreed")
    had = factories.dependency(
        demo.project("CAM-05"), project, status="accepted", accepted_on=FINISH
    )
    stop(project, pmo)
    for row, field, value in (
        (reached, "state", "achieved"),
        (to_come, "state", "cancelled"),
        (now, "ends_on", FINISH),
        (owed, "status", "withdrawn"),
        (had, "status", "accepted"),
    ):
        row.refresh_from_db()
        assert getattr(row, field) == value
    assert not project.allocations.filter(pk=later.pk).exists()
    assert to_come.updated_by == pmo


def test_a_terminated_project_opens_a_review_of_each_of_its_benefits(demo, pmo):
    project = demo.project("CAM-06")
    stop(project, pmo)
    found = {
        review.benefit.code: review
        for review in BenefitReview.objects.select_related("benefit__owner", "contribution")
    }
    assert found.keys() == set(project.contributions.values_list("benefit__code", flat=True))
    review = found["B01"]
    assert (review.cause, review.state, review.decision) == ("termination", "open", "")
    assert (review.contribution.project, review.reviewer) == (project, review.benefit.owner)
    assert (review.asked_on, review.due_on) == (date(2026, 10, 31), date(2026, 11, 30))


def test_of_a_benefit_that_was_given_up_nothing_is_asked(demo, pmo):
    project = demo.project("CAM-06")
    benefit = demo.benefit("B01")
    benefit.status = "withdrawn"
    benefit.save()
    stop(project, pmo)
    assert not benefit.reviews.exists()


def test_a_project_that_closes_without_all_of_its_outputs_opens_reviews_too(project, pmo):
    factories.output(project, state="descoped")
    close(project, pmo)
    causes = set(BenefitReview.objects.values_list("cause", flat=True))
    assert causes == {"closed_undelivered"}
    assert BenefitReview.objects.count() == project.contributions.count()


# When, and once


def test_a_project_closes_on_a_day_that_has_been_and_only_once(project, pmo):
    with refused("finished_on", "This day is still to come."):
        close(project, pmo, finished_on=date(2200, 1, 1))
    with refused("finished_on", "This is before its actual start: give that day or a later one."):
        close(project, pmo, finished_on=date(2026, 1, 11))
    close(project, pmo)
    with refused("status", "A project is closed when it is active or on hold; this one is closed."):
        close(project, pmo)
    with refused(
        "status", "A project is terminated when it is active or on hold; this one is closed."
    ):
        stop(project, pmo)


def test_a_project_that_never_started_is_terminated_not_closed(demo, pmo):
    project = demo.project("HID-02")
    with refused("actual_start", "Give its actual start first: it has finished."):
        close(project, pmo)
    stop(project, pmo)
    kept = Project.objects.get(pk=project.pk)
    assert (kept.actual_finish, kept.terminated_on) == (None, FINISH)


def test_terminating_says_why(demo, pmo):
    with refused("reason", "Say why the project stops."):
        stop(demo.project("CAM-03"), pmo, reason="")


def test_what_winding_down_will_cost_is_kept(demo, pmo):
    project = demo.project("CAM-03")
    stop(project, pmo, estimate_to_complete=Decimal("25.00"))
    assert Project.objects.get(pk=project.pk).estimate_to_complete == 25


def test_closing_asks_for_the_figures_of_the_programme(demo, project, pmo, drain):
    drain()
    close(project, pmo)
    assert ("P", project.pk) in RollupRequest.objects.values_list("kind", "object_id")
    assert BenefitContribution.objects.filter(project=project).count() == 3


# What leads nowhere any more


@pytest.mark.parametrize("ending", [close, stop])
def test_the_gates_ahead_are_cancelled(ending, project, pmo):
    passed = [*project.gates.filter(state="decided")]
    planned = factories.gate(project, stage_from=project.stage, stage_to="operate_embed_close")
    opened = factories.gate(project, state="open")
    ending(project, pmo)
    states = dict(project.gates.values_list("pk", "state"))
    assert {states.pop(each.pk) for each in (planned, opened)} == {"cancelled"}
    assert states == {each.pk: "decided" for each in passed}
