"""Gates of programmes and tranches: who decides, what holds them, and that nothing else moves."""

from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from pmhub.models import User
from pmhub.services import Conflict
from programmes.models import Board, Decision, Portfolio, Programme, Tranche
from programmes.rollup.verify import differences
from projects.models import Gate, GateCondition, GateVote
from projects.services.gates import deciders_of, open_gate, vote
from tests import factories
from tests.api.conftest import errors_of
from tests.api.test_life_cycles import ready_programme

DAY = "2026-10-31"


class Steered:
    """A programme that lacks nothing, with its manager, its SRO, a board of two who both decide and
    a sponsoring group of one; each signs in."""

    def __init__(self, stage: str) -> None:
        self.programme = ready_programme({"stage": stage})
        self.manager, self.sponsor = factories.user("manager"), factories.user("sponsor")
        self.board = [factories.user("sro"), factories.user("member")]
        home = self.programme.portfolio
        Programme.objects.filter(pk=self.programme.pk).update(
            programme_manager=self.manager.person, sro=self.board[0].person
        )
        factories.role(self.board[1], "viewer", programme=self.programme)
        factories.role(self.sponsor, "sponsor", portfolio=home)
        with transaction.atomic():
            first = Board.objects.create(
                programme=self.programme, name="Board", kind="programme_board", quorum=2
            )
            first.members.set(each.person for each in self.board)
            group = Board.objects.create(portfolio=home, name="Group", kind="sponsoring_group")
            group.members.set([self.sponsor.person])
        self.programme.refresh_from_db()

    @property
    def stage(self) -> str:
        """The stage that the programme is in now."""
        self.programme.refresh_from_db()
        return str(self.programme.stage)


@pytest.fixture
def steered(office: User) -> Steered:
    """A programme that is being designed."""
    return Steered("design")


@pytest.fixture
def tranche(steered: Steered) -> Tranche:
    """A tranche of it that is being embedded."""
    return steered.programme.tranches.create(code="T9", name="Core", state="embedding")


def planned(api: Any, user: User, **body: Any) -> str:
    """`gates/12/`: a gate that somebody has planned and opened."""
    made = api(user).post("gates/", {"code": "G1", "title": "Go on?", **body})
    assert made.status_code == 201, made.json()
    path = f"gates/{made.json()['id']}/"
    opened = api(user).verb(f"{path}opening/", {})
    assert (opened.status_code, opened.json()["state"]) == (200, "open"), opened.json()
    return path


def cast(api: Any, user: User, path: str, choice: str = "proceed", **said: Any) -> Any:
    """Vote at a gate."""
    return api(user).verb(f"{path}vote/", {"choice": choice} | said)


# Who decides


@pytest.mark.parametrize(
    ("stage", "target", "decides"),
    [
        ("identify", "design", "group"),
        ("design", "plan", "board"),
        ("plan", "deliver", "board"),
        ("evaluate", "embed", "board"),
        ("evaluate", "close", "group"),
        ("deliver", "terminated", "group"),
        ("paused", "terminated", "group"),
    ],
)
def test_the_board_decides_and_the_sponsoring_group_over_beginning_and_end(
    stage: str, target: str, decides: str, office: User
) -> None:
    steered = Steered(stage)
    those = deciders_of(steered.programme, target)
    people = {"board": steered.board, "group": [steered.sponsor]}[decides]
    assert those.people == {each.person.pk for each in people}
    assert those.quorum == len(people)


@pytest.mark.parametrize("kind", ["none", "supportive", "controlling", "directive"])
def test_the_kind_of_pmo_changes_nothing_of_it(
    kind: str, steered: Steered, tranche: Tranche
) -> None:
    Portfolio.objects.update(pmo_type=kind)
    for place, target in ((steered.programme, "plan"), (tranche, "ended")):
        place.refresh_from_db()
        those = deciders_of(place, target)
        assert (len(those.people), those.quorum, those.pmo) == (2, 2, frozenset())


def test_who_leads_the_programme_does_not_decide_on_the_board(steered: Steered) -> None:
    (board,) = steered.programme.boards.all()
    board.members.add(steered.manager.person)
    assert steered.manager.person.pk not in deciders_of(steered.programme, "plan").people
    board.members.remove(steered.board[0].person)
    with pytest.raises(Conflict, match="Too few"):
        deciders_of(Programme.objects.get(pk=steered.programme.pk), "plan")


