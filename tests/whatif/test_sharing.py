"""A scenario is its author's until it is shared, or a change of it is adopted."""

from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Scenario, ScenarioChange, ScenarioTrial
from tests.api.conftest import errors_of

LATER = {"forecast_finish": "2031-12-31"}


@pytest.fixture
def kept(demo: Any, cam_manager: User, draft: Any) -> Any:
    """A draft of the programme manager, with a change, tried."""
    found = draft(cam_manager, demo.programme("CAM"), "Close the library", shared=False)
    found.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    assert found.try_it().status_code == 200
    return found


def places(kept: Any, programme: int) -> list[tuple[str, str, Any]]:
    """Where a scenario could be found: method, address, body."""
    change = ScenarioChange.objects.get(scenario=kept.id).pk
    return [
        ("get", kept.path, None),
        ("get", f"{kept.path}trial/", None),
        ("get", f"{kept.path}history/", None),
        ("get", f"scenario-changes/{change}/", None),
        ("get", f"scenario-changes/{change}/history/", None),
        ("post", f"{kept.path}trial/", {}),
        ("post", f"{kept.path}copies/", {"name": "Mine"}),
        ("post", f"{kept.path}sharing/", {}),
        ("post", f"scenario-changes/{change}/adoption/", {}),
        ("patch", kept.path, {"name": "Mine"}),
        ("delete", kept.path, None),
    ]


def test_nobody_else_finds_a_draft(
    kept: Any, demo: Any, viewer: User, pmo: User, sponsor: User, api: Any, client_of: Any
) -> None:
    programme = demo.programme("CAM").pk
    for user in (viewer, pmo, sponsor):
        hidden_from(user, kept, programme, api(user), client_of(user))


def hidden_from(user: User, kept: Any, programme: int, client: Any, pages: Any) -> None:
    """Fail where somebody finds a draft of somebody else's."""
    for method, path, body in places(kept, programme):
        answer = getattr(client, method)(path, *([] if body is None else [body]))
        assert answer.status_code == 404, (user.username, method, path)
    for path in (
        "scenarios/", "scenarios/?search=library", f"scenarios/?programme={programme}",
        "scenario-changes/", f"programmes/{programme}/scenarios/",
        f"programmes/{programme}/scenarios/comparison/",
    ):  # fmt: skip
        assert b"Close the library" not in client.get(path).content, user.username
    compared = client.get(f"programmes/{programme}/scenarios/comparison/?ids={kept.id}")
    assert errors_of(compared) == {"/ids": "does_not_exist"}
    assert client.get(f"scenario-changes/?scenario={kept.id}").status_code == 400
    page = pages.get(f"/programmes/{programme}/what-if/").content
    assert b"Close the library" not in page, user.username
    for model in (Scenario, ScenarioChange, ScenarioTrial):
        assert not model.objects.visible_to(user).exists()


def test_its_author_sees_it_and_shares_it(
    kept: Any, demo: Any, viewer: User, cam_manager: User, api: Any, client_of: Any
) -> None:
    address = f"/programmes/{demo.programme('CAM').pk}/what-if/"
    own = client_of(cam_manager).get(address).content.decode()
    assert "Draft: only you see it" in own
    assert f"/api/v1/scenarios/{kept.id}/sharing/" in own
    assert kept.client.get(kept.path).json()["state"] == "draft"
    shared = kept.client.post(f"{kept.path}sharing/")
    assert (shared.status_code, shared.json()["state"]) == (200, "shared")
    again = kept.client.post(f"{kept.path}sharing/")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert api(viewer).get(kept.path).status_code == 200
    assert api(viewer).post(f"{kept.path}sharing/").status_code == 403
    assert "Close the library" in client_of(viewer).get(address).content.decode()
    changes = api(viewer).get(f"{kept.path}history/").json()["results"][0]["changes"]
    assert [(each["field"], each["from"], each["to"]) for each in changes] == [
        ("state", "draft", "shared")
    ]
    back = kept.client.patch(kept.path, {"state": "draft"})
    assert (back.status_code, errors_of(back)) == (409, {"/state": "use_verb"})


def test_what_is_adopted_is_no_draft(kept: Any, viewer: User, api: Any) -> None:
    change = ScenarioChange.objects.get(scenario=kept.id).pk
    assert kept.adopt(change).status_code == 200
    assert api(viewer).get(kept.path).json()["state"] == "adopted"


def test_a_name_says_nothing_of_drafts_of_others(
    kept: Any, demo: Any, pmo: User, draft: Any
) -> None:
    mine = draft(pmo, demo.programme("CAM"), "Close the library", shared=False)
    twice = mine.client.post(
        "scenarios/", {"programme": demo.programme("CAM").pk, "name": "Close the library"}
    )
    assert (twice.status_code, list(errors_of(twice))) == (400, ["/name"])
    assert mine.client.post(f"{mine.path}sharing/").status_code == 200
    late = kept.client.post(f"{kept.path}sharing/")
    assert (late.status_code, list(errors_of(late))) == (400, ["/name"])
    assert kept.client.patch(kept.path, {"name": "Sell the library"}).status_code == 200
    assert kept.client.post(f"{kept.path}sharing/").status_code == 200
