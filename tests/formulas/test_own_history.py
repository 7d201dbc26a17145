from decimal import Decimal

import pytest

from benefits.realisation.own_history import FEWEST, own_history

D = Decimal


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1])
def test_under_eight_nothing_is_said(count):
    found = own_history([D("0.5")] * count)
    assert (found.count, found.median, found.reason) == (count, None, "not_enough")
    assert found.of(D(100)) is None


def test_a_claim_is_corrected_by_the_median_and_its_quartiles():
    found = own_history([D(share) / 10 for share in (2, 4, 5, 6, 8, 9, 10, 12, 14)])
    assert (found.count, found.reason) == (9, "")
    assert (found.lower, found.median, found.upper) == (D("0.5"), D("0.8"), D("1.0"))
    assert found.of(D(200)) == (100, 160, 200)
    assert found.of(D(-200)) == (-100, -160, -200)


def test_of_an_even_number_they_lie_between():
    found = own_history([D(share) for share in range(1, 9)])
    assert (found.lower, found.median, found.upper) == (D("2.75"), D("4.5"), D("6.25"))


def test_the_order_of_shares_does_not_matter():
    shares = [D(share) / 7 for share in (9, 1, 5, 5, 2, 8, 3, 4)]
    assert own_history(shares) == own_history(sorted(shares))
