"""A code that a record had before leads on to it, by search and by filter, until another has it."""

from typing import Any

import pytest

from pmhub.models import FormerCode, User
from tests import factories
from tests.api.conftest import api, office

__all__ = ["api", "office"]


@pytest.fixture
def renamed(office: User, api: Any) -> Any:
    """A project that was called OLD-1."""
    project = factories.project(code="OLD-1")
    answer = api(office).patch(f"projects/{project.pk}/", {"code": "NEW-1"})
    assert answer.status_code == 200, answer.json()
    return project


def found(api: Any, user: User, code: str) -> list[int]:
    """The projects that a code leads to."""
    listed = api(user).get(f"projects/?code={code}").json()["results"]
    sought = api(user).get(f"search/?q={code}").json()["results"]
    assert [each["id"] for each in listed] == [each["id"] for each in sought]
    return [each["id"] for each in listed]


def test_the_old_code_leads_on(renamed: Any, office: User, api: Any) -> None:
    assert found(api, office, "NEW-1") == [renamed.pk]
    assert found(api, office, "old-1") == [renamed.pk]
    assert found(api, office, "OLD-2") == []


def test_another_that_has_it_comes_in_its_place(renamed: Any, office: User, api: Any) -> None:
    other = factories.project(programme=renamed.programme, code="OLD-1")
    assert found(api, office, "OLD-1") == [other.pk]


def test_it_leads_nobody_to_what_they_may_not_see(renamed: Any, api: Any) -> None:
    reader = factories.user("reads")
    factories.role(reader, "viewer", project=factories.project())
    assert found(api, reader, "OLD-1") == []


def test_it_leads_nowhere_once_the_record_is_gone(renamed: Any, office: User, api: Any) -> None:
    risk = factories.risk(renamed, code="R7")
    for code in ("R8", "R9"):
        risk.code = code
        risk.save()
    assert FormerCode.objects.filter(kind="risk").count() == 2
    risk.delete()
    assert not FormerCode.objects.filter(kind="risk").exists()
