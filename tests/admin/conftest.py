"""The browser of the pages, for the admin pages too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.pages.browser.conftest import site, visit, watched, width
from tests.pages.browser.looks import broken_rules

__all__ = ["site", "visit", "watched", "width"]


@pytest.fixture
def violations() -> Callable[[Page], list[str]]:
    """`violations(page)`: what axe finds against WCAG 2.2 AA, one line each.

    Style sheets are not preloaded: axe would put copies of them into the page, which our policy
    refuses, and Django's import others by relative addresses.
    """

    return lambda page: broken_rules(page, {"preload": False})
