"""A change request asks for a field of a record: it is typed and judged as that field, and is
withdrawn by who raised it."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from projects.models import ChangeRequest, Milestone, Project
from tests.api.conftest import errors_of

LATER = "2027-09-30"


@pytest.fixture
def project(demo: Any) -> Project:
    """A project of the demo whose manager sets no baseline of their own."""
    found: Project = demo.project("CAM-02")
    return found


@pytest.fixture
def milestone(project: Project) -> Milestone:
    """One that is still to come."""
    return Milestone.objects.filter(project=project, state="planned").order_by("pk")[0]


@pytest.fixture
def ask(api: Any, cam02_manager: User, project: Project) -> Any:
    """`ask(milestone, "baseline_on", "2027-09-30")`: what raising it is answered."""

    def asked(of: Any, field: str, wanted: Any, **more: Any) -> Any:
        names = {"record": f"{of._meta.model_name}s/{of.pk}/", "field": field}
        body = {"project": project.pk, "code": "CR90", "title": "Another day", "wanted": wanted}
        return api(cam02_manager).post("change-requests/", body | names | more)

    return asked


def test_a_day_is_held_as_a_day(ask: Any, milestone: Milestone) -> None:
    made = ask(milestone, "baseline_on", LATER)
    assert made.status_code == 201, made.json()
    (write,) = ChangeRequest.objects.get(pk=made.json()["id"]).held
    assert (write.body, write.seen_version) == ({"baseline_on": LATER}, milestone.version)
    assert write.title == f"{milestone.code}: baseline on 30 Sep 2027"


@pytest.mark.parametrize(
    ("field", "wanted", "pointer"),
    [
        ("baseline_on", "30th of September", "/wanted"),
        ("baseline_on", "2027-13-01", "/wanted"),
        ("baseline_on", "", "/wanted"),
        ("baseline_on", ["2027-01-01"], "/wanted"),
        ("weight", "heavy", "/wanted"),
        ("weight", "-1", "/wanted"),
        ("kind", "no such kind", "/wanted"),
        ("key", "perhaps", "/wanted"),
        ("nonsense", "1", "/field"),
        ("state", "achieved", "/field"),
        ("", "1", "/field"),
        ("version", "1", "/field"),
    ],
)
def test_what_the_field_does_not_take_is_refused_when_it_is_asked_for(
    ask: Any, milestone: Milestone, field: str, wanted: Any, pointer: str
) -> None:
    answer = ask(milestone, field, wanted)
    assert (answer.status_code, [*errors_of(answer)]) == (400, [pointer]), answer.json()
    assert not ChangeRequest.objects.filter(code="CR90").exists()


@pytest.mark.parametrize(
    "record", ["milestones/", "nonsense/1/", "milestones/999999999/", "milestones/1/achievement/"]
)
def test_a_record_that_is_not_there_or_out_of_sight_is_refused(
    ask: Any, milestone: Milestone, record: str
) -> None:
    answer = ask(milestone, "baseline_on", LATER, record=record)
    assert (answer.status_code, [*errors_of(answer)]) == (400, ["/record"]), answer.json()


def test_what_is_asked_for_anew_takes_the_place_of_what_was(
    ask: Any, api: Any, cam02_manager: User, milestone: Milestone
) -> None:
    path = f"change-requests/{ask(milestone, 'baseline_on', LATER).json()['id']}/"
    answer = api(cam02_manager).patch(path, {"wanted": "2027-10-01"})
    assert answer.status_code == 200, answer.json()
    (write,) = answer.json()["writes"]
    assert write["body"] == {"baseline_on": "2027-10-01"}
    refused = api(cam02_manager).patch(path, {"wanted": "soon"})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/wanted"])


def test_the_form_types_it_as_the_field_and_names_no_address(
    client_of: Any, cam02_manager: User, milestone: Milestone, project: Project
) -> None:
    client = client_of(cam02_manager)
    page = client.get(f"/milestones/{milestone.pk}/").content.decode()
    ways = [unescape(way) for way in re.findall(r'href="(/change-requests/new/[^"]*)"', page)]
    (way,) = [way for way in ways if "field=baseline_on" in way]
    form = unescape(client.get(way).content.decode())
    (typed,) = re.findall(r'<input[^>]*name="wanted"[^>]*>', form)
    assert 'type="date"' in typed
    assert f">Milestone {milestone}</option>" in form
    assert ">Baseline</option>" in form
    assert not re.search(r">\s*(milestones/\d+/|baseline_on)\s*<", form)
    plain = client.get(f"/change-requests/new/?project={project.pk}").content.decode()
    for name in ("record", "field", "wanted"):
        assert f'name="{name}"' not in plain


def test_its_page_says_whose_field_is_to_be_what(
    ask: Any, client_of: Any, cam02_manager: User, milestone: Milestone
) -> None:
    made = ask(milestone, "baseline_on", LATER).json()
    answer = client_of(cam02_manager).get(f"/change-requests/{made['id']}/")
    page = unescape(answer.content.decode())
    said = " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert f"Baseline of Milestone {milestone} is to be 30 Sep 2027." in said
    assert f"milestones/{milestone.pk}/<" not in page


def test_admin_pages_leave_it_to_the_page_of_the_record(client_of: Any, pmo: User) -> None:
    form = client_of(pmo).get("/admin/projects/changerequest/add/").content.decode()
    assert 'name="title"' in form
    assert 'name="wanted"' not in form


def test_who_raised_it_withdraws_it_and_nobody_beside_them(
    ask: Any, api: Any, cam02_manager: User, viewer: User, milestone: Milestone
) -> None:
    path = f"change-requests/{ask(milestone, 'baseline_on', LATER).json()['id']}/"
    why = {"reason": "We keep the day after all"}
    assert api(viewer).verb(f"{path}withdrawal/", why).status_code == 403
    assert api(cam02_manager).verb(f"{path}withdrawal/", {}).status_code == 400
    answer = api(cam02_manager).verb(f"{path}withdrawal/", why)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn"), answer.json()
    for verb in ("assessment", "revision", "withdrawal"):
        assert api(cam02_manager).verb(f"{path}{verb}/", why).status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.filter(code="CR90").update(state="raised")


def test_it_is_asked_for_of_a_place_by_who_may_ask_there(
    api: Any, pmo: User, viewer: User, cam02_manager: User, milestone: Milestone, project: Project
) -> None:
    body: dict[str, Any] = {
        "code": "CR91", "title": "Another day", "reason": "Rain", "field": "baseline_on",
        "record": f"milestones/{milestone.pk}/", "wanted": LATER,
    }  # fmt: skip
    homeless = [api(user).post("change-requests/", body) for user in (pmo, cam02_manager)]
    assert [answer.status_code for answer in homeless] == [400, 403]
    body["project"] = project.pk
    assert api(viewer).post("change-requests/", body).status_code == 403
    assert api(viewer).post("change-requests/", body | {"wanted": "2020-01-01"}).status_code == 403
    assert api(cam02_manager).post("change-requests/", body).status_code == 201
