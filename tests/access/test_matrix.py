"""Every role at every collection, and every address of what is out of sight: rights as the table of
`permissions` says them, asked over REST and on pages. A new collection is asked by itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from pmhub.api.routes import RESOURCES
from pmhub.models import Attachment, Comment, Favourite, Follow, SavedView, User
from pmhub.permissions import EVERYTHING, WRITES, Role
from pmhub.registers import registers
from tests import factories
from tests.access.test_reading import posts
from tests.access.test_rows import TO_PROGRAMME, of_programme
from tests.api.conftest import Api

# Written by who made them, or by who may give what they give: other tests ask those rules.
APART = {"scenarios", "scenario-changes", "saved-views", "favourites", "attachments",
         "role-assignments", "delegations"}  # fmt: skip
SCOPED = {
    name: view
    for name, view in RESOURCES.items()
    if view.serializer_class.Meta.model in TO_PROGRAMME and name not in APART
}


def row_of(view: Any, user: User) -> Any:
    """A record of the programme CAM that the user sees; None where there is none."""
    model = view.serializer_class.Meta.model
    seen = model.objects.visible_to(user).filter(pk__in=of_programme(model, "CAM"))
    return seen.order_by("pk").first()


@pytest.mark.parametrize("role", Role)
def test_a_role_writes_what_the_table_says_and_nothing_else(
    role: Role, demo: Any, api_of: Any, client_of: Any
) -> None:
    user = factories.user("somebody")
    factories.role(user, role, programme=demo.programme("CAM"))
    client, pages = Api(api_of(user)), client_of(user)
    wrong, asked = [], 0
    for name, view in SCOPED.items():
        if (row := row_of(view, user)) is None or "patch" not in view.http_method_names:
            continue
        # Where this role is not held: boards of a portfolio are seen from below.
        above = row.written_through == ("portfolio",) or (name == "boards" and not row.programme_id)
        may = not above and (WRITES[role] == EVERYTHING or row.noun in WRITES[role])
        answers = {"PATCH": client.patch(f"{name}/{row.pk}/", {})}
        if not may:
            answers["DELETE"] = client.delete(f"{name}/{row.pk}/")
        if not may and registers.named(name):
            answers["page"] = pages.get(f"/{name}/{row.pk}/edit/")
        asked += len(answers)
        refused = {way: answer.status_code == 403 for way, answer in answers.items()}
        wrong += [(name, way) for way, is_refused in refused.items() if is_refused == may]
    assert wrong == []
    assert asked > 25


def hidden(demo: Any) -> dict[str, int]:
    """A record of each collection that a viewer of CAM does not see."""
    other, project = demo.programme("NZE"), demo.project("NZE-01")
    author = User.objects.get(username="pmo")
    made: dict[str, Any] = {
        "attachments": Attachment.objects.create(
            record_type="project", record_id=project.pk, title="T", link="https://example.org/"
        ),
        "comments": Comment.objects.create(
            record_type="project", record_id=project.pk, text="T", created_by=author
        ),
        "follows": Follow.objects.create(
            record_type="project", record_id=project.pk, created_by=author
        ),
        "saved-views": SavedView.objects.create(
            collection="risks", name="N", programme=other, created_by=author
        ),
        "favourites": Favourite.objects.create(
            record_type="project", record_id=project.pk, created_by=author
        ),
    }
    found = {name: row.pk for name, row in made.items()}
    for name, view in RESOURCES.items():
        model = view.serializer_class.Meta.model
        if model in TO_PROGRAMME and name not in found:
            rows = model._base_manager.exclude(pk__in=of_programme(model, "CAM"))
            if (first := rows.order_by("-pk").values_list("pk", flat=True).first()) is not None:
                found[name] = first
    return found


def addresses(name: str, view: Any, pk: int) -> Iterator[tuple[str, str]]:
    """Every address of one record, with a method."""
    at = f"/api/v1/{name}/{pk}/"
    for method in {"get", "patch", "put", "delete"} & set(view.http_method_names):
        yield method, at
    yield "get", f"{at}history/"
    for verb in posts(view):
        yield "post", f"{at}{verb}/"
    if registers.named(name):
        for page in ("", "edit/", "history/"):
            yield "page", f"/{name}/{pk}/{page}"


def test_what_is_out_of_sight_is_not_there_whatever_is_asked_of_it(
    demo: Any, viewer: User, api_of: Any, client_of: Any
) -> None:
    client, pages, rows = api_of(viewer), client_of(viewer), hidden(demo)
    assert len(rows) > 30
    wrong = {}
    for name, pk in rows.items():
        for method, address in addresses(name, RESOURCES[name], pk):
            if method == "page":
                answer = pages.get(address)
            else:
                body: Any = None if method == "get" else {}
                answer = getattr(client, method)(
                    address, body, format="json", headers={"If-Match": "*"}
                )
            if answer.status_code != 404:
                wrong[method, address] = answer.status_code
    assert wrong == {}
