"""Who may do what: the allowed and the refused side by side, so that only the role differs."""

from typing import Any

import pytest

from pmhub.models import RoleAssignment, User
from projects.models import CostActual, Dependency, Project
from tests import factories
from tests.api.conftest import errors_of

PEOPLE = [
    "pmo", "cam_manager", "cam02_manager", "ssv_manager", "benefit_owner", "viewer", "stranger",
]  # fmt: skip

# What each person is answered when they change a field of each record; None is 404: not in sight.
CHANGES: dict[str, tuple[str, dict[str, Any], dict[str, int]]] = {
    "project": (
        "projects/{project}/",
        {"percent_complete": "40"},
        {"pmo": 200, "cam_manager": 200, "cam02_manager": 200, "benefit_owner": 403, "viewer": 403},
    ),
    "programme": (
        "programmes/{programme}/",
        {"governance": "Monthly board"},
        {"pmo": 200, "cam_manager": 200, "benefit_owner": 403, "viewer": 403},
    ),
    "risk": (
        "risks/{risk}/",
        {"cause": "Steel"},
        {"pmo": 200, "cam_manager": 200, "cam02_manager": 200, "benefit_owner": 403, "viewer": 403},
    ),
    "benefit": (
        "benefits/{benefit}/",
        {"measure": "Energy bought"},
        {"pmo": 200, "cam_manager": 200, "benefit_owner": 200, "viewer": 403},
    ),
    "portfolio": (
        "portfolios/{portfolio}/",
        {"name": "Everything"},
        {
            "pmo": 200, "cam_manager": 403, "cam02_manager": 403, "ssv_manager": 403,
            "benefit_owner": 403, "viewer": 403,
        },
    ),
    "person": (
        "people/{person}/",
        {"title": "Director"},
        {
            "pmo": 200, "cam_manager": 403, "cam02_manager": 403, "ssv_manager": 403,
            "benefit_owner": 403, "viewer": 403,
        },
    ),
}  # fmt: skip


@pytest.fixture
def ids(demo: Any) -> dict[str, int]:
    """The demo's records by name."""
    project = demo.project("CAM-02")
    return {
        "project": project.pk,
        "programme": demo.programme("CAM").pk,
        "risk": project.risks.first().pk,
        "benefit": demo.benefit("B03").pk,
        "portfolio": demo.portfolio.pk,
        "person": project.project_manager_id,
    }


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("what", CHANGES)
def test_changes(
    what: str, who: str, ids: dict[str, int], request: pytest.FixtureRequest, api: Any
) -> None:
    path, body, allowed = CHANGES[what]
    answer = api(request.getfixturevalue(who)).patch(path.format(**ids), body)
    assert answer.status_code == allowed.get(who, 404)
    if answer.status_code == 403:
        detail = answer.json()["detail"]
        assert detail.startswith("You may see this and not change it. Ask whoever may: ")


@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 201), ("cam_manager", 201), ("cam02_manager", 201), ("benefit_owner", 403),
     ("viewer", 403), ("ssv_manager", 400), ("stranger", 400)],
)  # fmt: skip
def test_costs_are_posted_by_who_may_write_the_project(
    who: str, status: int, demo: Any, request: pytest.FixtureRequest, api: Any
) -> None:
    body = {"project": demo.project("CAM-02").pk, "posted_on": "2026-10-30", "amount": "5"}
    before = CostActual.objects.count()
    answer = api(request.getfixturevalue(who)).post("cost-actuals/", body)
    assert answer.status_code == status
    assert CostActual.objects.count() == before + int(status == 201)
    if status == 400:  # a project out of sight is answered like one that is not there
        assert errors_of(answer) == {"/project": "does_not_exist"}


def test_what_is_out_of_sight_reads_as_not_there(demo: Any, cam02_manager: User, api: Any) -> None:
    body = {"posted_on": "2026-10-30", "amount": "5"}
    hidden = api(cam02_manager).post("cost-actuals/", body | {"project": demo.project("SSV-01").pk})
    missing = api(cam02_manager).post("cost-actuals/", body | {"project": 999_999})
    texts = [each.json()["errors"][0]["detail"] for each in (hidden, missing)]
    assert [text.replace(str(demo.project("SSV-01").pk), "999999") for text in texts] == [
        texts[1]
    ] * 2


