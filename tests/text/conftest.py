"""A client of REST and the text of pages, for these tests."""

from tests.api.conftest import api, office
from tests.pages.conftest import words

__all__ = ["api", "office", "words"]
