"""Budget requests: asked from below, decided by level, written as a line, within the envelope."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from programmes.models import Board, Programme
from programmes.rollup.verify import differences
from projects.models import BudgetLine, BudgetRequest, Project
from tests import factories
from tests.api.conftest import errors_of

YEAR = {"fiscal_year": 2026, "treatment": "capital"}
LIMITS = (("executive", 50), ("programme_manager", 200), ("sro", 500), ("programme_board", 900))


class Office:
    """A programme with its people, limits by level, and an envelope."""

    def __init__(self) -> None:
        self.people = {name: factories.user(name) for name in ("lead", "manager", "sro", "sponsor")}
        self.programme: Programme = factories.programme(
            programme_manager=self.people["manager"].person, sro=self.people["sro"].person
        )
        self.portfolio = self.programme.portfolio
        self.project: Project = factories.project(
            programme=self.programme, project_manager=self.people["lead"].person
        )
        factories.role(self.people["sponsor"], "sponsor", portfolio=self.portfolio)
        with transaction.atomic():
            for level, cost in reversed(LIMITS):
                self.portfolio.delegated_limits.create(level=level, cost=cost)

    def asked(self, amount: Any, **fields: Any) -> str:
        """The address of a submitted request of the project manager's."""
        lead = self.people["lead"]
        row = factories.budget_request(
            fields.pop("home", self.project), amount=amount, state="submitted", created_by=lead,
            **fields,
        )  # fmt: skip
        return f"budget-requests/{row.pk}/"

    def decision(self, **fields: Any) -> Any:
        """A decision about the programme that was made."""
        made = {"state": "made", "outcome": "Yes", "decided_on": "2026-10-01"}
        return factories.decision(self.programme, **made | fields)

    def board(self, **fields: Any) -> Board:
        """A board that decides with one of its members."""
        return factories.board(self.programme, quorum=1, **fields)

    def decided_by_board(self, board: Board) -> Any:
        """A decision of a board."""
        with transaction.atomic():
            made = factories.decision(self.programme)
            made.present.set(board.members.all())
            for name, value in {
                "state": "made", "outcome": "Yes", "decided_on": "2026-10-01", "board": board,
            }.items():  # fmt: skip
                setattr(made, name, value)
            made.save()
        return made


@pytest.fixture
def house(nothing: None) -> Office:
    """The programme with its people, limits and envelope."""
    return Office()


def test_it_is_written_submitted_approved_and_becomes_a_line(house: Office, api: Any) -> None:
    lead, manager = (api(house.people[name]) for name in ("lead", "manager"))
    body = {"project": house.project.pk, "code": "BR1", "title": "Cranes", "amount": "120",
            "reason": "They are dearer", "category": "equipment", **YEAR}  # fmt: skip
    made = lead.post("budget-requests/", body).json()
    path = f"budget-requests/{made['id']}/"
    assert (made["state"], made["level"]) == ("draft", "programme_manager")
    assert lead.patch(path, {"amount": "130"}).status_code == 200
    assert lead.verb(f"{path}submission/", {}).json()["state"] == "submitted"
    assert lead.patch(path, {"amount": "140"}).status_code == 409
    assert lead.verb(f"{path}approval/", {}).status_code == 403
    answer = manager.verb(f"{path}approval/", {"reason": "They are"}).json()
    assert (answer["state"], answer["approved_amount"]) == ("approved", "130.00")
    assert (answer["decided_by"], answer["answer"]) == (
        house.people["manager"].person.pk, "They are",
    )  # fmt: skip
    line = BudgetLine.objects.get(pk=answer["budget_line"])
    assert (line.project, line.code, line.approved) == (house.project, "BR1", Decimal(130))
    assert (line.category, line.fiscal_year, line.treatment) == ("equipment", 2026, "capital")
    history = manager.get(f"budget-lines/{line.pk}/history/").json()["results"]
    assert history[0]["reason"] == "Budget request BR1 Cranes"
    assert manager.verb(f"{path}refusal/", {"reason": "No"}).status_code == 409
    assert manager.delete(path).status_code == 409


def test_a_part_is_approved_or_none_and_it_says_why(house: Office, api: Any) -> None:
    manager = api(house.people["manager"])
    path = house.asked(100)
    for amount in ("0", "-1", "100.01", "NaN"):
        refused = manager.verb(f"{path}approval/", {"approved_amount": amount})
        assert errors_of(refused).keys() == {"/approved_amount"}, amount
    answer = manager.verb(f"{path}approval/", {"approved_amount": "40"}).json()
    assert (answer["state"], answer["approved_amount"]) == ("partly", "40.00")
    assert house.project.budget_lines.get().approved == 40
    path = house.asked(100)
    assert errors_of(manager.verb(f"{path}refusal/", {})) == {"/reason": "required"}
    answer = manager.verb(f"{path}refusal/", {"reason": "Next year"}).json()
    assert (answer["state"], answer["answer"], answer["budget_line"]) == (
        "refused", "Next year", None,
    )  # fmt: skip
    assert house.project.budget_lines.count() == 1


