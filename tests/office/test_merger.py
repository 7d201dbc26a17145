"""Entries of the same person, or of the same resource, become one."""

from typing import Any

from django.utils import timezone

from pmhub.models import Person, RoleAssignment, User
from programmes.models import Board, Decision
from projects.models import Allocation, Project, Resource, Risk
from tests import factories
from tests.api.conftest import errors_of

REASON = {"reason": "The same person, hired twice"}


def test_what_names_the_other_entry_names_this_one(
    project: Project, lead: User, pmo: User, api: Any
) -> None:
    kept, other = lead.person, factories.person(name=lead.person.name)
    risk = factories.risk(project, owner=other)
    RoleAssignment.objects.create(person=other, role="viewer", programme=project.programme)
    board = Board.objects.create(
        programme=project.programme, name="Board", quorum=1, kind="programme_board", chair=other
    )
    board.members.set([kept, other])
    path = f"people/{kept.pk}/merger/"
    body = {"duplicate": other.pk, **REASON}
    assert api(lead).verb(path, body).status_code == 403
    tried = api(pmo).verb(f"{path}?preview=1", body)
    assert tried.status_code == 200, tried.json()
    risk.refresh_from_db()
    assert risk.owner == other
    answer = api(pmo).verb(path, body)
    assert answer.status_code == 200, answer.json()
    risk.refresh_from_db()
    other.refresh_from_db()
    board.refresh_from_db()
    members = Person.objects.filter(pk__in=board.members.values("pk"))
    assert (risk.owner, board.chair, [*members]) == (kept, kept, [kept])
    assert kept.roles.filter(role="viewer").exists()
    assert other.archived_at is not None
    assert other.title == f"Merged into {kept.code} {kept.name}"
    [last, *_] = api(pmo).get(f"risks/{risk.pk}/history/").json()["results"]
    assert (last["reason"], [each["field"] for each in last["changes"]]) == (
        REASON["reason"], ["owner"],
    )  # fmt: skip


def test_what_was_signed_stays_as_it_was_signed(project: Project, pmo: User, api: Any) -> None:
    kept, other = factories.person(), factories.person()
    made = factories.decision(
        project, state="made", outcome="Yes", rationale="It pays", decided_on="2026-10-01",
        decided_by=other,
    )  # fmt: skip
    answer = api(pmo).verb(f"people/{kept.pk}/merger/", {"duplicate": other.pk, **REASON})
    assert answer.status_code == 200, answer.json()
    assert Decision.objects.get(pk=made.pk).decided_by == other


def test_nobody_is_merged_with_themself_nor_who_signs_in(
    project: Project, lead: User, pmo: User, api: Any
) -> None:
    path = f"people/{pmo.person.pk}/merger/"
    answer = api(pmo).verb(path, {"duplicate": pmo.person.pk, **REASON})
    assert errors_of(answer).keys() == {"/duplicate"}
    answer = api(pmo).verb(path, {"duplicate": lead.person.pk, **REASON})
    assert (answer.status_code, errors_of(answer).keys()) == (409, {"/duplicate"})
    assert errors_of(api(pmo).verb(path, {"duplicate": lead.person.pk})) == {"/reason": "required"}
    assert not Person.objects.filter(archived_at__isnull=False).exists()


def test_a_resource_takes_in_what_was_booked_of_another(
    project: Project, pmo: User, lead: User, api: Any
) -> None:
    home = project.owner_portfolio
    kept = factories.resource(portfolio=home, name="Crane")
    other = factories.resource(portfolio=home, name="Crane")
    booked = factories.allocation(other, project, 1)
    path = f"resources/{kept.pk}/merger/"
    body = {"duplicate": other.pk, "reason": "One crane"}
    assert api(lead).verb(path, body).status_code == 403
    answer = api(pmo).verb(path, body)
    assert answer.status_code == 200, answer.json()
    assert Allocation.objects.get(pk=booked.pk).resource == kept
    assert not Resource.objects.filter(pk=other.pk).exists()
    elsewhere = factories.resource()
    answer = api(pmo).verb(path, {"duplicate": elsewhere.pk, "reason": "No"})
    assert errors_of(answer).keys() == {"/duplicate"}


