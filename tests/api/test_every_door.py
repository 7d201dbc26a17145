"""Rules that hold through every door: REST, the admin pages and plain SQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from benefits.models import BenefitContribution, BenefitReview
from pmhub.api.resources import basename_of
from pmhub.api.routes import RESOURCES
from pmhub.database.history import because
from pmhub.models import Person, RoleAssignment, User
from programmes.models import Programme
from projects.models import Project
from tests import factories, samples
from tests.admin.forms import entries, errors
from tests.api.conftest import errors_of
from tests.api.test_life_cycles import ready_benefit, ready_programme, record

DAY, COMING = date(2026, 10, 1), date(2199, 1, 1)
BLANK = ["", " ", "\u00a0\u3000", "\u200e", "\u200f\u200d", "\u0301", "\u2800", "\u3164\u00ad"]
# Said by a verb alone, and never changed once it was.
NEVER_CHANGED = {
    "dca-records", "decisions", "acknowledgements", "gates", "gate-votes", "gate-conditions",
    "change-requests", "change-votes", "board-meetings",
    "budget-requests", "budget-transfers", "assumptions", "business-cases", "exceptions",
    "benefit-hand-overs", "benefit-anchors", "asset-versions", "tailoring-records", "lesson-uses",
    "stakeholder-assessments", "adoption-assessments", "competence-records", "team-maturities",
    "help-requests", "proposals", "iterations", "estimates",
    "inspections", "findings", "oversight-decisions", "overlap-cases", "communications",
}  # fmt: skip
HAPPENED = [
    (name, field)
    for name, view in RESOURCES.items()
    for field in view.serializer_class.Meta.model.happened
    if name not in NEVER_CHANGED
]


@pytest.fixture
def desk(office: User, client_of: Any) -> Any:
    """The admin pages, open to the PMO."""
    User.objects.filter(pk=office.pk).update(is_staff=True)
    return client_of(office)


def page_of(row: Any) -> str:
    """Where the admin pages change a record."""
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def filled(desk: Any, row: Any, page: Any = None, **changes: Any) -> Any:
    """What the form of a record, on a page that was read already, answers to these entries."""
    at = page_of(row)
    sent = entries(page or desk.get(at), **changes)
    return desk.post(at, {name: value for name, value in sent.items() if value is not None})


@contextmanager
def refused_at(field: str) -> Iterator[None]:
    """Expect the database to refuse at a field, once all of it is written."""
    with pytest.raises(IntegrityError) as error, written():
        yield
    cause: Any = error.value.__cause__
    assert cause.diag.column_name == field


@contextmanager
def written() -> Iterator[None]:
    """A transaction whose deferred checks are made at its end."""
    with transaction.atomic():
        yield
        settle()


def settle() -> None:
    """Check what is deferred to the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def update(row: Any, **values: Any) -> None:
    """Change a record by SQL alone."""
    type(row)._base_manager.filter(pk=row.pk).update(**values)


# How much is complete


def test_less_is_complete_for_a_reason_through_every_door(
    office: User, api: Any, desk: Any
) -> None:
    project = factories.project(percent_complete=60)
    with refused_at("reason"):
        update(project, percent_complete=50)
    with refused_at("reason"), because("  "):
        update(project, percent_complete=50)
    assert errors(filled(desk, project, percent_complete="50")) == {
        "reason": ["Say why less is complete than before."]
    }
    assert (
        filled(desk, project, percent_complete="50", reason="The slab cracked").status_code == 302
    )
    newest = api(office).get(f"projects/{project.pk}/history/").json()["results"][0]
    assert (newest["reason"], newest["via"]) == ("The slab cracked", "admin")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute('SET LOCAL pghistory.context_metadata = \'{"reason": "Counted anew"}\'')
        cursor.execute("UPDATE projects_project SET percent_complete = 40")
    newest = api(office).get(f"projects/{project.pk}/history/").json()["results"][0]
    assert (newest["reason"], newest["via"]) == ("Counted anew", "sql")
    assert filled(desk, project, percent_complete="45").status_code == 302  # more needs none
    update(project, percent_complete=50)


