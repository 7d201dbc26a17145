"""What happened at a record and at what belongs to it: who sees what of it, page by page."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from projects.models import Milestone
from tests import factories
from tests.api.conftest import Api


@pytest.fixture
def api(api_of: Any) -> Any:
    """`api(user)`: a client of REST for that user."""
    return lambda user: Api(api_of(user))


@pytest.fixture
def milestone(demo: Any) -> Milestone:
    """A milestone of CAM-02."""
    found: Milestone = demo.project("CAM-02").milestones.order_by("pk").first()
    return found


def lines(answer: Any) -> list[tuple[str, Any, str]]:
    """(kind, by whom, record) of each line."""
    assert answer.status_code == 200
    return [
        (line["kind"], (line["row"]["by"] or {}).get("name"), line["record"][0])
        for line in answer.context["lines"]
    ]


def test_activity_answers_who_changed_this_date(
    demo: Any, milestone: Milestone, cam02_manager: User, viewer: User, api: Any, client_of: Any,
    words: Any,
) -> None:  # fmt: skip
    moved = {"forecast_on": "2031-05-14"}
    assert api(cam02_manager).patch(f"milestones/{milestone.pk}/", moved).status_code == 200
    for address in (
        f"/milestones/{milestone.pk}/activity/",
        f"/projects/{milestone.project_id}/activity/",
        f"/programmes/{demo.programme('CAM').pk}/activity/?kind=milestone",
        f"/projects/{milestone.project_id}/activity/?by={cam02_manager.person.pk}",
    ):
        answer = client_of(viewer).get(address)
        (kind, name, record) = lines(answer)[0]
        assert (kind, name) == ("milestone", cam02_manager.person.name)
        assert milestone.code in record
        assert "14 May 2031" in words(answer)


def test_comments_and_files_stand_between_the_changes(
    demo: Any, milestone: Milestone, cam02_manager: User, viewer: User, api: Any, client_of: Any
) -> None:
    at = {"record_type": "milestone", "record_id": milestone.pk}
    api(viewer).post("comments/", at | {"text": "Is that **so**?"})
    api(cam02_manager).post("attachments/", at | {"link": "https://example.org/", "title": "Plan"})
    address = f"/programmes/{demo.programme('CAM').pk}/activity/"
    answer = client_of(viewer).get(address)
    assert [kind for kind, _, _ in lines(answer)[:2]] == ["attachment", "comment"]
    assert "<strong>so</strong>" in answer.content.decode()
    only = lines(client_of(viewer).get(f"{address}?kind=comment"))
    assert [kind for kind, _, _ in only] == ["comment"]


def test_nothing_is_told_of_what_is_out_of_sight(
    demo: Any, milestone: Milestone, cam02_manager: User, api: Any, client_of: Any, stranger: User
) -> None:
    reader = factories.user("reader")
    factories.role(reader, "viewer", project=demo.project("CAM-02"))
    of_project = f"/projects/{milestone.project_id}/activity/"
    assert lines(client_of(reader).get(of_project))
    assert (
        client_of(reader).get(f"/programmes/{demo.programme('CAM').pk}/activity/").status_code
        == 404
    )
    assert client_of(stranger).get(of_project).status_code == 404
    portfolio = client_of(reader).get(f"/portfolios/{demo.portfolio.pk}/activity/?kind=project")
    assert {record for _, _, record in lines(portfolio)} <= {
        record for _, _, record in lines(client_of(reader).get(f"{of_project}?kind=project"))
    }


def test_what_is_deleted_below_a_record_is_told_there(
    demo: Any, milestone: Milestone, cam02_manager: User, viewer: User, api: Any, client_of: Any,
    stranger: User,
) -> None:  # fmt: skip
    new = {"project": milestone.project_id, "code": "R99", "title": "Crane gone", "kind": "threat"}
    made = api(cam02_manager).post("risks/", new).json()
    assert api(cam02_manager).delete(f"risks/{made['id']}/", version=1).status_code == 204
    called = f"{made['code']} Crane gone"
    gone = ("risk", cam02_manager.person.name, called)
    project = f"/projects/{milestone.project_id}/activity/"
    for address in (
        project, f"{project}?kind=risk", f"{project}?by={cam02_manager.person.pk}",
        f"/programmes/{demo.programme('CAM').pk}/activity/",
    ):  # fmt: skip
        answer = client_of(viewer).get(address)
        assert lines(answer)[0] == gone
        assert answer.context["lines"][0]["row"]["action"] == "deleted"
        assert answer.context["lines"][0]["row"]["changes"] == []
    of_rest = api(viewer).get(f"activity/?record_type=project&record_id={milestone.project_id}")
    (last, *_) = of_rest.json()["results"]
    assert (last["action"], last["text"], last["changes"]) == ("deleted", called, [])
    other = f"/projects/{demo.project('CAM-03').pk}/activity/"
    assert gone not in lines(client_of(viewer).get(other))
    # Who holds a role on another part of the portfolio alone is told nothing of it.
    reader = factories.user("reader")
    factories.role(reader, "viewer", project=demo.project("CAM-03"))
    whole = client_of(reader).get(f"/portfolios/{demo.portfolio.pk}/activity/")
    assert gone not in lines(whole)


def test_pages_go_on_where_the_one_before_ended(demo: Any, viewer: User, client_of: Any) -> None:
    address, seen = f"/projects/{demo.project('CAM-02').pk}/activity/", []
    after = ""
    for _ in range(50):
        answer = client_of(viewer).get(address, {"after": after})
        seen += [(line["at"], line["kind"], line["record"][0]) for line in answer.context["lines"]]
        after = answer.context["older"]
        if not after:
            break
    moments = [at for at, _, _ in seen]
    assert moments == sorted(moments, reverse=True)
    assert len(seen) == len(set(seen)) > 60
    for wrong in (
        "no", "2026-01-01~risk~1", "~~", "2026-01-01T00:00:00+00:00~risk~x",
        "2026-01-01T00:00:00+23:00~risk~1", "2026-01-01T00:00:00+00:00:00.5~risk~1",
        "0001-01-01T00:00:00+01:00~risk~1", "9999-12-31T23:59:59-01:00~risk~1",
    ):  # fmt: skip
        assert client_of(viewer).get(address, {"after": wrong}).status_code == 200


def test_what_is_read_does_not_grow_with_what_happened(
    demo: Any, viewer: User, api: Any, client_of: Any, milestone: Milestone, cam02_manager: User
) -> None:
    address = f"/milestones/{milestone.pk}/activity/"
    client = client_of(viewer)

    def queries() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    api(cam02_manager).patch(f"milestones/{milestone.pk}/", {"forecast_on": "2031-05-14"})
    before = queries()
    for day in (15, 16, 17):
        api(cam02_manager).patch(f"milestones/{milestone.pk}/", {"forecast_on": f"2031-05-{day}"})
    assert queries() == before