def test_without_a_board_whoever_steers_decides_alone(office: User) -> None:
    sro, sponsor = factories.user("sro"), factories.user("sponsor")
    programme = factories.programme(sro=sro.person)
    factories.role(sponsor, "sponsor", portfolio=programme.portfolio)
    factories.role(factories.user("viewer"), "viewer", programme=programme)
    people = {each.person.pk for each in (office, sro, sponsor)}
    those = deciders_of(programme, "plan")
    assert (those.people, those.quorum) == (people, 1)


# From planning to the decision


def test_a_board_takes_its_programme_on(steered: Steered, api: Any) -> None:
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to="plan")
    said = api(steered.manager).get(path).json()
    assert (said["kind"], said["stage_from"], said["oversight"]) == (
        "programme_stage",
        "design",
        "",
    )
    assert cast(api, steered.board[0], path).json()["state"] == "open"
    assert steered.stage == "design"
    last = cast(api, steered.board[1], path, comment="It is designed")
    assert (last.json()["decision"], steered.stage) == ("proceed", "plan")
    left = Decision.objects.get(programme=steered.programme)
    assert (left.cause, left.title, left.rationale) == ("gate", "G1 Go on?", "It is designed")
    (latest, *_) = (
        api(steered.manager).get(f"programmes/{steered.programme.pk}/history/").json()["results"]
    )
    assert [each["field"] for each in latest["changes"]] == ["stage"]
    assert latest["by"]["id"] == steered.board[1].pk


def test_a_board_ends_a_tranche(steered: Steered, tranche: Tranche, api: Any) -> None:
    path = planned(api, steered.manager, tranche=tranche.pk, stage_to="ended")
    assert api(steered.manager).get(path).json()["kind"] == "tranche_boundary"
    for user in steered.board:
        answer = cast(api, user, path)
    tranche.refresh_from_db()
    assert (answer.json()["decision"], tranche.state) == ("proceed", "ended")
    assert Decision.objects.get().programme == steered.programme


@pytest.mark.parametrize(("choice", "decision"), [("repeat", "repeat"), ("stop", "stop")])
def test_what_does_not_go_on_stays_in_its_stage(
    choice: str, decision: str, steered: Steered, api: Any
) -> None:
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to="plan")
    for user in steered.board:
        answer = cast(api, user, path, choice)
    assert (answer.json()["decision"], steered.stage) == (decision, "design")


@pytest.mark.parametrize(("who", "status"), [("manager", 403), ("sponsor", 403), ("other", 404)])
def test_nobody_else_votes(who: str, status: int, steered: Steered, api: Any) -> None:
    users = {"manager": steered.manager, "sponsor": steered.sponsor, "other": factories.user()}
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to="plan")
    assert cast(api, users[who], path).status_code == status
    gate = Gate.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        GateVote.objects.create(gate=gate, person=users[who].person, choice="proceed", on=DAY)
    assert not GateVote.objects.exists()


def test_who_comes_to_lead_the_programme_votes_no_more(
    steered: Steered, tranche: Tranche, api: Any
) -> None:
    path = planned(api, steered.manager, tranche=tranche.pk, stage_to="ended")
    coming = steered.board[1]
    Programme.objects.update(programme_manager=coming.person)
    assert cast(api, coming, path).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        GateVote.objects.create(
            gate=Gate.objects.get(), person=coming.person, choice="proceed", on=DAY
        )


# What holds it


def test_a_programme_that_is_not_prepared_does_not_go_on(steered: Steered, api: Any) -> None:
    Programme.objects.update(vision="")
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to="plan")
    cast(api, steered.board[0], path)
    refused = cast(api, steered.board[1], path)
    assert (refused.status_code, refused.json()["code"]) == (409, "blocked")
    assert "Describe its vision" in refused.json()["detail"]
    assert (steered.stage, GateVote.objects.count()) == ("design", 1)
    assert cast(api, steered.board[1], path, "repeat").status_code == 200


