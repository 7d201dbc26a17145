"""Who only reads changes nothing, by no address there is; what was taken is gone at once."""

from typing import Any

import pytest

from pmhub.api.routes import RESOURCES
from pmhub.models import RoleAssignment, User
from tests import factories
from tests.api.conftest import Api
from tests.samples import NOT_FOR_READERS, sample


def posts(view: Any) -> list[str]:
    """The verbs of a record: addresses below it that take POST."""
    return [
        each.url_path
        for each in view.get_extra_actions()
        if "post" in each.mapping and each.detail and "(" not in each.url_path
    ]


@pytest.fixture
def reader(demo: Any) -> User:
    """A user who reads everything."""
    user = factories.user("reader")
    factories.role(user, "viewer")
    return user


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_who_only_reads_changes_nothing(name: str, reader: User, api_of: Any) -> None:
    client, view, made = Api(api_of(reader)), RESOURCES[name], sample(name)
    rows = client.get(f"{name}/?page_size=1").json()["results"]
    assert client.post(f"{name}/", {}).status_code in (400, 403, 405)
    assert (rows == []) is (name in NOT_FOR_READERS)
    path = f"{name}/{rows[0]['id'] if rows else made.pk}/"
    if not rows:
        for answer in (client.get(path), client.patch(path, {}), client.delete(path)):
            assert answer.status_code in (404, 405)
        return
    for method in {"patch", "delete"} & set(view.http_method_names):
        answer = client._send(method, path, {} if method == "patch" else None, None)
        assert answer.status_code == 403, (method, path)
    for verb in posts(view):
        answer = client.verb(f"{path}{verb}/", {})
        assert 400 <= answer.status_code < 500, verb
    assert client.get(path).json()["version"] == rows[0]["version"]


def test_a_role_that_ends_is_gone_with_the_next_request(
    demo: Any, viewer: User, api_of: Any, client_of: Any
) -> None:
    session, token, pages = Api(api_of(viewer)), Api(api_of(viewer, token=True)), client_of(viewer)
    programme = demo.programme("CAM").pk
    page = f"/programmes/{programme}/"
    addresses = (f"programmes/{programme}/", f"programmes/{programme}/rollup/")
    etag = pages.get(page, headers={"HX-Request": "true"}).headers["ETag"]
    table = f"programmes/{programme}/rollup/risk_mean/?format=csv"
    for client in (session, token):
        assert {client.get(each).status_code for each in (*addresses, table)} == {200}
    RoleAssignment.objects.filter(person=viewer.person).delete()
    for client in (session, token):
        assert {client.get(each).status_code for each in (*addresses, table)} == {404}
    again = pages.get(page, headers={"HX-Request": "true", "If-None-Match": etag})
    assert again.status_code == 404


def test_a_token_of_who_may_no_longer_sign_in_opens_nothing(
    demo: Any, viewer: User, api_of: Any
) -> None:
    client = Api(api_of(viewer, token=True))
    assert client.get("programmes/").status_code == 200
    viewer.is_active = False
    viewer.save()
    assert client.get("programmes/").status_code == 401
