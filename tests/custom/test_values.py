"""Values of custom fields are kept, merged, cleared and refused, through every door."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import CustomField
from programmes.rollup.worker import drain
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

Fields = dict[str, CustomField]
# What is no value of a field, and the code of the refusal.
UNFIT = [
    ("a_text", 5, "invalid"),
    ("a_text", "bell\x07", "invisible"),
    ("a_text", "nought\x00", "null_character"),
    ("a_text", "\ufeff", "blank"),
    ("a_text", "right \u202e left", "invisible"),
    ("a_text", "two\nlines", "invisible"),
    ("a_text", "x" * 501, "max_length"),
    ("a_number", "many", "invalid"),
    ("a_number", "NaN", "invalid"),
    ("a_number", True, "invalid"),
    ("a_number", "1e3", "invalid"),
    ("a_number", "1.1234567", "max_decimal_places"),
    ("a_money", "0.001", "max_decimal_places"),
    ("a_date", "2027-02-30", "invalid"),
    ("a_date", "0001-01-01", "absurd"),
    ("a_date", "1 March", "invalid"),
    ("a_choice", "Middling", "invalid_choice"),
    ("a_choice", True, "invalid_choice"),
    ("a_person", 999_999, "does_not_exist"),
    ("a_person", "somebody", "incorrect_type"),
    ("a_bool", "perhaps", "invalid_choice"),
    ("a_bool", 1, "invalid_choice"),
    ("unheard", "of", "unknown_field"),
]


def test_values_are_kept_merged_and_cleared(
    project: Project, fields: Fields, given: dict[str, Any], lead: User, api: Any
) -> None:
    path = f"projects/{project.pk}/"
    answer = api(lead).patch(path, {"custom": given})
    assert (answer.status_code, answer.json()["custom"]) == (200, given), answer.json()
    changed = api(lead).patch(path, {"custom": {"a_number": "3.10", "a_text": None}}).json()
    assert changed["custom"] == {k: v for k, v in given.items() if k != "a_text"} | {
        "a_number": "3.1"
    }
    assert api(lead).get(path).json()["custom"] == changed["custom"]
    # PUT says all there is; PATCH without them leaves them alone.
    assert api(lead).patch(path, {"name": "Refit"}).json()["custom"] == changed["custom"]
    whole = {"code": "P1", "name": "Refit", "custom": {"a_bool": True}}
    assert api(lead).put(path, whole).json()["custom"] == {"a_bool": True}


@pytest.mark.parametrize(("name", "value", "code"), UNFIT)
def test_what_is_no_value_is_refused_at_its_field(
    name: str, value: Any, code: str, project: Project, fields: Fields, lead: User, api: Any
) -> None:
    answer = api(lead).patch(f"projects/{project.pk}/", {"custom": {name: value}})
    assert (answer.status_code, errors_of(answer)) == (400, {f"/custom/{name}": code})
    project.refresh_from_db()
    assert project.custom == {}


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_custom_is_an_object(
    body: Any, project: Project, fields: Fields, lead: User, api: Any
) -> None:
    answer = api(lead).patch(f"projects/{project.pk}/", {"custom": body})
    assert (answer.status_code, [*errors_of(answer)]) == (400, ["/custom"])


def test_plain_sql_is_refused_the_same(
    project: Project, fields: Fields, given: dict[str, Any]
) -> None:
    rows = Project.objects.filter(pk=project.pk)
    rows.update(custom=given)
    factories.custom_field(name="elsewhere")  # of another portfolio
    refused = {
        f"custom field.* {name}": {name: value}
        for name, value, code in [*UNFIT, ("elsewhere", "A text", "unknown_field")]
        if code not in ("incorrect_type", "invalid_choice", "null_character") or name == "a_choice"
    }
    for says, custom in {**refused, "object": []}.items():
        with pytest.raises(IntegrityError, match=says), transaction.atomic():
            rows.update(custom=custom)
    project.refresh_from_db()
    assert project.custom == given


def test_a_retired_field_keeps_its_values_and_takes_none(
    project: Project, fields: Fields, given: dict[str, Any], lead: User, pmo: User, api: Any
) -> None:
    path = f"projects/{project.pk}/"
    api(lead).patch(path, {"custom": given})
    address = f"custom-fields/{fields['text'].pk}/"
    assert api(lead).verb(f"{address}retirement/", {}).status_code == 403
    assert api(pmo).verb(f"{address}retirement/", {}).json()["state"] == "retired"
    answer = api(lead).patch(path, {"custom": {"a_text": "Elsewhere"}})
    assert errors_of(answer) == {"/custom/a_text": "retired"}
    # What is only said again stays.
    again = api(lead).patch(path, {"custom": {"a_text": given["a_text"], "a_bool": True}})
    assert again.json()["custom"] == given | {"a_bool": True}
    with pytest.raises(IntegrityError, match="retired"), transaction.atomic():
        Project.objects.update(custom={"a_text": "Elsewhere"})
    assert api(pmo).verb(f"{address}return/", {}).json()["state"] == "in_use"
    assert api(lead).patch(path, {"custom": {"a_text": "Elsewhere"}}).status_code == 200


def test_a_new_record_has_what_is_needed_by_then(project: Project, lead: User, api: Any) -> None:
    home = project.owner_portfolio
    factories.custom_field(home, entity="risk", name="region", required_from="2026-01-01")
    factories.custom_field(home, entity="risk", name="later", required_from="2100-01-01")
    body = {"project": project.pk, "code": "R1", "title": "Flood"}
    assert errors_of(api(lead).post("risks/", body)) == {"/custom/region": "required"}
    made = api(lead).post("risks/", body | {"custom": {"region": "North"}})
    assert (made.status_code, made.json()["custom"]) == (201, {"region": "North"})
    path = f"risks/{made.json()['id']}/"
    assert errors_of(api(lead).patch(path, {"custom": {"region": None}})) == {
        "/custom/region": "required"
    }
    # A record of before is not locked.
    old = factories.risk(project)
    assert api(lead).patch(f"risks/{old.pk}/", {"title": "Drought"}).status_code == 200


def test_who_only_reads_the_record_reads_its_values(
    project: Project, fields: Fields, given: dict[str, Any], elsewhere: User, api: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(custom=given)
    viewer = factories.user("views")
    factories.role(viewer, "viewer", project=project)
    path = f"projects/{project.pk}/"
    assert api(viewer).get(path).json()["custom"] == given
    assert api(viewer).patch(path, {"custom": {"a_bool": True}}).status_code == 403
    assert api(elsewhere).get(path).status_code == 404


def test_a_value_moves_no_figure(
    project: Project, fields: Fields, given: dict[str, Any], lead: User, api: Any
) -> None:
    drain()
    answer = api(lead).patch(f"projects/{project.pk}/?preview=1", {"custom": given})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["object"]["custom"] == given
    told = answer.json()
    assert [told[name] for name in ("programmes", "projects", "project_figures")] == [[], [], []]
    api(lead).patch(f"projects/{project.pk}/", {"custom": given})
    assert drain() == 0