def test_a_condition_of_a_tranche_lapses_makes_the_programme_red_and_holds_its_gates(
    steered: Steered, tranche: Tranche, api: Any, drain: Any, office: User
) -> None:
    path = planned(api, steered.manager, tranche=tranche.pk, stage_to="ended")
    asked = {"condition": "The halls are let", "due_on": "2026-11-14"}
    cast(api, steered.board[0], path, "proceed_with_conditions", **asked)
    cast(api, steered.board[1], path, "proceed_with_conditions")
    row = GateCondition.objects.get()
    assert (row.programme, row.project, row.owner) == (
        steered.programme, None, steered.manager.person,
    )  # fmt: skip

    def assurance() -> tuple[str, list[str]]:
        drain()
        place = f"programmes/{steered.programme.pk}/rollup/"
        health = api(office).get(place).json()["metrics"]["health"]
        said = [each for each in health["reasons"] if "gate" in each]
        assert not list(differences())
        return health["dimensions"]["assurance"], said

    assert assurance() == ("green", [])
    Portfolio.objects.update(status_date=date(2026, 11, 15))  # nobody saves the condition
    colour, said = assurance()
    assert (colour, "1 condition of a gate lapsed" in said[0]) == ("red", True)
    lapsed = f"gate-conditions/?lapsed=true&programme={steered.programme.pk}"
    assert api(office).get(lapsed).json()["count"] == 1
    held = planned(api, steered.manager, programme=steered.programme.pk, stage_to="plan")
    cast(api, steered.board[0], held)
    assert "have lapsed" in cast(api, steered.board[1], held).json()["detail"]
    met = {"met_on": "2026-11-15"}
    done = api(steered.board[0]).verb(f"gate-conditions/{row.pk}/fulfilment/", met)
    assert done.status_code == 200
    assert cast(api, steered.board[1], held).status_code == 200
    assert assurance()[0] == "green"


def test_a_gate_of_another_stage_is_planned_and_opened_by_nobody(
    steered: Steered, tranche: Tranche, api: Any
) -> None:
    for body in (
        {"programme": steered.programme.pk, "stage_to": "deliver"},
        {"programme": steered.programme.pk, "stage_to": "paused"},
        {"tranche": tranche.pk, "stage_to": "authorised"},
        {"tranche": tranche.pk, "stage_to": "plan"},
    ):
        refused = api(steered.manager).post("gates/", {"code": "G1", "title": "No", **body})
        assert (refused.status_code, list(errors_of(refused))) == (400, ["/stage_to"])
    two = {"programme": steered.programme.pk, "tranche": tranche.pk, "stage_to": "plan"}
    for body in ({"stage_to": "plan"}, two):
        refused = api(steered.manager).post("gates/", {"code": "G1", "title": "No", **body})
        assert refused.status_code in (400, 409)
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to="plan")
    api(steered.board[0]).verb(f"programmes/{steered.programme.pk}/pause/", {"reason": "No money"})
    cast(api, steered.board[0], path, "repeat")
    refused = cast(api, steered.board[1], path, "repeat")
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/stage_from"])


def test_a_gate_at_the_end_of_a_tranche_is_planned_before_it_has_come_to_it(
    steered: Steered, api: Any
) -> None:
    tranche = steered.programme.tranches.create(code="T8", name="Late", state="in_delivery")
    body = {"tranche": tranche.pk, "code": "G1", "title": "End", "stage_to": "ended"}
    made = api(steered.manager).post("gates/", body)
    assert (made.status_code, made.json()["stage_from"]) == (201, "embedding")
    opening = f"gates/{made.json()['id']}/opening/"
    assert api(steered.manager).verb(opening, {}).status_code == 409
    assert api(steered.manager).verb(f"tranches/{tranche.pk}/embedding/", {}).status_code == 200
    assert api(steered.manager).verb(opening, {}).status_code == 200


# Verbs


