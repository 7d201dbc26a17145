"""What the tests of the benefits map share: a REST client, what a page says, a browser."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from benefits.models import BenefitLink
from programmes.models import Outcome
from tests.api.conftest import api, errors_of, office
from tests.pages.browser.conftest import defects, site, violations, visit, watched, width
from tests.pages.conftest import queries_of, words

__all__ = [
    "api",
    "defects",
    "errors_of",
    "office",
    "queries_of",
    "site",
    "violations",
    "visit",
    "watched",
    "width",
    "words",
]


@pytest.fixture
def outcomes(demo: Any) -> Callable[..., list[Outcome]]:
    """`outcomes(3)`: three new outcomes of CAM, with the codes X0, X1 and X2."""

    def make(number: int) -> list[Outcome]:
        cam = demo.programme("CAM")
        return [
            Outcome.objects.create(programme=cam, code=f"X{n}", title=f"Outcome {n}")
            for n in range(number)
        ]

    return make


def linked(*way: Outcome) -> list[BenefitLink]:
    """Link these outcomes in a chain, and return the links."""
    return [
        BenefitLink.objects.create(
            programme_id=one.programme_id, from_outcome=one, to_outcome=other
        )
        for one, other in pairwise(way)
    ]
