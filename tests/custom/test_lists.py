"""Lists are narrowed, ordered and exported by custom fields."""

import csv
import io
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import CustomField
from projects.models import Project
from tests import factories
from tests.custom.conftest import TYPES

Fields = dict[str, CustomField]


@pytest.fixture
def three(project: Project, fields: Fields, lead: User) -> dict[str, Project]:
    """Three projects of a programme: two with values, by their codes."""
    said = {
        "A": {"a_text": "Élan Valley", "a_number": "9", "a_money": "100.00", "a_choice": "High",
              "a_date": "2026-09-30", "a_bool": True, "a_person": lead.person.pk},
        "B": {"a_text": "Wexmoor East", "a_number": "10.5", "a_money": "20.00", "a_choice": "Low",
              "a_date": "2027-09-30", "a_bool": False},
        "C": {},
    }  # fmt: skip
    return {
        code: factories.project(programme=project.programme, code=code, custom=custom)
        for code, custom in said.items()
    }


NARROWED = [
    ("a_text=wexmoor east", "B"),
    ("a_text__contains=elan", "A"),
    ("a_text__begins=wex", "B"),
    ("a_text__not=wexmoor east", "AC"),
    ("a_number=10.50", "B"),
    ("a_number__gt=9", "B"),
    ("a_number__lte=10.5", "AB"),
    ("a_money__gte=100", "A"),
    ("a_date=2026-09-30", "A"),
    ("a_date__gt=2026-12-31", "B"),
    ("a_date__isnull=false", "AB"),
    ("a_date__when=future", "B"),
    ("a_choice=High", "A"),
    ("a_choice__in=High,Low", "AB"),
    ("a_choice__not=High", "BC"),
    ("a_bool=true", "A"),
    ("a_bool=false", "B"),
    ("a_bool__isnull=true", "C"),
    ("a_person={lead}", "A"),
    ("a_person=none", "BC"),
    ("a_person__not={lead}", "BC"),
]


def test_a_list_is_narrowed_by_any_of_them(
    three: dict[str, Project], lead: User, steers: User, api: Any
) -> None:
    programme = three["A"].programme_id
    for asked, codes in NARROWED:
        query = f"custom.{asked.format(lead=lead.person.pk)}"
        answer = api(steers).get(f"projects/?programme={programme}&{query}&ordering=code")
        assert answer.status_code == 200, (asked, answer.json())
        found = "".join(row["code"] for row in answer.json()["results"] if row["code"] in three)
        assert found == codes, asked


@pytest.mark.parametrize(
    ("name", "up", "down"),
    [("a_text", "ABC", "BAC"), ("a_number", "ABC", "BAC"), ("a_money", "BAC", "ABC"),
     ("a_choice", "BAC", "ABC"), ("a_date", "ABC", "BAC")],
)  # fmt: skip
def test_a_list_is_ordered_by_one(
    name: str, up: str, down: str, three: dict[str, Project], steers: User, api: Any
) -> None:
    ids = ",".join(str(row.pk) for row in three.values())
    for sign, codes in (("", up), ("-", down)):
        answer = api(steers).get(f"projects/?ids={ids}&ordering={sign}custom.{name},code")
        assert "".join(row["code"] for row in answer.json()["results"]) == codes


def test_what_is_not_there_is_a_400_that_names_it(
    three: dict[str, Project], steers: User, api: Any
) -> None:
    for query, name in (
        ("custom.unheard=1", "custom.unheard"),
        ("custom.a_text__gt=1", "custom.a_text__gt"),
        ("custom.a_number=many", "custom.a_number"),
        ("custom.a_date=2027-02-30", "custom.a_date"),
        ("custom.a_choice=Middling", "custom.a_choice"),
        ("custom.a_person=0", "custom.a_person"),
        ("ordering=custom.unheard", "ordering"),
        ("fields=custom.unheard", "fields"),
    ):
        answer = api(steers).get(f"projects/?{query}")
        assert answer.status_code == 400, query
        assert answer.json()["errors"][0]["parameter"] == name


def test_names_of_another_portfolio_tell_nothing(
    three: dict[str, Project], lead: User, pmo: User, api: Any
) -> None:
    there = factories.portfolio()
    factories.custom_field(there, name="secret")
    # Of the same name and another type: what it holds is no number, and harms no list of them.
    factories.custom_field(there, name="a_number")
    factories.custom_field(there, name="a_date")
    hidden = factories.project(programme=factories.programme(portfolio=there))
    Project.objects.filter(pk=hidden.pk).update(
        custom={"a_number": "many", "a_date": "2027-99-99", "secret": "x"}
    )
    assert api(lead).get("projects/?custom.secret=x").status_code == 400
    assert api(pmo).get("projects/?custom.secret=x").json()["count"] == 1
    for query in (
        "custom.a_number__gt=1",
        "custom.a_date__gt=2020-01-01",
        "ordering=custom.a_date",
    ):
        assert api(lead).get(f"projects/?{query}").status_code == 200
    names = [row["name"] for row in api(lead).get("custom-fields/").json()["results"]]
    assert names == [f"a_{type}" for type in sorted(TYPES)]


def test_a_file_has_a_column_for_each(
    three: dict[str, Project], lead: User, steers: User, api: Any
) -> None:
    ids = f"{three['A'].pk},{three['B'].pk}"
    answer = api(steers).get(f"projects/?format=csv&ids={ids}&ordering=code")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(body))
    assert "custom" not in first
    assert (first["custom.a_text"], first["custom.a_number"]) == ("Élan Valley", "9")
    assert (first["custom.a_person"], first["custom.a_person_id"]) == (
        lead.person.code, str(lead.person.pk),
    )  # fmt: skip
    assert (second["custom.a_bool"], second["custom.a_choice"]) == ("false", "Low")
    few = api(steers).get(f"projects/?format=csv&ids={ids}&ordering=code&fields=code,custom.a_text")
    body = b"".join(few.streaming_content).decode("utf-8-sig")
    assert body.splitlines()[0] == "code,custom.a_text"
    rows = api(steers).get(f"projects/?ids={ids}&ordering=code&fields=id,custom.a_number").json()
    assert [row["custom.a_number"] for row in rows["results"]] == ["9", "10.5"]


GROUPED = {
    "a_choice": [("Low", 1), ("High", 1)],
    "a_bool": [("No", 1), ("Yes", 1)],
}


def test_a_list_and_a_grid_are_grouped_by_one_of_a_few(
    three: dict[str, Project], lead: User, steers: User, client_of: Any, api: Any
) -> None:
    programme, client = three["A"].programme_id, client_of(steers)
    for name in (*GROUPED, "a_person"):
        where = f"/projects/?programme={programme}&group=custom.{name}"
        lines = client.get(where).context["lines"]
        groups = [(line.group, line.count) for line in lines if line.group is not None]
        *said, (_, without) = groups
        assert said == GROUPED.get(name, [(lead.person.name, 1)])
        assert without == len(lines) - sum(count for _, count in said)
        strip = client.get(f"{where}&view=grid").context["strip"]
        assert sorted((group.words, group.count) for group, _ in strip) == sorted(groups)
    assert client.get("/projects/?group=custom.a_text").status_code == 400
    view = {"collection": "projects", "name": "By need", "query": "group=custom.a_choice"}
    assert api(steers).post("saved-views/", view).status_code == 201
