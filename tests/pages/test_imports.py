"""The page that takes a file of records."""

from typing import Any

from django.urls import reverse

from pmhub.registers import registers
from projects.models import Project
from tests import factories
from tests.api.conftest import office
from tests.custom.conftest import lead, project

__all__ = ["lead", "office", "project"]

HERE = "/risks/import/"


def test_it_names_the_columns_with_custom_ones(project: Project, lead: Any, client_of: Any) -> None:
    home = project.owner_portfolio
    factories.custom_field(home, entity="risk", name="region", type="choice", choices="North\nEast")
    factories.custom_field(factories.portfolio(), entity="risk", name="secret")
    client = client_of(lead)
    page = client.get(HERE).content.decode()
    for said in ("<code>custom.region</code>", "One of: North, East", "<code>project</code>"):
        assert said in page
    assert "secret" not in page
    assert "<code>created_at</code>" not in page
    assert f'href="{HERE}"' in client.get("/risks/").content.decode()


def test_the_empty_file_has_a_heading_alone(project: Project, lead: Any, client_of: Any) -> None:
    factories.risk(project)
    client = client_of(lead)
    (_, address), _ = client.get(HERE).context["empty"]
    text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 1
    assert {"code", "title", "project", "owner_id"} <= set(text.strip().split(","))


def test_who_writes_none_imports_none(project: Project, client_of: Any) -> None:
    viewer = factories.user("views")
    factories.role(viewer, "viewer", project=project)
    assert client_of(viewer).get(HERE).status_code == 403
    assert HERE not in client_of(viewer).get("/risks/").content.decode()


def test_every_register_that_is_written_in_bulk_has_one(office: Any, client_of: Any) -> None:
    client = client_of(office)
    statuses = {
        register.name: client.get(reverse("import-records", args=[register.name])).status_code
        for register in registers
    }
    assert {*statuses.values()} <= {200, 403, 404}
    assert statuses["risks"] == statuses["budget-lines"] == 200
