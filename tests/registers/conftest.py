"""What the tests of registers share with those of REST."""

from tests.api.conftest import office

__all__ = ["office"]
