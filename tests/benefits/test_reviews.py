"""What owners are asked when a project ends short, what is at stake until they answer, and who
answers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from benefits.models import Benefit, BenefitContribution, BenefitReview
from pmhub.models import User
from programmes.models import LedgerLine, MetricValue
from projects.services import terminate_project
from tests import factories
from tests.admin.forms import entries, errors, said
from tests.closing import answers

DAY = date(2026, 10, 30)
pytestmark = pytest.mark.django_db


@pytest.fixture
def project(nothing: None) -> Any:
    """A project that brings 15 hundredths of a benefit of 100 a year, of which 40 are measured."""
    made = factories.project()
    contribute(made, "0.15")
    return made


def contribute(project: Any, weight: str, **fields: Any) -> Benefit:
    """A benefit of the programme with a forecast, to which the project contributes."""
    benefit = factories.benefit(**{"programme": project.programme, **fields})
    for year, value in ((2025, 40), (2026, 100), (2027, 100)):
        factories.entry(benefit, year, value)
        factories.entry(benefit, year, value, version_kind="forecast")
    factories.measurement(benefit, 2025, 40, status="verified", verified_by=factories.person())
    BenefitContribution.objects.create(benefit=benefit, project=project, weight=Decimal(weight))
    return benefit


def stop(project: Any) -> None:
    """Terminate it."""
    given = {"terminated_on": DAY, "reason": "No funding", **answers(project)}
    terminate_project(project, **given, by=None)


@pytest.fixture
def figure(project: Any, drain: Any) -> Any:
    """`figure()`: what is at stake; with a name, another figure of the programme."""

    def value(name: str = "benefits_at_stake") -> Any:
        drain()
        programme = project.programme
        return MetricValue.objects.get(programme=programme, metric=name, valid_to=None).value

    return value


# The figure


def test_at_stake_is_the_share_of_what_is_still_forecast(project: Any, figure: Any) -> None:
    assert figure() == 0
    before = figure("benefits_forecast_outturn")
    stop(project)
    assert figure() == Decimal("30.00")  # 0.15 of 200 to come
    assert figure("benefits_forecast_outturn") == before == 240
    (line,) = LedgerLine.objects.filter(metric="benefits_at_stake", valid_to=None)
    assert (line.source_type, line.value) == ("benefitcontribution", Decimal("30.00"))
    assert line.inputs == {
        "project": project.pk, "weight": "0.15", "category": "cashable", "forecast_to_come": "200",
    }  # fmt: skip


def test_each_contribution_counts_once_however_often_it_is_asked(project: Any, figure: Any) -> None:
    other = factories.project(programme=project.programme)
    contribution = project.contributions.get()
    BenefitContribution.objects.create(
        benefit=contribution.benefit, project=other, weight=Decimal("0.25")
    )
    stop(project)
    stop(other)
    assert figure() == Decimal("80.00")
    BenefitReview.objects.create(
        benefit=contribution.benefit,
        contribution=contribution,
        cause="closed_undelivered",
        asked_on=DAY,
    )
    assert figure() == Decimal("80.00")


@pytest.mark.parametrize(
    ("fields", "reason", "value"),
    [
        ({"level": "intermediate"}, "intermediate", 30),
        ({"monetised": False, "unit": "hours"}, "not_monetised", None),
        ({"category": "dis_benefit", "polarity": -1}, "dis_benefit", -30),
    ],
)
def test_what_is_no_gain_in_money_is_listed_and_not_summed(
    fields: dict[str, Any], reason: str, value: Any, project: Any, figure: Any
) -> None:
    Benefit.objects.filter(programme=project.programme).update(**fields)
    stop(project)
    assert figure() == 0
    (line,) = LedgerLine.objects.filter(metric="benefits_at_stake", valid_to=None)
    assert (line.included, line.reason, line.value) == (False, reason, value)


def test_what_is_at_stake_for_another_programme_is_its_own(project: Any, drain: Any) -> None:
    benefit = contribute(project, "0.5", programme=factories.programme())
    drain()
    stop(project)
    drain()
    found = MetricValue.objects.filter(metric="benefits_at_stake", valid_to=None)
    assert found.get(programme=benefit.programme).value == 100
    assert found.get(programme=project.programme).value == 30


def test_a_share_that_is_asked_about_is_not_deleted(project: Any, office: Any, api: Any) -> None:
    stop(project)
    contribution = project.contributions.get()
    answer = api(office).delete(f"contributions/{contribution.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")


# Answering


@pytest.fixture
def review(project: Any) -> Any:
    """The open review of a stopped project's benefit."""
    stop(project)
    return BenefitReview.objects.get()


