"""What happened at a record and below it, over REST."""

from typing import Any

from rest_framework.test import APIClient

from pmhub.models import User
from tests import factories
from tests.api.conftest import errors_of


def test_what_happened_is_told_the_last_first_and_page_by_page(office: User, api: Any) -> None:
    project = factories.project()
    risk = factories.risk(project)
    client = api(office)
    at = {"record_type": "risk", "record_id": risk.pk}
    client.patch(f"risks/{risk.pk}/", {"title": "Steel is dear"})
    client.post("comments/", at | {"text": "Is it?"})
    client.post("attachments/", at | {"link": "https://example.org/", "title": "Prices"})
    path = f"activity/?record_type=project&record_id={project.pk}&page_size=2"
    first = client.get(path).json()
    assert [(each["kind"], each["action"], each["text"]) for each in first["results"]] == [
        ("attachment", "attached", "Prices"), ("comment", "commented", "Is it?"),
    ]  # fmt: skip
    second = client.get(first["next"].partition("/api/v1/")[2]).json()
    changed = second["results"][0]
    assert (changed["kind"], changed["action"], changed["by"]["id"]) == (
        "risk", "changed", office.pk,
    )  # fmt: skip
    assert [(each["field"], each["to"]) for each in changed["changes"]] == [
        ("title", "Steel is dear")
    ]
    assert changed["record_url"].endswith(f"/api/v1/risks/{risk.pk}/")


def test_it_is_narrowed_to_a_kind_and_to_a_user(office: User, api: Any) -> None:
    project = factories.project()
    risk = factories.risk(project)
    other = factories.user("other")
    factories.role(other, "viewer", project=project)
    given = {"record_type": "risk", "record_id": risk.pk, "text": "Hm"}
    api(other).post("comments/", given)
    api(office).patch(f"risks/{risk.pk}/", {"title": "Other"})
    path = f"activity/?record_type=risk&record_id={risk.pk}"
    kinds = [each["kind"] for each in api(office).get(f"{path}&kind=risk").json()["results"]]
    assert set(kinds) == {"risk"}
    mine = api(office).get(f"{path}&by={other.pk}").json()["results"]
    assert [each["kind"] for each in mine] == ["comment"]


def test_bad_questions_are_refused_by_name(office: User, api: Any) -> None:
    project = factories.project()
    path = f"activity/?record_type=project&record_id={project.pk}"
    for wrong, name in (
        ("&kind=person", "/kind"),
        ("&by=x", "/by"),
        ("&page_size=1000", "/page_size"),
        ("&cursor=x", "/cursor"),
        ("&cursor=2026-01-01~risk~1", "/cursor"),
        ("&cursor=0001-01-01T00:00:00%2B01:00~risk~1", "/cursor"),
        ("&what=1", "/what"),
    ):
        refused = api(office).get(path + wrong)
        assert (refused.status_code, list(errors_of(refused))) == (400, [name])
    assert api(office).get("activity/?record_type=project&record_id=0").status_code == 400
    for offset in ("%2B23:00", "-23:59", "%2B00:00:00.5"):  # more than PostgreSQL reads
        odd = f"{path}&cursor=2026-01-01T00:00:00{offset}~risk~1"
        assert api(office).get(odd).status_code == 200


def test_a_stranger_is_told_nothing(office: User, api: Any) -> None:
    project = factories.project()
    path = f"activity/?record_type=project&record_id={project.pk}"
    assert api(factories.user("stranger")).get(path).status_code == 404
    assert APIClient().get(f"/api/v1/{path}").status_code == 401
