"""What a record names belongs with it, to plain SQL too: REST says so at the field already."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from benefits.models import BenefitAnchor, BenefitReview
from pmhub.models import User
from programmes.models import Acknowledgement, Programme, StatusReport, Tranche
from projects.models import Allocation, Project, Template
from tests import factories
from tests.api.conftest import Api, errors_of


def tranche() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a project, a tranche of its programme, one of another, and what is said of that."""
    home, other = factories.programme(), factories.programme()
    dates = {"starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    own, foreign = (
        Tranche.objects.create(programme=each, code="T1", name="First", **dates)
        for each in (home, other)
    )
    return (
        factories.project(programme=home),
        {"tranche": own},
        {"tranche": foreign},
        "another programme",
    )


def template() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a project, a template of its portfolio, and one of another portfolio."""
    project = factories.project()
    own, foreign = (
        Template.objects.create(portfolio=each, code="SMALL", name="Small works")
        for each in (project.owner_portfolio, factories.portfolio())
    )
    return project, {"template": own}, {"template": foreign}, "another portfolio"


def milestone() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a dependency, a milestone of its giver, and one of its receiver."""
    giver, receiver = factories.project(), factories.project()
    own, foreign = factories.milestone(giver), factories.milestone(receiver)
    link = factories.dependency(giver, receiver)
    return link, {"giver_milestone": own}, {"giver_milestone": foreign}, "another project"


def resource() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a booking, a resource of the portfolio of its project, and one of another."""
    project = factories.project()
    own, foreign = (
        factories.resource(portfolio=each)
        for each in (project.owner_portfolio, factories.portfolio())
    )
    booked = factories.allocation(own, project, 1)
    return booked, {"resource": own}, {"resource": foreign}, "another portfolio"


def report() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a correction, the report that it corrects, and one of another programme."""
    author, period = factories.person(), factories.AS_OF
    own, foreign = (
        StatusReport.objects.create(programme=each, period_end=period, author=author)
        for each in (factories.programme(), factories.programme())
    )
    correction = StatusReport.objects.create(
        programme=own.programme, period_end=period, author=author, corrects=own
    )
    return correction, {"corrects": own}, {"corrects": foreign}, "A correction is of the same"


def decision() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a decision, another about the same project, and one about another."""
    project = factories.project()
    own, foreign = (factories.decision(each) for each in (project, factories.project()))
    newer = factories.decision(project)
    return newer, {"supersedes": own}, {"supersedes": foreign}, "about something else"


def review() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a review, the contribution that it asks about, and one to another benefit."""
    own, foreign = (
        each.contributions.create(project=factories.project(programme=each.programme), weight=1)
        for each in (factories.benefit(), factories.benefit())
    )
    asked = BenefitReview.objects.create(
        benefit=own.benefit, contribution=own, cause="termination", asked_on=factories.AS_OF
    )
    return asked, {"contribution": own}, {"contribution": foreign}, "another benefit"


def board() -> tuple[models.Model, dict[str, Any], dict[str, Any], str]:
    """Return a decision, a board of its portfolio, and one of another."""
    project = factories.project()
    own, foreign = factories.board(project.programme), factories.board(factories.programme())
    return factories.decision(project), {"board": own}, {"board": foreign}, "board of the portfolio"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "made",
    [tranche, template, milestone, resource, report, decision, review, board],
)
def test_no_sql_joins_what_does_not_belong_together(
    made: Callable[[], tuple[models.Model, dict[str, Any], dict[str, Any], str]],
) -> None:
    row, own, foreign, text = made()
    rows = type(row)._base_manager.filter(pk=row.pk)
    assert rows.update(**own) == 1
    with pytest.raises(IntegrityError, match=text), transaction.atomic():
        rows.update(**foreign)
    assert rows.filter(**own).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["milestone", "output"])
def test_a_benefit_hangs_on_nothing_of_another_portfolio(kind: str, pmo: User, api_of: Any) -> None:
    made = {
        "milestone": lambda it: factories.milestone(it, forecast_on="2027-03-01"),
        "output": lambda it: factories.output(it, forecast_on="2027-03-01"),
    }[kind]
    home = factories.project()
    benefit = factories.benefit(programme=home.programme)
    beside = factories.project(programme=factories.programme(portfolio=home.owner_portfolio))
    foreign = made(factories.project())
    said = {"benefit": benefit.pk, "offset_days": 1}
    client = Api(api_of(pmo))
    refused = client.post("benefit-anchors/", said | {kind: foreign.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (409, [f"/{kind}"]), refused.json()
    assert client.post("benefit-anchors/", said | {kind: made(beside).pk}).status_code == 201
    with pytest.raises(IntegrityError, match="portfolio of the benefit"), transaction.atomic():
        BenefitAnchor.objects.create(
            benefit=benefit, offset_days=1, anchored_on="2027-03-01", **{kind: foreign}
        )


@pytest.mark.django_db
def test_what_has_moved_since_is_not_asked_again() -> None:
    project, own, *_ = tranche()
    moved = Project.objects.filter(pk=project.pk)
    moved.update(**own)
    assert moved.update(programme=factories.programme()) == 1
    assert moved.filter(**own).exists()
    booked, own, *_ = resource()
    booking = Allocation.objects.get(pk=booked.pk)
    home = Programme.objects.filter(projects=booking.project)
    assert home.update(portfolio=factories.portfolio()) == 1
    booking.units = 2
    booking.save()
    assert Allocation.objects.get(pk=booked.pk, **own).units == 2


@pytest.mark.django_db
def test_nobody_is_asked_to_know_of_what_is_not_decided() -> None:
    proposed = factories.decision(factories.programme())
    asked = {"person": factories.person(), "asked_on": factories.AS_OF}
    with pytest.raises(IntegrityError, match="not decided"), transaction.atomic():
        Acknowledgement.objects.create(decision=proposed, **asked)
    assert factories.acknowledgement().pk
