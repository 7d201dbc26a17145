"""The weekly update of a project: all of it is saved, or none, with a report that says it."""

import pytest

from pmhub.models import Person, User
from programmes.models import StatusReport
from programmes.rollup import verify
from projects.models import CostActual, Dependency, Issue, Milestone, Project, Risk
from tests import factories
from tests.reports.conftest import errors_of

SAID = "Steel is up to the third floor."


@pytest.fixture
def project(demo):
    """CAM-02, whose manager reports each week."""
    return demo.project("CAM-02")


@pytest.fixture
def update(api, project, cam02_manager):
    """`update(query, who, **lists)`: an update of CAM-02, by its manager or somebody else."""

    def sent(query="", who=None, **lists):
        return api(who or cam02_manager).post(f"projects/{project.pk}/updates/{query}", lists)

    return sent


@pytest.fixture
def executive(project):
    """The executive of CAM-02, who signs in."""
    user = User.objects.create_user("cam02.executive")
    person = Person.objects.create(code="P90", name="Ida Marsh", user=user)
    Project.objects.filter(pk=project.pk).update(executive=person)
    return user


def item(record, **changes):
    return {"id": record.pk, "version": record.version, **changes}


@pytest.fixture
def week(project):
    """A week: status, two milestones, a risk, an issue, a cost, a sentence."""
    first, second = project.milestones.filter(state="planned").order_by("forecast_on")[:2]
    risk = project.risks.filter(status="open").order_by("code")[0]
    return {
        "report": {"achieved": SAID, "next_steps": "The roof.", "state": "published"},
        "project": {
            "version": project.version, "declared_rag": "amber", "reason": "Steel came late",
            "percent_complete": str(project.percent_complete + 1),
        },
        "milestones": [
            item(first, actual_on="2026-10-30"), item(second, forecast_on="2027-08-31"),
        ],
        "risks": [
            item(risk, residual_probability="0.5"),
            {"title": "Crane driver is away", "residual_probability": "0.2"},
        ],
        "issues": [{"title": "A window broke", "severity": "low"}],
        "costs": [{"amount": "120.50", "description": "Glass"}],
    }  # fmt: skip


def stored(project):
    """All that an update could change."""
    return (
        Project.objects.get(pk=project.pk).version,
        *(
            list(model.objects.filter(project=project).order_by("pk").values_list("pk", "version"))
            for model in (Milestone, Risk, Issue, CostActual, StatusReport)
        ),
    )


def test_a_week_is_saved_together_with_its_report(update, week, project, cam02_manager):
    answer = update(**week)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    report = made["report"]
    assert (report["state"], report["achieved"]) == ("published", SAID)
    assert (report["declared_rag"], report["declared_reason"]) == ("amber", "Steel came late")
    assert (report["project"], report["programme"]) == (project.pk, None)
    assert report["author"] == cam02_manager.person.pk
    reached, moved = made["milestones"]
    assert (reached["state"], reached["actual_on"]) == ("achieved", "2026-10-30")
    assert moved["forecast_on"] == "2027-08-31"
    assert Milestone.objects.get(pk=moved["id"]).forecasts.filter(
        forecast_on="2027-08-31", reported_on="2026-10-31"
    )
    changed, new = made["risks"]
    assert float(changed["residual_probability"]) == 0.5
    assert (new["status"], new["owner"]) == ("open", project.project_manager_id)
    assert made["issues"][0]["raised_on"] == "2026-10-31"
    assert made["costs"][0]["posted_on"] == "2026-10-31"
    assert made["project"]["declared_on"] == "2026-10-31"


def test_what_a_preview_says_is_what_then_happens(
    update, week, project, read, pmo, cam_manager, drain
):
    before = stored(project)
    cost = {"estimate_to_complete": "30000", "version": project.version}
    week["project"] |= cost
    assert update("?preview=1", **week).json()["hidden"]["programmes"] == 1
    tried = update("?preview=1", cam_manager, **week)
    assert tried.status_code == 200, tried.content
    assert stored(project) == before
    assert tried.json()["object"]["report"]["state"] == "published"
    (programme,) = [each for each in tried.json()["programmes"] if each["code"] == "CAM"]
    assert update(**week).status_code == 201
    drain()
    now = read(pmo, f"programmes/{programme['id']}/rollup/").json()["metrics"]
    moved = {each["name"]: each["to"] for each in programme["metrics"]}
    assert {"estimate_at_completion", "actual_cost", "risk_mean"} <= moved.keys()
    assert {name: now[name]["value"] for name in moved} == moved
    assert not verify.differences()


