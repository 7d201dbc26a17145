"""Those who decided a gate extend its conditions or waive them, with a reason; nobody else."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from pmhub.models import User
from programmes.models import Portfolio
from projects.models import Gate, GateCondition, Project
from projects.services.gates.blockers import gate_blockers
from tests import factories
from tests.admin.forms import said
from tests.api.conftest import errors_of
from tests.api.test_every_door import page_of

LATER, WHY = date(2026, 11, 30), "The land registry is closed"


@pytest.fixture
def decider(office: User) -> User:
    """Somebody who decided the gate."""
    return factories.user("decider")


@pytest.fixture
def lapsed(decider: User) -> GateCondition:
    """A condition of a gate that was not met in time."""
    project = factories.led_by_pmo()
    factories.role(decider, "viewer", project=project)
    manager = factories.user("manager")
    Project.objects.filter(pk=project.pk).update(project_manager=manager.person)
    project.refresh_from_db()
    held = factories.gate(project, approvers=[decider.person])
    made = factories.gate_condition(held, owner=manager.person, due_on="2026-10-30")
    made.refresh_from_db()  # the database names its project
    return made


def lead_of(row: GateCondition) -> User:
    """The manager of the project."""
    return User.objects.get(person__projects_managed__gate_conditions=row)


def blockers(row: GateCondition) -> list[str]:
    """What holds the next gate of the project."""
    ahead = factories.gate(row.project, code="G9")
    try:
        return [
            str(each) for each in gate_blockers(ahead, date(2026, 10, 31)) if row.text in str(each)
        ]
    finally:
        Gate.objects.filter(pk=ahead.pk).delete()


def test_who_decided_extends_what_has_lapsed(
    lapsed: GateCondition, decider: User, office: User, api: Any
) -> None:
    path = f"gate-conditions/{lapsed.pk}/"
    assert blockers(lapsed)
    for other in (lead_of(lapsed), office):
        refused = api(other).verb(f"{path}extension/", {"due_on": str(LATER), "reason": WHY})
        assert refused.status_code == 403, refused.content
    for wrong, field in (
        ({"due_on": str(LATER)}, "/reason"),
        ({"due_on": "2026-10-30", "reason": WHY}, "/due_on"),
        ({"due_on": "2026-10-29", "reason": WHY}, "/due_on"),
    ):
        refused = api(decider).verb(f"{path}extension/", wrong)
        assert (refused.status_code, [*errors_of(refused)]) == (400, [field]), wrong
    done = api(decider).verb(f"{path}extension/", {"due_on": str(LATER), "reason": WHY})
    assert done.status_code == 200, done.content
    now = done.json()
    assert (now["due_on"], now["lapsed"], now["state"]) == (str(LATER), False, "open")
    assert now["extension_reason"] == WHY
    newest = api(office).get(f"{path}history/").json()["results"][0]
    assert (newest["reason"], newest["by"]["name"]) == (WHY, decider.person.name)
    assert not blockers(lapsed)


def test_who_decided_waives_it(
    lapsed: GateCondition, decider: User, office: User, api: Any
) -> None:
    path = f"gate-conditions/{lapsed.pk}/waiver/"
    for other in (lead_of(lapsed), office):
        assert api(other).verb(path, {"waiver_reason": WHY}).status_code == 403
    assert [*errors_of(api(decider).verb(path, {}))] == ["/waiver_reason"]
    done = api(decider).verb(path, {"waiver_reason": WHY})
    assert done.status_code == 200, done.content
    now = done.json()
    assert (now["state"], now["lapsed"], now["waiver_reason"]) == ("waived", False, WHY)
    assert not blockers(lapsed)
    again = api(decider).verb(
        f"gate-conditions/{lapsed.pk}/extension/", {"due_on": str(LATER), "reason": WHY}
    )
    assert again.status_code == 409


def test_plain_sql_moves_no_day_without_a_reason_nor_back(lapsed: GateCondition) -> None:
    rows = GateCondition.objects.filter(pk=lapsed.pk)
    for wrong in (
        {"due_on": LATER},
        {"due_on": LATER, "extension_reason": " "},
        {"due_on": date(2026, 10, 1), "extension_reason": WHY},
        {"state": "waived"},
        {"waiver_reason": WHY},
    ):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            rows.update(**wrong)
    rows.update(due_on=LATER, extension_reason=WHY)


def test_it_waits_for_whoever_decided(lapsed: GateCondition, decider: User, api: Any) -> None:
    def waiting() -> list[str]:
        found = api(decider).get("waiting/").json()["results"]
        return [row["does"] for row in found if row["rule"] == "condition_lapsed"]

    assert waiting() == ["Extend it, waive it, or record that it is met"]
    done = api(decider).verb(
        f"gate-conditions/{lapsed.pk}/extension/", {"due_on": str(LATER), "reason": WHY}
    )
    assert done.status_code == 200
    assert waiting() == []
    Portfolio.objects.update(status_date=date(2026, 12, 1))
    assert len(waiting()) == 1


def test_the_page_offers_it_to_who_decided_alone(
    lapsed: GateCondition, decider: User, client_of: Any
) -> None:
    address = f"/gate-conditions/{lapsed.pk}/"
    page = client_of(decider).get(address).content.decode()
    assert 'id="extension-form"' in page
    assert 'id="waiver-form"' in page
    other = client_of(lead_of(lapsed)).get(address).content.decode()
    assert 'id="extension-form"' not in other
    assert 'id="waiver-form"' not in other


def test_the_admin_pages_refuse_it_to_the_pmo_that_did_not_decide(
    lapsed: GateCondition, office: User, client_of: Any
) -> None:
    User.objects.filter(pk=office.pk).update(is_staff=True)
    there = page_of(lapsed).rpartition(f"{lapsed.pk}/")[0]
    ticked = {"action": "waiver", "_selected_action": [lapsed.pk], "confirmed": "yes",
              "waiver_reason": WHY}  # fmt: skip
    answer = client_of(office).post(there, ticked, follow=True)
    lapsed.refresh_from_db()
    assert lapsed.state == "open", said(answer)


def left(decider: User) -> None:
    """Their account is closed."""
    User.objects.filter(pk=decider.pk).update(is_active=False)


def without_role(decider: User) -> None:
    """They hold no role any more by which they see the project."""
    decider.person.roles.all().delete()


def leads_by_now(decider: User) -> None:
    """They manage the project by a role."""
    decider.person.roles.update(role="project_manager")


@pytest.mark.parametrize("gone", [left, without_role, leads_by_now])
@pytest.mark.parametrize("verb", ["extension", "waiver", "fulfilment"])
def test_once_no_decider_can_the_pmo_acts_for_them(
    gone: Any, verb: str, lapsed: GateCondition, decider: User, office: User, api: Any
) -> None:
    bodies: dict[str, Any] = {
        "extension": {"due_on": str(LATER), "reason": WHY},
        "waiver": {"waiver_reason": WHY},
        "fulfilment": {"met_on": "2026-10-30"},
    }
    path, body = f"gate-conditions/{lapsed.pk}/", bodies[verb]
    assert api(office).verb(f"{path}{verb}/", body).status_code == 403
    gone(decider)
    assert api(lead_of(lapsed)).verb(f"{path}{verb}/", body).status_code == 403
    done = api(office).verb(f"{path}{verb}/", body)
    assert done.status_code == 200, done.content
    newest = api(office).get(f"{path}history/").json()["results"][0]
    assert (newest["by"]["name"], newest["for"]) == (office.person.name, decider.person.name)


def test_the_pmo_that_leads_it_acts_for_nobody(
    lapsed: GateCondition, decider: User, office: User, api: Any
) -> None:
    left(decider)
    Project.objects.filter(gate_conditions=lapsed).update(project_manager=office.person)
    path = f"gate-conditions/{lapsed.pk}/waiver/"
    assert api(office).verb(path, {"waiver_reason": WHY}).status_code == 403


def test_it_waits_for_the_pmo_once_no_decider_can(
    lapsed: GateCondition, decider: User, office: User, api: Any
) -> None:
    def waiting() -> list[str]:
        found = api(office).get("waiting/").json()["results"]
        return [row["rule"] for row in found if row["rule"] == "condition_lapsed"]

    assert waiting() == []
    without_role(decider)
    assert waiting() == ["condition_lapsed"]


def test_the_pages_of_the_pmo_offer_it_once_no_decider_can(
    lapsed: GateCondition, decider: User, office: User, client_of: Any
) -> None:
    address = f"/gate-conditions/{lapsed.pk}/"
    assert 'id="waiver-form"' not in client_of(office).get(address).content.decode()
    left(decider)
    assert 'id="waiver-form"' in client_of(office).get(address).content.decode()