def test_all_is_complete_once_it_is_through_every_door(office: User, api: Any, desk: Any) -> None:
    project = factories.project(percent_complete=60)
    path = f"projects/{project.pk}/"
    for _ in "ab":  # without an output, and with one that is not accepted
        assert "/percent_complete" in errors_of(
            api(office).patch(path, {"percent_complete": "100"})
        )
        assert "percent_complete" in errors(filled(desk, project, percent_complete="100"))
        with refused_at("percent_complete"):
            update(project, percent_complete=100)
        output = factories.output(project, state="delivered")
    factories.descope(output)
    project.outputs.filter(state="delivered").update(state="accepted", accepted_on=DAY)
    update(project, percent_complete=100)
    settle()


def test_a_complete_project_is_given_nothing_more_to_deliver(office: User, api: Any) -> None:
    project = factories.project()
    factories.output(project, state="accepted", accepted_on=DAY)
    update(project, percent_complete=100)
    refused = api(office).post(
        "outputs/", {"project": project.pk, "code": "O9", "title": "More", "state": "planned"}
    )
    assert (refused.status_code, errors_of(refused)) == (409, {"/state": "output_of_complete"})
    with refused_at("state"):
        factories.output(project)
    factories.output(project, state="accepted", accepted_on=DAY)
    with because("More to do"):
        update(project, percent_complete=90)
    factories.output(project)
    settle()


# Days on which something happened


def happening(collection: str, field: str) -> Any:
    """A record that may say on which day it happened."""
    states = {
        "actual_end_on": ("stage", "closed"), "actual_finish": ("status", "closed"),
        "terminated_on": ("status", "terminated"), "accepted_on": ("state", "accepted"),
        "actual_on": ("state", "achieved"), "delivered_on": ("status", "delivered"),
        "granted_on": ("state", "granted"), "held_on": ("state", "held"),
        "closed_on": ("state", "done"), "embedded_on": ("state", "embedded"),
        "capability_ready_on": ("state", "capability_ready"),
        "transition_start": ("state", "in_transition"),
        "done_on": ("state", "done"), "issued_on": ("state", "issued"),
        "reached_on": ("state", "reached"), "sent_on": ("state", "sent"),
    }  # fmt: skip
    if (collection, field) == ("dependencies", "accepted_on"):
        return record(collection, "status", "accepted")
    if field in states:
        return record(collection, *states[field])
    makers: dict[str, Callable[[], Any]] = {
        "projects": lambda: factories.project(declared_rag="green", forecast_finish="2100-01-01"),
        "status-reports": lambda: record(collection, "state", "draft"),
        "programmes": lambda: factories.programme(dca="amber"),
        "benefits": factories.benefit,
        "baselines": lambda: factories.baseline(factories.project(), approved_on=None),
        "cost-actuals": lambda: factories.project().cost_actuals.create(posted_on=DAY, amount=1),
        "commitments": lambda: record(collection, "state", "open"),
        "contingency-movements": movement,
        "envelopes": lambda: factories.envelope(factories.portfolio(), 100),
        "milestone-forecasts": lambda: factories.milestone(factories.project()).forecasts.create(
            reported_on=DAY, forecast_on=DAY
        ),
        "issues": lambda: factories.issue(factories.project()),
        "objectives": factories.objective,
        "profile-versions": lambda: record(collection, "state", "approved"),
        "objective-measurements": factories.objective_measurement,
        "measurements": lambda: factories.measurement(factories.benefit(), 2024, 5),
        "qualifications": factories.qualification,
        "quality-records": lambda: factories.check(result="pass"),
        "trainings": lambda: factories.training(taken_on=DAY),
    }
    return makers[collection]()


def movement() -> Any:
    """Contingency that a programme gave to its project."""
    project: Any = factories.project(programme=factories.programme(contingency_budget=9))
    return project.contingency_movements.create(programme=project.programme, moved_on=DAY, amount=1)