def test_one_bad_item_stores_nothing_and_each_is_told_at_its_place(update, week, project):
    before = stored(project)
    week["risks"][0]["residual_probability"] = "1.5"
    week["issues"].append({"title": ""})
    week["costs"].append({"amount": "much"})
    answer = update(**week)
    assert answer.status_code == 400
    assert errors_of(answer).keys() == {
        "/risks/0/residual_probability", "/issues/1/title", "/costs/1/amount",
    }  # fmt: skip
    assert stored(project) == before


def test_a_stale_item_names_itself_and_who_changed_it(
    update, api, week, project, demo, cam_manager
):
    risk = Risk.objects.get(pk=week["risks"][0]["id"])
    api(cam_manager).patch(f"risks/{risk.pk}/", {"category": "Weather"})
    before = stored(project)
    answer = update(**week)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/risks/0/version"
    assert error["detail"].startswith(f"{cam_manager.person} saved {risk.code} after you read it")
    assert answer.json()["items"]["risks/0"]["current"]["category"] == "Weather"
    assert stored(project) == before


@pytest.mark.parametrize("name", ["project", "milestones", "risks"])
def test_what_is_changed_is_named_in_the_version_that_was_seen(update, week, name):
    touched = week[name] if name == "project" else week[name][0]
    del touched["version"]
    answer = update(**week)
    place = "/project/version" if name == "project" else f"/{name}/0/version"
    assert (answer.status_code, errors_of(answer)) == (428, {place: "version_required"})


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("cam02_manager", 201), ("executive", 201), ("cam_manager", 201), ("pmo", 201),
        ("viewer", 403), ("sponsor", 403), ("ssv_manager", 404), ("stranger", 404),
    ],
)  # fmt: skip
def test_who_updates_a_project(update, project, request, who, code):
    answer = update(who=request.getfixturevalue(who), report={"achieved": SAID})
    assert answer.status_code == code
    assert StatusReport.objects.filter(project=project).count() == (code == 201)


def test_the_manager_of_another_project_does_not(update, demo, api):
    user = factories.user("other.manager")
    factories.role(user, "project_manager", project=demo.project("CAM-03"))
    assert update(who=user, report={"achieved": SAID}).status_code == 404


def test_an_item_of_another_project_is_not_there(update, demo, cam_manager):
    risk = demo.project("CAM-03").risks.first()
    answer = update(who=cam_manager, risks=[item(risk, title="Mine now")])
    assert (answer.status_code, errors_of(answer)) == (404, {"/risks/0/id": "not_found"})
    body = {"title": "There", "project": demo.project("CAM-03").pk}
    assert errors_of(update(who=cam_manager, risks=[body])) == {"/risks/0/project": "of_another"}


def test_risks_and_issues_take_their_moves(update, project):
    closed, happened = project.risks.filter(status="open", kind="threat").order_by("code")[:2]
    issue = factories.issue(project)
    answer = update(
        risks=[item(closed, verb="closure"), item(happened, status="materialised")],
        issues=[item(issue, state="resolved", resolution="It was mended")],
    )
    assert answer.status_code == 201, answer.content
    assert [each["status"] for each in answer.json()["risks"]] == ["closed", "materialised"]
    assert project.issues.filter(from_risk=happened).exists()
    assert answer.json()["issues"][0]["state"] == "resolved"
    wrong = update(risks=[item(Risk.objects.get(pk=closed.pk), verb="burial")])
    assert errors_of(wrong) == {"/risks/0/verb": "invalid_choice"}


