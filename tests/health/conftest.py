"""What tests of health share: a programme with one project, and what REST and pages tell of its
health."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from programmes.models import Programme
from projects.models import Project
from tests import factories


@pytest.fixture
def programme(nothing: None) -> Programme:
    """A programme in a portfolio of its own, without records."""
    return factories.programme(code="PG", name="Harbour", contingency_budget=Decimal(0))


@pytest.fixture
def reader(nothing: None) -> Any:
    """A user who may see everything."""
    return factories.user(is_superuser=True)


@pytest.fixture
def late_project(programme: Programme) -> Project:
    """A project that is 331 days late and has no declared status."""
    made = factories.project(programme=programme, code="P1", forecast_finish=date(2028, 2, 25))
    factories.baseline(made)
    factories.budget(made, 1000)
    return made


@pytest.fixture
def read(api_of: Any, reader: Any, drain: Any) -> Any:
    """`read(path)`: the answer of REST below /api/v1/, after the figures are computed."""

    def answer(path: str) -> Any:
        drain()
        response = api_of(reader).get(f"/api/v1/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    return answer


@pytest.fixture
def health_of(read: Any) -> Any:
    """`health_of(record)`: the health of a programme or project, over REST."""

    def found(record: Any) -> Any:
        if isinstance(record, Programme):
            return read(f"programmes/{record.pk}/rollup/")["metrics"]["health"]
        return read(f"projects/{record.pk}/forecast/")["health"]

    return found


@pytest.fixture
def shown(client_of: Any, reader: Any, drain: Any) -> Any:
    """`shown(address)`: the text of a page, in one line."""

    def words(address: str) -> str:
        drain()
        response = client_of(reader).get(address)
        assert response.status_code == 200
        text = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", text).split())

    return words
