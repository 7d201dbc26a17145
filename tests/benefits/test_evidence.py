"""What benefits rest on: the grades of evidence, what finance has validated, what became of others
like them."""

from decimal import Decimal
from typing import Any

import pytest

from benefits.models import Benefit, ProfileVersion
from pmhub.models import User
from programmes.models import MetricValue, valid
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(nothing: None) -> Any:
    """A programme with nothing in it."""
    return factories.programme()


@pytest.fixture
def manager(programme: Any) -> User:
    """The manager of the programme."""
    user = factories.user("manager")
    factories.role(user, "programme_manager", programme=programme)
    return user


@pytest.fixture
def read(programme: Any, manager: User, api: Any) -> Any:
    """`read()`: what the benefits rest on, as the manager or somebody else reads it."""

    def answer(by: Any = None, query: str = "") -> Any:
        path = f"programmes/{programme.pk}/benefits-evidence/{query}"
        return api(by or manager).get(path).json()

    return answer


def planned(programme: Any, value: int = 100, year: int = 2024, **fields: Any) -> Benefit:
    """A benefit whose plan of one year is in force."""
    benefit = factories.benefit(programme=programme, **fields)
    factories.entry(benefit, year, value)
    ProfileVersion.objects.filter(benefit=benefit).update(state="proposed")
    ProfileVersion.objects.filter(benefit=benefit).update(state="approved")
    return benefit


def measured(benefit: Benefit, value: int, year: int = 2024, **fields: Any) -> None:
    """Add a verified measurement of a year."""
    given = {"status": "verified", "verified_by": factories.person(), **fields}
    factories.measurement(benefit, year, value, **given)


def test_what_is_realised_is_told_by_the_grade_of_evidence(
    programme: Any, read: Any, drain: Any
) -> None:
    gain, loss = planned(programme), planned(programme, category="dis_benefit", polarity=-1)
    aside = planned(programme, level="intermediate")
    measured(gain, 40)
    measured(gain, 25, 2025, evidence_grade="estimated")
    measured(loss, 5, evidence_grade="sampled")
    measured(aside, 1000)
    factories.measurement(gain, 2023, 7, evidence_grade="derived")  # nobody verified it
    drain()
    found = read()
    grades = {
        each["evidence_grade"]: (each["value"], each["measurements"]) for each in found["grades"]
    }
    assert grades == {
        "measured": ("40.00", 1), "derived": ("0.00", 0), "sampled": ("-5.00", 1),
        "estimated": ("25.00", 1),
    }  # fmt: skip
    realised = MetricValue.objects.get(
        valid(), programme=programme, metric="benefits_actual_to_date"
    )
    assert Decimal(found["realised"]) == realised.value == 60


def test_what_finance_has_validated_is_told_beside_what_is_claimed(
    programme: Any, read: Any, api: Any
) -> None:
    one, _ = planned(programme, 100), planned(programme, 50)
    finance = factories.user("finance")
    factories.role(finance, "finance", programme=programme)
    version = one.profile_versions.get()
    assert api(finance).post(f"profile-versions/{version.pk}/validation/").status_code == 200
    found = read()
    assert (found["claimed"], found["validated"]) == ("150.00", "100.00")
    assert [each["validated"] for each in found["benefits"]] == [True, False]


def test_a_claim_stands_beside_what_became_of_others_like_it(programme: Any, read: Any) -> None:
    for share in (20, 40, 50, 60, 80, 90, 100, 120):
        measured(planned(programme), share)
    claim = planned(programme, 200, 2030)
    other = planned(programme, 200, 2030, category="economic")
    rows = {each["benefit"]: each for each in read()["benefits"]}
    history = rows[claim.pk]["history"]
    assert (history["count"], history["reason"]) == (8, None)
    assert (history["median"], history["median_value"]) == (0.7, "140.00")
    assert (history["lower_value"], history["upper_value"]) == ("95.00", "185.00")
    assert rows[claim.pk]["claimed"] == "200.00"
    assert rows[other.pk]["history"]["reason"] == "not_enough"
    assert rows[other.pk]["history"]["count"] == 0
    # Each of the eight is corrected by the seven others.
    assert sorted(each["history"]["count"] for each in rows.values()) == [0, *[7] * 8, 8]


def test_what_is_not_over_or_not_measured_is_no_history(programme: Any, read: Any) -> None:
    planned(programme)  # over, and never measured
    measured(planned(programme, year=2026), 10, 2025)  # not over
    claim = planned(programme, 200, 2030)
    rows = {each["benefit"]: each for each in read()["benefits"]}
    assert rows[claim.pk]["history"]["count"] == 0


def test_of_what_one_may_not_see_nothing_is_counted(programme: Any, read: Any) -> None:
    elsewhere = factories.programme(portfolio=programme.portfolio)
    for share in (20, 40, 50, 60, 80, 90, 100, 120):
        measured(planned(elsewhere), share)
    planned(programme, 200, 2030)
    assert read()["benefits"][0]["history"]["count"] == 0
    all_of_it = factories.user("reader")
    factories.role(all_of_it, "viewer", portfolio=programme.portfolio)
    assert read(all_of_it)["benefits"][0]["history"]["count"] == 8


def test_the_page_says_how_sure_it_is(
    programme: Any, manager: User, client_of: Any, words: Any
) -> None:
    address = f"/programmes/{programme.pk}/benefits/"
    assert "How sure it is" not in words(client_of(manager).get(address))
    benefit = planned(programme, 200, 2030)
    page = words(client_of(manager).get(address))
    assert f"{benefit.code} 200 Not validated Not enough: 0 of 8" in page
    assert "Of that validated by finance 0 " in page
