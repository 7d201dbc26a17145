"""Gates: who decides, what holds them, what votes come to, and that nothing else moves a stage."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from pmhub.models import Person, User
from pmhub.services import Conflict
from programmes.models import Board, Decision, Portfolio
from projects.models import Gate, GateCondition, GateVote, Project
from projects.services.gates import deciders_of
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-31"


class Held:
    """A closely watched project with its manager, a board of three of whom two decide, and the PMO
    that confirms criteria; each signs in."""

    def __init__(self, office: User) -> None:
        self.office = office
        self.home = factories.programme()
        self.manager = factories.user("manager")
        Person.objects.filter(pk=self.manager.person.pk).update(competence="senior")
        self.board = [factories.user(f"member{number}") for number in range(3)]
        for each in self.board:
            factories.role(each, "viewer", programme=self.home)
        with transaction.atomic():
            row = Board.objects.create(
                programme=self.home, name="Board", kind="programme_board", quorum=2
            )
            row.members.set(each.person for each in self.board)
        self.project = factories.project(
            programme=self.home, complexity=5, project_manager=self.manager.person
        )

    @property
    def stage(self) -> str:
        """The stage that the project is in now."""
        self.project.refresh_from_db()
        return self.project.stage


@pytest.fixture
def held(office: User) -> Held:
    """The project, its board and its PMO."""
    return Held(office)


@pytest.fixture
def opened(held: Held, api: Any) -> str:
    """`gates/12/`: a gate to delivery, with a criterion, that the manager has opened."""
    body = {"project": held.project.pk, "code": "G3", "title": "Invest?", "stage_to": "deliver"}
    made = api(held.manager).post("gates/", body)
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["state"], said["kind"], said["stage_from"]) == ("planned", "gate_3", "define")
    criterion = {"gate": said["id"], "text": "It pays"}
    assert api(held.manager).post("gate-criteria/", criterion).status_code == 201
    path = f"gates/{said['id']}/"
    answer = api(held.manager).verb(f"{path}opening/", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "open"), answer.json()
    return path


def meet(api: Any, held: Held, path: str) -> None:
    """Have the PMO say that its criterion is met."""
    id = Gate.objects.get(pk=path.split("/")[1]).criteria.get().pk
    body = {"evidence": "Appraised"}
    assert api(held.office).verb(f"gate-criteria/{id}/fulfilment/", body).status_code == 200


def cast(api: Any, user: User, path: str, choice: str = "proceed", **said: Any) -> Any:
    """Vote at a gate."""
    return api(user).verb(f"{path}vote/", {"choice": choice} | said)


# Who decides


PROFILES = {"light": (1, "expert"), "standard": (3, "practitioner"),
            "enhanced": (5, "senior"), "intensive": (5, "foundation")}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "level", "who", "pmo", "confirmed"),
    [
        ("supportive", "light", "leads", False, False),
        ("supportive", "standard", "leads", False, False),
        ("supportive", "enhanced", "board", False, False),
        ("supportive", "intensive", "board", False, False),
        ("controlling", "light", "leads", False, False),
        ("controlling", "standard", "leads", False, True),
        ("controlling", "enhanced", "board", False, True),
        ("controlling", "intensive", "board", True, False),
        ("directive", "light", "office", False, False),
        ("directive", "standard", "office", False, False),
        ("directive", "enhanced", "board", True, False),
        ("directive", "intensive", "board", True, False),
    ],
)
def test_who_decides_follows_from_oversight_and_the_kind_of_pmo(
    kind: str, level: str, who: str, pmo: bool, confirmed: bool, held: Held
) -> None:
    leads = factories.person()
    held.home.programme_manager = leads
    held.home.save()
    Portfolio.objects.update(pmo_type=kind)
    complexity, competence = PROFILES[level]
    Person.objects.filter(pk=held.manager.person.pk).update(competence=competence)
    Project.objects.filter(pk=held.project.pk).update(complexity=complexity)
    found = deciders_of(Project.objects.get(pk=held.project.pk))
    people = {"leads": [leads], "office": [held.office.person],
              "board": [each.person for each in held.board]}[who]  # fmt: skip
    assert (found.level, found.people) == (level, {each.pk for each in people})
    assert found.quorum == (2 if who == "board" else 1)
    assert found.pmo == ({held.office.person.pk} if pmo else set())
    assert found.confirmed is confirmed


def test_a_project_manager_on_the_board_does_not_decide(held: Held, opened: str) -> None:
    assert held.manager.person.pk not in deciders_of(held.project).people
    (board,) = held.home.boards.all()
    board.members.set([held.manager.person, held.board[0].person])
    with pytest.raises(Conflict, match="board"):
        deciders_of(Project.objects.get(pk=held.project.pk))


def test_what_stands_alone_is_decided_by_its_executive(nothing: None) -> None:
    executive = factories.person()
    project = factories.project(
        portfolio=factories.portfolio(), executive=executive, complexity=1,
        project_manager=factories.person(competence="expert"),
    )  # fmt: skip
    assert deciders_of(project).people == {executive.pk}


# From planning to the decision


def test_a_board_decides_by_its_quorum_and_the_project_goes_on(
    held: Held, opened: str, api: Any
) -> None:
    meet(api, held, opened)
    first = cast(api, held.board[0], opened)
    assert (first.status_code, first.json()["state"]) == (200, "open")
    assert held.stage == "define"
    second = cast(api, held.board[1], opened, comment="It is ready")
    assert (second.json()["state"], second.json()["decision"]) == ("decided", "proceed")
    assert (second.json()["decided_on"], second.json()["reason"]) == (DAY, "It is ready")
    assert held.stage == "deliver"
    left = Decision.objects.get(project=held.project)
    assert (left.cause, left.title, left.outcome) == ("gate", "G3 Invest?", "Proceed")
    (latest, *_) = api(held.office).get(f"projects/{held.project.pk}/history/").json()["results"]
    assert [each["field"] for each in latest["changes"]] == ["stage"]
    assert latest["by"]["id"] == held.board[1].pk


@pytest.mark.parametrize(("who", "status"), [("manager", 403), ("office", 403), ("other", 404)])
def test_nobody_else_votes(
    who: str, status: int, held: Held, opened: str, api: Any
) -> None:  # fmt: skip
    users = {"manager": held.manager, "office": held.office, "other": factories.user("other")}
    assert cast(api, users[who], opened).status_code == status
    assert not GateVote.objects.exists()


def test_who_comes_to_lead_the_project_votes_no_more(held: Held, opened: str, api: Any) -> None:
    coming = held.board[0]
    Project.objects.filter(pk=held.project.pk).update(project_manager=coming.person)
    refused = api(coming).verb(f"{opened}vote/", {"choice": "proceed"})
    assert refused.status_code == 403
    gate = Gate.objects.get(pk=opened.split("/")[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        GateVote.objects.create(gate=gate, person=coming.person, choice="proceed", on=DAY)
    assert not GateVote.objects.exists()
    assert api(held.board[1]).verb(f"{opened}vote/", {"choice": "proceed"}).status_code == 200


def test_each_votes_once_and_for_good(held: Held, opened: str, api: Any) -> None:
    assert cast(api, held.board[0], opened).status_code == 200
    assert cast(api, held.board[0], opened, "stop").status_code == 409
    vote = GateVote.objects.get()
    assert api(held.office).post("gate-votes/", {}).status_code == 405
    assert api(held.office).delete(f"gate-votes/{vote.pk}/").status_code == 405
    with pytest.raises(DatabaseError), transaction.atomic():
        GateVote.objects.update(choice="stop")
    with pytest.raises(IntegrityError), transaction.atomic():
        GateVote.objects.create(
            gate=vote.gate, person=held.manager.person, choice="proceed", on=DAY
        )


@pytest.mark.parametrize(
    ("votes", "decision", "stage"),
    [
        (("stop", "stop"), "stop", "define"),
        (("proceed", "repeat"), "repeat", "define"),
        (("proceed", "stop"), "repeat", "define"),
    ],
)
def test_what_does_not_go_on_stays_in_its_stage(
    votes: tuple[str, str], decision: str, stage: str, held: Held, opened: str, api: Any
) -> None:
    for user, choice in zip(held.board, votes, strict=False):
        answer = cast(api, user, opened, choice)
    assert (answer.json()["decision"], held.stage) == (decision, stage)
    assert Decision.objects.filter(project=held.project, cause="gate").exists()


def test_a_preview_decides_nothing(held: Held, opened: str, api: Any) -> None:
    meet(api, held, opened)
    cast(api, held.board[0], opened)
    body = {"choice": "proceed"}
    tried = api(held.board[1]).verb(f"{opened}vote/?preview=1", body)
    assert tried.json()["object"]["state"] == "decided"
    assert (held.stage, GateVote.objects.count()) == ("define", 1)


def test_what_is_open_is_changed_on_no_path(held: Held, opened: str, api: Any) -> None:
    gate = Gate.objects.get()
    assert api(held.manager).patch(opened, {"title": "Other"}).status_code == 409
    assert api(held.manager).delete(opened).status_code == 409
    late = {"gate": gate.pk, "text": "It is green"}
    assert api(held.manager).post("gate-criteria/", late).status_code in (400, 409)
    assert api(held.manager).patch(opened, {"quorum": 1}).status_code == 400
    for change in (
        lambda: gate.approvers.add(factories.person()),
        gate.approvers.clear,
        lambda: gate.criteria.all().delete(),
        lambda: Gate.objects.update(quorum=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_template_says_what_its_gates_look_at(held: Held, api: Any) -> None:
    template = held.home.portfolio.templates.create(code="T1", name="Usual")
    template.criteria.create(stage="deliver", text="The site is ours")
    template.criteria.create(stage="operate_embed_close", text="It is handed over")
    Project.objects.filter(pk=held.project.pk).update(template=template)
    gate = factories.gate(held.project)
    assert api(held.manager).verb(f"gates/{gate.pk}/opening/", {}).status_code == 200
    assert [each.text for each in gate.criteria.all()] == ["The site is ours"]
    template.criteria.all().delete()
    assert gate.criteria.count() == 1


def test_a_gate_takes_no_criterion_twice_whatever_its_case(held: Held, api: Any) -> None:
    template = held.home.portfolio.templates.create(code="T1", name="Usual")
    template.criteria.create(stage="deliver", text="The Site is ours", mandatory=True)
    Project.objects.filter(pk=held.project.pk).update(template=template)
    gate = factories.gate(held.project)
    gate.criteria.create(text="the site is OURS", mandatory=False)
    assert api(held.manager).verb(f"gates/{gate.pk}/opening/", {}).status_code == 200
    assert [*gate.criteria.values_list("text", "mandatory")] == [("the site is OURS", True)]


# What holds it


def test_a_criterion_holds_it_until_it_is_met_or_waived_by_who_decides(
    held: Held, opened: str, api: Any
) -> None:
    cast(api, held.board[0], opened)
    refused = cast(api, held.board[1], opened)
    assert (refused.status_code, refused.json()["code"]) == (409, "blocked")
    assert "It pays" in refused.json()["detail"]
    assert GateVote.objects.count() == 1
    path = f"gate-criteria/{Gate.objects.get().criteria.get().pk}/"
    met, why = {"evidence": "Appraised"}, {"waiver_reason": "The grant pays"}
    assert api(held.manager).verb(f"{path}fulfilment/", met).status_code == 403  # the PMO confirms
    assert api(held.office).verb(f"{path}fulfilment/", {}).status_code == 400
    assert api(held.manager).verb(f"{path}waiver/", why).status_code == 403
    waived = api(held.board[0]).verb(f"{path}waiver/", why)
    assert (waived.json()["state"], waived.json()["assessor"]) == (
        "waived", held.board[0].person.pk,
    )  # fmt: skip
    assert cast(api, held.board[1], opened).json()["decision"] == "proceed"


def test_what_the_law_asks_for_holds_it(held: Held, opened: str, api: Any) -> None:
    meet(api, held, opened)
    held.project.compliance_items.create(
        code="C9", kind="permit", title="Permit", blocks="start_on_site"
    )
    cast(api, held.board[0], opened)
    refused = cast(api, held.board[1], opened)
    assert (refused.status_code, refused.json()["blocking"]) == (409, ["C9"])
    assert cast(api, held.board[1], opened, "repeat").status_code == 200


def test_a_lapsed_condition_holds_the_next_gate(held: Held, opened: str, api: Any) -> None:
    meet(api, held, opened)
    before = factories.gate(held.project, state="cancelled")
    late = factories.gate_condition(before, due_on="2026-10-30")
    cast(api, held.board[0], opened)
    refused = cast(api, held.board[1], opened)
    assert (refused.status_code, "have lapsed" in refused.json()["detail"]) == (409, True)
    GateCondition.objects.filter(pk=late.pk).update(state="met", met_on=DAY)
    assert cast(api, held.board[1], opened).status_code == 200


def test_plain_sql_asks_for_nothing_by_a_day_that_has_passed(held: Held, opened: str) -> None:
    asked = {"gate": Gate.objects.get(state="open"), "text": "The lease is signed"}
    with pytest.raises(IntegrityError, match="has passed"), transaction.atomic():
        GateCondition.objects.create(due_on="2026-10-30", **asked)
    GateCondition.objects.create(due_on=DAY, **asked)  # the status date is its last day


def test_plain_sql_decides_nothing_against_the_votes(held: Held, opened: str, api: Any) -> None:
    cast(api, held.board[0], opened)
    gates = Gate.objects.filter(state="open")
    with pytest.raises(IntegrityError, match="Too few"), transaction.atomic():
        gates.update(state="decided", decision="proceed", decided_on=DAY)
    cast_by_hand = {"choice": "proceed", "on": DAY, "person": held.board[1].person}
    GateVote.objects.create(gate=gates.get(), **cast_by_hand)
    for decision, said in (("stop", "something else"), ("proceed", "mandatory")):
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            gates.update(state="decided", decision=decision, decided_on=DAY)
    meet(api, held, opened)
    gates.update(state="decided", decision="proceed", decided_on=DAY)
    assert held.stage == "deliver"


# Conditions


def conditional(held: Held, opened: str, api: Any) -> GateCondition:
    """Have the board let the project go on under a condition."""
    meet(api, held, opened)
    asked = {"condition": "The lease is signed", "due_on": "2026-11-14"}
    cast(api, held.board[0], opened, "proceed_with_conditions", **asked)
    cast(api, held.board[1], opened, "proceed_with_conditions")
    return GateCondition.objects.get()


def test_it_goes_on_under_a_condition_that_somebody_owns(held: Held, opened: str, api: Any) -> None:
    row = conditional(held, opened, api)
    assert (row.owner, row.project, held.stage) == (held.manager.person, held.project, "deliver")
    path = f"gate-conditions/{row.pk}/fulfilment/"
    assert api(held.manager).verb(path, {"met_on": DAY}).status_code == 403
    assert api(held.board[2]).verb(path, {"met_on": DAY}).json()["state"] == "met"
    with pytest.raises(DatabaseError), transaction.atomic():
        GateCondition.objects.update(due_on="2027-01-01")


def test_conditions_are_said(held: Held, opened: str, api: Any) -> None:
    meet(api, held, opened)
    undated = cast(api, held.board[0], opened, "proceed_with_conditions", condition="Sign it")
    assert list(errors_of(undated)) == ["/due_on"]
    asked = {"condition": "Sign it", "due_on": "2026-10-30"}
    passed = cast(api, held.board[0], opened, "proceed_with_conditions", **asked)
    assert (passed.status_code, list(errors_of(passed))) == (400, ["/due_on"])
    assert not GateVote.objects.exists()
    cast(api, held.board[0], opened, "proceed_with_conditions")
    refused = cast(api, held.board[1], opened, "proceed_with_conditions")
    assert list(errors_of(refused)) == ["/condition"]


def test_a_condition_lapses_by_the_clock_and_assurance_is_red_until_it_is_met(
    held: Held, opened: str, api: Any, drain: Any
) -> None:
    row = conditional(held, opened, api)
    health = f"projects/{held.project.pk}/forecast/"

    def assurance() -> tuple[str, bool, list[str]]:
        drain()
        found = api(held.office).get(health).json()["health"]
        lapsed = api(held.office).get(f"gate-conditions/{row.pk}/").json()["lapsed"]
        said = [each for each in found["reasons"] if "gate" in each]
        return found["dimensions"]["assurance"], lapsed, said

    assert assurance() == ("green", False, [])
    assert api(held.office).get("gate-conditions/?lapsed=true").json()["count"] == 0
    Portfolio.objects.update(status_date=date(2026, 11, 15))  # nobody saves the condition
    colour, lapsed, said = assurance()
    assert (colour, lapsed) == ("red", True)
    assert "1 condition of a gate lapsed" in said[0]
    assert api(held.office).get("gate-conditions/?lapsed=true").json()["count"] == 1
    api(held.board[2]).verb(f"gate-conditions/{row.pk}/fulfilment/", {"met_on": "2026-11-15"})
    assert assurance()[:2] == ("green", False)


# Nothing else moves a stage


def test_no_other_door_moves_a_stage(held: Held, api: Any) -> None:
    path = f"projects/{held.project.pk}/"
    assert api(held.office).patch(path, {"stage": "deliver"}).status_code == 409
    verb = api(held.office).verb(f"{path}stage/", {"stage": "deliver"})
    assert (verb.status_code, verb.json()["code"]) == (409, "gate_needed")
    with pytest.raises(IntegrityError, match="gate alone"), transaction.atomic():
        Project.objects.filter(pk=held.project.pk).update(stage="deliver")
    with (
        pytest.raises(IntegrityError, match="gate alone"), transaction.atomic(),
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("UPDATE projects_project SET stage = 'deliver'")
    assert held.stage == "define"


def test_who_decides_alone_moves_it_at_once_by_a_gate(office: User, api: Any) -> None:
    project = factories.led_by_pmo()
    path = f"projects/{project.pk}/stage/"
    assert api(office).verb(path, {"stage": "deliver"}).json()["stage"] == "deliver"
    gate = Gate.objects.get(project=project)
    assert (gate.state, gate.decision, gate.votes.get().person) == (
        "decided", "proceed", office.person,
    )  # fmt: skip
    back = api(office).verb(path, {"stage": "define", "reason": "The design failed"})
    assert (back.json()["stage"], project.gates.count()) == ("define", 2)


@pytest.mark.parametrize("state", ["planned", "open"])
def test_a_gate_that_leads_there_is_not_passed_by(
    office: User, api: Any, client_of: Any, state: str
) -> None:
    project = factories.led_by_pmo()
    gate = factories.gate(project, approvers=[office.person], state=state)
    path = f"projects/{project.pk}/stage/"
    refused = api(office).verb(path, {"stage": "deliver"})
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_needed")
    assert "/api/" not in refused.json()["detail"]
    assert refused.json()["see"] == [{"text": str(gate), "page": f"/gates/{gate.pk}/"}]
    page = client_of(office).get(f"/projects/{project.pk}/").content.decode()
    assert f'href="/gates/{gate.pk}/"' in page
    form = page.split('id="stage-form"')[1].split("</rest-form>")[0]
    assert ('value="define"' in form, 'value="deliver"' in form) == (False, False)
    assert 'value="appraise_and_select"' in form
    back = {"stage": "appraise_and_select", "reason": "Look again"}
    assert api(office).verb(path, back).status_code == (200 if state == "planned" else 409)


def test_what_holds_a_gate_leads_to_the_record_that_holds_it(
    held: Held, opened: str, api: Any, client_of: Any
) -> None:
    criterion = Gate.objects.get(pk=opened.split("/")[1]).criteria.get()
    address = f"/gate-criteria/{criterion.pk}/"
    assert f'href="{address}"' in client_of(held.board[0]).get(f"/{opened}").content.decode()
    cast(api, held.board[0], opened)
    refused = cast(api, held.board[1], opened)
    assert (refused.status_code, refused.json()["code"]) == (409, "blocked")
    assert refused.json()["see"] == [{"text": "It pays", "page": address}]


def test_a_gate_of_another_stage_is_planned_and_opened_by_nobody(held: Held, api: Any) -> None:
    body = {"project": held.project.pk, "code": "G5", "title": "Far", "stage_to": "pipeline"}
    refused = api(held.manager).post("gates/", body)
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/stage_to"])
    gate = factories.gate(held.project, stage_from="deliver", stage_to="operate_embed_close")
    refused = api(held.manager).verb(f"gates/{gate.pk}/opening/", {})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/stage_from"])


def test_a_gate_that_led_on_is_sent_back_as_it_is(held: Held, api: Any) -> None:
    gate = factories.passed(held.project, "define", "deliver")
    same = {"project": held.project.pk, "stage_to": "deliver", "title": gate.title}
    answer = api(held.office).patch(f"gates/{gate.pk}/", same)
    assert (answer.status_code, answer.json()["stage_from"]) == (200, "define"), answer.json()
    refused = api(held.office).patch(f"gates/{gate.pk}/", {"stage_to": "feasibility"})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/stage_to"])


def test_only_one_gate_of_a_project_is_open(held: Held, opened: str, api: Any) -> None:
    other = factories.gate(held.project, stage_to="appraise_and_select")
    refused = api(held.manager).verb(f"gates/{other.pk}/opening/", {})
    assert refused.status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        Gate.objects.update(state="open")


def test_who_decides_is_offered_to_vote_and_nobody_else(
    held: Held, opened: str, client_of: Any
) -> None:
    for user, offered in ((held.board[0], True), (held.manager, False), (held.office, False)):
        page = client_of(user).get(f"/{opened}").content.decode()
        assert ("vote-form" in page) is offered


def test_the_page_of_a_project_names_conditions_that_are_not_met(
    client_of: Any, nothing: None
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    project = factories.project()
    held = factories.gate(project)
    for text, due_on in (("Sign the contract", "2026-10-30"), ("Insure the crane", "2026-10-31")):
        factories.gate_condition(held, text=text, due_on=due_on)
    page = client_of(office).get(f"/projects/{project.pk}/").content.decode()
    ahead = " ".join(page.partition("Gates ahead")[2].partition("</section>")[0].split())
    assert ahead.index("Lapsed") < ahead.index("Sign the contract") < ahead.index("Insure")
    assert ahead.count("Lapsed") == 1
