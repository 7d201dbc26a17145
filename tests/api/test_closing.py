"""What has to be settled before projects and programmes close, on every path."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from benefits.models import Benefit
from pmhub.models import User
from programmes.models import Programme, StatusReport
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import errors_of

FINISH = {"finished_on": "2026-10-30"}
DAY = date(2026, 10, 30)


@pytest.fixture
def project(office: User) -> Project:
    """A project that brings half of a benefit, and has nothing else to settle."""
    made = factories.project(code="P1", project_manager=factories.person())
    factories.contribution(made)
    return made


def left(client: Any, record: Any, **asked: str) -> dict[str, Any]:
    """Return what REST says is left to settle, by the name of the rule."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    path = f"{record._meta.model_name}s/{record.pk}/closing/"
    found = client.get(f"{path}?{query}" if query else path).json()
    return {"ready": found["ready"], **{each["name"]: each["records"] for each in found["left"]}}


# Projects


def test_a_project_closes_once_what_it_brings_is_handed_over(
    project: Project, office: User, api: Any
) -> None:
    client, path = api(office), f"projects/{project.pk}/closure/"
    code = project.contributions.get().benefit.code
    for query in ("", "?preview=1"):
        answer = client.verb(f"{path}{query}", FINISH)
        assert errors_of(answer) == {"/status": "unsettled", "/lessons": "unsaid"}
        assert f"Hand over what it brings first: {code}." in answer.content.decode()
    body = {**FINISH, "lessons": "Dig first"}
    factories.hand_over(project.contributions.get())
    assert client.verb(path, body).status_code == 409  # asked is not accepted
    assert Project.objects.get(pk=project.pk).live
    project.contributions.get().hand_overs.all().delete()
    factories.handed_over(project)
    assert client.verb(f"{path}?preview=1", body).status_code == 200
    assert client.verb(path, body).json()["status"] == "closed"


