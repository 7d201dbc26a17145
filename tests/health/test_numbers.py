"""Numbers on pages and over REST: what is shown never rounds across what it is judged by."""

from decimal import Decimal

import pytest

from programmes.models import Programme
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def certain(programme: Programme) -> Programme:
    """A programme that needs just 100, nine times in ten, and has a contingency of 99.70."""
    programme.contingency_budget = Decimal("99.70")
    programme.save()
    factories.risk(
        programme,
        residual_probability=Decimal("0.9"),
        residual_cost_min=Decimal(100),
        residual_cost_most_likely=Decimal(100),
        residual_cost_max=Decimal(100),
    )
    return programme


def test_a_share_that_falls_short_is_not_all(certain, shown, read):
    text = shown(f"/programmes/{certain.pk}/")
    assert "contingency covers 99.7% of what may be needed" in text
    assert "Funding cover 0.997" in text
    assert "100%" not in text
    metrics = read(f"programmes/{certain.pk}/rollup/")["metrics"]
    assert metrics["funding_cover"]["value"] == 0.997
    assert "funding cover amber: 0.997" in metrics["health"]["reasons"]
    assert "0.997" in shown("/portfolio/")


def test_a_share_that_falls_short_by_almost_nothing_is_not_one_over_rest(certain, read):
    certain.contingency_budget = Decimal("99.99")
    certain.save()
    cost = Decimal("999999999999.99")
    certain.risks.update(
        residual_cost_min=cost, residual_cost_most_likely=cost, residual_cost_max=cost
    )
    certain.contingency_budget = cost - Decimal("0.01")
    certain.save()
    assert 0 < read(f"programmes/{certain.pk}/rollup/funding_cover/")["value"] < 1


def test_a_ratio_is_not_shown_equal_to_the_bound_of_its_colour(certain, shown):
    certain.contingency_budget = Decimal("79.96")
    certain.save()
    assert "Funding cover 0.7996" in shown(f"/programmes/{certain.pk}/")


def test_halves_are_rounded_up(programme, shown):
    project = factories.project(programme=programme, estimate_to_complete=Decimal("4.50"))
    factories.budget(project, Decimal("2.50"))
    for address in (f"/programmes/{programme.pk}/", f"/projects/{project.pk}/"):
        assert "Approved 3" in shown(address)
    assert "over by 2" in shown(f"/programmes/{programme.pk}/")


def test_over_by_something_is_not_over_by_nothing(programme, shown):
    project = factories.project(programme=programme, estimate_to_complete=Decimal("100.40"))
    factories.budget(project, 100)
    assert "over by 0.4" in shown(f"/programmes/{programme.pk}/")
    assert "over by 0.4" in shown(f"/projects/{project.pk}/")


def test_where_nothing_was_approved_nothing_is_over_it(programme, shown):
    factories.project(programme=programme, estimate_to_complete=Decimal("100.40"))
    text = shown(f"/programmes/{programme.pk}/")
    assert "than approved" not in text
    assert "over by" not in text
    assert "£100k, and nothing is approved for them" in text


@pytest.mark.parametrize(("number", "words"), [(1, "1 open risk"), (2, "2 open risks")])
def test_one_is_not_many(programme, shown, number, words):
    for _ in range(number):
        factories.risk(programme)
    text = shown(f"/programmes/{programme.pk}/")
    assert f"{words} P50" in text