def test_what_others_wait_for_moves_along_or_stays(update, project, demo):
    milestone = project.milestones.filter(state="planned").order_by("forecast_on")[0]
    link = factories.dependency(
        project, demo.project("SSV-03"), giver_milestone=milestone, status="agreed",
        agreed_on="2027-01-15", forecast_on="2027-01-15",
    )  # fmt: skip

    def promised(**more):
        row = Milestone.objects.get(pk=milestone.pk)
        more |= {"forecast_on": f"2028-0{len(more) + 1}-15"}
        answer = update(milestones=[item(row, **more)])
        assert answer.status_code == 201, answer.content
        moved = [each["id"] for each in answer.json()["dependencies"]]
        return str(Dependency.objects.get(pk=link.pk).forecast_on), moved

    assert promised() == ("2027-01-15", [])
    day, moved = promised(move_dependencies=True)
    assert day == "2028-02-15"
    assert link.pk in moved


def test_outputs_take_their_days_and_their_moves(update, project):
    begun = factories.output(project, state="in_progress")
    done = factories.output(project, state="delivered")
    answer = update(
        outputs=[
            item(begun, verb="delivery", forecast_on="2026-11-20"),
            item(done, accepted_on="2026-10-30"),
        ]
    )
    assert answer.status_code == 201, answer.content
    assert [(each["state"], each["accepted_on"]) for each in answer.json()["outputs"]] == [
        ("delivered", None), ("accepted", "2026-10-30"),
    ]  # fmt: skip


def test_each_side_of_a_dependency_says_what_is_its_own(update, project, demo):
    other = demo.project("CAM-03")
    owed = factories.dependency(project, other, status="agreed", agreed_on="2026-12-01")
    given = factories.dependency(
        other, project, status="delivered", agreed_on="2026-10-01", delivered_on="2026-10-20",
        drives_schedule=False,
    )  # fmt: skip
    answer = update(
        dependencies=[
            item(owed, delivered_on="2026-10-30"), item(given, accepted_on="2026-10-31"),
        ]
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    assert [each["status"] for each in answer.json()["dependencies"]] == ["delivered", "accepted"]
    theirs = factories.dependency(
        other,
        project,
        status="agreed",
        agreed_on="2026-12-01",
        drives_schedule=False,
        deliverable="Keys",
    )
    refused = update(dependencies=[item(theirs, forecast_on="2027-01-01")])
    assert (refused.status_code, errors_of(refused)) == (
        403, {"/dependencies/0/forecast_on": "permission_denied"},
    )  # fmt: skip


def test_what_is_delivered_does_not_move_along_with_its_milestone(update, project, demo):
    milestone = project.milestones.filter(state="planned").order_by("forecast_on")[0]
    link = factories.dependency(
        project, demo.project("CAM-03"), giver_milestone=milestone, status="agreed",
        agreed_on="2027-01-15", forecast_on="2027-01-15",
    )  # fmt: skip
    answer = update(
        milestones=[item(milestone, forecast_on="2028-01-15", move_dependencies=True)],
        dependencies=[item(link, delivered_on="2026-10-30")],
    )
    assert answer.status_code == 201, answer.content
    link.refresh_from_db()
    assert (str(link.forecast_on), link.status) == ("2026-10-30", "delivered")


def test_a_dependency_of_others_or_a_new_one_is_not_there(update, demo):
    theirs = factories.dependency(demo.project("CAM-03"), demo.project("CAM-05"))
    answer = update(dependencies=[item(theirs, forecast_on="2027-01-01"), {"deliverable": "Keys"}])
    assert errors_of(answer) == {
        "/dependencies/0/id": "not_found", "/dependencies/1/id": "required",
    }  # fmt: skip


def test_a_key_makes_an_update_once(api, project, cam02_manager):
    body = b'{"report": {"achieved": "Much"}, "risks": [{"title": "Fog"}]}'
    path = f"projects/{project.pk}/updates/"
    for _ in range(2):
        answer = api(cam02_manager).raw("POST", path, body, **{"Idempotency-Key": "monday"})
        assert answer.status_code == 201
    assert project.risks.filter(title="Fog").count() == 1


def test_an_update_of_the_same_period_goes_on_with_its_draft_or_corrects(update, project):
    first = update(report={"achieved": "Much"}).json()["report"]
    again = update(report={"achieved": "More"}).json()["report"]
    assert (again["id"], again["achieved"]) == (first["id"], "More")
    rag = {"version": Project.objects.get(pk=project.pk).version, "declared_rag": "green"}
    last = update(report={"state": "published"}, project=rag).json()["report"]
    assert (last["id"], last["state"]) == (first["id"], "published")
    later = update(report={"achieved": "It was less"}).json()["report"]
    assert later["corrects"] == first["id"]


def test_somebody_elses_draft_is_not_written_over(update, executive):
    update(report={"achieved": "Much"})
    answer = update(who=executive, report={"achieved": "Little"})
    assert errors_of(answer).keys() == {"/report/period_end"}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ""), ({"report": {"said": "x"}}, "/report/said"), ({"riks": []}, "/riks"),
        ({"risks": {}}, "/risks"), ({"risks": [1]}, "/risks/0"), ({"report": []}, "/report"),
        ({"report": {"achieved": "a\x00b"}}, "/report/achieved"),
        ({"costs": [{"amount": "NaN"}]}, "/costs/0/amount"),
    ],
)  # fmt: skip
def test_what_is_no_update_is_refused(update, body, place):
    answer = update(**body)
    assert answer.status_code == 400
    assert any(each.startswith(place) for each in errors_of(answer))


