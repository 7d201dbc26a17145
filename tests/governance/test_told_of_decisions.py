"""A decision leads to the one that superseded it, is acknowledged on its own page, and who has not
is asked again."""

from datetime import timedelta
from html import unescape
from typing import Any

import pgtrigger
import pytest
from django.db import transaction

from pmhub.models import User
from programmes.models import Acknowledgement, Board, Decision
from programmes.services import make_decision
from tests import factories
from tests.api.conftest import errors_of

WEEK = timedelta(days=7)


def page_of(row: Decision, user: User, client_of: Any) -> str:
    """The page of a decision."""
    page = unescape(client_of(user).get(f"/decisions/{row.pk}/").content.decode())
    return " ".join(page.split())


@pytest.fixture
def told(demo: Any, pmo: User, cam_manager: User) -> Decision:
    """A decision that the manager of CAM and its SRO are asked to acknowledge."""
    row = factories.decision(demo.programme("CAM"), title="Build in brick")
    row.audience.set([cam_manager.person, demo.programme("CAM").sro])
    return make_decision(row, outcome="Yes", by=pmo)


def test_a_superseded_decision_leads_to_its_successor_and_back(
    told: Decision, demo: Any, pmo: User, viewer: User, api: Any, client_of: Any
) -> None:
    assert api(viewer).get(f"decisions/{told.pk}/").json()["superseded_by"] is None
    after = factories.decision(demo.programme("CAM"), title="Build in wood", supersedes=told)
    assert "It holds no more" not in page_of(told, viewer, client_of)
    make_decision(after, outcome="Yes", by=pmo)
    assert api(viewer).get(f"decisions/{told.pk}/").json()["superseded_by"] == after.pk
    page = page_of(told, viewer, client_of)
    assert f'It holds no more: <a href="/decisions/{after.pk}/">Build in wood</a>' in page
    assert f'href="/decisions/{told.pk}/"' in page_of(after, viewer, client_of)


def test_a_decision_of_a_project_without_a_programme_names_the_board_of_its_portfolio(
    nothing: None, client_of: Any
) -> None:
    home = factories.portfolio()
    pmo = factories.user("office")
    factories.role(pmo, "pmo", portfolio=home)
    board = Board.objects.create(portfolio=home, name="Board", quorum=1, kind="portfolio_board")
    board.members.add(factories.person(name="Ada Absent"))
    alone = factories.project(portfolio=home)
    answer = client_of(pmo).get(f"/decisions/new/?project={alone.pk}")
    assert answer.status_code == 200
    assert "Ada Absent" in answer.content.decode()


def test_who_is_asked_acknowledges_on_the_page_of_the_decision(
    told: Decision, cam_manager: User, viewer: User, api: Any, client_of: Any
) -> None:
    own = Acknowledgement.objects.get(decision=told, person=cam_manager.person)
    page = page_of(told, cam_manager, client_of)
    assert f'action="/api/v1/acknowledgements/{own.pk}/reading/"' in page
    assert f'leads-to="/decisions/{told.pk}/"' in page.split("reading-form")[1]
    assert page.index("reading-form") < page.index("What is asked")
    assert "2 of 2 asked have not acknowledged it" in page
    assert "reading-form" not in page_of(told, viewer, client_of)
    assert api(cam_manager).verb(f"acknowledgements/{own.pk}/reading/", {}).status_code == 200
    after = page_of(told, cam_manager, client_of)
    assert "reading-form" not in after
    assert "1 of 2 asked has not acknowledged it" in after


def test_who_has_not_is_asked_again_and_no_sooner_than_after_a_week(
    told: Decision, pmo: User, cam_manager: User, viewer: User, api: Any
) -> None:
    path = f"decisions/{told.pk}/asking-again/"
    assert api(viewer).verb(path, {}).status_code == 403
    soon = api(pmo).verb(path, {})
    assert (soon.status_code, [*errors_of(soon)]) == (409, ["/audience"])
    with pgtrigger.ignore("programmes.Acknowledgement:asked_holds"):  # a week goes by
        Acknowledgement.objects.filter(decision=told).update(asked_on=factories.AS_OF - WEEK)
    assert api(pmo).verb(path, {}).status_code == 200
    asked = {row.asked_again_on for row in Acknowledgement.objects.filter(decision=told)}
    assert asked == {factories.AS_OF}
    assert api(pmo).verb(path, {}).status_code == 409
    waiting = api(cam_manager).get("waiting/").json()["results"]
    (mine,) = [each for each in waiting if each["rule"] == "decision_to_acknowledge"]
    assert mine["due_on"] == factories.AS_OF.isoformat()


def test_only_who_may_see_it_is_offered_and_who_of_the_board_may_not_is_named(
    demo: Any, pmo: User, cam_manager: User, client_of: Any
) -> None:
    home = demo.programme("CAM")
    without_access = factories.person(name="Bert Blind")
    with transaction.atomic():
        board = Board.objects.create(programme=home, name="B", kind="programme_board", quorum=1)
        board.members.set([cam_manager.person, without_access])
    page = unescape(client_of(pmo).get(f"/decisions/new/?programme={home.pk}").content.decode())
    (offered,) = [part for part in page.split("<fieldset") if "audience-" in part]
    assert cam_manager.person.name in offered
    said = offered.split("do not see it:")[1].split("</span>")[0]
    assert "Bert Blind" in said
    assert cam_manager.person.name not in said
    assert f'value="{without_access.pk}"' not in offered