def test_a_cost_does_not_move_into_anothers_project(
    demo: Any, cam02_manager: User, cam_manager: User, api: Any
) -> None:
    own, other = demo.project("CAM-02"), demo.project("CAM-03")
    cost = own.cost_actuals.first()
    factories.role(cam02_manager, "viewer", project=other)
    path, body = f"cost-actuals/{cost.pk}/", {"project": other.pk}
    assert api(cam02_manager).patch(path, body).status_code == 403
    assert CostActual.objects.get(pk=cost.pk).project == own
    assert api(cam_manager).patch(path, body).status_code == 200


def test_a_cost_is_not_taken_out_of_anothers_project(
    demo: Any, cam02_manager: User, api: Any
) -> None:
    own, other = demo.project("CAM-02"), demo.project("CAM-03")
    cost = other.cost_actuals.create(posted_on="2026-10-01", amount=5)
    factories.role(cam02_manager, "viewer", project=other)
    answer = api(cam02_manager).patch(f"cost-actuals/{cost.pk}/", {"project": own.pk})
    assert answer.status_code == 403


def test_a_project_is_moved_by_who_may_write_both_programmes(
    demo: Any, cam02_manager: User, cam_manager: User, pmo: User, api: Any
) -> None:
    project, target = demo.project("CAM-02"), demo.programme("NZE")
    for user in (cam02_manager, cam_manager):
        factories.role(user, "viewer", programme=target)
    path, body = f"projects/{project.pk}/", {"programme": target.pk, "tranche": None}
    assert api(cam02_manager).patch(path, body).status_code == 403
    assert api(cam_manager).patch(path, body).status_code == 403
    assert api(pmo).patch(path, body).status_code == 200


def test_a_project_is_made_and_deleted_from_above(
    demo: Any, cam02_manager: User, cam_manager: User, api: Any
) -> None:
    programme = demo.programme("CAM")
    factories.role(cam02_manager, "viewer", programme=programme)
    body = {"code": "CAM-99", "name": "New", "programme": programme.pk}
    assert api(cam02_manager).post("projects/", body).status_code == 403
    made = api(cam_manager).post("projects/", body)
    assert made.status_code == 201
    own = demo.project("CAM-02")
    assert api(cam02_manager).delete(f"projects/{own.pk}/").status_code == 403
    assert api(cam_manager).delete(f"projects/{made.json()['id']}/").status_code == 204


def test_nobody_gives_themselves_a_role(demo: Any, cam_manager: User, pmo: User, api: Any) -> None:
    body = {"person": cam_manager.person.pk, "role": "pmo"}
    before = RoleAssignment.objects.count()
    assert api(cam_manager).post("role-assignments/", body).status_code == 403
    scoped = body | {"programme": demo.programme("CAM").pk}
    assert api(cam_manager).post("role-assignments/", scoped).status_code == 403
    assert RoleAssignment.objects.count() == before
    assert api(pmo).post("role-assignments/", scoped).status_code == 201


def test_a_role_on_a_programme_gives_none_above_it(demo: Any, api: Any) -> None:
    office = factories.user("cam.office")
    factories.role(office, "pmo", programme=demo.programme("CAM"))
    other = factories.person()
    body = {"person": other.pk, "role": "viewer"}
    assert api(office).post("role-assignments/", body).status_code == 403
    scoped = body | {"programme": demo.programme("CAM").pk}
    made = api(office).post("role-assignments/", scoped)
    assert made.status_code == 201
    wider = api(office).patch(f"role-assignments/{made.json()['id']}/", {"programme": None})
    assert wider.status_code == 403


def test_what_shows_only_for_something_below_passes_nothing_on(
    demo: Any, viewer: User, cam02_manager: User, api: Any
) -> None:
    names = api(viewer).get("programmes/?fields=code").json()["results"]
    assert names == [{"code": "CAM"}]
    assert api(cam02_manager).get("portfolios/").json()["count"] == 1
    assert api(cam02_manager).get("programmes/").json()["count"] == 0


@pytest.fixture
def crossing(nothing: None) -> tuple[Dependency, User, User]:
    """A dependency between two programmes, and the manager of each project."""
    giving, receiving = factories.user("giving"), factories.user("receiving")
    giver = factories.project(code="SECRET-1", project_manager=giving.person)
    receiver = factories.project(code="OPEN-1", project_manager=receiving.person)
    milestone = factories.milestone(giver)
    link = factories.dependency(
        giver, receiver, code="D1", giver_milestone=milestone, giver_owner=giving.person
    )
    return link, giving, receiving


