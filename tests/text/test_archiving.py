"""What has ended is put away: out of the lists, in every figure, and back again."""

import pytest

from pmhub.models import Person, User
from projects.models import Project
from tests import factories
from tests.admin.forms import entries, errors
from tests.api.conftest import errors_of


def codes(answer):
    return [row["code"] for row in answer.json()["results"]]


@pytest.fixture
def ended(office):
    """A terminated project of a programme that goes on."""
    project = factories.project(code="P1")
    Project.objects.filter(pk=project.pk).update(status="terminated", terminated_on="2026-10-01")
    return project


def test_an_archived_project_leaves_the_lists(ended, office, api):
    factories.project(code="P2", programme=ended.programme)
    path = f"projects/{ended.pk}/"
    answer = api(office).verb(f"{path}archive/", {})
    assert answer.status_code == 200
    assert answer.json()["archived_at"]
    assert codes(api(office).get("projects/")) == ["P2"]
    assert codes(api(office).get("projects/?archived=true")) == ["P1"]
    assert codes(api(office).get("projects/?archived=all")) == ["P1", "P2"]
    assert api(office).get(path).status_code == 200
    assert api(office).get("projects/?archived=yes").status_code == 400
    assert api(office).get("risks/?archived=true").status_code == 400
    again = api(office).verb(f"{path}archive/", {})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert api(office).verb(f"{path}restoration/", {}).json()["archived_at"] is None
    assert codes(api(office).get("projects/")) == ["P1", "P2"]
    assert api(office).verb(f"{path}restoration/", {}).status_code == 409


def test_what_goes_on_is_not_archived(ended, office, api):
    live = factories.project(programme=ended.programme)
    for path in (f"projects/{live.pk}/", f"programmes/{ended.programme_id}/"):
        answer = api(office).verb(f"{path}archive/", {})
        assert answer.status_code == 409
        assert "first" in answer.json()["detail"]
    portfolio = ended.programme.portfolio_id
    assert api(office).verb(f"portfolios/{portfolio}/archive/", {}).status_code == 409


def test_a_programme_follows_its_projects_and_a_portfolio_its_programmes(ended, office, api):
    factories.passed(ended.programme, ended.programme.stage, "terminated")
    paths = [
        f"projects/{ended.pk}/", f"programmes/{ended.programme_id}/",
        f"portfolios/{ended.programme.portfolio_id}/",
    ]  # fmt: skip
    for path in reversed(paths[1:]):
        assert api(office).verb(f"{path}archive/", {}).status_code == 409
    for path in paths:
        assert api(office).verb(f"{path}archive/", {}).status_code == 200


def test_a_person_is_archived_once_they_have_handed_over(office, api):
    person, other = factories.person(), factories.person()
    factories.project(project_manager=person)
    path = f"people/{person.pk}/"
    assert api(office).verb(f"{path}archive/", {}).status_code == 409
    assert api(office).verb(f"{path}hand-over/", {"to": other.pk}).status_code == 200
    assert api(office).verb(f"{path}archive/", {}).status_code == 200
    assert person.code not in codes(api(office).get("people/"))
    answer = api(office).verb(f"people/{other.pk}/hand-over/", {"to": person.pk})
    assert answer.status_code == 400


def test_who_may_not_delete_it_may_not_archive_it(ended, api):
    manager = factories.user()
    factories.role(manager, "project_manager", project=ended)
    viewer = factories.user()
    factories.role(viewer, "viewer", project=ended)
    for user, status in ((manager, 403), (viewer, 403), (factories.user(), 404)):
        answer = api(user).verb(f"projects/{ended.pk}/archive/", {})
        assert answer.status_code == status


def test_the_portfolio_page_hides_what_is_archived_and_leads_to_it(
    ended, office, api, client_of, drain, words
):
    alone = factories.project(code="P9", name="Tower", portfolio=ended.programme.portfolio)
    Project.objects.filter(pk=alone.pk).update(status="terminated", terminated_on="2026-10-01")
    drain()
    client = client_of(office)
    page = words(client.get("/portfolio/"))
    assert ("Tower" in page, "Archived (" in page) == (True, False)
    assert api(office).verb(f"projects/{alone.pk}/archive/", {}).status_code == 200
    page = words(client.get("/portfolio/"))
    assert ("P9 Tower" in page, "Archived (1)" in page) == (False, True)
    page = words(client.get("/portfolio/?archived=true", headers={"HX-Request": "true"}))
    assert ("P9 Tower" in page, "Show those in use" in page) == (True, True)
    assert ended.programme.name not in page


def test_the_admin_archives_by_the_rule_of_rest(ended, office, client_of):
    office.is_staff = True
    office.save()
    client = client_of(office)
    live = factories.project(code="P2", programme=ended.programme)

    def act(action):
        ticked = {"action": action, "_selected_action": [ended.pk, live.pk]}
        page = client.post("/admin/projects/project/", ticked, follow=True)
        archived = Project.objects.filter(archived_at__isnull=False)
        return sorted(map(str, page.context["messages"])), [each.code for each in archived]

    said, archived = act("archive")
    assert (said[0], archived) == ("1 archived.", ["P1"])
    assert live.code in said[1]
    shown = client.get("/admin/projects/project/?archived_at__isempty=0")
    assert [each.code for each in shown.context["cl"].result_list] == ["P1"]
    said, archived = act("restoration")
    assert ("1 taken back into use." in said, archived) == (True, [])


def test_nothing_is_given_to_a_person_who_is_archived(ended, office, api, client_of):
    person = factories.person()
    project = factories.project(programme=ended.programme)
    benefit = factories.benefit(programme=ended.programme)
    stays = factories.risk(project, owner=person)
    Person.objects.filter(pk=person.pk).update(archived_at="2026-10-01T00:00Z")
    programme = f"programmes/{ended.programme_id}/"
    role = {"role": "viewer", "programme": ended.programme_id, "person": person.pk}
    risk = {"project": project.pk, "code": "R9", "title": "Claim", "owner": person.pk}
    answers = {
        "/project_manager": api(office).patch(
            f"projects/{project.pk}/", {"project_manager": person.pk}
        ),
        "/bcms": api(office).patch(programme, {"bcms": [person.pk]}),
        "/owner": api(office).post("risks/", risk),
        "/reporter": api(office).patch(f"benefits/{benefit.pk}/", {"reporter": person.pk}),
        "/person": api(office).post("role-assignments/", role),
    }
    answers["/person "] = api(office).verb(
        f"{programme}appointments/", {"role": "sro", "person": person.pk}
    )
    for place, answer in answers.items():
        assert (answer.status_code, [*errors_of(answer)]) == (400, [place.strip()])
        assert "is archived" in answer.json()["errors"][0]["detail"]
    assert api(office).patch(f"risks/{stays.pk}/", {"title": "Still theirs"}).status_code == 200

    User.objects.filter(pk=office.pk).update(is_staff=True)
    client = client_of(User.objects.get(pk=office.pk))
    address = f"/admin/projects/risk/{factories.risk(project).pk}/change/"
    page = client.get(address)
    answer = client.post(address, entries(page, owner=person.pk))
    assert answer.status_code == 200
    assert "is archived" in str(errors(answer))
