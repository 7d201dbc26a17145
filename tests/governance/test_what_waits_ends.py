"""What is proposed can be decided: nothing is proposed that has passed or ended, and what waits
falls away with what ends."""

from datetime import date
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction

from pmhub.database.deferred_checks import check_deferred
from pmhub.models import User
from pmhub.queries.waiting import RULES, waiting
from programmes.models import AssuranceReview, ClosedYear, Tranche
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db

DAY = date(2026, 10, 20)
STOP = {"status": "terminated", "terminated_on": DAY, "ended_reason": "No funding"}


@pytest.fixture
def project(nothing: None) -> Project:
    """A project that goes on, in a programme."""
    return factories.project(programme=factories.programme())


def ended(beside: Project) -> Project:
    """Return a project of the same programme that was stopped."""
    made = factories.project(programme=beside.programme)
    Project.objects.filter(pk=made.pk).update(**STOP)
    return made


def assert_fell_away(rows: list[tuple[Any, str]]) -> None:
    """Each of these records is in the state beside it by now."""
    for row, _ in rows:
        row.refresh_from_db()
    assert [(type(row).__name__, row.state) for row, _ in rows] == [
        (type(row).__name__, state) for row, state in rows
    ]


def test_an_override_is_not_proposed_for_days_that_have_passed(
    project: Project, office: User, api: Any
) -> None:
    said = {"project": project.pk, "colour": "green", "reason": "Agreed"}
    over = said | {"starts_on": "2026-09-01", "expires_on": "2026-10-30"}
    last = said | {"starts_on": "2026-09-01", "expires_on": "2026-10-31"}
    assert errors_of(api(office).post("health-overrides/", over)).keys() == {"/expires_on"}
    assert api(office).post("health-overrides/?preview=1", over).status_code == 400
    assert api(office).post("health-overrides/", last).status_code == 201
    with pytest.raises(IntegrityError, match="has passed"), transaction.atomic():
        factories.override(project, expires_on="2026-10-30")


def test_what_waits_for_a_decision_falls_away_with_its_project(project: Project) -> None:
    here, there = factories.budget(project, 100), factories.budget(ended(project), 0)
    other = factories.budget(factories.project(programme=project.programme), 100)
    share = factories.contribution(project)
    rows: list[tuple[Any, str]] = [
        (factories.budget_transfer(other, here), "withdrawn"),
        (factories.budget_transfer(here, other), "proposed"),  # what it does not need goes on
        (factories.budget_request(project, state="submitted"), "draft"),
        (factories.change_request(project), "withdrawn"),
        (factories.gate(project), "cancelled"),
        (factories.inspection(project), "cancelled"),
        (factories.tailoring(project), "declined"),
        (factories.override(project), "withdrawn"),
        (factories.assumption(project), "retired"),
        (factories.hand_over(share), "withdrawn"),
    ]
    Project.objects.filter(pk=project.pk).update(**STOP)
    assert_fell_away(rows)
    assert there.approved == 0


def test_money_is_not_proposed_for_a_project_that_has_ended(
    project: Project, office: User, api: Any
) -> None:
    here, over = factories.budget(project, 100), factories.budget(ended(project), 0)
    said = {"amount": "10", "reason": "Needed there"}
    to = api(office).post("budget-transfers/", said | {"from_line": here.pk, "to_line": over.pk})
    assert (to.status_code, [*errors_of(to)]) == (409, ["/to_line"])
    with pytest.raises(IntegrityError, match="given no money"), transaction.atomic():
        factories.budget_transfer(here, over)


def test_what_a_stopped_project_does_not_need_is_moved_to_another(
    project: Project, office: User, api: Any
) -> None:
    here, there = (
        factories.budget(project, 100),
        factories.budget(factories.project(programme=project.programme), 0),
    )
    asked = factories.budget_transfer(here, there, amount=40)
    Project.objects.filter(pk=project.pk).update(**STOP)
    answer = api(office).verb(f"budget-transfers/{asked.pk}/approval/", {})
    assert answer.status_code == 200, answer.json()
    for line, approved in ((here, 60), (there, 40)):
        line.refresh_from_db()
        assert line.approved == approved


def test_who_proposed_a_transfer_takes_it_back(project: Project, office: User, api: Any) -> None:
    other = factories.project(programme=project.programme)
    asked = factories.budget_transfer(factories.budget(project, 100), factories.budget(other, 0))
    path = f"budget-transfers/{asked.pk}/"
    assert api(office).verb(f"{path}withdrawal/", {}).json()["state"] == "withdrawn"
    assert api(office).verb(f"{path}approval/", {}).status_code == 409


