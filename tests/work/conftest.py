"""What the tests of work share: a project, its manager, and a member of its team."""

from typing import Any

import pytest

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import api, office
from tests.pages.conftest import queries_of

__all__ = ["api", "office", "queries_of"]


@pytest.fixture
def manager(nothing: None) -> User:
    """The manager of the project."""
    return factories.user("manager")


@pytest.fixture
def project(manager: User) -> Project:
    """A project of 1000 with iterations and work packages."""
    made = factories.project(project_manager=manager.person, delivery_approach="hybrid")
    factories.baseline(made)
    return made


@pytest.fixture
def member(project: Project) -> User:
    """A user who works in the project and may only read it."""
    user = factories.user("member")
    factories.role(user, "viewer", project=project)
    return user


@pytest.fixture
def complete(project: Project) -> Any:
    """`complete()`: the per cent complete of the project, as text."""

    def read() -> str:
        project.refresh_from_db()
        return f"{project.percent_complete:f}"

    return read
