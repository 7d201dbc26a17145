"""Boards with members and quorum, and how much each level decides by delegation."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from pmhub.models import User
from programmes.delegated_limits import LEVELS, Limit, level_for
from programmes.models import Board, DelegatedLimit, Level
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def people(demo: Any) -> list[int]:
    """Three people of the demo."""
    return [demo.person(code).pk for code in ("PE05", "PE06", "PE07")]


def settled(*writes: Callable[[], Any]) -> None:
    """Do all of these in one transaction, and check what is deferred to its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        for write in writes:
            write()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_the_sponsor_makes_one_changes_it_and_puts_it_away(
    demo: Any, people: list[int], sponsor: User, api: Any
) -> None:
    body = {"programme": demo.programme("CAM").pk, "name": "Design board",
            "kind": "programme_board", "chair": people[0], "members": people[:2],
            "quorum": 2}  # fmt: skip
    made = api(sponsor).post("boards/", body)
    assert made.status_code == 201, made.json()
    path = f"boards/{made.json()['id']}/"
    changed = api(sponsor).patch(path, {"members": people, "quorum": 3})
    assert (changed.status_code, changed.json()["members"]) == (200, sorted(people))
    assert api(sponsor).patch(path, {"members": people[1:], "quorum": 2}).status_code == 400
    assert api(sponsor).verb(f"{path}archive/", {}).status_code == 200
    assert made.json()["id"] not in [
        each["id"] for each in api(sponsor).get("boards/").json()["results"]
    ]


def test_no_sro_sets_up_who_decides_above_them(
    demo: Any, people: list[int], sro: User, api: Any
) -> None:
    board = Board.objects.get(programme=demo.programme("CAM"))
    path, own = f"boards/{board.pk}/", api(sro)
    body = {"programme": demo.programme("CAM").pk, "name": "Mine", "kind": "programme_board",
            "members": [sro.person.pk], "quorum": 1}  # fmt: skip
    refused = [
        own.post("boards/", body),
        own.patch(path, {"members": [sro.person.pk], "quorum": 1}),
        own.verb(f"{path}archive/", {}),
        own.delete(path),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert refused[0].json()["detail"].endswith("Ask whoever may: Sponsor, PMO.")


def test_no_sponsor_sets_up_who_decides_above_their_limit(
    demo: Any, people: list[int], sponsor: User, pmo: User, api: Any
) -> None:
    body = {"portfolio": demo.portfolio.pk, "name": "Mine", "kind": "portfolio_board",
            "members": people, "quorum": 1}  # fmt: skip
    limit = DelegatedLimit.objects.filter(portfolio=demo.portfolio, level="sponsor")
    limit.update(cost=5000)
    refused = api(sponsor).post("boards/", body)
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("Nobody sets what limits them")
    assert api(pmo).post("boards/", body).status_code == 201
    limit.update(cost=None)
    assert api(sponsor).post("boards/", body | {"name": "Ours"}).status_code == 201


@pytest.mark.parametrize(
    ("who", "of_programme", "of_portfolio"),
    [("pmo", 201, 201), ("sponsor", 201, 201), ("sro", 403, 403), ("cam_manager", 403, 403),
     ("viewer", 403, 403)],
)  # fmt: skip
def test_who_makes_boards(
    who: str, of_programme: int, of_portfolio: int, demo: Any, people: list[int], api: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    user = request.getfixturevalue(who)
    body = {"name": "Another", "members": people, "quorum": 2}
    of = {"programme": demo.programme("CAM").pk, "kind": "programme_board"}
    assert api(user).post("boards/", body | of).status_code == of_programme
    of = {"portfolio": demo.portfolio.pk, "kind": "portfolio_board"}
    assert api(user).post("boards/", body | of).status_code == of_portfolio


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"quorum": 4}, "/quorum"), ({"quorum": 0}, "/quorum"), ({"members": []}, "/quorum"),
     ({"kind": "portfolio_board"}, "/kind"), ({"name": "campus renewal board"}, "/name")],
    ids=str,
)  # fmt: skip
def test_a_board_that_could_never_decide_is_refused(
    fields: Any, place: str, demo: Any, people: list[int], pmo: User, api: Any
) -> None:
    body = {"programme": demo.programme("CAM").pk, "name": "Another", "kind": "programme_board",
            "members": people, "quorum": 2}  # fmt: skip
    refused = api(pmo).post("boards/", body | fields)
    assert (refused.status_code, list(errors_of(refused))) == (400, [place])


def test_plain_sql_leaves_no_board_without_its_quorum_or_chair(nothing: None) -> None:
    board = factories.board()
    settled()
    chair: Any = board.chair
    row = Board.objects.filter(pk=board.pk)
    with pytest.raises(IntegrityError, match="A quorum"):
        settled(lambda: row.update(quorum=3))
    with pytest.raises(IntegrityError, match="one of its members"):
        settled(lambda: row.update(quorum=1), lambda: board.members.remove(chair))
    with pytest.raises(IntegrityError, match="A quorum"):
        settled(board.members.clear)


# Delegated limits


@pytest.mark.parametrize(
    ("cost", "days", "benefit", "level"),
    [
        ("50", 0, "0", "project_manager"),
        ("50.01", 0, "0", "sro"),
        ("-60", 0, "0", "sro"),
        ("0", 8, "0", "sro"),
        ("0", 0, "6", "sponsor"),
        ("1000000", 999, "100", "sponsor"),
    ],
)
def test_above_it_on_any_of_the_three_goes_one_level_up(
    cost: str, days: int, benefit: str, level: str
) -> None:
    limits = {
        "project_manager": Limit(Decimal(50), 7, Decimal(0)),
        "sro": Limit(Decimal(1000), 60, Decimal(5)),
        "sponsor": Limit(None, None, None),
    }
    assert level_for(limits, Decimal(cost), days, Decimal(benefit)) == level
    del limits["sponsor"]
    assert level_for(limits, Decimal(10_000), 0, Decimal(0)) is None


def test_rest_says_who_decides(demo: Any, viewer: User, stranger: User, api: Any) -> None:
    path = f"delegated-limits/level/?portfolio={demo.portfolio.pk}"
    assert api(viewer).get(path).json()["level"] == "project_manager"
    assert api(viewer).get(f"{path}&cost=50.01").json()["level"] == "executive"
    assert api(viewer).get(f"{path}&cost=10&days=121").json()["level"] == "sponsor"
    assert api(viewer).get(f"{path}&cost=much").status_code == 400
    assert api(stranger).get(path).status_code in (400, 404)


def test_limits_rise_by_level_on_every_path(demo: Any, pmo: User, sro: User, api: Any) -> None:
    row = DelegatedLimit.objects.get(portfolio=demo.portfolio, level="sro")
    path = f"delegated-limits/{row.pk}/"
    assert api(sro).patch(path, {"cost": "1200"}).status_code == 403
    assert api(pmo).patch(path, {"cost": "1200"}).status_code == 200
    for cost in ("499.99", "2500.01", None):
        refused = api(pmo).patch(path, {"cost": cost})
        assert (refused.status_code, errors_of(refused)) == (409, {"/level": "limits_rise"})
        with pytest.raises(IntegrityError):
            settled(partial(DelegatedLimit.objects.filter(pk=row.pk).update, cost=cost))


def test_a_level_has_one_limit(demo: Any, pmo: User, api: Any) -> None:
    body = {"portfolio": demo.portfolio.pk, "level": "sro", "cost": "1000"}
    refused = api(pmo).post("delegated-limits/", body)
    assert refused.status_code == 400
    assert "This level has its limit here" in refused.content.decode()
    assert [*LEVELS] == Level.values
