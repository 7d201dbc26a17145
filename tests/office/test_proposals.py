"""Intake: proposals are scored by somebody else, decided about, and started once."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from pmhub.models import User
from programmes.models import Decision, Portfolio, Programme
from projects.models import Project, Proposal, ProposalScore, ScoringCriterion
from projects.services.templates import ship_templates
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def portfolio(nothing: None) -> Portfolio:
    """A portfolio without proposals."""
    return factories.portfolio()


@pytest.fixture
def scorer(portfolio: Portfolio) -> User:
    """Somebody of its PMO."""
    user = factories.user("scores")
    factories.role(user, "pmo", portfolio=portfolio)
    return user


@pytest.fixture
def sponsor(portfolio: Portfolio) -> User:
    """The sponsor, who decides about proposals."""
    user = factories.user("decides")
    factories.role(user, "sponsor", portfolio=portfolio)
    return user


@pytest.fixture
def author(portfolio: Portfolio) -> User:
    """The author of proposals."""
    user = factories.user("proposes")
    factories.role(user, "programme_manager", portfolio=portfolio)
    return user


@pytest.fixture
def criteria(portfolio: Portfolio) -> list[ScoringCriterion]:
    """Two, of 60 and 40."""
    return [
        factories.criterion(portfolio, code="SC1", name="Fit", weight=60),
        factories.criterion(portfolio, code="SC2", name="Worth", weight=40, scale_max=4),
    ]


@pytest.fixture
def proposed(portfolio: Portfolio, author: User, criteria: list[ScoringCriterion], api: Any) -> str:
    """The address of what was proposed."""
    body = {
        "portfolio": portfolio.pk, "code": "PR01", "title": "Heat recovery",
        "need": "The halls burn gas", "sponsor": factories.person().pk,
        "cost_low": "80", "cost_likely": "100", "cost_high": "150", "benefit_likely": "300",
        "objectives": [factories.objective(portfolio=portfolio).pk],
    }  # fmt: skip
    answer = api(author).post("proposals/", body)
    assert answer.status_code == 201, answer.json()
    path = f"proposals/{answer.json()['id']}/"
    assert api(author).verb(f"{path}submission/", {}).json()["state"] == "proposed"
    return path


def give(api: Any, user: User, proposal: int, *scores: int) -> list[Any]:
    """Score a proposal by the criteria in their order."""
    given = zip(ScoringCriterion.objects.order_by("code"), scores, strict=True)
    return [
        api(user).post(
            "proposal-scores/",
            {"proposal": proposal, "criterion": each.pk, "score": score, "reason": "As seen"},
        )
        for each, score in given
    ]


def scored(api: Any, scorer: User, path: str) -> dict[str, Any]:
    """Score what was proposed by both criteria, and settle it."""
    for answer in give(api, scorer, int(path.split("/")[1]), 4, 3):
        assert answer.status_code == 201, answer.json()
    shown = api(scorer).verb(f"{path}scoring/", {})
    assert shown.status_code == 200, shown.json()
    found: dict[str, Any] = shown.json()
    return found


def test_a_score_is_the_weighted_share_of_each_scale(proposed: str, scorer: User, api: Any) -> None:
    shown = scored(api, scorer, proposed)
    # 4 of 5 at 60, and 3 of 4 at 40: 48 + 30.
    assert (shown["score"], shown["state"], shown["scored_on"]) == (
        "78.0", "scored", "2026-10-31",
    )  # fmt: skip


def test_nobody_scores_what_they_proposed(
    proposed: str, author: User, portfolio: Portfolio, api: Any
) -> None:
    factories.role(author, "pmo", portfolio=portfolio)
    [answer, _] = give(api, author, Proposal.objects.get().pk, 4, 3)
    assert errors_of(answer) == {"/by": "not_independent"} or answer.status_code in (400, 403)
    assert not ProposalScore.objects.exists()
    assert api(author).verb(f"{proposed}scoring/", {}).status_code == 403


def test_it_is_settled_once_every_criterion_is_scored_and_weights_come_to_100(
    proposed: str, scorer: User, criteria: list[ScoringCriterion], api: Any
) -> None:
    answer = api(scorer).verb(f"{proposed}scoring/", {})
    assert "Score it by every criterion" in answer.json()["errors"][0]["detail"]
    give(api, scorer, Proposal.objects.get().pk, 4, 3)
    ScoringCriterion.objects.filter(pk=criteria[1].pk).update(valid_until="2026-10-30")
    answer = api(scorer).verb(f"{proposed}scoring/", {})
    assert "come to 60.00" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(("score", "status"), [(4, 201), (5, 409), (-1, 400)])
def test_a_score_is_within_its_scale(
    score: int, status: int, proposed: str, scorer: User, api: Any
) -> None:
    [_, answer] = give(api, scorer, Proposal.objects.get().pk, 1, score)
    assert answer.status_code == status
    if status != 201:
        assert errors_of(answer).keys() == {"/score"}


def test_weights_in_force_on_a_day_come_to_100_at_most(
    portfolio: Portfolio, criteria: list[ScoringCriterion], scorer: User, api: Any
) -> None:
    body = {"portfolio": portfolio.pk, "code": "SC3", "name": "Urgency", "weight": "1"}
    answer = api(scorer).post("scoring-criteria/", body)
    assert errors_of(answer).keys() == {"/weight"}
    assert "101.00" in answer.json()["errors"][0]["detail"]
    follows = body | {"weight": "40", "valid_from": "2026-12-01"}
    assert api(scorer).post("scoring-criteria/", follows).status_code == 409
    path = f"scoring-criteria/{criteria[1].pk}/"
    assert api(scorer).patch(path, {"valid_until": "2026-11-30"}).status_code == 200
    assert api(scorer).post("scoring-criteria/", follows).status_code == 201
    with transaction.atomic():
        ScoringCriterion.objects.update(weight=Decimal(90))
        with pytest.raises(IntegrityError, match="come to 180"):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_a_criterion_by_which_was_scored_stays_as_it_is(
    proposed: str, scorer: User, criteria: list[ScoringCriterion], api: Any
) -> None:
    give(api, scorer, Proposal.objects.get().pk, 4, 3)
    path = f"scoring-criteria/{criteria[0].pk}/"
    assert errors_of(api(scorer).patch(path, {"weight": "50"})).keys() == {"/weight"}
    assert api(scorer).patch(path, {"guide": "0: none; 5: all"}).status_code == 200
    assert api(scorer).delete(path).status_code == 409


def test_scores_stay_once_they_are_settled(proposed: str, scorer: User, api: Any) -> None:
    scored(api, scorer, proposed)
    path = f"proposal-scores/{ProposalScore.objects.order_by('pk')[0].pk}/"
    assert api(scorer).patch(path, {"score": 1}).status_code in (400, 409)
    assert api(scorer).delete(path).status_code in (400, 409)
    assert api(scorer).get(proposed).json()["score"] == "78.0"
    open_one = factories.proposal(Proposal.objects.get().portfolio, state="proposed")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProposalScore.objects.update(proposal=open_one)


def test_an_approval_is_a_decision_with_its_reason_by_who_did_not_propose_it(
    proposed: str, author: User, scorer: User, sponsor: User, api: Any
) -> None:
    scored(api, scorer, proposed)
    said = {"reason": "It pays back"}
    assert api(author).verb(f"{proposed}approval/", said).status_code == 403
    assert errors_of(api(sponsor).verb(f"{proposed}approval/", {})) == {"/reason": "required"}
    shown = api(sponsor).verb(f"{proposed}approval/", said).json()
    decision = Decision.objects.get(pk=shown["decision"])
    assert (decision.state, decision.cause, decision.rationale, decision.decided_by) == (
        "made", "proposal", "It pays back", sponsor.person,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.update(decision=None)


def test_what_was_deferred_is_taken_up_and_scored_again(
    proposed: str, scorer: User, sponsor: User, author: User, api: Any
) -> None:
    scored(api, scorer, proposed)
    api(sponsor).verb(f"{proposed}deferral/", {"reason": "No money this year"})
    shown = api(author).verb(f"{proposed}resumption/", {"reason": "A grant came"}).json()
    assert (shown["state"], shown["scored_on"], shown["decision"]) == ("proposed", None, None)
    path = f"proposal-scores/{ProposalScore.objects.order_by('pk')[0].pk}/"
    assert api(scorer).patch(path, {"score": 5}).status_code == 200


def test_scored_anew_it_counts_by_the_criteria_in_force_alone(
    proposed: str, portfolio: Portfolio, scorer: User, sponsor: User, author: User, api: Any
) -> None:
    scored(api, scorer, proposed)
    api(sponsor).verb(f"{proposed}deferral/", {"reason": "No money this year"})
    api(author).verb(f"{proposed}resumption/", {"reason": "A grant came"})
    ScoringCriterion.objects.update(valid_until="2026-10-30")
    risk = factories.criterion(
        portfolio, code="SC3", name="Risk", weight=100, valid_from="2026-10-31"
    )
    body = {
        "proposal": Proposal.objects.get().pk, "criterion": risk.pk, "score": 2, "reason": "Seen",
    }  # fmt: skip
    assert api(scorer).post("proposal-scores/", body).status_code == 201
    assert api(scorer).verb(f"{proposed}scoring/", {}).json()["score"] == "40.0"
    assert ProposalScore.objects.get().criterion == risk


def start(api: Any, user: User, path: str, portfolio: Portfolio, **said: Any) -> Any:
    """Begin the project of a proposal from a template."""
    if not portfolio.templates.exists():
        ship_templates(portfolio, by=None)
    template = portfolio.templates.get(code="SERVICE")
    body = {
        "template": template.pk, "portfolio": portfolio.pk, "code": "HEAT", "name": "Heat",
        "starts_on": "2027-04-05", "finishes_on": "2028-04-05", "budget": "100",
    }  # fmt: skip
    return api(user).post(f"{path}projects/", body | said)


def test_an_approved_proposal_becomes_a_project_from_a_template_once(
    proposed: str, portfolio: Portfolio, scorer: User, sponsor: User, api: Any
) -> None:
    assert start(api, scorer, proposed, portfolio).status_code == 409
    scored(api, scorer, proposed)
    api(sponsor).verb(f"{proposed}approval/", {"reason": "It pays back"})
    digital = portfolio.templates.get(code="CHANGE").pk  # one of programmes
    wrong = start(api, scorer, proposed, portfolio, template=digital)
    assert errors_of(wrong).keys() == {"/template"}
    assert not Project.objects.exists()
    answer = start(api, scorer, proposed, portfolio)
    assert answer.status_code == 201, answer.json()
    project = Project.objects.get()
    assert project.template == portfolio.templates.get(code="SERVICE")
    assert project.milestones.exists()
    shown = api(scorer).get(proposed).json()
    assert (shown["state"], shown["project"]) == ("started", project.pk)
    assert start(api, scorer, proposed, portfolio, code="HEAT2").status_code == 409
    assert Project.objects.count() == 1


def test_a_proposal_of_a_programme_becomes_one(
    portfolio: Portfolio, scorer: User, api: Any
) -> None:
    ship_templates(portfolio, by=None)
    row = factories.proposal(portfolio, kind="programme", state="approved")
    body = {
        "template": portfolio.templates.get(code="CHANGE").pk, "portfolio": portfolio.pk,
        "code": "HEAT", "name": "Heat", "starts_on": "2027-04-05", "finishes_on": "2029-04-05",
    }  # fmt: skip
    assert api(scorer).post(f"proposals/{row.pk}/projects/", body).status_code == 409
    answer = api(scorer).post(f"proposals/{row.pk}/programmes/", body)
    assert answer.status_code == 201, answer.json()
    row.refresh_from_db()
    assert (row.state, row.programme) == ("started", Programme.objects.get())


def test_proposals_are_seen_by_who_holds_a_role_on_the_portfolio(
    portfolio: Portfolio, sponsor: User, api: Any
) -> None:
    row = factories.proposal(portfolio)
    reader = factories.user("reads")
    factories.role(reader, "viewer", programme=factories.programme(portfolio=portfolio))
    assert api(sponsor).get(f"proposals/{row.pk}/").status_code == 200
    assert api(reader).get(f"proposals/{row.pk}/").status_code == 404
    assert api(reader).get(f"portfolios/{portfolio.pk}/prioritisation/").json()["proposals"] == []


def test_what_is_not_told_is_not_proposed(portfolio: Portfolio, author: User, api: Any) -> None:
    body = {"portfolio": portfolio.pk, "code": "PR02", "title": "Night bus"}
    path = f"proposals/{api(author).post('proposals/', body).json()['id']}/"
    assert errors_of(api(author).verb(f"{path}submission/", {})).keys() == {"/need"}
    order = {"cost_low": "3", "cost_likely": "2"}
    assert errors_of(api(author).patch(path, order)).keys() == {"/cost_likely"}
    other = factories.objective()
    factories.role(author, "viewer", portfolio=other.portfolio)
    elsewhere = api(author).patch(path, {"objectives": [other.pk]})
    assert errors_of(elsewhere).keys() == {"/objectives"}


def test_money_goes_to_the_highest_scores_that_fit_and_reasons_stay(
    portfolio: Portfolio, sponsor: User, api: Any
) -> None:
    factories.criterion(portfolio)
    for code, score, cost, state in (
        ("A", 5, 60, "proposed"), ("B", 4, 50, "proposed"), ("C", 3, 30, "proposed"),
        ("D", 2, 10, "proposed"),
    ):  # fmt: skip
        row = factories.proposal(portfolio, code=code, cost_likely=cost, state=state)
        factories.proposal_score(row, score=score)
        Proposal.objects.filter(pk=row.pk).update(state="scored", scored_on="2026-10-01")
    first = Proposal.objects.get(code="A")
    api(sponsor).verb(f"proposals/{first.pk}/approval/", {"reason": "It pays back"})
    last = Proposal.objects.get(code="D")
    api(sponsor).verb(f"proposals/{last.pk}/rejection/", {"reason": "Done elsewhere"})
    found = api(sponsor).get(f"portfolios/{portfolio.pk}/prioritisation/?money=95").json()
    told = [
        (each["code"], each["place"], each["affordable"], each["cost_so_far"], each["reason"])
        for each in found["proposals"]
    ]
    assert told == [
        ("A", 1, True, "60.00", "It pays back"),
        ("B", 2, False, "110.00", ""),
        ("C", 3, True, "90.00", ""),
        ("D", 4, False, None, "Done elsewhere"),
    ]
    for money in ("much", "1,250", "1_000", "1e400", "NaN", "-1", "\u0661"):
        wrong = api(sponsor).get(f"portfolios/{portfolio.pk}/prioritisation/?money={money}")
        assert wrong.status_code == 400


def test_without_an_envelope_nobody_knows_how_far_the_money_goes(
    portfolio: Portfolio, sponsor: User, api: Any, client_of: Any
) -> None:
    factories.proposal(portfolio, state="scored", title="Night bus")
    path = f"portfolios/{portfolio.pk}/prioritisation/"
    found = api(sponsor).get(path).json()
    assert (found["money"], found["proposals"][0]["affordable"]) == (None, None)
    page = client_of(sponsor).get(f"/{path}").content.decode()
    assert "There is no envelope of FY2027" in page
    assert "the money</span>" not in page


def test_without_an_amount_it_is_what_the_envelopes_of_next_year_leave(
    portfolio: Portfolio, sponsor: User, api: Any, client_of: Any
) -> None:
    for fields in (
        {"amount": 100}, {"amount": 40, "programme": factories.programme(portfolio=portfolio)},
    ):  # fmt: skip
        portfolio.envelopes.create(fiscal_year=2027, approved_on="2026-10-01", **fields)
    factories.proposal(portfolio, state="scored", title="Night bus")
    found = api(sponsor).get(f"portfolios/{portfolio.pk}/prioritisation/").json()
    assert (found["money"], found["fiscal_year"]) == ("60.00", 2027)
    page = client_of(sponsor).get(f"/portfolios/{portfolio.pk}/proposals/").content.decode()
    assert "Prioritisation" in page
    assert "Night bus" in page
    client, address = client_of(sponsor), f"/portfolios/{portfolio.pk}/prioritisation/"
    for money, said in (("", "Beyond the money"), ("100", "Within the money")):
        assert said in client.get(f"{address}?money={money}").content.decode()
    for money in ("much", "1_000", "-1"):
        assert "Enter an amount" in client.get(f"{address}?money={money}").content.decode()
    for money in ("\u00a3100.00", "1,250.50", "1 250"):
        page = client.get(f"{address}?money={money}").content.decode()
        assert "Enter an amount" not in page
        assert "Within the money" in page


@pytest.mark.parametrize(
    ("starts_on", "shared", "left"),
    [
        ("2027-05-01", False, "40.00"),
        ("2026-05-01", False, "100.00"),
        ("2027-05-01", True, "30.00"),
    ],
)
def test_money_of_what_was_started_is_offered_once(
    starts_on: str, shared: bool, left: str, portfolio: Portfolio, sponsor: User, api: Any
) -> None:
    """Outside of programmes that have an envelope of their own, and in its year."""
    portfolio.envelopes.create(fiscal_year=2027, approved_on="2026-10-01", amount=100)
    home: dict[str, Any] = {"portfolio": portfolio}
    if shared:
        home = {"programme": factories.programme(portfolio=portfolio)}
        portfolio.envelopes.create(fiscal_year=2027, approved_on="2026-10-01", amount=70, **home)
    factories.proposal(
        portfolio, state="started", cost_likely=60, starts_on=starts_on,
        project=factories.project(**home),
    )  # fmt: skip
    found = api(sponsor).get(f"portfolios/{portfolio.pk}/prioritisation/").json()
    assert found["money"] == left


def test_who_hands_over_keeps_what_they_proposed_and_passes_on_their_ideas(
    pmo: User, api: Any
) -> None:
    sponsor, heir = factories.person(), factories.person()
    idea = factories.proposal(sponsor=sponsor)
    proposed = factories.proposal(idea.portfolio, sponsor=sponsor, state="proposed")
    answer = api(pmo).verb(f"people/{sponsor.pk}/hand-over/", {"to": heir.pk})
    assert answer.status_code == 200, answer.json()
    for row in (idea, proposed):
        row.refresh_from_db()
    assert (idea.sponsor, proposed.sponsor) == (heir, sponsor)
