"""The admin pages have an input for each custom field, and refuse what REST refuses."""

from typing import Any

import pytest

from programmes.models import CustomField
from projects.models import Project, Risk
from tests import factories
from tests.admin.forms import entries, errors

Fields = dict[str, CustomField]


@pytest.fixture
def admin(pmo: Any, client_of: Any) -> Any:
    """A browser of PMO staff."""
    pmo.is_staff = True
    pmo.save(update_fields=["is_staff"])
    return client_of(pmo)


def test_values_are_entered_each_in_its_own_input(
    project: Project, fields: Fields, given: dict[str, Any], admin: Any
) -> None:
    address = f"/admin/projects/project/{project.pk}/change/"
    page = admin.get(address)
    assert 'name="custom"' not in page.content.decode()
    entered = {f"custom.{name}": str(value).lower() if value is False else str(value)
               for name, value in given.items()}  # fmt: skip
    sent = admin.post(address, entries(page, **entered))
    assert sent.status_code == 302, errors(sent)
    project.refresh_from_db()
    assert project.custom == given
    again = entries(admin.get(address))
    assert {name: again[name] for name in entered} == entered
    wrong = {"custom.a_number": "many", "custom.a_text": "a\u202eb", "custom.a_choice": "Middling"}
    refused = admin.post(address, entries(admin.get(address), **wrong))
    assert "custom.a_choice" in errors(refused)
    del wrong["custom.a_choice"]
    refused = admin.post(address, entries(admin.get(address), **wrong))
    assert errors(refused).keys() == wrong.keys()
    cleared = admin.post(address, entries(admin.get(address), **{"custom.a_text": ""}))
    assert cleared.status_code == 302
    project.refresh_from_db()
    assert "a_text" not in project.custom


def test_a_new_record_is_asked_for_what_it_needs(project: Project, admin: Any) -> None:
    home = project.owner_portfolio
    factories.custom_field(home, entity="risk", name="region", required_from="2026-01-01")
    address = "/admin/projects/risk/add/"
    entered = {"project": str(project.pk), "code": "R1", "title": "Flood"}
    refused = admin.post(address, entries(admin.get(address), **entered))
    assert errors(refused).keys() == {"custom.region"}
    made = admin.post(address, entries(admin.get(address), **entered, **{"custom.region": "North"}))
    assert made.status_code == 302, errors(made)
    assert Risk.objects.get().custom == {"region": "North"}
    Risk.objects.update(custom={"region": "South"})
    history = admin.get(f"/admin/projects/risk/{Risk.objects.get().pk}/history/")
    assert "South" in history.content.decode()


def test_a_field_is_made_and_kept_by_the_same_rules(
    project: Project, fields: Fields, admin: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(custom={"a_choice": "High"})
    address = f"/admin/programmes/customfield/{fields['choice'].pk}/change/"
    refused = admin.post(address, entries(admin.get(address), choices="Low"))
    assert "choices" in errors(refused)
    kept = admin.post(address, entries(admin.get(address), choices="High\nLow\nNone"))
    assert kept.status_code == 302, errors(kept)