@pytest.mark.parametrize(
    ("collection", "body"),
    [
        ("oversight-decisions", {"level": "enhanced", "evidence": "Late"}),
        ("health-overrides", {"colour": "red", "reason": "x", "expires_on": "2026-11-30"}),
        ("change-requests", {"code": "C1", "title": "More", "reason": "x"}),
        ("assumptions", {"code": "A1", "text": "It stays dry"}),
    ],
)
def test_nothing_is_proposed_about_a_project_that_has_ended(
    collection: str, body: dict[str, Any], project: Project, office: User, api: Any
) -> None:
    answer = api(office).post(f"{collection}/", body | {"project": ended(project).pk})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/project"])
    fine = api(office).post(f"{collection}/", body | {"project": project.pk})
    assert fine.status_code == 201, fine.json()


def test_a_case_of_what_has_ended_is_neither_submitted_nor_waits(office: User, api: Any) -> None:
    programme = factories.programme()
    draft = factories.business_case(programme, kind="SOC")
    waits = factories.business_case(programme, kind="OBC", state="submitted")
    stop = {"actual_end_on": "2026-10-20", "reason": "No funding"}
    answer = api(office).verb(f"programmes/{programme.pk}/termination/", stop)
    assert answer.status_code == 200, answer.json()
    waits.refresh_from_db()
    assert (waits.state, waits.rejection_reason) == ("rejected", "The programme has ended.")
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        type(draft).objects.filter(pk=draft.pk).update(state="submitted")


def test_a_claim_of_a_programme_that_ends_falls_away(office: User, api: Any) -> None:
    benefit = factories.benefit()
    other = factories.programme(portfolio=benefit.programme.portfolio)
    claim = factories.claim(benefit, programme=other)
    stop = {"actual_end_on": "2026-10-20", "reason": "No funding"}
    assert api(office).verb(f"programmes/{other.pk}/termination/", stop).status_code == 200
    claim.refresh_from_db()
    assert claim.state == "withdrawn"


def test_nothing_is_asked_for_in_a_year_that_is_closed(
    project: Project, office: User, api: Any
) -> None:
    other = factories.project(programme=project.programme)
    lines = [factories.budget(home, 100, fiscal_year=2025) for home in (project, other)]
    draft = factories.budget_request(project, fiscal_year=2025)
    ClosedYear.objects.create(portfolio=project.owner_portfolio, fiscal_year=2025)
    submitted = api(office).verb(f"budget-requests/{draft.pk}/submission/", {})
    assert (submitted.status_code, [*errors_of(submitted)]) == (409, ["/fiscal_year"])
    said = {"from_line": lines[0].pk, "to_line": lines[1].pk, "amount": "1", "reason": "x"}
    moved = api(office).post("budget-transfers/", said)
    assert (moved.status_code, [*errors_of(moved)]) == (409, ["/from_line"])


def test_what_is_asked_or_said_to_stray_falls_away_with_its_project(project: Project) -> None:
    standing = factories.project(portfolio=project.owner_portfolio)
    case = factories.business_case(standing, state="approved")
    days = factories.tolerance(project, kind="time_days", value=10)
    worth = factories.tolerance(standing, kind="npsv", side="under")
    went_on = {"decision": "continue", "until": "2026-12-31", "decided_on": DAY, "reason": "Soon"}
    rows: list[tuple[Any, str]] = [
        (factories.exception(project), "lapsed"),
        (factories.exception(project, tolerance=days, state="decided", **went_on), "closed"),
        (factories.exception(case, tolerance=worth), "lapsed"),
        (factories.decision(project), "withdrawn"),
        (factories.help_request(project), "declined"),
        (factories.help_request(project, state="accepted", owner=factories.person()), "declined"),
        (factories.oversight(project, state="appealed", appeal="We report"), "decided"),
    ]
    Project.objects.filter(pk__in=[project.pk, standing.pk]).update(**STOP)
    assert_fell_away(rows)


