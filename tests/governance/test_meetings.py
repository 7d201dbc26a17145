"""Meetings of boards: the agenda draws itself, is fixed when it is called, and decisions follow."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pmhub.models import User
from programmes.models import Board, BoardMeeting, Decision, Programme
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-20"


class Room:
    """A programme with its SRO and a board of two who decide together."""

    def __init__(self) -> None:
        self.sro = factories.user("sro")
        self.home = factories.programme(sro=self.sro.person)
        self.members = [factories.user(f"member{number}") for number in range(2)]
        with transaction.atomic():
            self.board = Board.objects.create(
                programme=self.home, name="Board", kind="programme_board", quorum=2
            )
            self.board.members.set(each.person for each in self.members)


@pytest.fixture
def room(office: User) -> Room:
    """The programme and its board."""
    return Room()


@pytest.fixture
def planned(room: Room, api: Any) -> str:
    """`board-meetings/1/`, planned by the SRO."""
    body = {"board": room.board.pk, "on": DAY, "about": "Autumn"}
    made = api(room.sro).post("board-meetings/", body)
    assert made.status_code == 201, made.json()
    return f"board-meetings/{made.json()['id']}/"


def test_the_agenda_is_what_waits_for_the_board(room: Room, api: Any, planned: str) -> None:
    project = factories.project(programme=room.home)
    people = [each.person for each in room.members]
    gate = factories.gate(project, approvers=people, state="open")
    factories.gate(project, approvers=[factories.person()])
    change = factories.change_request(
        project, approvers=people, state="impact_assessed", board=room.board
    )
    strayed = factories.exception(project)
    factories.exception()
    question = factories.decision(project)
    factories.decision(factories.programme())
    row = api(room.sro).verb(f"{planned}call/", {}).json()
    assert [(each["type"], each["id"]) for each in row["agenda"]] == [
        ("gates", gate.pk), ("change-requests", change.pk), ("exceptions", strayed.pk),
        ("decisions", question.pk),
    ]  # fmt: skip
    factories.decision(project)
    assert api(room.sro).get(planned).json()["agenda"] == row["agenda"]


def test_it_is_held_by_enough_of_the_board(room: Room, api: Any, planned: str) -> None:
    first, second = (each.person.pk for each in room.members)
    said = {"minutes": "The slab is bigger", "attendance": [first, second]}
    sro = api(room.sro)
    assert sro.verb(f"{planned}minutes/", said).status_code == 409  # not called yet
    sro.verb(f"{planned}call/", {})
    few = sro.verb(f"{planned}minutes/", {**said, "attendance": [first]})
    assert (few.status_code, errors_of(few)) == (409, {"/attendance": "wrong_state"})
    stranger = sro.verb(f"{planned}minutes/", {**said, "attendance": [first, room.sro.person.pk]})
    assert (stranger.status_code, errors_of(stranger)) == (400, {"/attendance": "invalid"})
    row = sro.verb(f"{planned}minutes/", said).json()
    assert (row["state"], row["attendance"]) == ("held", [first, second])
    assert sro.delete(planned).status_code == 409
    assert api(room.members[0]).get(planned).status_code == 404  # a seat is no role


def test_what_was_called_and_held_stays(room: Room, api: Any, planned: str) -> None:
    api(room.sro).verb(f"{planned}call/", {})
    meeting = BoardMeeting.objects.get()
    with pytest.raises(Exception, match="called"), transaction.atomic():
        BoardMeeting.objects.filter(pk=meeting.pk).update(agenda=[{"type": "x"}])
    with pytest.raises(IntegrityError), transaction.atomic():
        BoardMeeting.objects.filter(pk=meeting.pk).update(state="held")


def test_a_decision_is_written_from_it(room: Room, api: Any, planned: str) -> None:
    meeting = BoardMeeting.objects.get()
    body = {"programme": room.home.pk, "title": "Go on?", "meeting": meeting.pk}
    made = api(room.sro).post("decisions/", body)
    assert (made.status_code, made.json()["cause"]) == (201, "meeting")
    assert Decision.objects.get().meeting == meeting
    other = api(room.sro).post("decisions/", {**body, "programme": factories.programme().pk})
    assert other.status_code in (400, 403)


def test_an_agenda_tells_what_its_reader_sees(
    room: Room, office: User, api: Any, client_of: Any
) -> None:
    portfolio = room.home.portfolio
    with transaction.atomic():
        board = Board.objects.create(portfolio=portfolio, name="Portfolio", kind="portfolio_board")
        board.members.set([room.members[0].person])
    mine = factories.decision(room.home, title="Is the hall bigger?")
    hidden = factories.decision(
        factories.programme(portfolio=portfolio), title="Close the library?"
    )
    meeting = factories.board_meeting(board)
    path, page = f"board-meetings/{meeting.pk}/", f"/board-meetings/{meeting.pk}/"

    def titles_on_page(user: User) -> list[str]:
        text = client_of(user).get(page).content.decode()
        return [row.title for row in (mine, hidden) if row.title in text]

    assert titles_on_page(office) == [mine.title, hidden.title]
    assert titles_on_page(room.sro) == [mine.title]

    assert api(office).verb(f"{path}call/", {}).status_code == 200
    assert titles_on_page(office) == [mine.title, hidden.title]
    assert titles_on_page(room.sro) == [mine.title]
    body = {"programme": room.home.pk, "title": "Go on?", "meeting": meeting.pk}
    decision = api(office).post("decisions/", body).json()
    for user, ids in ((office, [mine.pk, hidden.pk]), (room.sro, [mine.pk])):
        assert [row["id"] for row in api(user).get(path).json()["agenda"]] == ids
        of_a_decision = f"decisions/{decision['id']}/?expand=meeting"
        texts = [
            api(user).get(address).content.decode()
            for address in ("board-meetings/", f"{path}history/", of_a_decision)
        ]
        texts.append(client_of(user).get(f"{page}history/").content.decode())
        assert {hidden.title in text for text in texts} == {user == office}


def test_an_action_comes_of_a_meeting_and_of_a_decision(room: Room, api: Any, planned: str) -> None:
    meeting = int(planned.split("/")[1])
    decision = factories.decision(room.home, title="Go on?")
    body = {"title": "Ask the tenants", "due_on": "2026-11-20"}
    for source, id, called in (
        ("meeting", meeting, "Board"), ("decision", decision.pk, "Go on?"),
    ):  # fmt: skip
        made = api(room.sro).post("actions/", body | {source: id})
        assert (made.status_code, made.json()["source"]) == (201, source), made.json()
        assert made.json()["source_code"] == called
        [row] = api(room.sro).get(f"actions/?{source}={id}").json()["results"]
        assert row["overdue"] is False
    assert api(room.sro).get(f"actions/?programme={room.home.pk}").json()["count"] == 2
    stranger = factories.user("stranger")
    assert api(stranger).get("actions/").json()["count"] == 0
    refused = api(factories.user("other")).post("actions/", body | {"meeting": meeting})
    assert refused.status_code in (400, 403, 404)


def lent(giver: User, deputy: User, home: Programme, role: str = "sponsor", **fields: Any) -> Any:
    """What a member lends to a deputy, on a day before the meeting."""
    said = {"programme": home, "starts_on": "2026-10-01", "created_at": "2026-10-01T09:00Z"}
    return factories.delegation(giver, deputy, role, **{**said, **fields})


class Deputy:
    """Dora, the deputy of the first member of the board, who is away and lends her a role."""

    def __init__(self, room: Room) -> None:
        self.away, self.other = room.members
        factories.role(self.away, "sponsor", programme=room.home)
        self.user = factories.user("dora")
        self.lent = lent(self.away, self.user, room.home)
        self.said = f"{self.user.person} for {self.away.person}"

    def attendance(self, *others: User) -> list[int]:
        """Who was there: Dora and these."""
        return [each.person.pk for each in (self.user, *others)]


@pytest.fixture
def deputy(room: Room) -> Deputy:
    """Dora."""
    return Deputy(room)


def test_a_deputy_counts_for_the_quorum_and_the_minutes_say_for_whom(
    room: Room, deputy: Deputy, api: Any, planned: str, client_of: Any
) -> None:
    sro = api(room.sro)
    sro.verb(f"{planned}call/", {})
    there = deputy.attendance(deputy.other)
    row = sro.verb(f"{planned}minutes/", {"minutes": "It goes on", "attendance": there}).json()
    assert (row["state"], sorted(row["attendance"])) == ("held", sorted(there))
    assert row["deputies"] == deputy.said
    assert deputy.said in client_of(room.sro).get(f"/{planned}").content.decode()


@pytest.mark.parametrize("how", ["ended", "another day", "a viewer", "who is there", "leads"])
def test_who_is_nobodys_deputy_there_does_not_count(
    how: str, room: Room, deputy: Deputy, api: Any, planned: str
) -> None:
    sro, there = api(room.sro), [deputy.other]
    lent = type(deputy.lent).objects.filter(pk=deputy.lent.pk)
    if how == "ended":
        lent.update(state="ended")
    elif how == "another day":
        lent.update(starts_on="2026-10-21")
    elif how == "a viewer":
        lent.update(role="viewer")
    elif how == "who is there":
        there = [deputy.away]  # who is there themself has no deputy
    else:
        type(room.home).objects.filter(pk=room.home.pk).update(programme_manager=deputy.user.person)
    sro.verb(f"{planned}call/", {})
    said = {"minutes": "It goes on", "attendance": deputy.attendance(*there)}
    refused = sro.verb(f"{planned}minutes/", said)
    assert (refused.status_code, errors_of(refused)) == (400, {"/attendance": "invalid"})


def test_a_board_decides_with_a_deputy_who_has_no_part_in_it(
    room: Room, deputy: Deputy, api: Any, planned: str
) -> None:
    led = factories.project(programme=room.home, project_manager=deputy.user.person)
    said = {"outcome": "Yes", "rationale": "It pays", "decided_on": DAY, "board": room.board.pk}
    said["present"] = deputy.attendance(deputy.other)
    own = factories.decision(room.home, title="Raised by the deputy")
    Decision.objects.filter(pk=own.pk).update(created_by=deputy.user)
    for question in (factories.decision(led), own):
        few = api(room.sro).verb(f"decisions/{question.pk}/making/", said)
        assert (few.status_code, errors_of(few)) == (409, {"/present": "wrong_state"})
    decided = factories.decision(factories.project(programme=room.home))
    row = api(room.sro).verb(f"decisions/{decided.pk}/making/", said)
    assert (row.status_code, row.json()["deputies"]) == (200, deputy.said), row.json()


def test_a_deputy_on_the_side_of_who_leads_what_is_decided_does_not_count(
    room: Room, deputy: Deputy, api: Any, planned: str
) -> None:
    manager = factories.user("max")
    led = factories.project(programme=room.home, project_manager=manager.person)
    said = {"outcome": "Yes", "rationale": "It pays", "decided_on": DAY, "board": room.board.pk}
    said["present"] = deputy.attendance(deputy.other)
    own = lent(manager, deputy.user, room.home, "project_manager", programme=None, project=led)
    asked = factories.decision(room.home, title="Raised by whom she stands for")
    Decision.objects.filter(pk=asked.pk).update(created_by=deputy.away)
    question = factories.decision(led)
    for one in (question, asked):
        few = api(room.sro).verb(f"decisions/{one.pk}/making/", said)
        assert (few.status_code, errors_of(few)) == (409, {"/present": "wrong_state"})
    type(own).objects.filter(pk=own.pk).update(state="ended")
    assert api(room.sro).verb(f"decisions/{question.pk}/making/", said).status_code == 200


def test_what_is_lent_after_a_meeting_makes_no_quorum_of_it(
    room: Room, deputy: Deputy, api: Any, planned: str
) -> None:
    api(room.sro).verb(f"{planned}call/", {})
    said = {"minutes": "It goes on", "attendance": deputy.attendance(deputy.other)}
    rows = type(deputy.lent).objects.filter(pk=deputy.lent.pk)
    rows.update(created_at="2026-10-21T09:00Z")
    refused = api(room.sro).verb(f"{planned}minutes/", said)
    assert (refused.status_code, errors_of(refused)) == (400, {"/attendance": "invalid"})
    rows.update(created_at=f"{DAY}T09:00Z")
    assert api(room.sro).verb(f"{planned}minutes/", said).status_code == 200


def decide_by_sql(room: Room, *present: User) -> None:
    """Make a decision of the board with these people there, by plain SQL, and commit it."""
    with transaction.atomic():
        made = factories.decision(room.home)
        made.present.set(user.person for user in present)
        Decision.objects.filter(pk=made.pk).update(
            state="made", board=room.board, decided_on=DAY, outcome="Yes"
        )
        with connection.cursor() as cursor:  # check what is deferred to the commit
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_plain_sql_makes_no_decision_with_who_is_nobodys_deputy(room: Room, deputy: Deputy) -> None:
    for people in ([deputy.user], [deputy.user, deputy.away], [room.sro, deputy.other]):
        with pytest.raises(IntegrityError):
            decide_by_sql(room, *people)
    decide_by_sql(room, deputy.user, deputy.other)


def test_two_deputies_of_one_member_are_there_for_one_and_so_is_one_deputy_of_two(
    room: Room, deputy: Deputy
) -> None:
    dan = factories.user("dan")
    lent(deputy.away, dan, room.home)
    with pytest.raises(IntegrityError):
        decide_by_sql(room, deputy.user, dan)
    lent(deputy.other, deputy.user, room.home)
    with pytest.raises(IntegrityError):
        decide_by_sql(room, deputy.user)
    decide_by_sql(room, deputy.user, dan)


def test_plain_sql_counts_no_deputy_whose_delegation_does_not_hold(
    room: Room, deputy: Deputy
) -> None:
    dan = factories.user("dan")
    lent(deputy.away, dan, room.home)
    lent(deputy.other, deputy.user, room.home)
    of_dan = type(deputy.lent).objects.filter(deputy=dan.person)
    elsewhere = factories.programme(portfolio=room.home.portfolio)
    home = Programme.objects.filter(pk=room.home.pk)
    steps: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (home, {"programme_manager": dan.person}, {"programme_manager": None}),
        (of_dan, {"programme": elsewhere}, {"programme": room.home}),
        (of_dan, {"created_at": timezone.now()}, {"created_at": "2026-10-01T09:00Z"}),
    ]
    for rows, change, back in steps:
        rows.update(**change)
        with pytest.raises(IntegrityError):
            decide_by_sql(room, deputy.user, dan)
        rows.update(**back)
        decide_by_sql(room, deputy.user, dan)
    of_dan.update(state="ended")
    with pytest.raises(IntegrityError):
        decide_by_sql(room, deputy.user, dan)
