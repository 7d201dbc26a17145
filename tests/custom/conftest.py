"""What the tests of custom fields share: a project with its people, some fields, a REST client."""

from typing import Any

import pytest

from programmes.models import CustomField
from projects.models import Project
from tests import factories
from tests.api.conftest import api, office
from tests.lessons.conftest import elsewhere, lead, pmo, project, steers
from tests.pages.browser.conftest import defects, site, violations, visit, watched, width
from tests.pages.conftest import queries_of

__all__ = [
    "api",
    "defects",
    "elsewhere",
    "lead",
    "office",
    "pmo",
    "project",
    "queries_of",
    "site",
    "steers",
    "violations",
    "visit",
    "watched",
    "width",
]  # fmt: skip

TYPES = ("text", "number", "money", "date", "choice", "person", "bool")


@pytest.fixture
def fields(project: Project) -> dict[str, CustomField]:
    """A custom field of each type that the portfolio has given to its projects, by type; their
    names are `a_text`, `a_number` …"""
    home = project.owner_portfolio
    return {
        type: factories.custom_field(
            home, name=f"a_{type}", type=type, choices="Low\nHigh" if type == "choice" else ""
        )
        for type in TYPES
    }


@pytest.fixture
def given(lead: Any) -> dict[str, Any]:
    """A value of each field, as REST takes and answers it."""
    return {
        "a_text": "Wexmoor East",
        "a_number": "12.5",
        "a_money": "1200.50",
        "a_date": "2027-03-01",
        "a_choice": "High",
        "a_person": lead.person.pk,
        "a_bool": False,
    }