def test_nothing_falls_away_while_what_it_is_about_goes_on(project: Project) -> None:
    helper, programme = factories.person(), project.programme
    assert programme
    case = factories.business_case(programme, state="approved")
    worth = factories.tolerance(programme, kind="npsv", side="under")
    rows: list[tuple[Any, str]] = [
        (factories.exception(project), "lapsed"),
        (factories.exception(case, tolerance=worth), "lapsed"),
        (factories.help_request(project, state="accepted", owner=helper), "declined"),
        (factories.help_request(programme, state="accepted", owner=helper), "declined"),
        (factories.oversight(project, state="appealed", appeal="We report"), "decided"),
    ]
    for row, falls in rows:
        with pytest.raises(IntegrityError, match="This goes on"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(state=falls)


def test_what_waits_for_a_programme_falls_away_with_it(office: User, api: Any) -> None:
    programme = factories.programme()
    board = factories.board(programme)
    said = factories.board_meeting(board, on="2026-10-19")
    case = factories.business_case(programme, state="approved")
    went_on = {"decision": "continue", "until": "2026-12-31", "decided_on": DAY, "reason": "Soon"}
    rows: list[tuple[Any, str]] = [
        (factories.exception(case, state="decided", **went_on), "closed"),
        (factories.decision(programme), "withdrawn"),
        (factories.help_request(programme), "declined"),
        (factories.board_meeting(board, on="2026-11-30"), "cancelled"),
        (said, said.state),  # what was said there is still written down
    ]
    stop = {"actual_end_on": "2026-10-20", "reason": "No funding"}
    answer = api(office).verb(f"programmes/{programme.pk}/termination/", stop)
    assert answer.status_code == 200, answer.json()
    assert_fell_away(rows)
    again = api(office).post("board-meetings/", {"board": board.pk, "on": "2026-12-01"})
    assert (again.status_code, [*errors_of(again)]) == (409, ["/board"])


def test_nothing_is_asked_of_the_pmo_about_what_has_ended(
    project: Project, office: User, api: Any
) -> None:
    said = {"code": "H1", "title": "Help", "question": "How?"}
    over = api(office).post("help-requests/", said | {"project": ended(project).pk})
    assert (over.status_code, [*errors_of(over)]) == (409, ["/project"])
    assert api(office).post("help-requests/", said | {"project": project.pk}).status_code == 201


def test_what_did_not_go_along_with_a_merged_project_falls_away(project: Project) -> None:
    other = factories.project(programme=project.programme)
    rows: list[tuple[Any, str]] = [
        (factories.inspection_plan(project), "ended"),
        (factories.inspection(project), "cancelled"),
        (factories.assumption(project), "retired"),
        (factories.help_request(project), "declined"),
        (factories.change_request(project), "withdrawn"),
    ]
    Project.objects.filter(pk=project.pk).update(**STOP, merged_into=other)
    check_deferred()
    assert_fell_away(rows)


# What was said, found and asked for


def reviewed(place: Any, **fields: Any) -> Any:
    """Return what a review recommends of a project or a programme."""
    review = AssuranceReview.objects.create(
        **{place.grant_kind: place}, code="AR1", kind="health_check", state="reported", held_on=DAY
    )
    return review.recommendations.create(number=1, text="Staff it", **fields)


def test_what_was_found_and_asked_for_falls_away_with_what_is_stopped(
    project: Project, api: Any
) -> None:
    leads = factories.user("leads")  # who does not assure what they manage
    factories.role(leads, "programme_manager", programme=project.programme)
    Project.objects.filter(pk=project.pk).update(project_manager=leads.person)
    rows: list[tuple[Any, str]] = [
        (factories.communication(project), "cancelled"),
        (factories.issue(project), "resolved"),
        (factories.issue(project, state="escalated"), "resolved"),
        (factories.finding(factories.inspection(project, state="held")), "lapsed"),
        (reviewed(project), "rejected"),
    ]
    stop = {"terminated_on": "2026-10-20", "reason": "No funding"}
    answer = api(leads).verb(f"projects/{project.pk}/termination/", stop)
    assert answer.status_code == 200, answer.json()
    assert_fell_away(rows)
    assert rows[1][0].resolution == "The project has ended."
    assert str(rows[4][0].closed_on) == "2026-10-20"


def test_what_was_asked_for_falls_away_with_a_programme_that_is_stopped(
    office: User, api: Any
) -> None:
    programme = factories.programme()
    rows: list[tuple[Any, str]] = [
        (factories.communication(programme), "cancelled"),
        (factories.issue(programme, resolution="Nearly"), "resolved"),
        (reviewed(programme), "rejected"),
    ]
    stop = {"actual_end_on": "2026-10-20", "reason": "No funding"}
    answer = api(office).verb(f"programmes/{programme.pk}/termination/", stop)
    assert answer.status_code == 200, answer.json()
    assert_fell_away(rows)
    assert rows[1][0].resolution == "Nearly"


def test_what_a_closed_project_leaves_has_an_owner_who_is_still_asked(
    project: Project, office: User, api: Any
) -> None:
    held = factories.inspection(project, state="held", result="pass_with_findings")
    somebody = factories.user("somebody")
    factories.role(somebody, "viewer", programme=project.programme)
    found, asked = factories.finding(held), reviewed(project, due_on=DAY)
    critical = factories.finding(held, severity="critical", owner=somebody.person)
    said = factories.communication(project)
    body = {"finished_on": "2026-10-30", "lessons": "None"}
    path = f"projects/{project.pk}/closure/"
    refused = api(office).verb(path, body).content.decode()
    for words in ("Have its critical findings", "or name who does so", "Act on what reviews"):
        assert words in refused
    close = {"status": "closed", "actual_finish": DAY}
    with pytest.raises(IntegrityError, match="critical findings"), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**close)
    owned = {"owner": somebody.person}
    type(critical).objects.filter(pk=critical.pk).update(severity="major")
    type(found).objects.filter(pk=found.pk).update(**owned)
    type(asked).objects.filter(pk=asked.pk).update(**owned)
    answer = api(office).verb(path, body)
    assert answer.status_code == 200, answer.json()
    assert_fell_away([(said, "cancelled"), (found, "open"), (asked, "open")])
    waits = {(row.rule.name, row.id) for row in waiting(somebody, RULES)}
    assert {("finding_to_correct", found.pk), ("recommendation_due", asked.pk)} <= waits


