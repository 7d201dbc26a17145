"""What a held write holds is judged when it is made; until then pages say it, whatever it is."""

from typing import Any

import pytest

from pmhub.models import User
from programmes.models import ScenarioChange
from projects.models import ChangeRequest

PATCH, POST = "projects/{project}/", "projects/{project}/closure/"
ODD = [
    ("PATCH", PATCH, {"nonsense": {"a": 1}}),
    ("PATCH", PATCH, {"estimate_to_complete": {}}),
    ("PATCH", PATCH, {"estimate_to_complete": 10**40}),
    ("PATCH", PATCH, {"status": {"a": 1}}),
    ("PATCH", PATCH, {"milestones": 1}),
    ("PATCH", PATCH, {"programme": {"a": 1}}),
    ("PATCH", PATCH, {"programme": 10**30}),
    ("PATCH", PATCH, {"forecast_finish": {"a": [1]}}),
    ("PATCH", PATCH, {"nonsense": [[{"a": 1}], None]}),
    ("PATCH", PATCH, {"nonsense": "1e9999999"}),
    ("PATCH", PATCH, {"nonsense": "1e-999999"}),
    ("PATCH", "risks/{risk}/", {"residual_probability": "1e39"}),
    ("POST", POST, {"risks": ["x"]}),
    ("POST", POST, {"risks": 5}),
    ("POST", POST, {"risks": [None, 10**30, {"a": 1}]}),
    ("POST", POST, {"acknowledged_dependencies": {"x": "y"}}),
]
KINDS = [f"{path} {str(body)[:40]}" for _, path, body in ODD]


@pytest.fixture
def places(demo: Any) -> dict[str, int]:
    """Whose addresses are written to."""
    return {"project": demo.project("CAM-02").pk, "risk": demo.risk("R01").pk}


@pytest.mark.parametrize(("method", "path", "body"), ODD, ids=KINDS)
def test_the_page_of_scenarios_says_whatever_a_change_holds(
    method: str, path: str, body: Any, demo: Any, places: Any, pmo: User, draft: Any, client_of: Any
) -> None:
    programme = demo.programme("CAM")
    scenario = draft(pmo, programme)
    change = {"scenario": scenario.id, "method": method, "path": path.format(**places)}
    for more in ({}, {"title": "Odd"}):
        answer = scenario.client.post("scenario-changes/", {**change, "body": body, **more})
        assert answer.status_code == 201, answer.content
        assert len(answer.json()["title"]) <= 200
    page = client_of(pmo).get(f"/programmes/{programme.pk}/what-if/")
    assert page.status_code == 200
    assert len(page.content) < 1_000_000
    assert scenario.try_it().status_code < 500
    assert ScenarioChange.objects.count() == 2


@pytest.mark.parametrize(("method", "path", "body"), ODD, ids=KINDS)
def test_the_page_of_a_change_says_whatever_it_would_write(
    method: str, path: str, body: Any, demo: Any, places: Any, pmo: User, api: Any, client_of: Any
) -> None:
    write = {"method": method, "path": path.format(**places), "body": body}
    asked = {
        "programme": demo.programme("CAM").pk, "code": "CR-ODD", "title": "Odd",
        "reason": "To see",
        "writes": [write, {**write, "title": "Odd"}],
    }  # fmt: skip
    answer = api(pmo).post("change-requests/", asked)
    assert answer.status_code == 201, answer.content
    row = ChangeRequest.objects.get(pk=answer.json()["id"])
    assert client_of(pmo).get(f"/change-requests/{row.pk}/").status_code == 200