@pytest.mark.parametrize(
    ("stage", "noun", "body", "target"),
    [
        ("design", "stage", {"stage": "plan"}, "plan"),
        ("evaluate", "stage", {"stage": "close", "reason": "Done"}, "close"),
        ("plan", "termination", {"actual_end_on": "2026-10-30", "reason": "No"}, "terminated"),
    ],
)
def test_a_verb_holds_a_gate_where_one_decides_alone_and_else_asks_for_one(
    stage: str, noun: str, body: dict[str, Any], target: str, office: User, api: Any
) -> None:
    steered = Steered(stage)
    path = f"programmes/{steered.programme.pk}/{noun}/"
    refused = api(office).verb(path, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_needed")
    assert (steered.stage, Gate.objects.count()) == (stage, 0)
    Board.objects.update(archived_at="2026-10-01T00:00:00Z")
    tried = api(office).verb(f"{path}?preview=1", body)
    assert (tried.json()["object"]["stage"], steered.stage) == (target, stage)
    assert api(office).verb(path, body).json()["stage"] == target
    gate = Gate.objects.get()
    assert (gate.decision, gate.votes.get().person) == ("proceed", office.person)
    left = Decision.objects.get()
    assert left.cause == ("termination" if target == "terminated" else "gate")
    if target == "terminated":
        assert (steered.stage, steered.programme.actual_end_on) == (target, date(2026, 10, 30))


def test_who_stops_a_programme_by_the_last_vote_says_what_becomes_of_its_actions(
    steered: Steered, api: Any
) -> None:
    action = factories.action(steered.programme, title="Tell the tenants")
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to="terminated")
    refused = cast(api, steered.sponsor, path)
    assert (refused.status_code, refused.json()["code"]) == (409, "unsettled")
    assert [each["id"] for each in refused.json()["unanswered"]["actions"]] == [action.pk]
    assert (steered.stage, GateVote.objects.count()) == ("design", 0)
    assert cast(api, steered.sponsor, path, actions="cancel").json()["decision"] == "proceed"
    action.refresh_from_db()
    assert (steered.stage, action.state) == ("terminated", "cancelled")


@pytest.mark.parametrize(("stage", "asked"), [("plan", False), ("terminated", True)])
def test_open_actions_are_asked_about_only_where_a_programme_stops(
    stage: str, asked: bool, steered: Steered, api: Any, client_of: Any
) -> None:
    path = planned(api, steered.manager, programme=steered.programme.pk, stage_to=stage)
    who = steered.sponsor if asked else steered.board[0]
    page = client_of(who).get(f"/{path}").content.decode()
    assert ('id="vote-form"' in page, 'name="actions"' in page) == (True, asked)


@pytest.mark.parametrize(
    ("state", "noun", "target"),
    [("planned", "authorisation", "authorised"), ("embedding", "end", "ended")],
)
def test_a_tranche_passes_its_boundaries_by_gates(
    state: str, noun: str, target: str, steered: Steered, office: User, api: Any
) -> None:
    tranche = steered.programme.tranches.create(code="T7", name="Next", state=state)
    path = f"tranches/{tranche.pk}/"
    refused = api(office).verb(f"{path}{noun}/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_needed")
    assert api(office).patch(path, {"state": target}).status_code == 409
    with pytest.raises(IntegrityError, match="gate alone"), transaction.atomic():
        Tranche.objects.filter(pk=tranche.pk).update(state=target)
    Board.objects.update(archived_at="2026-10-01T00:00:00Z")
    assert api(office).verb(f"{path}{noun}/", {}).json()["state"] == target
    assert Gate.objects.get().tranche == tranche


def test_the_manager_of_a_programme_plans_its_gates_and_passes_none(office: User, api: Any) -> None:
    manager = factories.user("manager")
    programme = ready_programme({"stage": "plan"})
    Programme.objects.update(programme_manager=manager.person)
    tranche = programme.tranches.create(code="T7", name="Next", state="embedding")
    refused = api(manager).verb(f"tranches/{tranche.pk}/end/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_needed")
    path = planned(api, manager, tranche=tranche.pk, stage_to="ended")
    assert cast(api, manager, path).status_code == 403
    assert cast(api, office, path).json()["decision"] == "proceed"


# Nothing else moves a stage


