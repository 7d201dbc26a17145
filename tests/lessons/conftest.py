"""What the tests of lessons and standards share: a programme with its people, a REST client."""

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
    """A project of a programme, each led by somebody."""
    programme = factories.programme(programme_manager=factories.user("steers").person)
    lead = factories.user("leads")
    return factories.project(programme=programme, project_manager=lead.person, complexity=4)


@pytest.fixture
def lead(project: Project) -> User:
    """Who leads the project."""
    return User.objects.get(username="leads")


@pytest.fixture
def steers(project: Project) -> User:
    """Who leads its programme."""
    return User.objects.get(username="steers")


@pytest.fixture
def pmo(project: Project) -> User:
    """Somebody of the PMO."""
    user = factories.user("pmo")
    factories.role(user, "pmo")
    return user


@pytest.fixture
def elsewhere(project: Project) -> Any:
    """Who leads another project of the programme, and sees nothing of this one."""
    user = factories.user("elsewhere")
    factories.project(programme=project.programme, project_manager=user.person)
    return user
