"""What the tests of scenarios share: clients of REST, a programme with a scenario, a browser."""

from collections.abc import Callable
from typing import Any

import pytest

from pmhub.models import User
from tests.api.conftest import Api, api, office
from tests.pages.browser.conftest import defects, site, violations, visit, watched, width
from tests.pages.conftest import queries_of, words

__all__ = [
    "api",
    "defects",
    "office",
    "queries_of",
    "site",
    "violations",
    "visit",
    "watched",
    "width",
    "words",
]


class Draft:
    """A scenario over REST, as one client writes it."""

    def __init__(self, client: Api, programme: int, name: str, *, shared: bool = False) -> None:
        self.client = client
        made = client.post("scenarios/", {"programme": programme, "name": name})
        assert made.status_code == 201, made.json()
        self.id: int = made.json()["id"]
        self.path = f"scenarios/{self.id}/"
        if shared:
            assert client.post(f"{self.path}sharing/").status_code == 200

    def add(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """Add a change, and return it."""
        change = {"scenario": self.id, "title": f"{method} {path}", "method": method, "path": path}
        answer = self.client.post("scenario-changes/", change | {"body": body or {}} | more)
        assert answer.status_code == 201, answer.json()
        return dict(answer.json())

    def try_it(self) -> Any:
        """Return the answer to a trial."""
        return self.client.post(f"{self.path}trial/")

    def adopt(self, change: int) -> Any:
        """Return the answer to the adoption of a change."""
        return self.client.post(f"scenario-changes/{change}/adoption/")

    @property
    def state(self) -> str:
        """Return the state of its trial: whether that still holds."""
        return str(self.client.get(self.path).json()["trial"]["state"])


@pytest.fixture
def draft(api: Callable[[User], Api]) -> Callable[..., Draft]:
    """`draft(user, programme)`: a new scenario of the user's, shared with all who see the programme
    unless `shared` is false."""
    return lambda user, programme, name="Later", shared=True: Draft(
        api(user), programme.pk, name, shared=shared
    )