@pytest.mark.parametrize(("collection", "field"), HAPPENED)
def test_nothing_has_happened_that_is_still_to_come(
    collection: str, field: str, office: User, api: Any, desk: Any
) -> None:
    row = happening(collection, field)
    later = max(factories.AS_OF, timezone.localdate())  # no more to come
    with refused_at(field):
        update(row, **{field: COMING})
    update(row, **{field: later})
    answer = api(office).patch(f"{collection}/{row.pk}/", {field: COMING.isoformat()})
    if collection == "milestone-forecasts":  # replaced by another, and never edited
        assert answer.status_code == 405
        return
    assert (answer.status_code, f"/{field}" in errors_of(answer)) in ((400, True), (409, True))
    page = desk.get(page_of(row))
    if field in page.context["adminform"].form.fields:
        said = errors(filled(desk, row, page, **{field: COMING.isoformat()}))
        assert said.keys() & {field, "forecast_finish", "__all__"}


def test_nothing_is_decided_on_a_day_to_come(office: User, api: Any) -> None:
    row = factories.decision(factories.programme())
    made = {"outcome": "Go on", "rationale": "It pays", "decided_on": "2199-01-01"}
    refused = api(office).verb(f"decisions/{row.pk}/making/", made)
    assert errors_of(refused) == {"/decided_on": "invalid"}
    with refused_at("decided_on"):
        update(row, state="made", **made)
    update(row, state="made", **made | {"decided_on": DAY})


def test_a_day_that_an_outcome_is_planned_for_may_be_to_come(office: User, api: Any) -> None:
    outcome = record("outcomes", "state", "defined")
    path = f"outcomes/{outcome.pk}/"
    assert api(office).patch(path, {"capability_ready_on": "2199-01-01"}).status_code == 200
    refused = api(office).verb(f"{path}readiness/", {"capability_ready_on": "2199-01-01"})
    assert errors_of(refused) == {"/capability_ready_on": "invalid"}
    with refused_at("capability_ready_on"):
        update(outcome, state="capability_ready")
    body = {"capability_ready_on": "2026-10-01"}
    assert api(office).verb(f"{path}readiness/", body).status_code == 200


def test_today_is_that_of_the_portfolio_where_it_is_later(nothing: None) -> None:
    home = factories.portfolio(status_date="2199-06-30")
    project = factories.project(programme=factories.programme(portfolio=home))
    update(project, declared_rag="green", declared_on=COMING)
    with refused_at("declared_on"):
        update(project, declared_on=date(2199, 7, 1))


# Posts


@pytest.mark.parametrize("post", ["sro", "programme_manager", "bcms"])
def test_a_programme_that_is_led_keeps_its_posts(
    post: str, office: User, api: Any, desk: Any
) -> None:
    programme = ready_programme({"stage": "deliver"})
    path = f"programmes/{programme.pk}/"
    gone: Any = [] if post == "bcms" else None
    refused = api(office).patch(path, {post: gone})
    assert (refused.status_code, errors_of(refused)) == (409, {f"/{post}": "post_held"})
    assert post in errors(filled(desk, programme, **{post: gone}))
    with refused_at(post):
        programme.bcms.clear() if post == "bcms" else update(programme, **{post: None})
    successor = factories.person().pk
    body = {post: [successor] if post == "bcms" else successor}
    assert api(office).patch(path, body).status_code == 200


def test_a_programme_not_planned_yet_may_leave_a_post_vacant(office: User, api: Any) -> None:
    programme = ready_programme({"stage": "design"})
    path = f"programmes/{programme.pk}/"
    assert api(office).patch(path, {"sro": None, "bcms": []}).status_code == 200
    with refused_at("sro"):
        update(programme, stage="plan")
    assert api(office).patch(path, {"sro": factories.person().pk}).status_code == 200
    with refused_at("bcms"):
        update(programme, stage="plan")


