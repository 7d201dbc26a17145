"""What tests of the history share."""

from tests.pages.conftest import words

__all__ = ["words"]