def test_it_is_returned_and_asked_anew(house: Office, api: Any) -> None:
    lead, path = api(house.people["lead"]), house.asked(100)
    assert lead.verb(f"{path}return/", {"reason": "Too much"}).json()["state"] == "draft"
    assert lead.patch(path, {"amount": "90"}).status_code == 200
    assert lead.delete(path).status_code == 204


@pytest.mark.parametrize(("who", "most"), [("manager", 200), ("sro", 500), ("sponsor", 900)])
def test_each_level_decides_up_to_its_limit(who: str, most: int, house: Office, api: Any) -> None:
    client = api(house.people[who])
    above = house.asked(most + 1)
    refused = client.verb(f"{above}approval/", {})
    assert refused.status_code == 403
    assert errors_of(refused).keys() <= {"/approved_amount", "/decision"}
    assert client.verb(f"{above}approval/", {"approved_amount": "50"}).status_code == 200
    if who != "sponsor":  # what is above the SRO's is the board's
        assert client.verb(f"{house.asked(most - 49)}approval/", {}).status_code == 403
        assert client.verb(f"{house.asked(most - 50)}approval/", {}).status_code == 200


def test_nobody_allows_themself_more_than_an_envelope(house: Office, api: Any) -> None:
    with transaction.atomic():
        factories.envelope(house.portfolio, 1000)
        factories.envelope(house.programme, 150)
    sro, path = api(house.people["sro"]), house.asked(151)
    own = house.decision(decided_by=house.people["sro"].person)
    refused = sro.verb(f"{path}approval/", {"decision": own.pk})
    assert (refused.status_code, errors_of(refused).keys()) == (403, {"/decision"})
    assert "a board, of the sponsor or of the PMO" in refused.json()["detail"]
    above = house.decision(decided_by=house.people["sponsor"].person)
    assert sro.verb(f"{path}approval/", {"decision": above.pk}).status_code == 200


def test_above_the_people_a_board_decides(house: Office, api: Any) -> None:
    manager, board = api(house.people["manager"]), house.board()
    path = house.asked(800)
    plain = {"decision": house.decision().pk}
    assert manager.verb(f"{path}approval/", plain).status_code == 403  # nobody's board
    decided = house.decided_by_board(board)
    answer = manager.verb(f"{path}approval/", {"decision": decided.pk})
    assert (answer.status_code, answer.json()["decision"]) == (200, decided.pk)
    again = manager.verb(f"{house.asked(800)}approval/", {"decision": decided.pk})
    assert errors_of(again).keys() == {"/decision"}
    beyond = manager.verb(
        f"{house.asked(901)}approval/", {"decision": house.decided_by_board(board).pk}
    )
    assert beyond.status_code == 403  # above its limit, too


@pytest.mark.parametrize("who", ["manager", "sro"])
def test_nobody_approves_what_they_ask_for_or_lead_with(who: str, house: Office, api: Any) -> None:
    user = house.people[who]
    row = factories.budget_request(house.project, amount=10, state="submitted", created_by=user)
    path = f"budget-requests/{row.pk}/approval/"
    refused = api(user).verb(path, {})
    assert (refused.status_code, errors_of(refused).keys()) == (403, {"/state"})
    Project.objects.filter(pk=house.project.pk).update(project_manager=user.person)
    refused = api(user).verb(f"{house.asked(10)}approval/", {})
    assert refused.status_code == 403
    line = factories.budget(house.project, 10, **YEAR)
    with pytest.raises(IntegrityError, match="Nobody decides about money"), transaction.atomic():
        BudgetRequest.objects.filter(pk=row.pk).update(
            state="approved", approved_amount=10, budget_line=line, decided_on="2026-10-01",
            decided_by=user.person,
        )  # fmt: skip


def test_a_programme_asks_for_itself_and_who_is_above_it_decides(house: Office, api: Any) -> None:
    row = factories.budget_request(
        house.programme, amount=60, state="submitted", created_by=house.people["manager"]
    )
    path = f"budget-requests/{row.pk}/approval/"
    assert api(house.people["manager"]).verb(path, {}).status_code == 403
    answer = api(house.people["sro"]).verb(path, {}).json()
    line = house.programme.lines.get(pk=answer["programme_line"])
    assert (line.approved_budget, line.fiscal_year, line.treatment) == (60, 2026, "capital")