def test_a_project_that_has_ended_is_updated_no_more(update, project):
    day = {"terminated_on": "2026-10-01", "ended_reason": "x"}
    Project.objects.filter(pk=project.pk).update(status="terminated", **day)
    assert update(report={"achieved": "Much"}).status_code == 409


# The report


def test_why_it_is_not_green_is_said_before_it_is_handed_over(update, project):
    rag = {"version": project.version, "declared_rag": "red"}
    answer = update(report={"achieved": SAID, "state": "submitted"}, project=rag)
    assert errors_of(answer).keys() == {"/report/declared_reason"}


def test_where_a_project_is_watched_most_closely_its_programme_manager_approves(
    update, api, project, cam02_manager, cam_manager, viewer
):
    Person.objects.filter(pk=project.project_manager_id).update(competence="foundation")
    Project.objects.filter(pk=project.pk).update(complexity=5)
    rag = {"version": Project.objects.get(pk=project.pk).version, "declared_rag": "green"}
    said = {"achieved": SAID, "state": "published"}
    refused = update(report=said, project=rag)
    assert (refused.status_code, errors_of(refused)) == (409, {"/report/state": "wrong_state"})
    report = update(report=said | {"state": "submitted"}, project=rag).json()["report"]
    path = f"status-reports/{report['id']}/"
    assert (report["state"], report["approval_needed"]) == ("submitted", True)
    assert api(cam02_manager).post(f"{path}publication/").status_code == 409
    assert api(cam02_manager).post(f"{path}approval/").status_code == 403
    assert api(viewer).get(path).status_code == 404
    assert api(cam_manager).post(f"{path}approval/").json()["state"] == "approved"
    assert api(cam02_manager).post(f"{path}publication/").json()["state"] == "published"
    assert api(viewer).get(path).json()["achieved"] == SAID


def test_elsewhere_its_manager_submits_and_publishes_it(update, api, project, cam02_manager):
    rag = {"version": project.version, "declared_rag": "green"}
    path = (
        f"status-reports/{update(report={'achieved': SAID}, project=rag).json()['report']['id']}/"
    )
    assert api(cam02_manager).post(f"{path}submission/").json()["state"] == "approved"
    assert api(cam02_manager).post(f"{path}publication/").json()["state"] == "published"


def test_who_manages_projects_of_a_programme_does_not_report_on_it(api, demo):
    user = factories.user("several.projects")
    factories.role(user, "project_manager", programme=demo.programme("CAM"))
    body = {"period_end": "2026-10-31", "achieved": SAID}
    made = api(user).post("status-reports/", body | {"programme": demo.programme("CAM").pk})
    assert made.status_code == 403
    made = api(user).post("status-reports/", body | {"project": demo.project("CAM-02").pk})
    assert made.status_code == 201


def test_the_report_of_a_programme_quotes_its_projects_and_names_those_without(
    update, week, write, read, cam_manager, project
):
    update(**week)
    path = f"status-reports/{write().json()['id']}/"
    said = {each["code"]: each for each in read(cam_manager, path).json()["figures"]["projects"]}
    assert said["CAM-02"]["report"]["achieved"] == SAID
    assert said["CAM-02"]["overdue"] is False
    assert said["CAM-03"]["report"] is None
    assert said["CAM-03"]["overdue"] is True