@pytest.mark.parametrize("post", ["sro", "programme_manager", "bcms"])
@pytest.mark.parametrize("stage", ["plan", "deliver", "close"])
def test_a_programme_that_begins_as_one_that_is_led_has_its_posts(
    post: str, stage: str, office: User, api: Any, desk: Any
) -> None:
    person = factories.person()
    home = factories.portfolio()
    held: dict[str, Any] = {"sro": person.pk, "programme_manager": person.pk, "bcms": [person.pk]}
    gone = {**held, post: [] if post == "bcms" else None}
    body = {"portfolio": home.pk, "code": "LED", "name": "Led", "stage": stage}
    refused = api(office).post("programmes/", body | gone)
    assert (refused.status_code, errors_of(refused)) == (409, {f"/{post}": "post_held"})
    add = reverse("admin:programmes_programme_add")
    sent = entries(desk.get(add), **body)
    given = {name: value for name, value in gone.items() if value}
    assert post in errors(desk.post(add, sent | given))
    with refused_at(post):
        people = {name: person for name in ("sro", "programme_manager") if name != post}
        led = Programme.objects.create(**{**body, "portfolio": home}, **people)
        led.bcms.set([person] if post != "bcms" else [])
    assert not Programme.objects.exists()
    assert api(office).post("programmes/", body | held).status_code == 201
    early = body | gone | {"code": "EARLY", "stage": "design"}
    assert api(office).post("programmes/", early).status_code == 201


def test_a_paused_programme_goes_on_once_its_posts_are_held(office: User, api: Any) -> None:
    programme = ready_programme({"stage": "deliver"})
    path = f"programmes/{programme.pk}/"
    assert api(office).verb(f"{path}pause/", {"reason": "No money"}).status_code == 200
    assert api(office).patch(path, {"sro": None}).status_code == 200
    refused = api(office).verb(f"{path}resumption/", {"stage": "deliver"})
    assert (refused.status_code, "an SRO" in refused.json()["detail"]) == (409, True)
    assert api(office).patch(path, {"sro": factories.person().pk}).status_code == 200
    assert api(office).verb(f"{path}resumption/", {"stage": "deliver"}).status_code == 200


@pytest.mark.parametrize("stage", ["deliver", "operate_embed_close"])
def test_a_project_that_begins_in_delivery_has_a_manager(
    stage: str, office: User, api: Any, desk: Any
) -> None:
    home = factories.programme()
    body = {"programme": home.pk, "code": "P1", "name": "Late", "stage": stage}
    refused = api(office).post("projects/", body)
    assert (refused.status_code, errors_of(refused)) == (409, {"/project_manager": "post_held"})
    add = reverse("admin:projects_project_add")
    assert "project_manager" in errors(desk.post(add, entries(desk.get(add), **body)))
    with refused_at("project_manager"):
        Project.objects.create(**{**body, "programme": home})
    early = api(office).post("projects/", body | {"stage": "define"})
    assert early.status_code == 201
    with refused_at("project_manager"):
        Project.objects.update(stage="deliver")
    path = f"projects/{early.json()['id']}/stage/"
    moved = api(office).verb(path, {"stage": "deliver"})
    assert moved.status_code == 409  # nobody could decide its gate yet
    managed = body | {"code": "P2", "project_manager": factories.person().pk}
    assert api(office).post("projects/", managed).status_code == 201


def test_a_project_that_goes_on_keeps_its_manager(office: User, api: Any, desk: Any) -> None:
    project = factories.project(project_manager=factories.person())
    path = f"projects/{project.pk}/"
    refused = api(office).patch(path, {"project_manager": None})
    assert errors_of(refused) == {"/project_manager": "post_held"}
    refused = api(office).verb(f"{path}appointments/", {"role": "project_manager", "person": None})
    assert (refused.status_code, errors_of(refused)) == (409, {"/project_manager": "post_held"})
    assert "project_manager" in errors(filled(desk, project, project_manager=None))
    with refused_at("project_manager"):
        update(project, project_manager=None)
    assert api(office).patch(path, {"project_manager": factories.person().pk}).status_code == 200
    update(project, status="terminated", terminated_on=DAY, project_manager=None)


# Plans, profiles and estimates