def test_an_issue_that_a_project_escalated_waits_for_its_owner_until_the_programme_has_one_of_it(
    project: Project, office: User, api: Any
) -> None:
    assert project.programme
    somebody = factories.user("somebody")
    factories.role(somebody, "viewer", programme=project.programme)
    issue = factories.issue(project, state="escalated", owner=somebody.person, due_on=DAY)
    above = factories.issue(project.programme)
    closed = {"finished_on": "2026-10-30", "lessons": "None"}
    answer = api(office).verb(f"projects/{project.pk}/closure/", closed)
    assert answer.status_code == 200, answer.json()
    assert [row.id for row in waiting(somebody, RULES)] == [issue.pk]
    type(issue).objects.filter(pk=issue.pk).update(escalated_to=above)
    assert waiting(somebody, RULES) == []


def test_nothing_more_is_said_for_what_has_ended(project: Project, office: User, api: Any) -> None:
    said = {"code": "C1", "title": "Opening", "planned_on": "2026-12-01"}
    over = api(office).post("communications/", said | {"project": ended(project).pk})
    assert (over.status_code, [*errors_of(over)]) == (409, ["/project"])
    assert api(office).post("communications/", said | {"project": project.pk}).status_code == 201


def test_what_was_planned_before_an_end_that_left_it_is_said_once_and_not_again(
    project: Project, office: User, api: Any
) -> None:
    said = factories.communication(project, repeats_every=30)
    with pgtrigger.ignore("projects.Project:ends_with_it"):  # as ends did once
        Project.objects.filter(pk=project.pk).update(**STOP)
    answer = api(office).verb(f"communications/{said.pk}/sending/", {"sent_on": "2026-10-20"})
    assert answer.status_code == 200, answer.json()
    assert project.communications.count() == 1


@pytest.mark.parametrize(
    ("collection", "body"),
    [
        ("issues", {"code": "I1", "title": "Leak"}),
        ("compliance-items", {"code": "CI1", "title": "Permit", "kind": "permit"}),
        ("findings", {"code": "F1", "text": "No rail"}),
    ],
)
def test_nothing_comes_to_a_project_that_has_ended_which_it_could_not_end_with(
    collection: str, body: dict[str, Any], project: Project, office: User, api: Any
) -> None:
    parent, at = "project", project.pk
    if collection == "findings":
        parent, at = "inspection", factories.inspection(project, state="held").pk
    said = body | {parent: at, "due_on": "2026-12-01"}
    assert api(office).post(f"{collection}/?preview=1", said).status_code == 200
    Project.objects.filter(pk=project.pk).update(**STOP)
    over = api(office).post(f"{collection}/", said)
    assert (over.status_code, [*errors_of(over)]) == (409, [f"/{parent}"])


def test_nothing_found_falls_away_while_the_project_goes_on(project: Project) -> None:
    found = factories.finding(factories.inspection(project, state="held"))
    with pytest.raises(IntegrityError, match="This goes on"), transaction.atomic():
        type(found).objects.filter(pk=found.pk).update(state="lapsed")


def test_actions_about_what_falls_away_are_asked_about(
    project: Project, office: User, api: Any
) -> None:
    about = factories.action(factories.assumption(project))
    of_issue = factories.action(factories.issue(project))
    stop: dict[str, Any] = {"terminated_on": "2026-10-20", "reason": "No funding"}
    path = f"projects/{project.pk}/termination/"
    refused = api(office).verb(path, stop)
    assert refused.json()["unanswered"]["actions"] == [
        {"id": row.pk, "title": row.title, "due_on": None} for row in (about, of_issue)
    ]
    assert api(office).verb(path, stop | {"actions": "cancel"}).status_code == 200
    assert_fell_away([(about, "cancelled"), (of_issue, "cancelled")])


def test_gates_of_a_tranche_that_is_cancelled_fall_away(project: Project) -> None:
    assert project.programme
    tranche = project.programme.tranches.create(code="T1", name="One")
    gate = factories.gate(tranche, stage_from="planned", stage_to="authorised")
    Tranche.objects.filter(pk=tranche.pk).update(state="cancelled")
    check_deferred()
    assert_fell_away([(gate, "cancelled")])
