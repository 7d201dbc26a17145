"""A custom field of each type goes through every door."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import openpyxl
from django.utils import timezone

from pmhub.models import User
from programmes.models import CustomField
from projects.models import Project
from tests import factories
from tests.custom.conftest import TYPES
from tests.custom.test_pages import text_of

NAMES = [f"a_{type}" for type in TYPES]
COLUMNS = [f"custom.{name}" for name in NAMES]


def of_csv(text: str) -> dict[str, str]:
    """Return the one row of a file."""
    [row] = csv.DictReader(io.StringIO(text))
    return row


def of_xlsx(body: bytes) -> dict[str, Any]:
    """Return the one row of a sheet."""
    sheet: Any = openpyxl.load_workbook(io.BytesIO(body)).active
    heading, row = sheet.iter_rows(values_only=True)
    return dict(zip(heading, row, strict=True))


def test_a_field_of_each_type_goes_through_every_door(
    project: Project,
    fields: dict[str, CustomField],
    given: dict[str, Any],
    lead: User,
    api: Any,
    client_of: Any,
) -> None:
    rest, pages = api(lead), client_of(lead)
    path, before = f"projects/{project.pk}/", timezone.now().isoformat().replace("+00:00", "Z")

    def custom(query: str = "") -> Any:
        return rest.get(f"{path}{query}").json()["custom"]

    # A preview stores nothing; the write does, and the form asks for each.
    assert rest.patch(f"{path}?preview=1", {"custom": given}).json()["object"]["custom"] == given
    assert custom() == {}
    assert rest.patch(path, {"custom": given}).json()["custom"] == given == custom()
    form = pages.get(f"/projects/{project.pk}/edit/").content.decode()
    assert [name for name in COLUMNS if f'name="{name}"' not in form] == []

    # The history tells each, and the past knows of none.
    [last, *_] = rest.get(f"{path}history/").json()["results"]
    changed = {change["field"]: (change["from"], change["to"]) for change in last["changes"]}
    assert changed == {f"custom.{name}": (None, value) for name, value in given.items()}
    assert custom(f"?as_of={before}") == {}
    assert custom(f"?as_of={last['at']}") == given

    # Lists in REST and in the register are narrowed and ordered by each.
    empty = factories.project(programme=project.programme, project_manager=lead.person)
    for name, value in given.items():
        said = {True: "true", False: "false"}.get(value, value) if name == "a_bool" else value
        query = {f"custom.{name}": said}
        found = rest.get(f"projects/?{urlencode(query)}").json()["results"]
        assert [row["id"] for row in found] == [project.pk], name
        rows = rest.get(f"projects/?ordering=custom.{name}").json()["results"]
        assert [row["id"] for row in rows] == [project.pk, empty.pk], name  # the empty one last
        listed = pages.get("/projects/", {**query, "ordering": f"-custom.{name}"})
        assert listed.context["count"] == 1, name

    # A file has a column of each, by which it is written again.
    asked = f"projects/?ids={project.pk}&fields=id,version,{','.join(COLUMNS)}&format="
    text = b"".join(rest.get(f"{asked}csv").streaming_content).decode("utf-8-sig")
    sheet = of_xlsx(b"".join(rest.get(f"{asked}xlsx").streaming_content))
    row = of_csv(text)
    told = {**given, "a_person": lead.person.code, "a_bool": "false"}
    assert {name: row[f"custom.{name}"] for name in NAMES} == told
    assert {*COLUMNS} <= sheet.keys()
    assert rest.patch(path, {"custom": dict.fromkeys(NAMES)}).json()["custom"] == {}
    now = text.replace(
        f"{project.pk},{row['version']},", f"{project.pk},{int(row['version']) + 1},"
    )
    for tried, values in (("?preview=1", {}), ("", given)):
        sent = pages.post(f"/api/v1/projects/bulk/{tried}", now.encode(), content_type="text/csv")
        assert sent.status_code in (200, 201), sent.content
        assert custom() == values

    # Texts are searched.
    [hit] = rest.get("search/?q=wexmoor east").json()["results"]
    assert (hit["id"], hit["said_in"]["field"]) == (project.pk, "custom.a_text")
    assert "Wexmoor East" in text_of(pages.get(f"/projects/{project.pk}/"))
