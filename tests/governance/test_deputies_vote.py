"""A deputy votes in the place of who is away: never twice, never on both sides, for nobody else."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from pmhub.models import Delegation, User
from programmes.models import Board, Tranche
from projects.models import ChangeRequest, ChangeVote, GateVote
from tests import factories


class Away:
    """A programme whose board of two decides: Ada, the SRO, who is away, and Bert. Dora, who leads
    one of its projects, is Ada's deputy."""

    def __init__(self) -> None:
        self.ada, self.bert, self.dora, self.manager = map(
            factories.user, ("ada", "bert", "dora", "manager")
        )
        self.home = factories.programme(sro=self.ada.person)
        factories.role(self.bert, "viewer", programme=self.home)
        with transaction.atomic():
            self.board = Board.objects.create(
                programme=self.home, name="Board", kind="programme_board", quorum=2
            )
            self.board.members.set([self.ada.person, self.bert.person])
        self.own = factories.project(programme=self.home, project_manager=self.dora.person)
        self.project = factories.project(programme=self.home, project_manager=self.manager.person)
        self.lent = factories.delegation(self.ada, self.dora, "sro", programme=self.home)

    def gate(self, place: Any = None) -> str:
        """`gates/12/`: an open gate that the board decides."""
        people = [self.ada.person, self.bert.person]
        made = factories.gate(place or self.project, approvers=people, state="open", quorum=2)
        return f"gates/{made.pk}/"

    def change(self) -> str:
        """`change-requests/12/`: a change that the board decides."""
        people = [self.ada.person, self.bert.person]
        made = factories.change_request(self.project, approvers=people, state="impact_assessed")
        rows = ChangeRequest.objects.filter(pk=made.pk)
        rows.update(state="raised")
        rows.update(state="impact_assessed", level="programme_board", quorum=2, board=self.board)
        return f"change-requests/{made.pk}/"


@pytest.fixture
def away(office: User) -> Away:
    """The board, one of whom is away."""
    return Away()


def waiting_for(api: Any, user: User) -> set[str]:
    """The rules by which something waits for a user."""
    return {row["rule"] for row in api(user).get("waiting/").json()["results"]}


def ids_of(path: str) -> int:
    return int(path.split("/")[1])


PROCEED, YES = {"choice": "proceed"}, {"reason": "It pays"}
VOTES = [
    ("gate", "vote/", PROCEED, GateVote, "gate_to_vote"),
    ("change", "approval/", YES, ChangeVote, "change_to_decide"),
]
both = pytest.mark.parametrize(("kind", "verb", "said", "model", "rule"), VOTES)


@both
def test_a_deputy_is_asked_votes_once_and_for_whom_is_kept(
    kind: str, verb: str, said: Any, model: Any, rule: str, away: Away, api: Any, client_of: Any
) -> None:
    path = getattr(away, kind)()
    assert rule in waiting_for(api, away.dora)
    assert rule not in waiting_for(api, away.manager)
    page = unescape(client_of(away.dora).get(f"/{path}").content.decode())
    assert f"You vote here in the place of {away.ada.person.name}" in page
    answer = api(away.dora).verb(f"{path}{verb}", said)
    assert answer.status_code == 200, answer.json()
    cast = model.objects.get()
    assert (cast.person, cast.deputy) == (away.ada.person, away.dora.person)
    told = api(away.bert).get(f"{kind}-votes/{cast.pk}/").json()
    assert (told["person"], told["deputy"]) == (away.ada.person.pk, away.dora.person.pk)
    (last, *_) = api(away.bert).get(f"{kind}-votes/{cast.pk}/history/").json()["results"]
    assert (last["by"]["id"], last["for"]) == (away.dora.pk, away.ada.person.name)
    assert rule not in waiting_for(api, away.dora) | waiting_for(api, away.ada)
    for user in (away.dora, away.ada):
        again = api(user).verb(f"{path}{verb}", said)
        assert again.status_code == 409, again.json()
    assert api(away.bert).verb(f"{path}{verb}", said).status_code == 200
    assert model.objects.filter(person=away.bert.person, deputy=None).count() == 1


@both
@pytest.mark.parametrize(
    "change",
    [
        {"state": "ended"},
        {"role": "viewer"},
        {"ends_on": timedelta(days=-1)},  # from today on
        {"starts_on": timedelta(days=1)},
    ],
    ids=["ended", "for a viewer", "over", "to come"],
)
def test_who_is_lent_nothing_that_decides_does_not_vote(
    change: Any, kind: str, verb: str, said: Any, model: Any, rule: str, away: Away, api: Any
) -> None:
    path = getattr(away, kind)()
    if change.get("role"):
        factories.role(away.ada, "viewer", programme=away.home)
        Delegation.objects.filter(pk=away.lent.pk).update(state="ended")
        factories.delegation(away.ada, away.dora, "viewer", programme=away.home)
    else:
        Delegation.objects.filter(pk=away.lent.pk).update(**factories.from_today(change))
    assert rule not in waiting_for(api, away.dora)
    assert api(away.dora).verb(f"{path}{verb}", said).status_code in (403, 404)
    assert not model.objects.exists()