def test_what_cannot_go_along_keeps_both(project: Project, pmo: User, api: Any) -> None:
    home = project.owner_portfolio
    kept, other = (factories.resource(portfolio=home, name="Crane") for _ in range(2))
    for each in (kept, other):
        each.capacities.create(period_start="2026-11-01", period_end="2026-11-30", capacity=1)
    factories.allocation(other, project, 1)
    answer = api(pmo).verb(
        f"resources/{kept.pk}/merger/", {"duplicate": other.pk, "reason": "One crane"}
    )
    assert answer.status_code == 409
    assert "cannot go along" in answer.json()["errors"][0]["detail"]
    assert Allocation.objects.get().resource == other
    assert Risk.objects.count() == 0


def test_the_page_of_a_person_hands_their_work_over(
    project: Project, lead: User, pmo: User, client_of: Any
) -> None:
    address = f"/people/{lead.person.pk}/"
    page = client_of(pmo).get(address).content.decode()
    form = page.partition('id="hand-over-form"')[2].partition("</form>")[0]
    offered = [f'<option value="{each.pk}"' in form for each in (pmo.person, lead.person)]
    assert offered == [True, False]
    assert 'id="merger-form"' in page
    assert 'id="hand-over-form"' not in client_of(lead).get(address).content.decode()
    idle = factories.person()
    assert 'id="hand-over-form"' not in client_of(pmo).get(f"/people/{idle.pk}/").content.decode()


def test_nothing_is_merged_into_what_is_archived(project: Project, pmo: User, api: Any) -> None:
    kept, other = factories.person(), factories.person()
    Person.objects.filter(pk=kept.pk).update(archived_at=timezone.now())
    path, body = f"people/{kept.pk}/merger/", {"duplicate": other.pk, **REASON}
    answer = api(pmo).verb(path, body)
    assert (answer.status_code, errors_of(answer).keys()) == (409, {"/archived_at"})
    Person.objects.filter(pk=kept.pk).update(archived_at=None)
    assert api(pmo).verb(path, body).status_code == 200


def test_how_a_person_was_assessed_and_watched_goes_along(
    project: Project, lead: User, pmo: User, api: Any
) -> None:
    kept, other = lead.person, factories.person()
    field = factories.discipline(project.owner_portfolio)
    factories.competence(kept, level="foundation", assessed_on="2026-01-05")
    factories.competence(other, level="expert", assessed_on="2026-10-01", evidence="Two bridges")
    factories.competence(kept, discipline=field, assessed_on="2026-09-01")
    factories.competence(other, discipline=field, level="foundation", assessed_on="2026-01-05")
    watched = factories.oversight(project, state="decided", person=other)
    affected = factories.stakeholder(project, person=other)
    body = {"duplicate": other.pk, **REASON}
    assert api(pmo).verb(f"people/{kept.pk}/merger/", body).status_code == 200
    kept.refresh_from_db()
    assert kept.competence == "expert"
    mine = kept.competence_records.order_by("-assessed_on").values_list("level", "evidence")
    assert [*mine] == [("expert", "Two bridges"), ("senior", ""), ("foundation", "")]
    affected.refresh_from_db()
    assert affected.person == kept
    path = f"oversight-decisions/{watched.pk}/appeal/"
    assert api(lead).verb(path, {"appeal": "It was the supplier"}).status_code == 200


def test_nobody_is_assessed_by_their_other_entry(project: Project, pmo: User, api: Any) -> None:
    kept, other = factories.person(), factories.person()
    factories.competence(other, level="expert", assessor=kept)
    body = {"duplicate": other.pk, **REASON}
    assert api(pmo).verb(f"people/{kept.pk}/merger/", body).status_code == 200
    kept.refresh_from_db()
    assert kept.competence == ""


def test_what_was_said_about_the_other_entry_goes_along(
    project: Project, pmo: User, api: Any
) -> None:
    home, client = project.owner_portfolio, api(pmo)
    kept, other = (factories.resource(portfolio=home, name="Crane") for _ in range(2))
    place = {"record_type": "resource", "record_id": other.pk}
    assert client.post("comments/", place | {"text": "On leave in May"}).status_code == 201
    link = place | {"title": "Contract", "link": "https://example.org/1"}
    assert client.post("attachments/", link).status_code == 201
    assert client.post("follows/", place).status_code == 201
    merged = client.verb(f"resources/{kept.pk}/merger/", {"duplicate": other.pk, **REASON})
    assert merged.status_code == 200, merged.json()
    for what in ("comments", "attachments", "follows"):
        rows = client.get(f"{what}/").json()["results"]
        assert [(each["record_type"], each["record_id"]) for each in rows] == [
            ("resource", kept.pk)
        ]
