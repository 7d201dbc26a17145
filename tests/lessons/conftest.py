"""What the tests of lessons and standards share: a project with its people, and a client of
REST."""

from typing import Any

import pytest

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.api.conftest import api, office
from tests.pages.browser.conftest import defects, site, violations, visit, watched, width
from tests.pages.conftest import queries_of

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
]  # fmt: skip


@pytest.fixture
def project(nothing: None) -> Project:
    """A project in a programme; each has a manager."""
    programme = factories.programme(programme_manager=factories.user("steers").person)
    lead = factories.user("leads")
    return factories.project(programme=programme, project_manager=lead.person, complexity=4)


@pytest.fixture
def lead(project: Project) -> User:
    """The manager of the project."""
    return User.objects.get(username="leads")


@pytest.fixture
def steers(project: Project) -> User:
    """The manager of its programme."""
    return User.objects.get(username="steers")


@pytest.fixture
def pmo(project: Project) -> User:
    """A member of the PMO."""
    user = factories.user("pmo")
    factories.role(user, "pmo")
    return user


@pytest.fixture
def elsewhere(project: Project) -> Any:
    """The manager of another project of the programme, who sees nothing of this one."""
    user = factories.user("elsewhere")
    factories.project(programme=project.programme, project_manager=user.person)
    return user
