"""What the tests of risk share: a REST client, what a page says, and the address of CAM."""

from tests.api.conftest import api, office
from tests.pages.conftest import queries_of, words

__all__ = ["api", "office", "queries_of", "words"]