def test_of_a_benefit_that_is_concluded_nobody_has_to_answer(
    project: Project, office: User, api: Any
) -> None:
    Benefit.objects.update(status="withdrawn")
    body = {**FINISH, "lessons": "None"}
    assert api(office).verb(f"projects/{project.pk}/closure/", body).status_code == 200


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda it: factories.issue(it, severity="low"), "Resolve or escalate its issues first"),
        (factories.output, "Accept or descope its outputs first"),
        (
            lambda it: factories.budget(it, 100).commitments.create(
                reference="PO-1", amount=5, placed_on=DAY
            ),
            "Close or cancel its orders first: PO-1.",
        ),
        (
            lambda it: factories.dependency(
                factories.project(), it, status="delivered", delivered_on=DAY
            ),
            "Accept or turn down what was delivered to it first",
        ),
    ],
)  # fmt: skip
def test_what_stands_against_closing_is_named(
    make: Any, words: str, project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    make(project)
    body = {**FINISH, "lessons": "None"}
    answer = api(office).verb(f"projects/{project.pk}/closure/", body)
    assert errors_of(answer) == {"/status": "unsettled"}
    assert words in answer.content.decode()


def test_what_a_closed_project_waited_for_is_withdrawn(
    project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    link = factories.dependency(factories.project(), project, status="agreed")
    body = {**FINISH, "lessons": "None"}
    assert api(office).verb(f"projects/{project.pk}/closure/", body).status_code == 200
    link.refresh_from_db()
    assert link.status == "withdrawn"


def test_what_a_project_has_closed_on_is_not_taken_back(
    project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    accepted = project.contributions.get().hand_overs.get()
    body = {**FINISH, "lessons": "None"}
    api(office).verb(f"projects/{project.pk}/closure/", body)
    path = f"benefit-hand-overs/{accepted.pk}/withdrawal/"
    answer = api(office).verb(path, {"reason": "Other owner"})
    assert (answer.status_code, list(errors_of(answer))) == (409, ["/state"])


def test_what_is_left_is_told_with_where_it_is_settled(
    demo: Any, cam_manager: User, viewer: User, cam02_manager: User, stranger: User, api: Any
) -> None:
    project = demo.project("CAM-02")
    for user in (cam_manager, viewer):
        found = left(api(user), project)
        assert found["ready"] is False
        assert [each["code"] for each in found["hand_overs"]] == ["B01", "B06"]
        b01, b06 = found["hand_overs"]
        assert b01["settled_at"].rsplit("/", 3)[1] == "benefit-hand-overs"
        assert b06["given"] == {"contribution": project.contributions.get(benefit__code="B06").pk}
        assert b06["title"] == demo.benefit("B06").title
    assert left(api(cam02_manager), project)["hand_overs"][1]["title"] == ""
    assert api(stranger).get(f"projects/{project.pk}/closing/").status_code == 404


def test_a_project_is_ready_while_the_closing_has_only_to_ask(
    project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    factories.risk(project, code="R1")
    found = left(api(office), project)
    assert found["ready"] is True
    assert [each["code"] for each in found["risks"]] == ["R1"]


# The end report


def test_its_end_report_is_drafted(project: Project, office: User, api: Any) -> None:
    factories.baseline(project, finishes_on=date(2026, 10, 1), approved_on=date(2026, 4, 1))
    factories.output(project, code="O1", title="Hall", state="accepted", accepted_on=DAY)
    factories.budget(project, 200)
    project.cost_actuals.create(posted_on=DAY, amount=50)
    factories.handed_over(project)
    owner = project.contributions.get().hand_overs.get().owner
    body = {**FINISH, "lessons": "Dig first"}
    api(office).verb(f"projects/{project.pk}/closure/", body)
    (row,) = api(office).get(f"status-reports/?project={project.pk}&kind=end").json()["results"]
    assert (row["state"], row["period_end"], row["lessons"]) == ("draft", "2026-10-30", "Dig first")
    for words in (
        "Delivered: O1 Hall.", "29 days later than planned (1 Oct 2026)", "of £200k approved",
    ):  # fmt: skip
        assert words in row["achieved"]
    assert f"{owner} has “Cost a year” measured yearly until 31 Mar 2031." in row["next_steps"]


def test_an_end_report_is_finished_approved_by_another_and_published(
    project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    body = {**FINISH, "lessons": "Dig first"}
    api(office).verb(f"projects/{project.pk}/closure/", body)
    report = StatusReport.objects.get(project=project)
    path = f"status-reports/{report.pk}/"
    assert api(office).patch(path, {"lessons": "Dig twice"}).json()["lessons"] == "Dig twice"
    assert api(office).patch(path, {"kind": "status"}).status_code == 400
    assert api(office).post(f"{path}submission/").json()["state"] == "submitted"
    assert api(office).post(f"{path}approval/").status_code == 403
    other = factories.user("other")
    factories.role(other, "pmo")
    assert api(other).post(f"{path}approval/").json()["state"] == "approved"
    assert api(office).post(f"{path}publication/").json()["state"] == "published"
    corrected = {"project": project.pk, "period_end": "2026-10-30", "corrects": report.pk}
    answer = api(office).post("status-reports/", corrected)
    assert (answer.status_code, answer.json()["kind"]) == (201, "end")


def test_a_project_that_closes_again_goes_on_with_its_draft(
    project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    path = f"projects/{project.pk}/"
    api(office).verb(f"{path}closure/", {**FINISH, "lessons": "Dig first"})
    early = {"reason": "Too early", "percent_complete": "90"}
    assert api(office).verb(f"{path}reopening/", early).status_code == 200
    done = {"finished_on": "2026-10-31", "lessons": "Dig twice"}
    assert api(office).verb(f"{path}closure/", done).status_code == 200
    report = StatusReport.objects.get(project=project)
    assert (report.lessons, report.period_end) == ("Dig twice", date(2026, 10, 31))


@pytest.mark.parametrize(
    ("states", "days", "corrects"),
    [
        # What has become of the end report of each closing before the next; on which days.
        (["published", "draft"], [30, 30, 31], None),
        (["published", "draft"], [31, 30, 31], 0),
        (["submitted"], [30, 30], None),
        (["approved"], [30, 30], None),
        (["published", "submitted"], [30, 30, 30], 0),
        (["published", "published"], [30, 30, 30], 1),
    ],
)
def test_a_project_closes_again_whatever_became_of_its_end_report(
    states: list[str],
    days: list[int],
    corrects: int | None,
    project: Project,
    office: User,
    api: Any,
) -> None:
    factories.handed_over(project)
    other, path = factories.user("other"), f"projects/{project.pk}/"
    reports: list[Any] = []
    factories.role(other, "pmo")
    steps = {"submission": office, "approval": other, "publication": office}
    how_many = {"draft": 0, "submitted": 1, "approved": 2, "published": 3}
    for state, day in zip([*states, "draft"], days, strict=True):
        if reports:
            again = {"reason": "Too early", "percent_complete": "90"}
            assert api(office).verb(f"{path}reopening/", again).status_code == 200
        done = {"finished_on": f"2026-10-{day}", "lessons": f"Dig {len(reports)}"}
        answer = api(office).verb(f"{path}closure/", done)
        assert answer.status_code == 200, answer.json()
        report = StatusReport.objects.get(project=project, lessons=done["lessons"])
        reports.append(report.pk)
        for verb, user in [*steps.items()][: how_many[state]]:
            answer = api(user).post(f"status-reports/{report.pk}/{verb}/")
            assert answer.status_code == 200, answer.json()
    assert (report.state, report.period_end.day) == ("draft", days[-1])
    assert report.corrects_id == (None if corrects is None else reports[corrects])
    assert bool(report.correction_reason) is (corrects is not None)
    said = api(office).patch(f"status-reports/{report.pk}/", {"achieved": "It stands."})
    assert said.status_code == 200, said.json()


def test_sql_moves_no_correction_to_another_day(project: Project) -> None:
    about: dict[str, Any] = {"project": project, "kind": "end", "period_end": DAY}
    first = StatusReport.objects.create(**about)
    StatusReport.objects.create(**about, corrects=first, correction_reason="Wrong")
    rows = StatusReport.objects.filter(corrects=first)
    with pytest.raises(IntegrityError, match="of the same period"), transaction.atomic():
        rows.update(period_end="2026-10-31")


def test_the_end_report_of_what_closed_stays_and_says_what_was_learned(
    project: Project, office: User, api: Any
) -> None:
    factories.handed_over(project)
    api(office).verb(f"projects/{project.pk}/closure/", {**FINISH, "lessons": "Dig first"})
    rows = StatusReport.objects.filter(project=project)
    path = f"status-reports/{rows.get().pk}/"
    assert errors_of(api(office).patch(path, {"lessons": ""})).keys() == {"/lessons"}
    refused = api(office).delete(path)
    assert refused.status_code == 409, refused.json()
    assert "never deleted" in refused.content.decode()
    for write in (rows.delete, lambda: rows.update(lessons=" ")):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    assert api(office).patch(path, {"lessons": "Dig twice"}).status_code == 200
    again = {"reason": "Too early", "percent_complete": "90"}
    api(office).verb(f"projects/{project.pk}/reopening/", again)
    assert api(office).delete(path).status_code == 204


def learned(record: Any, lessons: str = "Dig first") -> None:
    """Draft the end report of a record that is to end on the day."""
    name = record._meta.model_name
    StatusReport.objects.create(**{name: record}, kind="end", period_end=DAY, lessons=lessons)


def permit(project: Project) -> None:
    """Add a permit that blocks the hand-over."""
    project.compliance_items.create(code="CI1", title="Permit", kind="permit", blocks="handover")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda it: factories.issue(it, severity="critical"), "critical issues first"),
        (factories.output, "outputs first"),
        (factories.risk, "Close its risks"),
        (factories.contribution, "Hand over what it brings first"),
        (permit, "blocks its handover"),
    ],
)
def test_sql_closes_no_project_with_what_is_left(make: Any, words: str, project: Project) -> None:
    factories.handed_over(project)
    learned(project)
    make(project)
    done = {"status": "closed", "stage": "closed", "actual_finish": DAY}
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**done)


def test_sql_closes_no_project_without_what_was_learned(project: Project) -> None:
    factories.handed_over(project)
    rows = Project.objects.filter(pk=project.pk)
    done = {"status": "closed", "stage": "closed", "actual_finish": DAY}
    with pytest.raises(IntegrityError, match="what was learned"), transaction.atomic():
        rows.update(**done)
    learned(project)
    assert rows.update(**done) == 1


# Programmes


@pytest.fixture
def programme(office: User) -> Programme:
    """A programme in its last stage, with a benefit still to come that nobody measures."""
    made = factories.led_programme(stage="close")
    factories.benefit(programme=made, code="B1", status="identified")
    return made


END = {"actual_end_on": "2026-10-30", "lessons": "Decide earlier"}


def test_a_programme_closes_once_its_benefits_are_watched(
    programme: Programme, office: User, api: Any
) -> None:
    client, path = api(office), f"programmes/{programme.pk}/closure/"
    told = "Realise or withdraw these benefits, or name who measures them when: B1."
    assert told in client.verb(path, END).content.decode()
    assert [each["code"] for each in left(client, programme)["benefits"]] == ["B1"]
    rows = Benefit.objects.filter(programme=programme)
    rows.update(owner=factories.person(), next_measurement_on=DAY)  # not after its end
    assert client.verb(path, END).status_code == 409
    rows.update(next_measurement_on=date(2027, 3, 31))
    assert left(client, programme) == {"ready": True}
    assert client.verb(path, END).json()["stage"] == "closed"


def stopped_with_a_risk(programme: Programme) -> Risk:
    """The risk that was left open when plain SQL stopped its project."""
    project = factories.project(programme=programme)
    risk = factories.risk(project)
    rows = Project.objects.filter(pk=project.pk)
    rows.update(status="terminated", terminated_on=DAY)
    return risk


@pytest.mark.parametrize("kind", ["project", "risk", "issue", "risk_of_project"])
def test_a_programme_closes_after_all_that_goes_on_in_it(
    kind: str, programme: Programme, office: User, api: Any
) -> None:
    Benefit.objects.filter(programme=programme).update(status="withdrawn")
    if kind == "risk_of_project":
        stopped_with_a_risk(programme)
    elif kind == "project":
        factories.project(programme=programme)
    else:
        getattr(factories, kind)(programme)
    answer = api(office).verb(f"programmes/{programme.pk}/closure/", END)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_settled")


def test_sql_closes_no_programme_with_what_nobody_watches(programme: Programme) -> None:
    rows, benefits = Programme.objects.filter(pk=programme.pk), programme.benefits.all()
    done = {"stage": "closed", "actual_end_on": DAY}
    with pytest.raises(IntegrityError, match="name who measures"), transaction.atomic():
        rows.update(**done)
    benefits.update(owner=factories.person(), next_measurement_on=date(2027, 3, 31))
    risk = stopped_with_a_risk(programme)
    with pytest.raises(IntegrityError, match="Close its risks"), transaction.atomic():
        rows.update(**done)
    risk.status = "closed"
    risk.save()
    issue = factories.issue(programme)
    with pytest.raises(IntegrityError, match="Resolve its issues"), transaction.atomic():
        rows.update(**done)
    issue.delete()
    with pytest.raises(IntegrityError, match="what was learned"), transaction.atomic():
        rows.update(**done)
    learned(programme)
    rows.update(**done)
    programme.refresh_from_db()
    assert programme.stage == "closed"


@pytest.mark.parametrize("field", ["owner", "next_measurement_on"])
def test_a_benefit_of_a_closed_programme_stays_watched(
    field: str, programme: Programme, office: User, api: Any
) -> None:
    watched = {"owner": factories.person(), "next_measurement_on": date(2027, 3, 31)}
    programme.benefits.update(**watched)
    learned(programme)
    Programme.objects.filter(pk=programme.pk).update(stage="closed", actual_end_on=DAY)
    benefit = programme.benefits.get()
    answer = api(office).patch(f"benefits/{benefit.pk}/", {field: None})
    assert (answer.status_code // 100, list(errors_of(answer))) == (4, [f"/{field}"])
    with pytest.raises(IntegrityError, match="has closed"), transaction.atomic():
        programme.benefits.update(**{field: None})
    with pytest.raises(IntegrityError, match="has closed"), transaction.atomic():
        factories.benefit(programme=programme)
    programme.benefits.update(status="withdrawn", **{field: None})


def test_a_programme_says_what_was_learned_before_it_closes(
    programme: Programme, office: User, api: Any
) -> None:
    Benefit.objects.filter(programme=programme).update(status="withdrawn")
    path = f"programmes/{programme.pk}/closure/"
    answer = api(office).verb(path, {"actual_end_on": "2026-10-30"})
    assert (answer.status_code, list(errors_of(answer))) == (409, ["/lessons"])
    assert api(office).verb(f"{path}?preview=1", END).status_code == 200
    assert api(office).verb(path, END).status_code == 200


def test_the_end_report_of_a_programme_is_drafted_approved_and_published(
    programme: Programme, office: User, api: Any, drain: Any
) -> None:
    programme.planned_end_on = date(2026, 10, 1)
    programme.save()
    owner = factories.person()
    programme.benefits.update(owner=owner, next_measurement_on=date(2027, 3, 31))
    project = factories.project(programme=programme, status="closed", actual_finish=DAY)
    factories.budget(project, 200)
    project.cost_actuals.create(posted_on=DAY, amount=50)
    office_line = factories.line(programme=programme, approved_budget=100)
    office_line.cost_actuals.create(posted_on=DAY, amount=10)
    stopped = factories.project(programme=programme, code="P9")
    Project.objects.filter(pk=stopped.pk).update(status="terminated", terminated_on="2026-10-01")
    programme.outcomes.create(code="OC1", title="Work together", state="defined")
    drain()
    assert api(office).verb(f"programmes/{programme.pk}/closure/", END).status_code == 200
    (row,) = api(office).get(f"status-reports/?programme={programme.pk}&kind=end").json()["results"]
    assert (row["state"], row["lessons"]) == ("draft", "Decide earlier")
    for words in (
        "Not embedded: OC1 Work together.", "1 project closed.", "P9",
        "29 days later than planned (1 Oct 2026)", "It cost £60.0k of £300k approved.",
    ):  # fmt: skip
        assert words in row["achieved"]
    assert f"{owner} owns it; measured next on 31 Mar 2027." in row["next_steps"]
    path = f"status-reports/{row['id']}/"
    assert api(office).post(f"{path}submission/").json()["state"] == "submitted"
    assert api(office).post(f"{path}approval/").status_code == 403
    other = factories.user("other")
    factories.role(other, "pmo")
    assert api(other).post(f"{path}approval/").json()["state"] == "approved"
    assert api(office).post(f"{path}publication/").json()["state"] == "published"
