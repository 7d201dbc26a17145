"""What the tests of REST share: a client that sends versions, and how a problem is read."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from rest_framework.test import APIClient

from pmhub.models import User
from programmes.models import Programme
from projects.models import Project, Risk
from tests import factories


class Api:
    """A signed-in client of `/api/v1/`; its writes send If-Match."""

    def __init__(self, client: APIClient) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> Any:
        """GET an address below /api/v1/."""
        return self.client.get(f"/api/v1/{path}", headers=headers)

    def post(self, path: str, body: Any = None) -> Any:
        """POST a body as JSON."""
        return self.client.post(f"/api/v1/{path}", body if body is not None else {}, format="json")

    def patch(self, path: str, body: Any, version: int | None = None) -> Any:
        """PATCH a record: its present version (`*`), or the version given."""
        return self._send("patch", path, body, version)

    def put(self, path: str, body: Any, version: int | None = None) -> Any:
        """PUT a record over its present version (`*`), or over the version given."""
        return self._send("put", path, body, version)

    def verb(self, path: str, body: Any, version: int | None = None) -> Any:
        """POST to a verb of a record in its present version (`*`), or in the version given."""
        return self._send("post", path, body, version)

    def delete(self, path: str, version: int | None = None) -> Any:
        """DELETE a record in its present version (`*`), or in the version given."""
        return self._send("delete", path, None, version)

    def raw(self, method: str, path: str, body: bytes, **headers: str) -> Any:
        """Send bytes as a JSON body, unchanged."""
        client: Any = self.client
        return client.generic(
            method, f"/api/v1/{path}", body, content_type="application/json", headers=headers
        )

    def _send(self, method: str, path: str, body: Any, version: int | None) -> Any:
        tag = "*" if version is None else f'"v{version}"'
        return getattr(self.client, method)(
            f"/api/v1/{path}", body, format="json", headers={"If-Match": tag}
        )


def errors_of(response: Any) -> dict[str, str]:
    """Return the code of each error of a problem, by pointer; fail for an answer that is no
    problem."""
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert {"type", "title", "detail", "instance", "code", "request_id"} <= problem.keys()
    return {error["pointer"]: error["code"] for error in problem["errors"]}


@pytest.fixture
def api(api_of: Callable[..., APIClient]) -> Callable[[User], Api]:
    """`api(user)`: a client for that user, the same one whenever a test asks for it."""
    return cache(lambda user: Api(api_of(user)))


@pytest.fixture
def office(nothing: None) -> User:
    """A member of the PMO, in an empty database."""
    user = factories.user("office")
    factories.role(user, "pmo")
    return user


class House:
    """A programme with a project and a risk. `manager` manages the project, `reader` only reads it,
    and `other` manages a project elsewhere."""

    def __init__(self) -> None:
        self.manager, self.reader, self.other = (
            factories.user(name) for name in ("manager", "reader", "other")
        )
        self.programme: Programme = factories.programme()
        self.project: Project = factories.project(
            programme=self.programme, project_manager=self.manager.person
        )
        self.risk: Risk = factories.risk(self.project)
        factories.role(self.reader, "viewer", project=self.project)
        factories.project(project_manager=self.other.person)


@pytest.fixture
def house(nothing: None) -> House:
    """The programme with its people."""
    return House()
