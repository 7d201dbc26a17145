"""The fields that a portfolio gives to its records: who makes them, and what stays."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import CustomField
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of

Fields = dict[str, CustomField]


def body(project: Project, **fields: Any) -> dict[str, Any]:
    """The body of a custom field of projects: a choice."""
    said = {"entity": "project", "name": "region", "label": "Region", "type": "choice"}
    return {
        **said, "portfolio": project.owner_portfolio.pk, "choices": "North\n  South \nNorth\n",
    } | fields  # fmt: skip


def test_the_pmo_makes_a_field_which_is_there_at_once(
    project: Project, lead: User, steers: User, pmo: User, elsewhere: User, api: Any
) -> None:
    assert api(steers).post("custom-fields/", body(project)).status_code == 403
    made = api(pmo).post("custom-fields/", body(project))
    assert made.status_code == 201, made.json()
    assert (made.json()["choices"], made.json()["state"]) == ("North\nSouth", "in_use")
    changed = api(lead).patch(f"projects/{project.pk}/", {"custom": {"region": "South"}})
    assert changed.json()["custom"] == {"region": "South"}
    assert api(lead).get("projects/?custom.region=South").json()["count"] == 1
    for reader in (lead, elsewhere):
        assert api(reader).get(f"custom-fields/{made.json()['id']}/").status_code == 200
    stranger = factories.user("stranger")
    assert api(stranger).get(f"custom-fields/{made.json()['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": "Region"}, "/name"),
        ({"name": "re__gion"}, "/name"),
        ({"name": "region_"}, "/name"),
        ({"name": "x" * 41}, "/name"),
        ({"label": ""}, "/label"),
        ({"label": "\ufeff"}, "/label"),
        ({"entity": "tranche"}, "/entity"),
        ({"type": "json"}, "/type"),
        ({"choices": "\n \n"}, "/choices"),
        ({"choices": "x" * 201}, "/choices"),
        ({"choices": "North\nnorth"}, "/choices"),
        ({"choices": "bell\x07"}, "/choices"),
        ({"type": "text"}, "/choices"),
        ({"position": -1}, "/position"),
        ({"required_from": "0001-01-01"}, "/required_from"),
        ({"state": "retired"}, "/state"),
    ],
)
def test_what_makes_no_field_is_refused_where_it_stands(
    fields: dict[str, Any], pointer: str, project: Project, pmo: User, api: Any
) -> None:
    answer = api(pmo).post("custom-fields/", body(project, **fields))
    assert (answer.status_code, [*errors_of(answer)]) == (400, [pointer])


def test_a_name_and_a_label_are_once_among_records_of_a_kind(
    project: Project, pmo: User, api: Any
) -> None:
    assert api(pmo).post("custom-fields/", body(project)).status_code == 201
    again = api(pmo).post("custom-fields/", body(project, label="Again"))
    assert (again.status_code, [*errors_of(again)]) == (400, ["/name"])
    again = api(pmo).post("custom-fields/", body(project, name="another"))
    assert (again.status_code, [*errors_of(again)]) == (400, ["/label"])
    other = api(pmo).post("custom-fields/", body(project, entity="risk"))
    assert other.status_code == 201


def test_a_field_with_values_keeps_name_and_type_and_is_not_deleted(
    project: Project, fields: Fields, given: dict[str, Any], lead: User, pmo: User, api: Any
) -> None:
    path = f"custom-fields/{fields['choice'].pk}/"
    # While no record has a value, all of it may change.
    for change in ({"name": "b_choice"}, {"type": "text", "choices": ""}):
        assert api(pmo).patch(path, change).status_code == 200
    back = {"name": "a_choice", "type": "choice", "choices": "Low\nHigh"}
    assert api(pmo).patch(path, back).status_code == 200
    api(lead).patch(f"projects/{project.pk}/", {"custom": given})
    for change, pointer in (
        ({"name": "other"}, "/type"),
        ({"type": "text", "choices": ""}, "/type"),
        ({"choices": "Low\nMiddling"}, "/choices"),
    ):
        answer = api(pmo).patch(path, change)
        assert (answer.status_code, [*errors_of(answer)]) == (409, [pointer]), answer.json()
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomField.objects.filter(pk=fields["choice"].pk).update(**change)
    assert api(pmo).patch(path, {"choices": "High\nHighest"}).status_code == 200
    assert api(pmo).patch(path, {"label": "How high", "position": 3}).status_code == 200
    assert api(pmo).delete(path).status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomField.objects.filter(pk=fields["choice"].pk).delete()
    api(lead).patch(f"projects/{project.pk}/", {"custom": {"a_choice": None}})
    assert api(pmo).delete(path).status_code == 204


def test_a_field_stays_with_its_records(
    project: Project, fields: Fields, pmo: User, api: Any
) -> None:
    answer = api(pmo).patch(f"custom-fields/{fields['text'].pk}/", {"entity": "risk"})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/entity"])


KINDS = ("programme", "project", "milestone", "risk", "issue", "benefit")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_record_takes_values(kind: str, project: Project, pmo: User, api: Any) -> None:
    home, other = project.owner_portfolio, factories.portfolio()
    factories.custom_field(home, entity=kind, name="here")
    factories.custom_field(other, entity=kind, name="there")
    made: dict[str, Any] = {
        "programme": lambda: project.programme,
        "project": lambda: project,
        "milestone": lambda: factories.milestone(project),
        "risk": lambda: factories.risk(factories.programme(portfolio=home)),
        "issue": lambda: factories.issue(project),
        "benefit": lambda: factories.benefit(programme=project.programme),
    }
    row = made[kind]()
    path = f"{kind}s/{row.pk}/"
    assert api(pmo).patch(path, {"custom": {"here": "Yes"}}).json()["custom"] == {"here": "Yes"}
    answer = api(pmo).patch(path, {"custom": {"there": "No"}})
    assert errors_of(answer) == {"/custom/there": "unknown_field"}
    with pytest.raises(IntegrityError, match="no custom field there"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(custom={"there": "No"})
    listed = api(pmo).get(f"{kind}s/?custom.here=yes&ordering=custom.here").json()
    assert [each["id"] for each in listed["results"]] == [row.pk]


def test_many_are_written_together(project: Project, pmo: User, api: Any) -> None:
    factories.custom_field(project.owner_portfolio, entity="risk", name="region")
    risks = [factories.risk(project) for _ in range(3)]
    items = [{"id": row.pk, "version": row.version, "custom": {"region": "N"}} for row in risks]
    answer = api(pmo).client.patch("/api/v1/risks/bulk/", items, format="json")
    assert answer.status_code == 200, answer.json()
    assert {row["custom"]["region"] for row in answer.json()["results"]} == {"N"}
    items = [{"id": row.pk, "version": 2, "custom": {"region": 5}} for row in risks[:2]]
    refused = api(pmo).client.patch("/api/v1/risks/bulk/", items, format="json")
    assert [*errors_of(refused)] == ["/0/custom/region", "/1/custom/region"]
