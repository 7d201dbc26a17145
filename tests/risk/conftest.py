"""What the tests of risk share: a client of REST, the text of pages, a browser."""

from tests.api.conftest import api, office
from tests.pages.browser.conftest import defects, site, violations, visit, watched, width
from tests.pages.conftest import queries_of, words

__all__ = [
    "api",
    "defects",
    "office",
    "queries_of",
    "site",
    "violations",
    "visit",
    "watched",
    "width",
    "words",
]