@pytest.mark.parametrize(
    "profile",
    [
        [["2026-04-01", "0"], ["2027-03-31", "900"]],
        [["2026-04-01", "0"], ["2027-03-31", "1001"]],
        [["2026-04-01", "-1"], ["2027-03-31", "1000"]],
        [["2026-04-01", "500"], ["2026-05-01", "400"], ["2027-03-31", "1000"]],
        [["2026-06-01", "0"], ["2026-05-01", "400"], ["2027-03-31", "1000"]],
        [["2026-03-31", "0"], ["2027-03-31", "1000"]],
        [["2026-04-01", "0"], ["2027-04-01", "1000"]],
        [["2026-04-01", "much"]],
        [["2026-04-01"]],
        {"2026-04-01": "1000"},
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_sql_too(profile: Any, nothing: None) -> None:
    project = factories.project()
    with refused_at("planned_value_profile"):
        factories.baseline(project, planned_value_profile=profile)
    draft = factories.baseline(project, approved_on=None, planned_value_profile=[])
    with refused_at("planned_value_profile"):
        update(draft, planned_value_profile=profile)
    update(draft, planned_value_profile=[["2026-04-01", 0], ["2027-03-31", "1000.00"]])


@pytest.mark.parametrize("field", ["measure", "target_value", "baseline_on", "owner"])
def test_a_benefit_says_what_it_is_judged_by_and_does_not_unsay_it(
    field: str, office: User, api: Any, desk: Any
) -> None:
    gone = "" if field == "measure" else None
    benefit = ready_benefit({"status": "identified"})
    said = getattr(benefit, field)
    update(benefit, **{field: gone})
    with refused_at(field):
        update(benefit, status="profiled")
    update(benefit, **{field: said})
    update(benefit, status="profiled")
    refused = api(office).patch(f"benefits/{benefit.pk}/", {field: gone})
    assert errors_of(refused) == {f"/{field}": "profile_said"}
    assert field in errors(filled(desk, benefit, **{field: gone}))


@pytest.mark.parametrize(
    ("figure", "given"),
    [
        ("residual_cost", "min"),
        ("residual_cost", "min max"),
        ("residual_cost", "min most_likely"),
        ("inherent_cost", "most_likely max"),
        ("target_days", "max"),
    ],
)
def test_an_estimate_in_part_is_refused(
    figure: str, given: str, office: User, api: Any, desk: Any
) -> None:
    none = dict.fromkeys((f"{figure}_min", f"{figure}_most_likely", f"{figure}_max"))
    risk = factories.risk(factories.project(), **none)
    partly = none | {f"{figure}_{end}": 5 for end in given.split()}
    refused = api(office).patch(f"risks/{risk.pk}/", partly)
    assert errors_of(refused) == {f"/{figure}_most_likely": "invalid"}
    assert f"{figure}_most_likely" in errors(filled(desk, risk, **partly))
    with pytest.raises(IntegrityError), transaction.atomic():
        update(risk, **partly)
    for whole in (dict.fromkeys(none, 5), none | {f"{figure}_most_likely": 5}, none):
        assert api(office).patch(f"risks/{risk.pk}/", whole).status_code == 200


# Names and zones


@pytest.mark.parametrize("text", BLANK)
def test_a_name_in_which_there_is_nothing_to_see_is_refused_in_sql_too(
    text: str, nothing: None
) -> None:
    project, risk = factories.project(), factories.risk(factories.programme())
    for row, column in ((project, "name"), (project, "code"), (risk, "title")):
        with refused_at(column):
            update(row, **{column: text})
        update(row, **{column: f"a{text}"})
    if text:  # what may be empty is empty, and nothing that only looks like it
        with refused_at("objective"):
            update(project, objective=text)
    update(project, objective="")


@pytest.mark.parametrize("zone", ["Nowhere/City", "localtime", "posix/Europe/London", "FOO3", ""])
def test_a_time_zone_that_nobody_knows_is_refused_in_sql_too(zone: str, nothing: None) -> None:
    with refused_at("time_zone"):
        factories.portfolio(time_zone=zone)
    home = factories.portfolio(time_zone="Asia/Kathmandu")
    with refused_at("time_zone"):
        update(home, time_zone=zone)
    update(home, time_zone="Pacific/Auckland")


# Reviews


@pytest.mark.parametrize("state", ["open", "answered"])
def test_a_contribution_under_review_stays_where_it_is(
    state: str, office: User, api: Any, desk: Any
) -> None:
    project, other = factories.project(), factories.project()
    benefit = factories.benefit(programme=project.programme)
    part = BenefitContribution.objects.create(benefit=benefit, project=project, weight="0.1")
    path, moved = f"contributions/{part.pk}/", {"project": other.pk}
    assert api(office).patch(path, moved).status_code == 200
    answered = {"decision": "confirm", "decided_on": DAY} if state == "answered" else {}
    review = BenefitReview.objects.create(
        benefit=benefit, contribution=part, cause="termination", asked_on=DAY, state=state,
        **answered,
    )  # fmt: skip
    refused = api(office).patch(path, {"project": project.pk})
    assert (refused.status_code, errors_of(refused)) == (409, {"/project": "under_review"})
    assert f"Review {review.pk} of {benefit.code}" in refused.json()["detail"]
    assert "project" in errors(filled(desk, part, project=str(project.pk)))
    with refused_at("project"):
        update(part, project=project)
    with refused_at("benefit"):
        update(part, benefit=factories.benefit(programme=project.programme))
    assert api(office).patch(path, {"weight": "0.2"}).status_code == 200


# Who answers for something, and days that say nothing

ANSWERED = [
    (model, field)
    for model in apps.get_models()
    for field in getattr(model, "answered_for", {})
    if not model._meta.proxy
]


@pytest.mark.parametrize(
    ("model", "field"), ANSWERED, ids=[f"{model.__name__}-{field}" for model, field in ANSWERED]
)
def test_somebody_archived_comes_to_answer_for_nothing_by_sql(
    model: Any, field: str, demo: Any
) -> None:
    gone = factories.person(archived_at=timezone.now())
    rows = model._base_manager.order_by("pk")
    row = rows.filter(model.answered_for[field]).first() or samples.sample(basename_of(model))
    declared = model._meta.get_field(field)
    with refused_at(field):
        if declared.many_to_many:
            getattr(row, field).add(gone)
        else:
            update(row, **{field: gone})


def test_somebody_archived_is_given_no_role_by_sql(demo: Any) -> None:
    gone = factories.person(archived_at=timezone.now())
    with refused_at("person"):
        RoleAssignment.objects.create(person=gone, role="viewer")


def test_who_was_named_before_stays_named(nothing: None) -> None:
    person = factories.person()
    project = factories.project(project_manager=person)
    Person.objects.filter(pk=person.pk).update(archived_at=timezone.now())
    update(project, name="Another name", project_manager=person)


def test_a_day_of_confidence_needs_the_confidence(office: User, api: Any, desk: Any) -> None:
    programme = factories.programme(dca="")
    path = f"programmes/{programme.pk}/"
    refused = api(office).patch(path, {"dca_on": "2026-10-01"})
    assert (refused.status_code, errors_of(refused)) == (400, {"/dca_on": "invalid"})
    assert "dca_on" in errors(filled(desk, programme, dca_on="2026-10-01"))
    with pytest.raises(IntegrityError), written():
        update(programme, dca_on=DAY)
    both = {"dca": "amber", "dca_on": "2026-10-01"}
    assert api(office).patch(path, both).status_code == 200


def test_a_benefit_has_its_baseline_before_its_target(office: User, api: Any, desk: Any) -> None:
    benefit = factories.benefit(baseline_on=DAY)
    path = f"benefits/{benefit.pk}/"
    refused = api(office).patch(path, {"target_on": "2026-09-30"})
    assert (refused.status_code, errors_of(refused)) == (400, {"/target_on": "invalid"})
    assert "target_on" in errors(filled(desk, benefit, target_on="2026-09-30"))
    with pytest.raises(IntegrityError), written():
        update(benefit, target_on=date(2026, 9, 30))
    assert api(office).patch(path, {"target_on": "2026-10-01"}).status_code == 200
