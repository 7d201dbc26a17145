"""Decisions: proposed by one, made by who may or by a board, frozen, superseded; acts leave one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from pmhub.models import User
from programmes.models import Decision
from projects.models import Project
from projects.services import rebaseline, terminate_project
from tests import factories
from tests.api.conftest import errors_of

SAID = {"outcome": "We go on", "rationale": "The case holds"}


@pytest.fixture
def asked(demo: Any, cam02_manager: User, api: Any) -> Callable[..., str]:
    """`asked(…)`: the address of a decision about CAM-02, proposed by its manager."""

    def propose(**fields: Any) -> str:
        body = {
            "project": demo.project("CAM-02").pk,
            "title": "Go on with piling?",
            "question": "Do we go on?",
            "options": "Go on: on time\nWait: 20 days later",
        }
        made = api(cam02_manager).post("decisions/", body | fields)
        assert made.status_code == 201, made.json()
        assert made.json()["state"] == "proposed"
        return f"decisions/{made.json()['id']}/"

    return propose


def test_one_proposes_another_decides(asked: Any, cam_manager: User, api: Any) -> None:
    path = asked()
    made = api(cam_manager).verb(f"{path}making/", SAID)
    assert made.status_code == 200, made.json()
    said = made.json()
    assert (said["state"], said["decided_on"]) == ("made", "2026-10-31")
    assert (said["decided_by"], said["outcome"]) == (cam_manager.person.pk, "We go on")
    assert api(cam_manager).verb(f"{path}making/", SAID).status_code == 409


@pytest.mark.parametrize(
    ("who", "status"),
    [("pmo", 200), ("sro", 200), ("cam_manager", 200), ("cam02_manager", 403), ("viewer", 403),
     ("stranger", 404)],
)  # fmt: skip
def test_who_decides_about_a_project(
    who: str, status: int, asked: Any, api: Any, request: pytest.FixtureRequest
) -> None:
    answer = api(request.getfixturevalue(who)).verb(f"{asked()}making/", SAID)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("pmo", 200), ("sponsor", 200), ("sro", 200), ("cam_manager", 403)]
)
def test_who_decides_about_a_programme(
    who: str, status: int, demo: Any, api: Any, request: pytest.FixtureRequest
) -> None:
    row = factories.decision(demo.programme("CAM"))
    answer = api(request.getfixturevalue(who)).verb(f"decisions/{row.pk}/making/", SAID)
    assert answer.status_code == status


def test_what_was_made_is_changed_and_deleted_on_no_path(asked: Any, pmo: User, api: Any) -> None:
    path = asked()
    assert api(pmo).patch(path, {"title": "Go on?"}).status_code == 200
    assert api(pmo).patch(path, {"outcome": "Yes"}).status_code == 400  # said by the verb alone
    assert api(pmo).verb(f"{path}making/", SAID).status_code == 200
    assert api(pmo).patch(path, {"title": "Other"}).status_code == 409
    assert api(pmo).delete(path).status_code == 409
    row = Decision.objects.get(outcome="We go on")
    for statement in ("UPDATE programmes_decision SET outcome = 'No' WHERE id = %s",
                      "UPDATE programmes_decision SET state = 'proposed' WHERE id = %s",
                      "DELETE FROM programmes_decision WHERE id = %s"):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [row.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        row.present.add(factories.person())


def test_a_decision_says_why(asked: Any, pmo: User, api: Any) -> None:
    path = f"{asked()}making/"
    for body in ({"outcome": "We go on"}, SAID | {"rationale": " "}):
        refused = api(pmo).verb(path, body)
        assert (refused.status_code, list(errors_of(refused))) == (400, ["/rationale"])
    assert api(pmo).verb(path, SAID).status_code == 200


def test_nothing_is_looked_at_again_before_it_is_decided(asked: Any, pmo: User, api: Any) -> None:
    path = asked()
    body = SAID | {"decided_on": "2026-10-30"}
    refused = api(pmo).verb(f"{path}making/", body | {"review_on": "2026-10-29"})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/review_on"])
    assert api(pmo).verb(f"{path}making/", body | {"review_on": "2026-10-30"}).status_code == 200


def test_what_is_proposed_can_be_withdrawn_for_a_reason(
    asked: Any, cam02_manager: User, api: Any
) -> None:
    path = asked()
    assert api(cam02_manager).verb(f"{path}withdrawal/", {}).status_code == 400
    answer = api(cam02_manager).verb(f"{path}withdrawal/", {"reason": "Settled on site"})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")


def test_another_supersedes_it_and_is_named(asked: Any, pmo: User, api: Any) -> None:
    first = asked()
    id = int(first.split("/")[1])
    second = asked(supersedes=id, title="Go on?")
    early = api(pmo).verb(f"{second}making/", SAID)
    assert (early.status_code, list(errors_of(early))) == (409, ["/supersedes"])
    assert api(pmo).verb(f"{first}making/", SAID).status_code == 200
    before = SAID | {"decided_on": "2020-01-01"}
    assert errors_of(api(pmo).verb(f"{second}making/", before)).keys() == {"/decided_on"}
    assert api(pmo).verb(f"{second}making/", SAID | {"outcome": "We wait"}).status_code == 200
    assert api(pmo).get(first).json()["state"] == "superseded"
    third = asked(supersedes=id, title="Once more")
    assert api(pmo).verb(f"{third}making/", SAID).status_code == 409


def test_it_supersedes_nothing_about_something_else(
    demo: Any, asked: Any, pmo: User, api: Any
) -> None:
    other = factories.decision(demo.programme("CAM"))
    refused = api(pmo).patch(asked(), {"supersedes": other.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/supersedes"])


# By a board


def test_a_board_decides_with_its_quorum_without_who_has_a_part(
    demo: Any, pmo: User, api: Any
) -> None:
    board = demo.portfolio.programmes.get(code="CAM").boards.get()
    people = {code: demo.person(code).pk for code in ("PE05", "PE06", "PE07", "PE08", "PE01")}
    row = factories.decision(demo.programme("CAM"))
    path = f"decisions/{row.pk}/making/"
    body = SAID | {"board": board.pk}
    # The programme manager has a part, and one is no member.
    few = api(pmo).verb(
        path, body | {"present": [people[each] for each in ("PE05", "PE06", "PE07", "PE01")]}
    )
    assert (few.status_code, list(errors_of(few))) == (409, ["/present"])
    there = [people[each] for each in ("PE05", "PE07", "PE08")]
    made = api(pmo).verb(path, body | {"present": there})
    assert made.status_code == 200, made.json()
    assert (made.json()["board"], made.json()["decided_by"]) == (board.pk, None)
    assert made.json()["present"] == sorted(there)
    settle()


def test_who_is_of_a_board_above_it_or_sees_it_is_offered_as_having_been_there(
    demo: Any, pmo: User, client_of: Any
) -> None:
    row = factories.decision(demo.programme("CAM"))
    page = client_of(pmo).get(f"/decisions/{row.pk}/").content.decode()
    ids = {code: demo.person(code).pk for code in ("PE05", "PE08", "PE27", "PE24")}
    told = {code: f'name="present[]" value="{pk}"' in page for code, pk in ids.items()}
    assert told == {"PE05": True, "PE08": True, "PE27": True, "PE24": False}


def test_a_board_of_something_else_does_not_decide(demo: Any, pmo: User, api: Any) -> None:
    other = demo.portfolio.programmes.get(code="NZE").boards.get()
    row = factories.decision(demo.programme("CAM"))
    refused = api(pmo).verb(f"decisions/{row.pk}/making/", SAID | {"board": other.pk})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/board"])


def settle() -> None:
    """Check what is deferred to the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def made_without_a_quorum(board: Any) -> None:
    """Write what a board decided while nobody was there."""
    with transaction.atomic():
        factories.decision(
            board.programme, board=board, state="made", outcome="Yes", decided_on="2026-10-01"
        )
        settle()


