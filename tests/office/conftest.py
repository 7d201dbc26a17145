"""What the tests of the PMO share: a project with its people, and a REST client."""

from tests.api.conftest import api, office
from tests.lessons.conftest import elsewhere, lead, pmo, project, steers

__all__ = ["api", "elsewhere", "lead", "office", "pmo", "project", "steers"]
