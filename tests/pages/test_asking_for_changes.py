"""What somebody may not change of a record they ask for: by a change request."""

import re
from html import unescape

import pytest

from projects.models import Action, Baseline, BudgetLine, ChangeRequest, Dependency, Milestone
from tests import factories

WAY = re.compile(
    r'<li><a href="(/change-requests/new/[^"]*)">([^<]*)</a> <span[^>]*>done by ([^<]*)</span>'
)


@pytest.fixture
def asked(client_of):
    """`asked(user, "/risks/1/")`: what a page offers to ask for, with who may, and the forms."""

    def found(user, address):
        page = client_of(user).get(address)
        assert page.status_code == 200
        ways = WAY.findall(page.content.decode())
        return {unescape(does): (unescape(words), unescape(form)) for form, does, words in ways}

    return found


def page_of(name, row):
    return f"/{name}/{row.pk}/"


@pytest.fixture
def project(demo):
    return demo.project("CAM-02")


@pytest.mark.parametrize("page", ["", "edit/"])
def test_fields_that_limit_a_project_are_asked_for(
    asked, client_of, api_of, cam02_manager, cam_manager, viewer, project, page
):
    milestone = Milestone.objects.filter(project=project, state="planned").first()
    address = page_of("milestones", milestone)
    ways = asked(cam02_manager, f"{address}{page}")
    words, form = ways["Change baseline"]
    assert words == "the programme manager or the PMO"
    answer = client_of(cam02_manager).get(form).content.decode()
    title = f"Change baseline of {milestone.code} {milestone.title}"
    assert title[:200] in unescape(answer)
    assert asked(cam_manager, f"{address}{page}") == {}
    if not page:
        assert asked(viewer, address) == {}


def test_the_form_raises_a_change_request_that_holds_the_write(
    asked, client_of, api_of, cam02_manager, project
):
    line = BudgetLine.objects.filter(project=project).first()
    ways = asked(cam02_manager, page_of("budget-lines", line))
    assert {"Change baseline", "Change approved"} <= ways.keys()
    form = client_of(cam02_manager).get(ways["Change approved"][1]).content.decode()
    assert f'value="budget-lines/{line.pk}/"' in form
    assert 'value="approved"' in form
    body = {
        "project": project.pk, "code": "CR9", "title": "Change approved", "wanted": "97000",
        "record": f"budget-lines/{line.pk}/", "field": "approved",
    }  # fmt: skip
    made = api_of(cam02_manager).post(
        "/api/v1/change-requests/", body, content_type="application/json"
    )
    assert made.status_code == 201
    (write,) = ChangeRequest.objects.get(pk=made.json()["id"]).held
    assert (write.method, write.path) == ("PATCH", f"budget-lines/{line.pk}/")
    assert (write.body, write.seen_version) == ({"approved": "97000.00"}, line.version)


def test_a_record_that_is_not_theirs_to_write_is_asked_for_whole(
    asked, cam02_manager, pmo, project
):
    plan = Baseline.objects.filter(project=project).first()
    assert "Change a baseline" in asked(cam02_manager, page_of("baselines", plan))
    assert asked(pmo, page_of("baselines", plan)) == {}


def test_steps_of_the_other_side_are_asked_for(asked, cam02_manager, project):
    waiting = Dependency.objects.filter(receiver=project, status="agreed").first()
    ways = asked(cam02_manager, page_of("dependencies", waiting))
    assert {"Deliver it", "Change forecast"} <= ways.keys()
    assert not {"Accept it", "Change need by"} & ways.keys()


def test_who_answers_for_a_benefit_asks_for_a_change_of_it(
    client_of, api_of, cam_manager, viewer, stranger, demo
):
    benefit, benefit_owner = demo.benefit("B05"), factories.user("owner")
    type(benefit).objects.filter(pk=benefit.pk).update(owner=benefit_owner.person)
    place, text = page_of("benefits", benefit), "Its target is three years too early"
    for user, offered in ((benefit_owner, True), (cam_manager, False), (viewer, False)):
        page = client_of(user).get(place).content.decode()
        assert ('id="asking-form"' in page) is offered
    for user, status in (
        (benefit_owner, 200), (cam_manager, 403), (viewer, 403), (stranger, 404),
    ):  # fmt: skip
        answer = api_of(user).post(f"/api/v1{place}asking/", {"change": text}, format="json")
        assert answer.status_code == status, user
    empty = api_of(benefit_owner).post(f"/api/v1{place}asking/", {}, format="json")
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (400, "/change")
    (action,) = Action.objects.filter(effect=text)
    assert action.title == f"Asked for: change B05 {benefit.title}"
    assert (action.programme, action.owner) == (benefit.programme, cam_manager.person)


def test_of_a_project_that_has_ended_nothing_is_asked(asked, cam02_manager, project):
    milestone = Milestone.objects.filter(project=project).first()
    type(project).objects.filter(pk=project.pk).update(
        status="terminated", terminated_on="2026-10-01", ended_reason="No need"
    )
    assert asked(cam02_manager, page_of("milestones", milestone)) == {}
    assert asked(cam02_manager, page_of("projects", project)) == {}


def test_another_baseline_is_asked_for_by_a_change_that_gives_one(
    asked, client_of, cam02_manager, project
):
    _, form = asked(cam02_manager, page_of("projects", project))["Approve another baseline"]
    page = client_of(cam02_manager).get(form).content.decode()
    box = page[page.index('name="rebaseline"') :]
    assert "checked" in box[: box.index(">")]
    assert "selected" in re.findall(r'<option[^>]*value="time"[^>]*>', page)[0]