def test_plain_sql_lets_no_board_decide_without_its_quorum(nothing: None) -> None:
    board = factories.board()
    with pytest.raises(IntegrityError, match="Too few"):
        made_without_a_quorum(board)


# Acts that leave one


def last(project: Project) -> Any:
    """The latest decision about a project."""
    row = Decision.objects.filter(project=project).latest("id")
    return row.cause, row.state, row.decided_on, row.title, row.rationale


def test_a_new_baseline_leaves_one(nothing: None) -> None:
    project = factories.project()
    user = factories.user("ada")
    rebaseline(
        project, starts_on=date(2026, 1, 1), finishes_on=date(2026, 12, 31),
        budget_at_completion=Decimal(100), profile=[], approved_on=date(2026, 10, 1),
        reason="Agreed", by=user,
    )  # fmt: skip
    assert last(project) == (
        "baseline", "made", date(2026, 10, 1), "Baseline 1 approved", "Agreed",
    )  # fmt: skip


def test_a_draft_of_a_plan_leaves_none(nothing: None) -> None:
    project = factories.project()
    factories.baseline(project, approved_on=None)
    assert not Decision.objects.filter(project=project).exists()
    project.baselines.update(approved_on="2026-10-01")
    assert Decision.objects.filter(project=project).count() == 1


def test_a_move_and_a_stop_leave_one(nothing: None) -> None:
    project = factories.project()
    home: Any = project.programme
    other = factories.programme(portfolio=home.portfolio, code="OTHER")
    Project.objects.filter(pk=project.pk).update(programme=other)  # as by plain SQL
    assert last(project)[:2] == ("move", "made")
    assert last(project)[3] == "Moved to OTHER"
    project.refresh_from_db()
    day = project.owner_portfolio.as_of
    terminate_project(project, terminated_on=day, reason="No case", by=None)
    assert last(project) == ("termination", "made", day, f"Stopped {project.code}", "No case")


def test_an_override_leaves_one_once_it_is_approved(
    demo: Any, sro: User, pmo: User, api: Any
) -> None:
    programme = demo.programme("CAM")
    body = {"programme": programme.pk, "colour": "amber", "reason": "Agreed with the board",
            "expires_on": "2026-12-31"}  # fmt: skip
    made = api(sro).post("health-overrides/", body).json()
    of = Decision.objects.filter(programme=programme, cause="override")
    assert not of.exists()
    assert api(pmo).verb(f"health-overrides/{made['id']}/approval/", {}).status_code == 200
    assert (of.get().decided_by, of.get().rationale) == (pmo.person, "Agreed with the board")
    tried = api(pmo).verb(f"health-overrides/{made['id']}/withdrawal/", {"reason": "Over"})
    assert (tried.status_code, of.count()) == (200, 1)


def test_a_preview_leaves_none(demo: Any, sro: User, pmo: User, api: Any) -> None:
    row = factories.override(demo.programme("CAM"), by=sro.person)
    count = Decision.objects.count()
    assert api(pmo).verb(f"health-overrides/{row.pk}/approval/?preview=1", {}).status_code == 200
    assert Decision.objects.count() == count
