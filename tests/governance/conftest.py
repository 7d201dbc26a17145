"""What the tests of governance share with those of REST and of pages."""

from tests.api.conftest import api, office
from tests.pages.conftest import queries_of, words

__all__ = ["api", "office", "queries_of", "words"]