def test_no_other_door_moves_a_programme(steered: Steered, office: User, api: Any) -> None:
    path = f"programmes/{steered.programme.pk}/"
    assert api(office).patch(path, {"stage": "plan"}).status_code == 409
    item = {"id": steered.programme.pk, "version": steered.programme.version, "stage": "plan"}
    assert api(office).client.patch("/api/v1/programmes/bulk/", [item]).status_code >= 400
    with pytest.raises(IntegrityError, match="gate alone"), transaction.atomic():
        Programme.objects.update(stage="plan")
    with (
        pytest.raises(IntegrityError, match="gate alone"), transaction.atomic(),
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("UPDATE programmes_programme SET stage = 'terminated'")
    assert steered.stage == "design"


def test_a_pause_is_no_way_around_a_gate(steered: Steered, office: User, api: Any) -> None:
    path = f"programmes/{steered.programme.pk}/"
    assert api(office).verb(f"{path}pause/", {"reason": "No money"}).status_code == 200
    assert api(office).verb(f"{path}resumption/", {"stage": "plan"}).status_code == 409
    with pytest.raises(IntegrityError, match="paused"), transaction.atomic():
        Programme.objects.update(stage="plan")
    assert api(office).verb(f"{path}resumption/", {"stage": "design"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_last_votes_at_once_make_one_decision(office: User) -> None:
    steered = Steered("design")
    (board,) = steered.programme.boards.all()
    board.quorum = 1
    board.save()
    gate = open_gate(factories.gate(steered.programme), by=office)
    barrier, outcomes = Barrier(2), []

    def last(user: User) -> None:
        barrier.wait()
        try:
            outcomes.append(vote(Gate.objects.get(pk=gate.pk), choice="proceed", by=user).state)
        except ValidationError as error:
            outcomes.append(error.message_dict["state"][0])
        finally:
            connection.close()

    threads = [Thread(target=last, args=[user]) for user in steered.board]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["This gate is not open: nobody votes.", "decided"]
    assert (steered.stage, Decision.objects.count(), GateVote.objects.count()) == ("plan", 1, 1)


def test_the_form_of_a_gate_offers_where_it_may_lead(
    steered: Steered, tranche: Tranche, client_of: Any
) -> None:
    for body, offered, other in (
        (f"programme={steered.programme.pk}", ('value="plan"',), 'value="deliver"'),
        (f"tranche={tranche.pk}", ('value="ended"',), 'value="authorised"'),
    ):
        page = client_of(steered.manager).get(f"/gates/new/?{body}").content.decode()
        assert all(each in page for each in offered)
        assert other not in page


# Templates


def test_gates_of_a_programme_and_its_tranches_look_at_what_its_template_says(
    steered: Steered, office: User, api: Any
) -> None:
    home = steered.programme.portfolio
    template = home.templates.create(code="T1", name="Usual", kind="programme")
    path = "template-criteria/"
    for stage, text in (("plan", "The vision is agreed"), ("ended", "The step can be felt")):
        made = api(office).post(path, {"template": template.pk, "stage": stage, "text": text})
        assert made.status_code == 201, made.json()
    wrong = {"template": template.pk, "stage": "define", "text": "It is designed"}
    refused = api(office).post(path, wrong)
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/stage"])
    of_projects = home.templates.create(code="T2", name="Works")
    refused = api(office).post(path, wrong | {"template": of_projects.pk, "stage": "ended"})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/stage"])
    Programme.objects.filter(pk=steered.programme.pk).update(template=template)
    tranche = steered.programme.tranches.create(
        code="T9", name="Core", sequence=9, state="embedding"
    )
    for place, said in (
        (steered.programme, ["The vision is agreed"]), (tranche, ["The step can be felt"]),
    ):  # fmt: skip
        gate = Gate.objects.get(pk=factories.gate(place).pk)
        open_gate(gate, by=office)
        assert [each.text for each in gate.criteria.all()] == said


def test_a_step_is_offered_to_who_decides_it_alone(
    steered: Steered, tranche: Tranche, client_of: Any
) -> None:
    page, offer = f"/tranches/{tranche.pk}/", f"/api/v1/tranches/{tranche.pk}/end/"
    alone = factories.user("alone")
    factories.role(alone, "sro", programme=steered.programme)
    shown = lambda user: offer in client_of(user).get(page).content.decode()  # noqa: E731
    for user in (steered.board[0], steered.manager, alone):  # two of the board decide
        assert not shown(user), user
    board = steered.programme.boards.get()
    with transaction.atomic():
        board.members.set([alone.person])
        Board.objects.filter(pk=board.pk).update(quorum=1)
    assert [shown(user) for user in (alone, steered.manager)] == [True, False]