@pytest.fixture
def answered(review: Any, office: User, api: Any) -> Any:
    """`answered(decision=…)`: the answer to POST to its answer/."""
    return lambda **body: api(office).verb(f"benefit-reviews/{review.pk}/answer/", body)


def test_a_confirmed_benefit_is_at_stake_no_more(
    answered: Any, figure: Any, review: Any, office: User
) -> None:
    assert figure() == 30
    answer = answered(decision="confirm", findings="CAM-02 brings it too").json()
    assert (answer["state"], answer["decision"]) == ("answered", "confirm")
    assert (answer["decided_on"], answer["decided_by"]) == ("2026-10-31", office.person.pk)
    assert answer["findings"] == "CAM-02 brings it too"
    assert figure() == 0
    assert figure("benefits_forecast_outturn") == 240


def test_a_benefit_is_forecast_anew_before_it_is_said_to_be(
    answered: Any, figure: Any, review: Any
) -> None:
    early = answered(decision="reforecast")
    assert early.status_code == 409
    assert early.json()["errors"][0]["pointer"] == "/decision"
    for year in (2026, 2027):
        factories.entry(review.benefit, year, 70, version_kind="forecast", version_number=2)
    assert answered(decision="reforecast").status_code == 200
    assert (figure(), figure("benefits_forecast_outturn")) == (0, 180)


def in_euros(project: Any, **said: Any) -> BenefitReview:
    """The open review of a benefit in euros of a stopped project, which a rate converts."""
    home = project.programme.portfolio
    factories.currency_rate(home, kind="budget", valid_from="2024-04-01", **said)
    project.contributions.all().delete()
    contribute(project, "0.5", foreign_currency="EUR")
    stop(project)
    return BenefitReview.objects.get(benefit__foreign_currency="EUR")


def test_neither_a_rate_nor_another_year_is_a_new_forecast(
    project: Any, office: User, api: Any
) -> None:
    review = in_euros(project)

    def answer() -> int:
        said = {"decision": "reforecast"}
        return int(api(office).verb(f"benefit-reviews/{review.pk}/answer/", said).status_code)

    home = project.programme.portfolio
    for rate in home.currency_rates.all():
        rate.rate = Decimal("0.9")
        rate.save()
    entries = review.benefit.profile_entries.filter(version_kind="forecast")
    assert {*entries.values_list("exchange_rate", flat=True)} == {Decimal("0.9")}
    assert answer() == 409
    factories.currency_rate(home, kind="budget", rate=Decimal("0.5"), valid_from="2026-01-15")
    home.fiscal_year_start_month = 2
    home.save()
    assert entries.filter(exchange_rate=Decimal("0.5")).exists()
    assert answer() == 409
    entry = entries.latest("period_start")
    entry.value -= 1
    entry.save()
    assert answer() == 200


def test_a_benefit_is_withdrawn_for_a_reason_that_stays(
    answered: Any, figure: Any, review: Any, office: User, api: Any
) -> None:
    assert answered(decision="withdraw").status_code == 400
    assert answered(decision="withdraw", findings="It hung on it").status_code == 200
    benefit = Benefit.objects.get(pk=review.benefit_id)
    assert benefit.status == "withdrawn"
    assert figure("benefits_forecast_outturn") == 0
    history = api(office).get(f"benefits/{benefit.pk}/history/").json()["results"]
    assert history[0]["reason"] == "It hung on it"


def test_a_benefit_that_was_missed_is_not_withdrawn_by_its_review(
    answered: Any, review: Any, office: User, api: Any
) -> None:
    due = {"baseline_on": date(2020, 1, 1), "target_on": date(2020, 2, 1)}
    Benefit.objects.filter(pk=review.benefit_id).update(**due)
    missed = api(office).post(f"benefits/{review.benefit_id}/miss/", {"reason": "Nothing came"})
    assert missed.status_code == 200, missed.json()
    refused = answered(decision="withdraw", findings="It hung on it")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert Benefit.objects.get(pk=review.benefit_id).status == "missed"
    assert answered(decision="confirm").status_code == 200


