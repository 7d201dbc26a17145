"""What the pages of outputs, outcomes, benefits and objectives say of their place in the chain of
value."""

from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Outcome, StrategicObjective
from projects.models import Output, Project
from tests import factories
from tests.registers.test_pages import text_of


def said(client: Any, collection: str, record: Any) -> str:
    """The words of the page of a record."""
    return text_of(client.get(f"/{collection}/{record.pk}/"))


def test_an_objective_names_what_serves_it_and_what_that_is_worth(
    demo: Any, viewer: User, client_of: Any
) -> None:
    objective = StrategicObjective.objects.get(code="SO1")
    words = said(client_of(viewer), "objectives", objective)
    assert "Programmes: CAM Campus Renewal Programme" in words
    assert "B01 Increased tuition income from growth in student places CAM" in words
    assert "Profiled 32,500 0" in words  # planned over the whole life, and realised
    assert "Progress 24%" in words
    assert "No benefit serves it" not in words


def test_what_serves_an_objective_out_of_sight_is_not_told(
    demo: Any, viewer: User, pmo: User, client_of: Any
) -> None:
    objective = StrategicObjective.objects.get(code="SO1")
    theirs = factories.benefit(programme=demo.programme("NZE"), objective=objective)
    assert theirs.title in said(client_of(pmo), "objectives", objective)
    assert theirs.title not in said(client_of(viewer), "objectives", objective)


def test_an_objective_that_nothing_serves_says_so(pmo: User, client_of: Any, demo: Any) -> None:
    alone = factories.objective(portfolio=demo.portfolio, code="SO99")
    words = said(client_of(pmo), "objectives", alone)
    assert "No programme serves it" in words
    assert "No benefit serves it" in words


def test_an_outcome_names_its_capability_and_where_it_leads(
    demo: Any, viewer: User, client_of: Any
) -> None:
    words = said(client_of(viewer), "outcomes", Outcome.objects.get(code="OC3"))
    assert "1 of 2 outputs so far" in words
    assert "Led to by O01 Cleared site" in words
    assert "Leads to B03 Lower space running cost" in words


def test_a_capability_says_when_outputs_are_out_of_sight(
    demo: Any, viewer: User, pmo: User, client_of: Any
) -> None:
    Project.objects.filter(code="CAM-07").update(programme=demo.programme("NZE"))
    outcome = Outcome.objects.get(code="OC3")
    assert "outputs in sight so far" in said(client_of(viewer), "outcomes", outcome)
    assert "outputs so far" in said(client_of(pmo), "outcomes", outcome)


def test_an_output_names_where_it_leads(demo: Any, viewer: User, client_of: Any) -> None:
    words = said(client_of(viewer), "outputs", Output.objects.get(code="O04"))
    assert "Leads to OC4 First-year students live on campus" in words
    assert "Led to by" not in words


def test_the_map_is_not_told_to_who_sees_the_project_alone(
    demo: Any, cam02_manager: User, client_of: Any
) -> None:
    page = client_of(cam02_manager).get(f"/outputs/{Output.objects.get(code='O02').pk}/")
    assert page.status_code == 200
    assert "On the map" not in text_of(page)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("B03", "Planned to date 60 £k Realised to date 48 £k Attainment 80%"),
        ("B01", "Attainment Nothing planned yet"),
        ("B04", "Attainment 7%"),
    ],
)
def test_a_benefit_says_how_far_it_is(
    code: str, told: str, demo: Any, viewer: User, client_of: Any
) -> None:
    assert told.lower() in said(client_of(viewer), "benefits", demo.benefit(code)).lower()


def test_the_register_of_the_programme_says_the_same(
    demo: Any, viewer: User, client_of: Any
) -> None:
    page = client_of(viewer).get(f"/programmes/{demo.programme('CAM').pk}/benefits/")
    assert "Realising 60 48 80%" in text_of(page)