def test_an_end_out_of_sight_is_hidden(crossing: tuple[Dependency, User, User], api: Any) -> None:
    link, giving, receiving = crossing
    row = api(receiving).get(f"dependencies/{link.pk}/").json()
    ends = {name: row[name] for name in row if name.startswith(("giver", "receiver"))}
    assert ends == {
        "giver": None, "giver_hidden": True, "giver_title": None, "giver_contact": None,
        "giver_milestone": None, "giver_owner": None,
        "receiver": link.receiver_id, "receiver_hidden": False,
        "receiver_title": str(link.receiver), "receiver_contact": receiving.person.name,
        "receiver_milestone": None, "receiver_owner": None,
    }  # fmt: skip
    seen = api(receiving).get(f"dependencies/{link.pk}/?expand=giver,receiver").content
    assert b"SECRET-1" not in seen
    other = api(giving).get(f"dependencies/{link.pk}/").json()
    assert (other["giver"], other["receiver"], other["receiver_hidden"], other["html_url"]) == (
        link.giver_id, None, True, f"http://testserver/dependencies/{link.pk}/",
    )  # fmt: skip


def test_a_hidden_end_cannot_be_asked_for(
    crossing: tuple[Dependency, User, User], api: Any
) -> None:
    link, _, receiving = crossing
    assert api(receiving).get("dependencies/").json()["count"] == 1
    for query in (f"giver={link.giver_id}", f"project={link.giver_id}"):
        assert api(receiving).get(f"dependencies/?{query}").status_code == 400
    assert api(receiving).get("dependencies/?search=SECRET").json()["count"] == 0


def test_a_dependency_read_with_a_hidden_end_can_be_sent_back(
    crossing: tuple[Dependency, User, User], api: Any
) -> None:
    link, giving, receiving = crossing
    path = f"dependencies/{link.pk}/"
    row = api(receiving).get(path).json() | {"deliverable": "Keys"}
    assert api(receiving).put(path, row).json()["deliverable"] == "Keys"
    link.refresh_from_db()
    assert (link.giver.code, link.giver_owner) == ("SECRET-1", giving.person)  # type: ignore[union-attr]
    assert link.giver_milestone is not None


def test_a_circle_is_refused_and_named(office: User, api: Any) -> None:
    home = factories.programme()
    a, b, c = (factories.project(programme=home, code=code) for code in "ABC")
    factories.dependency(a, b)
    factories.dependency(b, c)
    body = {"code": "D9", "deliverable": "X", "giver": c.pk, "receiver": a.pk}
    answer = api(office).post("dependencies/", body)
    assert errors_of(answer) == {"/receiver": "cycle"}
    text = answer.json()["errors"][0]["detail"]
    assert text.startswith("An event would wait for itself: ")
    path = text.removesuffix(".").split(": ")[1].split(" → ")
    assert path[0] == path[-1]
    assert set(path) == {f"{code} {end}" for code in "ABC" for end in ("start", "finish")}
    loose = api(office).post("dependencies/", body | {"drives_schedule": False})
    assert loose.status_code == 201
    tightened = api(office).patch(f"dependencies/{loose.json()['id']}/", {"drives_schedule": True})
    assert errors_of(tightened) == {"/receiver": "cycle"}
    assert Dependency.objects.filter(drives_schedule=True).count() == 2


def test_a_circle_through_a_project_out_of_sight_names_none(nothing: None, api: Any) -> None:
    manager = factories.user("manager")
    home = factories.programme(programme_manager=manager.person)
    a, b = (factories.project(programme=home, code=code) for code in ("AA", "BB"))
    hidden = factories.project(code="SECRET-1")
    factories.dependency(a, hidden)
    factories.dependency(hidden, b)
    body = {"code": "D9", "deliverable": "X", "giver": b.pk, "receiver": a.pk}
    answer = api(manager).post("dependencies/", body)
    text = answer.json()["errors"][0]["detail"]
    assert "a project out of sight" in text
    assert "SECRET-1" not in text


def test_measurements_are_verified_by_others(
    demo: Any, pmo: User, benefit_owner: User, cam_manager: User, viewer: User, stranger: User,
    api: Any,
) -> None:  # fmt: skip
    benefit = demo.benefit("B03")
    body = {
        "benefit": benefit.pk, "period_start": "2026-04-01", "period_end": "2026-09-30",
        "value": "21.5", "measured_on": "2026-10-15",
    }  # fmt: skip
    made = api(benefit_owner).post("measurements/", body).json()
    assert (made["status"], made["submitted_by"]) == ("submitted", benefit_owner.person.pk)
    path = f"measurements/{made['id']}/verification/"
    assert [api(who).post(path).status_code for who in (stranger, viewer, benefit_owner)] == [
        404, 403, 403,
    ]  # fmt: skip
    assert errors_of(api(pmo).post(path, {"outcome": "maybe"})) == {"/outcome": "invalid_choice"}
    row = api(cam_manager).post(path).json()
    assert (row["status"], row["verified_by"]) == ("verified", cam_manager.person.pk)
    again = api(pmo).post(path)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    changed = api(benefit_owner).patch(f"measurements/{made['id']}/", {"value": "99"})
    assert (changed.status_code, changed.json()["code"]) == (409, "verified_stays")
    assert api(pmo).delete(f"measurements/{made['id']}/").status_code == 409