def test_an_answer_stays_as_it_was_given(
    answered: Any, review: Any, office: User, api: Any
) -> None:
    assert answered(decision="confirm").status_code == 200
    again = answered(decision="withdraw", findings="No")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    path = f"benefit-reviews/{review.pk}/"
    assert api(office).patch(path, {"decision": ""}).status_code == 405
    assert api(office).delete(path).status_code == 405
    assert api(office).post("benefit-reviews/", {}).status_code == 405


@pytest.mark.parametrize("body", [{}, {"decision": "maybe"}, {"decision": "confirm", "by": 1}])
def test_an_answer_says_what_it_decides(body: Any, answered: Any, review: Any) -> None:
    assert answered(**body).status_code == 400
    review.refresh_from_db()
    assert review.state == "open"


def test_an_answer_can_be_previewed(answered: Any, review: Any, office: User, api: Any) -> None:
    body = {"decision": "confirm"}
    seen = api(office).verb(f"benefit-reviews/{review.pk}/answer/?preview=1", body).json()
    (moved,) = seen["programmes"]
    ends = {each["name"]: (each["from"], each["to"]) for each in moved["metrics"]}
    assert ends["benefits_at_stake"] == ("30.00", "0.00")
    review.refresh_from_db()
    assert review.state == "open"


@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 200), ("cam_manager", 200), ("benefit_owner", 200), ("cam02_manager", 403),
     ("viewer", 403), ("ssv_manager", 404), ("stranger", 404)],
)  # fmt: skip
def test_who_answers_for_a_benefit(
    who: str, status: int, demo: Any, pmo: User, api: Any, request: pytest.FixtureRequest
) -> None:
    owned = demo.benefit("B03")
    user = request.getfixturevalue(who)
    if who == "benefit_owner":
        owned.owner = user.person
        owned.save()
    if who == "cam02_manager":
        factories.role(user, "viewer", programme=owned.programme)
    project = owned.contributions.filter(project__status="active").first().project
    terminate_project(project, terminated_on=DAY, reason="No funding", **answers(project), by=pmo)
    review = owned.reviews.get()
    answer = api(user).verb(f"benefit-reviews/{review.pk}/answer/", {"decision": "confirm"})
    assert answer.status_code == status


def test_reviews_are_found_by_what_they_are_about(
    review: Any, project: Any, office: User, api: Any
) -> None:
    client = api(office)
    for query, count in (
        (f"project={project.pk}&state=open", 1),
        (f"benefit={review.benefit_id}&cause=termination", 1),
        (f"programme={project.programme_id}", 1),
        ("state=answered", 0),
    ):
        assert client.get(f"benefit-reviews/?{query}").json()["count"] == count
    row = client.get(f"benefit-reviews/{review.pk}/").json()
    assert (row["project"], row["contribution"]) == (project.pk, review.contribution_id)
    assert (row["state"], row["decision"], row["decided_on"]) == ("open", "", None)


# On every path


def test_an_open_review_is_answered_in_the_admin(client_of: Any, demo: Any, pmo: User) -> None:
    project = demo.project("CAM-06")
    terminate_project(project, terminated_on=DAY, reason="No funding", **answers(project), by=pmo)
    review = BenefitReview.objects.first()
    assert review
    client = client_of(pmo)
    address = reverse("admin:benefits_benefitreview_change", args=[review.pk])
    page = client.get(address)
    refused = client.post(address, entries(page, decision="withdraw", findings=""))
    assert "Say why the benefit is withdrawn." in str(errors(refused))
    done = client.post(address, entries(page, decision="confirm", findings="It comes"), follow=True)
    assert any("was changed successfully" in each for each in said(done))
    review.refresh_from_db()
    assert (review.state, review.decided_by, review.updated_by) == ("answered", pmo.person, pmo)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"decision": "confirm"}, "benefitreview_answered"),
        ({"state": "answered"}, "benefitreview_answered"),
        (
            {"state": "answered", "decision": "withdraw", "decided_on": date(2026, 11, 1)},
            "benefitreview_withdraw_says_why",
        ),
        ({"state": "closed"}, "benefitreview_answered"),
    ],
)
def test_sql_answers_no_review_by_halves(fields: Any, name: str, review: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BenefitReview.objects.filter(pk=review.pk).update(**fields)


def test_of_a_contribution_one_cause_is_asked_once(review: Any) -> None:
    with pytest.raises(IntegrityError, match="benefitreview_one_open"), transaction.atomic():
        BenefitReview.objects.create(
            benefit=review.benefit,
            contribution=review.contribution,
            cause=review.cause,
            asked_on=DAY,
        )
