"""A deleted record comes back from its history, as it was and with what fell with it, or not."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benefits.models import BenefitProfileEntry
from pmhub import attachments
from pmhub.api.routes import RESOURCES
from pmhub.database.history import events_of, for_good
from pmhub.database.past import as_at
from pmhub.merger import merge_people
from pmhub.models import Attachment, Delegation, RoleAssignment, User
from pmhub.queries.deletions import parts_of, restorable
from programmes.models import CustomField, Scenario
from programmes.rollup.verify import differences
from projects.models import ChangeRequest, Project, Risk
from tests import factories
from tests.api.conftest import Api, api, errors_of, house, office
from tests.closing import asked

__all__ = ["api", "house", "office"]

SHARES, TRIED = 4, 12
# The kinds of records that one may delete and have back.
DELETED = {
    name: model
    for name, model in (
        (name, view.serializer_class.Meta.model) for name, view in RESOURCES.items()
    )
    if model in restorable() and not model.undeletable and model is not Delegation  # see below
}
# Of which the demo has none that the PMO may delete.
NOT_DELETED = {
    "assurance-reviews", "baselines", "benefit-reviews", "benefits", "budget-lines",
    "business-cases", "case-flows", "case-options", "change-requests", "closed-years", "comments",
    "contingency-movements", "cost-actuals", "dca-records", "disciplines", "exceptions",
    "favourites", "findings", "health-overrides", "help-requests", "inspection-plans",
    "measurements", "objective-measurements", "objectives", "outcomes", "people", "portfolios",
    "process-assets", "profile-versions", "programme-lines", "programmes", "projects",
    "resources", "rule-sets", "saved-views", "scenario-changes", "scenarios", "scoring-criteria",
    "services", "shared-claims", "status-reports", "tranches",
}  # fmt: skip


def stored(model: Any, id: int) -> Any:
    """All that is stored of a record but when it was last written, and in which version."""
    row = model._base_manager.get(pk=id)
    lists = {
        field.name: sorted(getattr(row, field.name).values_list("pk", flat=True))
        for field in model._meta.local_many_to_many
    }
    values = model._base_manager.filter(pk=id).values().get()
    for name in ("version", "updated_at", "updated_by_id", "created_at", "created_by_id"):
        del values[name]
    return values | lists


def restore(client: Api, collection: str, id: int, query: str = "") -> Any:
    return client.post(f"deleted/{collection}-{id}/restoration/{query}")


def listed(client: Api, query: str = "") -> list[str]:
    return [row["id"] for row in client.get(f"deleted/{query}").json()["results"]]


def parts_at(model: Any, ids: Collection[int]) -> dict[str, Any]:
    """All that is stored of records, of what goes with them, and what is attached to them."""
    said = {f"{model.__name__} {id}": stored(model, id) for id in sorted(ids)}
    for id in ids:
        at = Attachment.objects.of(model(pk=id)).values_list("pk", flat=True)
        said[f"{model.__name__} {id}"]["attached"] = sorted(at)
    for part, key in parts_of(model):
        above = set(model._base_manager.filter(pk__in=ids).values_list(*key.values()))
        rows = part._base_manager.values_list("pk", *key)
        if theirs := [id for id, *names in rows if tuple(names) in above]:
            said |= parts_at(part, theirs)
    return said


def deleted(client: Api, collection: str) -> tuple[int, int, dict[str, Any]] | None:
    """Delete the newest record of a kind that may go; return what was answered and the record as
    it was, None where none may."""
    model = DELETED[collection]
    for id in model.objects.order_by("-pk").values_list("pk", flat=True)[:TRIED]:
        before = parts_at(model, [id])
        status = client.delete(f"{collection}/{id}/").status_code
        if status in (204, 405):
            return status, id, before
    return None


@pytest.mark.parametrize("share", range(SHARES))
def test_what_was_deleted_comes_back_as_it_was(share: int, demo: Any, pmo: User, api: Any) -> None:
    wrong, none, client = {}, [], api(pmo)
    for collection in (walked := sorted(DELETED)[share::SHARES]):
        with transaction.atomic():
            taken = deleted(client, collection)
            if taken is None:
                none.append(collection)
            elif taken[0] == 204:
                _, id, before = taken
                back = restore(client, collection, id)
                after = (
                    parts_at(DELETED[collection], [id]) if back.status_code == 200 else back.json()
                )
                if after != before:
                    wrong[collection] = (before, after)
            transaction.set_rollback(True)
    expected = [name for name in walked if name in NOT_DELETED]
    assert (wrong, none) == ({}, expected)


def test_what_fell_with_it_comes_back_with_it(house: Any, office: User, api: Any) -> None:
    output = factories.output(house.project)
    early, late = (factories.check(output) for _ in range(2))
    with connection.cursor() as cursor:  # long before
        cursor.execute("DELETE FROM projects_qualityrecord WHERE id = %s", [early.pk])
    assert api(office).delete(f"outputs/{output.pk}/").status_code == 204
    assert f"quality-records-{late.pk}" not in listed(api(office))  # not without its output
    assert restore(api(office), "outputs", output.pk).status_code == 200
    assert list(output.quality_records.values_list("pk", flat=True)) == [late.pk]


def test_what_comes_back_is_the_version_that_was_seen(house: Any, api: Any) -> None:
    manager, path = api(house.manager), f"deleted/risks-{house.risk.pk}/restoration/"
    seen = house.risk.version
    manager.patch(f"risks/{house.risk.pk}/", {"title": "Deeper"})
    manager.delete(f"risks/{house.risk.pk}/")
    stale = manager.verb(path, {}, version=seen)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert not Risk.objects.filter(pk=house.risk.pk).exists()
    assert manager.verb(path, {}, version=seen + 1).status_code == 200


def test_the_history_says_restored_and_the_past_shows_it_gone(house: Any, api: Any) -> None:
    risk, manager = house.risk, api(house.manager)
    manager.delete(f"risks/{risk.pk}/")
    between = timezone.now()
    assert restore(manager, "risks", risk.pk).status_code == 200
    events = manager.get(f"risks/{risk.pk}/history/").json()["results"]
    assert [event["action"] for event in events] == ["restored", "deleted", "created"]
    assert (events[0]["changes"], events[0]["by"]["id"]) == ([], house.manager.pk)
    with as_at(between):
        assert not Risk.objects.filter(pk=risk.pk).exists()
    made = Risk.objects.get(pk=risk.pk).created_at
    assert events_of(Risk).objects.get(id=risk.pk, pgh_created_at=made).pgh_label == "insert"


def test_figures_say_again_what_they_said(demo: Any, pmo: User, api: Any, drain: Any) -> None:
    cam, risk = demo.programme("CAM"), demo.risk("R01")
    figures = f"programmes/{cam.pk}/rollup/"

    def values() -> Any:
        return {
            name: told["value"] for name, told in api(pmo).get(figures).json()["metrics"].items()
        }

    drain()
    before, since = values(), timezone.now().isoformat().replace("+", "%2B")
    assert api(pmo).delete(f"risks/{risk.pk}/").status_code == 204
    drain()
    assert values() != before
    between = timezone.now().isoformat().replace("+", "%2B")
    foreseen = restore(api(pmo), "risks", risk.pk, "?preview=1").json()
    assert foreseen["programmes"]
    assert restore(api(pmo), "risks", risk.pk).status_code == 200
    drain()
    assert (values(), differences()) == (before, [])
    bridge = f"programmes/{cam.pk}/bridge/?metric=risk_mean&from="
    (went,) = api(pmo).get(f"{bridge}{since}&to={between}").json()["parts"]
    (came,) = api(pmo).get(f"{bridge}{between}").json()["parts"]
    assert (went["cause"], came["cause"]) == ("record_removed", "record_added")
    assert went["amount"].lstrip("-") == came["amount"].lstrip("-")


def test_who_deleted_it_and_the_office_bring_it_back_nobody_else(house: Any, api: Any) -> None:
    risk, office = house.risk, factories.user("office")
    factories.role(office, "pmo", portfolio=house.programme.portfolio)
    colleague, elsewhere = factories.user("colleague"), factories.user("elsewhere")
    factories.role(colleague, "programme_manager", programme=house.programme)
    factories.role(elsewhere, "pmo", portfolio=factories.portfolio())
    api(house.manager).delete(f"risks/{risk.pk}/")
    for somebody in (house.reader, house.other, colleague, elsewhere, factories.user("stranger")):
        assert listed(api(somebody)) == []
        assert listed(api(somebody), "?collection=risks") == []
        assert restore(api(somebody), "risks", risk.pk).status_code == 404
    for somebody in (house.manager, office):
        (row,) = api(somebody).get("deleted/").json()["results"]
        assert (row["title"], row["days_left"]) == (risk.title, 30)
        assert row["deleted_by"]["id"] == house.manager.pk
    assert restore(api(office), "risks", risk.pk).status_code == 200


def test_who_writes_there_no_more_brings_nothing_back(house: Any, api: Any) -> None:
    api(house.manager).delete(f"risks/{house.risk.pk}/")
    Project.objects.filter(pk=house.project.pk).update(project_manager=factories.person())
    factories.role(house.manager, "viewer", project=house.project)
    gone = User.objects.get(pk=house.manager.pk)
    client = Api(api(gone).client)
    assert (listed(client), restore(client, "risks", house.risk.pk).status_code) == ([], 404)


def test_a_draft_that_was_its_authors_alone_comes_back_for_them_alone(
    house: Any, office: User, api: Any
) -> None:
    lead = factories.user("lead")
    factories.role(lead, "programme_manager", programme=house.programme)
    body = {"programme": house.programme.pk, "name": "Sell the north site"}
    made = api(lead).post("scenarios/", body).json()
    api(lead).delete(f"scenarios/{made['id']}/")
    assert listed(api(office)) == []
    assert restore(api(office), "scenarios", made["id"]).status_code == 404
    assert restore(api(lead), "scenarios", made["id"]).status_code == 200
    assert Scenario.objects.get().created_by == lead


def test_after_thirty_days_it_is_too_late(house: Any, api: Any) -> None:
    risk = house.risk
    api(house.manager).delete(f"risks/{risk.pk}/")
    deletion = events_of(Risk).objects.filter(id=risk.pk, pgh_label="delete")
    deletion.update(pgh_created_at=timezone.now() - timedelta(days=30, minutes=1))
    assert listed(api(house.manager)) == []
    answer = restore(api(house.manager), "risks", risk.pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    assert "within 30 days" in answer.json()["detail"]


def test_what_is_missing_or_taken_meanwhile_is_named(house: Any, office: User, api: Any) -> None:
    owner = factories.person(name="Owen Owner")
    risk: Any = factories.risk(house.project, owner=owner, code="R9")
    api(office).delete(f"risks/{risk.pk}/")
    owner.delete()
    answer = restore(api(office), "risks", risk.pk)
    assert (answer.status_code, errors_of(answer)) == (409, {"/owner": "gone"})
    other: Any = factories.risk(house.project, code="R10")
    api(office).delete(f"risks/{other.pk}/")
    factories.risk(house.project, code="R10")
    answer = restore(api(office), "risks", other.pk)
    assert (answer.status_code, errors_of(answer)) == (400, {"/code": "unique"})
    assert not Risk.objects.filter(pk__in=[risk.pk, other.pk]).exists()


def test_nothing_comes_back_to_what_has_ended(house: Any, office: User, api: Any) -> None:
    api(office).delete(f"risks/{house.risk.pk}/")
    body = asked(house.project, reason="No money", terminated_on="2026-10-30")
    answer = api(office).verb(f"projects/{house.project.pk}/termination/", body)
    assert answer.status_code == 200, answer.json()
    refused = restore(api(office), "risks", house.risk.pk)
    assert (refused.status_code, errors_of(refused)) == (409, {"/project": "project_ended"})
    assert not Risk.objects.filter(pk=house.risk.pk).exists()


def test_a_role_comes_back_by_who_may_give_it(house: Any, api: Any) -> None:
    lead, office = factories.user("lead"), factories.user("office")
    factories.role(lead, "programme_manager", programme=house.programme)
    role: Any = factories.role(office, "pmo", portfolio=house.programme.portfolio)
    own = factories.role(lead, "sro", programme=house.programme)
    api(office).delete(f"role-assignments/{own.pk}/")
    assert restore(api(lead), "role-assignments", own.pk).status_code == 404
    assert restore(api(office), "role-assignments", own.pk).status_code == 200
    assert RoleAssignment.objects.filter(pk__in=[own.pk, role.pk]).count() == 2


def test_a_lent_role_comes_back_by_who_lends_it(house: Any, office: User, api: Any) -> None:
    lead, deputy = factories.user("lead"), factories.user("deputy")
    factories.role(lead, "programme_manager", programme=house.programme)
    factories.role(deputy, "viewer", programme=house.programme)
    lent = factories.delegation(lead, deputy, "programme_manager", programme=house.programme)
    assert api(lead).delete(f"delegations/{lent.pk}/").status_code == 204
    assert restore(api(office), "delegations", lent.pk).status_code in (403, 404)
    assert restore(api(lead), "delegations", lent.pk).status_code == 200


def test_a_deletion_by_plain_sql_comes_back_by_the_office(
    house: Any, office: User, api: Any
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_risk WHERE id = %s", [house.risk.pk])
    assert listed(api(house.manager)) == []
    assert restore(api(office), "risks", house.risk.pk).status_code == 200


def test_odd_addresses_are_not_found_and_odd_parameters_refused(office: User, api: Any) -> None:
    for place in ("risks-1", "nothing-1", "risks-999999999999999999", "attachments-1"):
        assert api(office).post(f"deleted/{place}/restoration/").status_code == 404
    for query in ("?collection=nothing", "?collection=attachments", "?page=0", "?since=1"):
        assert api(office).get(f"deleted/{query}").status_code in (400, 404)


def test_as_many_queries_for_three_as_for_one(house: Any, office: User, api: Any) -> None:
    risks: list[Any] = [factories.risk(house.project) for _ in range(3)]
    api(office).get("deleted/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api(office).get("deleted/").status_code == 200
        return len(captured)

    api(office).delete(f"risks/{risks[0].pk}/")
    once = asked()
    for risk in risks[1:]:
        api(office).delete(f"risks/{risk.pk}/")
    assert asked() == once


def test_a_version_of_a_profile_comes_back_with_its_entries(
    house: Any, office: User, api: Any
) -> None:
    benefit = factories.benefit(programme=house.programme)
    for year in (2027, 2028):
        factories.entry(benefit, year, 100)
    lone = factories.entry(benefit, 2026, 5, version_kind="forecast")
    (version,) = benefit.profile_versions.filter(kind="approved")
    entries = sorted(version.entries.values_list("pk", flat=True))
    assert api(office).delete(f"profile-versions/{version.pk}/").status_code == 204
    assert listed(api(office)) == [f"profile-versions-{version.pk}"]  # none without its version
    assert restore(api(office), "benefit-profile-entries", entries[0]).status_code == 404
    assert restore(api(office), "profile-versions", version.pk).status_code == 200
    assert sorted(version.entries.values_list("pk", flat=True)) == entries
    assert lone in BenefitProfileEntry.objects.all()


def test_a_case_comes_back_with_the_option_that_it_prefers(
    house: Any, office: User, api: Any
) -> None:
    case: Any = factories.business_case(house.programme)
    options = sorted(case.options.values_list("pk", flat=True))
    assert api(office).delete(f"business-cases/{case.pk}/").status_code == 204
    back = restore(api(office), "business-cases", case.pk)
    assert (back.status_code, back.json().get("preferred_option")) == (
        200, case.preferred_option_id,
    )  # fmt: skip
    assert sorted(case.options.values_list("pk", flat=True)) == options


def test_who_brings_back_roles_shows_again_who_they_are(
    house: Any, office: User, api: Any, api_of: Any, settings: Any
) -> None:
    role: Any = factories.role(factories.user("desk"), "pmo")
    project: Any = factories.project(programme=house.programme)
    theirs: Any = factories.role(house.reader, "viewer", project=project)
    for place in (f"role-assignments/{role.pk}/", f"projects/{project.pk}/"):
        answer = api(office).delete(place)
        assert answer.status_code == 204, answer.json()
    settings.CONFIRMED_FOR = timedelta(0)
    for collection, id in (("role-assignments", role.pk), ("projects", project.pk)):
        refused = restore(api(office), collection, id)
        assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_needed")
    token = Api(api_of(office, token=True))
    assert restore(token, "projects", project.pk).status_code == 200
    assert RoleAssignment.objects.filter(pk=theirs.pk).exists()
    assert not RoleAssignment.objects.filter(pk=role.pk).exists()


def test_a_repeated_restoration_tells_nothing_to_who_sees_it_no_more(house: Any, api: Any) -> None:
    api(house.manager).delete(f"risks/{house.risk.pk}/")
    path = f"deleted/risks-{house.risk.pk}/restoration/"
    key = {"Idempotency-Key": "one"}
    for _ in range(2):
        assert api(house.manager).raw("post", path, b"", **key).status_code == 200
    Project.objects.filter(pk=house.project.pk).update(project_manager=factories.person())
    gone = api(User.objects.get(pk=house.manager.pk))
    assert gone.raw("post", path, b"", **key).status_code == 404


def test_what_is_attached_to_what_fell_waits_as_long_as_it_may_come_back(
    house: Any, office: User, api: Any
) -> None:
    check: Any = factories.check(factories.output(house.project))
    body = {
        "record_type": "qualityrecord", "record_id": check.pk, "title": "Test report",
        "link": "https://files.example/report",
    }  # fmt: skip
    assert api(office).post("attachments/", body).status_code == 201
    assert api(office).delete(f"outputs/{check.output_id}/").status_code == 204
    attachments.store().save("aa/new", ContentFile(b"of a request that goes on"))
    assert attachments.sweep() == 0
    assert restore(api(office), "outputs", check.output_id).status_code == 200
    assert Attachment.objects.of(check).count() == 1
    assert api(office).delete(f"outputs/{check.output_id}/").status_code == 204
    long_ago = timezone.now() - timedelta(days=30, minutes=1)
    events_of(type(check)).objects.filter(pgh_label="delete").update(pgh_created_at=long_ago)
    assert attachments.sweep() == 1


def test_what_was_removed_for_good_or_has_lost_its_place_is_not_offered(
    house: Any, office: User, api: Any
) -> None:
    other: Any = factories.risk(house.project)
    with for_good():
        house.risk.delete()
    assert listed(api(office)) == []
    assert restore(api(office), "risks", house.risk.pk).status_code == 404
    api(office).delete(f"risks/{other.pk}/")
    assert listed(api(office)) == [f"risks-{other.pk}"]
    assert api(office).delete(f"projects/{house.project.pk}/").status_code == 204
    assert listed(api(office)) == [f"projects-{house.project.pk}"]
    restore(api(office), "projects", house.project.pk)
    assert listed(api(office)) == [f"risks-{other.pk}"]


def test_what_a_record_said_before_stands_though_it_may_not_be_said_anew(
    house: Any, office: User, api: Any
) -> None:
    home = house.programme.portfolio
    fields: list[Any] = [
        factories.custom_field(home, entity="risk", name=name)
        for name in ("site", "ground", "gone")
    ]
    owner: Any = factories.person()
    held = {"site": "North", "ground": "Clay", "gone": "Away"}
    risk: Any = factories.risk(house.project, owner=owner, custom=held)
    api(office).delete(f"risks/{risk.pk}/")
    type(owner).objects.filter(pk=owner.pk).update(archived_at=timezone.now())
    CustomField.objects.filter(pk=fields[0].pk).update(state="retired")
    CustomField.objects.filter(pk=fields[1].pk).update(name="soil")
    fields[2].delete()
    back = restore(api(office), "risks", risk.pk)
    assert (back.status_code, back.json().get("owner")) == (200, owner.pk)
    assert back.json()["custom"] == {"site": "North", "soil": "Clay"}


def test_who_became_another_entry_since_is_that_one(house: Any, office: User, api: Any) -> None:
    twice, person = factories.person(), factories.person()
    risk: Any = factories.risk(house.project, owner=twice)
    api(office).delete(f"risks/{risk.pk}/")
    merge_people(person, duplicate=twice, by=office)
    back = restore(api(office), "risks", risk.pk)
    assert (back.status_code, back.json().get("owner")) == (200, person.pk)


def test_a_day_that_has_passed_since_and_what_was_descoped_stand(
    house: Any, office: User, api: Any
) -> None:
    day = timezone.localdate() + timedelta(days=2)
    tailored: Any = factories.tailoring(house.project, until=day)
    output: Any = factories.output(house.project, state="descoped")
    deleted = [("outputs", output.pk), ("tailoring-records", tailored.pk)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_tailoringrecord WHERE id = %s", [tailored.pk])
        cursor.execute("DELETE FROM projects_output WHERE id = %s", [output.pk])
    events = events_of(type(tailored)).objects.filter(id=tailored.pk)
    events.update(until="2026-09-30")  # as once it has passed
    ChangeRequest.objects.update(state="withdrawn")
    for collection, id in deleted:
        back = restore(api(office), collection, id)
        assert back.status_code == 200, back.json()