# Envelopes


def test_above_an_envelope_it_takes_a_decision(house: Office, api: Any) -> None:
    with transaction.atomic():
        factories.envelope(house.portfolio, 1000)
        factories.envelope(house.programme, 150)
    factories.budget(house.project, 100, **YEAR)
    manager = api(house.people["manager"])
    path = house.asked(51)
    refused = manager.verb(f"{path}approval/", {})
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/decision"})
    assert "£50.0k of the envelope" in refused.json()["detail"]
    assert house.project.budget_lines.count() == 1
    assert manager.verb(f"{house.asked(50)}approval/", {}).status_code == 200
    foreign = factories.decision(
        factories.programme(portfolio=house.portfolio), state="made", outcome="Yes",
        decided_on="2026-10-01",
    )  # fmt: skip
    proposed = factories.decision(house.programme)
    for other in (foreign, proposed, factories.decision(house.project)):
        answer = manager.verb(f"{path}approval/", {"decision": other.pk})
        assert (answer.status_code in (400, 409), list(errors_of(answer))) == (True, ["/decision"])
    answer = manager.verb(f"{path}approval/", {"decision": house.decision().pk})
    assert answer.json()["state"] == "approved"


@pytest.mark.parametrize("whole", [True, False])
def test_plain_sql_goes_above_no_envelope_and_approves_nothing_without_its_line(
    whole: bool, house: Office
) -> None:
    with transaction.atomic():
        factories.envelope(house.portfolio, 100 if whole else 1000)
        factories.envelope(house.programme, 100)
    row = factories.budget_request(house.project, amount=101, state="submitted")
    rows = BudgetRequest.objects.filter(pk=row.pk)
    given: dict[str, Any] = {"state": "approved", "approved_amount": 101}
    given["decided_on"] = "2026-10-01"
    for line, said in (
        (None, "line of its own"),
        (factories.budget(factories.project(), 101, **YEAR), "line of its own"),
        (factories.budget(house.project, 101, **YEAR), "above an envelope"),
    ):
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            rows.update(**given, budget_line=line)
    rows.update(**given, budget_line=line, decision=house.decision())
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(approved_amount=99)


# Figures


def test_approval_moves_the_figures_as_its_preview_said_and_the_bridge_names_it(
    house: Office, api: Any, drain: Any
) -> None:
    factories.budget(house.project, 300)
    drain()
    manager, path = api(house.people["manager"]), house.asked(120)
    programme = f"programmes/{house.programme.pk}"
    since = manager.get(f"{programme}/rollup/").json()["computed_at"]
    seen = manager.post(f"{path}approval/?preview=1", {}).json()
    (told,) = seen["programmes"]
    moved = {each["name"]: (each["from"], each["to"]) for each in told["metrics"]}
    assert moved["approved_budget"] == ("300.00", "420.00")
    assert not house.project.budget_lines.filter(fiscal_year=2026).exists()
    manager.verb(f"{path}approval/", {})
    drain()
    assert differences() == []
    after = manager.get(f"{programme}/rollup/").json()["metrics"]
    assert {name: after[name]["value"] for name in moved} == {
        name: value for name, (_, value) in moved.items()
    }
    asked = urlencode({"metric": "approved_budget", "from": since})
    (part,) = manager.get(f"{programme}/bridge/?{asked}").json()["parts"]
    assert (part["amount"], part["by"]["id"]) == ("120.00", house.people["manager"].pk)
    assert part["reason"].startswith("Budget request BR")


def test_a_project_that_has_ended_is_given_none(house: Office, api: Any) -> None:
    path = house.asked(10)
    Project.objects.filter(pk=house.project.pk).update(
        status="terminated", terminated_on="2026-10-01"
    )
    refused = api(house.people["manager"]).verb(f"{path}approval/", {})
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/state"})  # it was returned


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1e30"}, "amount"),
        ({"reason": ""}, "reason"),
        ({"fiscal_year": 26}, "fiscal_year"),
        ({"treatment": "both"}, "treatment"),
        ({"state": "approved"}, "state"),
        ({"approved_amount": "5"}, "approved_amount"),
        ({"decided_on": "2026-10-01"}, "decided_on"),
    ],
)
def test_bad_requests_are_told_where(
    body: dict[str, Any], field: str, house: Office, api: Any
) -> None:
    good = {"project": house.project.pk, "code": "B", "title": "T", "amount": "1", "reason": "R"}
    answer = api(house.people["lead"]).post("budget-requests/", good | YEAR | body)
    assert (answer.status_code, f"/{field}" in errors_of(answer)) == (400, True)
