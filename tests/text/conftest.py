"""A client of REST, and what a page says, as the tests of these have it."""

from tests.api.conftest import api, office
from tests.pages.conftest import words

__all__ = ["api", "office", "words"]
