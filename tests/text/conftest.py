"""A client of REST, as the tests of REST have it."""

from tests.api.conftest import api, office

__all__ = ["api", "office"]
