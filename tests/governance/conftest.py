"""What the tests of governance share with those of REST."""

from tests.api.conftest import api, office

__all__ = ["api", "office"]
