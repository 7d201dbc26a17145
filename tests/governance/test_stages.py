"""The path of stages on the pages of projects, programmes and tranches."""

from typing import Any

import pytest
from django.db import transaction

from pmhub.models import User
from projects.models import Gate
from tests import factories


@pytest.fixture
def home(db: Any) -> Any:
    """A programme that is being delivered, with who manages it and its SRO."""
    manager, sro = factories.user("manager"), factories.user("sro")
    with transaction.atomic():
        programme = factories.programme(
            stage="deliver", programme_manager=manager.person, sro=sro.person
        )
        programme.bcms.add(factories.person())
    return programme


def page_of(client_of: Any, user: User, address: str) -> str:
    """A page, on one line."""
    answer = client_of(user).get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def steps(page: str, part: str) -> list[tuple[str, str]]:
    """The steps of a path with how each stands."""
    inside = page.split(f'id="{part}"', 1)[1].split("</ol>", 1)[0]
    found = inside.split('<li class="stage-step is-')[1:]
    return [(each.split('stage-label">', 1)[1].split("</span>")[0].strip(), each.split('"')[0])
            for each in found]  # fmt: skip


def user_of(person: Any) -> User:
    """Who signs in as a person."""
    return User.objects.get(pk=person.user_id)


def test_a_project_shows_its_stages_where_it_stands_and_what_is_next(
    home: Any, client_of: Any
) -> None:
    project = factories.project(programme=home, stage="define")
    manager = user_of(home.programme_manager)
    page = page_of(client_of, manager, f"/projects/{project.pk}/")
    told = steps(page, "stages")
    assert told[2:5] == [
        ("Appraise and select", "passed"), ("Define", "now"), ("Deliver", "ahead"),
    ]  # fmt: skip
    assert len(told) == 7
    assert "Next: <strong>Deliver</strong>, decided at a gate." in page
    gate = factories.gate(project, code="P-G3")
    assert gate.stage_to == "deliver"
    page = page_of(client_of, manager, f"/projects/{project.pk}/")
    assert f'href="/gates/{gate.pk}/"' in page.split('id="stages"')[1].split("</ol>")[0]


def test_a_programme_shows_its_life_cycle_and_its_tranches(home: Any, client_of: Any) -> None:
    for number, state in ((2, "planned"), (1, "ended")):
        home.tranches.create(
            code=f"T{number}", name=f"Step {number}", sequence=number, state=state,
            landing_point="Half of it works",
        )  # fmt: skip
    reader = factories.user()
    factories.role(reader, "viewer", programme=home)
    page = page_of(client_of, reader, f"/programmes/{home.pk}/governance/")
    assert ("Deliver", "now") in steps(page, "life-cycle")
    marks = [mark for _, mark in steps(page, "tranches-path")]
    assert marks == ["passed", "ahead"]
    assert "Half of it works" in page
    assert "None is planned yet" not in page  # who only reads plans none
    page = page_of(client_of, user_of(home.programme_manager), f"/programmes/{home.pk}/governance/")
    assert f"/gates/new/?programme={home.pk}&amp;stage_to=embed" in page


def test_a_paused_programme_stands_where_it_was_paused(home: Any, api: Any, client_of: Any) -> None:
    sro = user_of(home.sro)
    paused = api(sro).verb(f"programmes/{home.pk}/pause/", {"reason": "No money this year"})
    assert paused.status_code == 200
    page = page_of(client_of, sro, f"/programmes/{home.pk}/governance/")
    assert ("Deliver", "now") in steps(page, "life-cycle")
    assert "Next:" not in page.split('id="life-cycle"')[1].split("</section>")[0]


def test_a_new_tranche_follows_on_the_last(home: Any, api: Any, client_of: Any) -> None:
    manager = user_of(home.programme_manager)
    home.tranches.create(code="T1", name="First", sequence=4)
    made = api(manager).post("tranches/", {"programme": home.pk, "code": "T2", "name": "Second"})
    assert (made.status_code, made.json()["sequence"]) == (201, 5)
    form = client_of(manager).get(f"/tranches/new/?programme={home.pk}")
    fields = [each for part in form.context["sections"] for each in part["fields"]]
    assert [each.initial for each in fields if each.name == "sequence"] == [6]


def test_where_others_decide_a_tranche_says_so_and_leads_to_its_gate(
    home: Any, api: Any, client_of: Any
) -> None:
    manager = user_of(home.programme_manager)
    tranche = home.tranches.create(code="T1", name="First")
    refused = api(manager).verb(f"tranches/{tranche.pk}/authorisation/", {})
    assert refused.status_code == 409
    assert "POST" not in refused.json()["detail"]
    page = page_of(client_of, manager, f"/tranches/{tranche.pk}/")
    assert f"/gates/new/?tranche={tranche.pk}" in page


def test_gates_are_called_after_what_they_are_of_and_which_they_are(
    home: Any, client_of: Any
) -> None:
    manager = user_of(home.programme_manager)
    codes = []
    for code in ("CAM-05", "CAM-06"):
        project = factories.project(programme=home, stage="define", code=code)
        for _ in range(2):
            form = client_of(manager).get(f"/gates/new/?project={project.pk}")
            fields = [each for part in form.context["sections"] for each in part["fields"]]
            codes += [each.initial for each in fields if each.name == "code"]
            factories.gate(project, code=codes[-1], state="planned")
    assert codes == ["CAM-05-G3", "CAM-05-G3-2", "CAM-06-G3", "CAM-06-G3-2"]
    assert Gate.objects.count() == 4