@both
def test_who_decides_beside_them_has_no_second_vote(
    kind: str, verb: str, said: Any, model: Any, rule: str, away: Away, api: Any
) -> None:
    Delegation.objects.filter(pk=away.lent.pk).update(state="ended")
    factories.delegation(away.ada, away.bert, "sro", programme=away.home)
    path = getattr(away, kind)()
    assert api(away.bert).verb(f"{path}{verb}", said).status_code == 200
    assert [*model.objects.values_list("person", "deputy")] == [(away.bert.person.pk, None)]
    assert api(away.bert).verb(f"{path}{verb}", said).status_code == 409


def test_nobody_votes_as_a_deputy_on_what_they_lead(away: Away, api: Any) -> None:
    path = away.gate(away.own)
    assert "gate_to_vote" not in waiting_for(api, away.dora)
    refused = api(away.dora).verb(f"{path}vote/", PROCEED)
    assert refused.status_code == 403, refused.json()
    assert not GateVote.objects.exists()


def test_nobody_votes_as_a_deputy_on_what_they_raised(away: Away, api: Any) -> None:
    path = away.change()
    ChangeRequest.objects.filter(pk=ids_of(path)).update(created_by=away.dora)
    assert "change_to_decide" not in waiting_for(api, away.dora)
    assert api(away.dora).verb(f"{path}approval/", YES).status_code == 403


def test_a_deputy_of_a_deputy_does_not_vote(away: Away, api: Any) -> None:
    third = factories.user("third")
    factories.delegation(away.dora, third, "sro", programme=away.home)
    assert api(third).verb(f"{away.gate()}vote/", PROCEED).status_code == 404


def test_a_deputy_waives_as_who_decides(away: Away, api: Any) -> None:
    gate = factories.gate(away.project, approvers=[away.ada.person])
    criterion = factories.gate_criterion(gate)
    type(gate).objects.filter(pk=gate.pk).update(state="open")
    path, said = f"gate-criteria/{criterion.pk}/waiver/", {"waiver_reason": "Later"}
    assert api(away.manager).verb(path, said).status_code == 403
    answer = api(away.dora).verb(path, said)
    assert (answer.status_code, answer.json().get("assessor")) == (200, away.ada.person.pk)


@both
def test_plain_sql_takes_no_vote_of_who_is_no_deputy(
    kind: str, verb: str, said: Any, model: Any, rule: str, away: Away
) -> None:
    path = getattr(away, kind)()
    choice = {"gate": "proceed", "change": "approve"}[kind]
    about: Any = {f"{kind}_id": ids_of(path), "choice": choice, "on": "2026-10-01"}
    if kind == "change":
        about["assessment"] = 1
    for person, deputy in (
        (away.ada, away.manager),  # who leads
        (away.ada, away.bert),  # who decides beside them
        (away.bert, away.dora),  # who is lent nothing by them
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.create(person=person.person, deputy=deputy.person, **about)
    model.objects.create(person=away.ada.person, deputy=away.dora.person, **about)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.create(person=away.dora.person, **about)


def test_the_page_names_who_votes_in_whose_place(away: Away, client_of: Any) -> None:
    page = unescape(client_of(away.bert).get(f"/{away.gate()}").content.decode())
    told = " ".join(page.split())
    assert f"{away.ada.person.name} is away until" in told
    assert f"{away.dora.person.name} votes in their place" in told


def test_the_deputy_of_a_sponsor_is_asked_for_the_mandate(away: Away, api: Any) -> None:
    sponsor = factories.user("sponsor")
    factories.role(sponsor, "sponsor", programme=away.home)
    mandate = factories.mandate(away.home, sponsor=sponsor.person)
    type(mandate).objects.filter(pk=mandate.pk).update(
        state="issued", issued_on="2026-10-01", issued_by=away.ada.person
    )
    assert "mandate_to_approve" not in waiting_for(api, away.bert)
    factories.delegation(sponsor, away.bert, "sponsor", programme=away.home)
    assert "mandate_to_approve" in waiting_for(api, away.bert)
    answer = api(away.bert).verb(f"mandates/{mandate.pk}/approval/", {})
    assert answer.status_code == 200, answer.json()


def test_a_deputy_moves_at_once_what_the_giver_decides_alone(
    office: User, api: Any, client_of: Any
) -> None:
    otto, deputy = factories.user("otto"), factories.user("dan")
    project = factories.led_by_pmo()
    factories.role(otto, "pmo", portfolio=project.owner_portfolio)
    factories.delegation(otto, deputy, "pmo", portfolio=project.owner_portfolio)
    page = client_of(deputy).get(f"/projects/{project.pk}/").content.decode()
    assert 'value="deliver"' in page.split('id="stage-form"')[1].split("</rest-form>")[0]
    moved = api(deputy).verb(f"projects/{project.pk}/stage/", {"stage": "deliver"})
    assert moved.status_code == 200, moved.json()
    cast = GateVote.objects.get()
    assert (cast.person, cast.deputy) == (otto.person, deputy.person)


def test_a_deputy_authorises_a_tranche_where_no_board_does(away: Away, api: Any) -> None:
    type(away.board).objects.filter(pk=away.board.pk).update(archived_at=timezone.now())
    tranche = Tranche.objects.create(programme=away.home, sequence=1, name="First", code="T1")
    path = f"tranches/{tranche.pk}/authorisation/"
    leads = type(away.home).objects.filter(pk=away.home.pk)
    leads.update(programme_manager=away.dora.person)
    assert api(away.dora).verb(path, {}).status_code == 409  # who leads decides nothing
    leads.update(programme_manager=None)
    done = api(away.dora).verb(path, {})
    assert (done.status_code, done.json().get("state")) == (200, "authorised"), done.json()