@pytest.mark.parametrize("verb", ["verification", "rejection"])
@pytest.mark.parametrize("body", [{}, {"reason": "Half is missing"}, {"nonsense": 1}])
def test_who_may_not_verify_is_told_so_before_what_their_request_lacks(
    verb: str, body: dict[str, Any], nothing: None, api: Any
) -> None:
    measured = factories.measurement(factories.benefit(), 2025, 5)
    clerk, stranger = factories.user("clerk"), factories.user("stranger")
    factories.role(clerk, "coordinator", programme=measured.benefit.programme)
    path = f"measurements/{measured.pk}/{verb}/"
    assert api(clerk).post(path, body).status_code == 403
    assert api(stranger).post(path, body).status_code == 404


def test_nobody_verifies_their_own_measurement(demo: Any, cam_manager: User, api: Any) -> None:
    body = {
        "benefit": demo.benefit("B03").pk, "period_start": "2026-04-01",
        "period_end": "2026-09-30", "value": "21.5",
    }  # fmt: skip
    made = api(cam_manager).post("measurements/", body).json()
    answer = api(cam_manager).post(f"measurements/{made['id']}/verification/")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Nobody verifies their own measurement."


def test_nobody_verifies_a_value_they_have_changed(
    demo: Any, benefit_owner: User, cam_manager: User, pmo: User, api: Any
) -> None:
    body = {
        "benefit": demo.benefit("B03").pk, "period_start": "2026-04-01",
        "period_end": "2026-09-30", "value": "21.5",
    }  # fmt: skip
    made = api(benefit_owner).post("measurements/", body).json()
    path = f"measurements/{made['id']}/"
    assert api(cam_manager).patch(path, {"value": "99"}).status_code == 200
    assert api(cam_manager).post(f"{path}verification/").status_code == 403
    body = {"outcome": "rejected"}
    assert errors_of(api(pmo).post(f"{path}verification/", body)) == {"/reason": "invalid"}
    assert errors_of(api(pmo).post(f"{path}rejection/", {})) == {"/reason": "required"}
    body["reason"] = "Half of it is missing"
    assert api(pmo).post(f"{path}verification/", body).json()["status"] == "rejected"


@pytest.mark.parametrize(
    "change",
    [
        {"value": "99"},
        {"period_start": "2024-04-01", "period_end": "2025-03-31"},
        {"measured_on": "2026-05-01"},
        {"source": "As I remember it"},
        {"evidence_grade": "estimated"},
        {"benefit": True},
    ],
    ids=lambda each: next(iter(each)),
)
def test_who_changes_what_a_measurement_says_is_who_submits_it(
    change: dict[str, Any], nothing: None, api: Any
) -> None:
    reporter, manager, sro = (factories.user(name) for name in ("reporter", "manager", "sro"))
    programme = factories.programme(programme_manager=manager.person, sro=sro.person)
    benefit, other = (
        factories.benefit(programme=programme, reporter=reporter.person) for _ in range(2)
    )
    body = {
        "benefit": benefit.pk, "period_start": "2025-04-01", "period_end": "2026-03-31",
        "value": "5",
    }  # fmt: skip
    path = f"measurements/{api(reporter).post('measurements/', body).json()['id']}/"
    if "benefit" in change:
        change = {"benefit": other.pk}
    changed = api(manager).patch(path, change)
    assert changed.json()["submitted_by"] == manager.person.pk
    assert api(manager).post(f"{path}verification/").status_code == 403
    assert api(sro).post(f"{path}verification/").status_code == 200
    assert api(manager).patch(path, {"source": "Another"}).status_code == 409


def test_a_project_manager_does_not_verify_what_their_project_brings(
    nothing: None, api: Any
) -> None:
    manager = factories.user("both")
    project = factories.project(project_manager=manager.person)
    factories.role(manager, "programme_manager", programme=project.programme)
    benefit = factories.benefit(programme=project.programme)
    benefit.contributions.create(project=project, weight="0.5")
    measurement = factories.measurement(benefit, 2025, 10)
    answer = api(manager).post(f"measurements/{measurement.pk}/verification/")
    assert answer.status_code == 403
    assert Project.objects.count() == 1
