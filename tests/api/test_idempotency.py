"""A POST that names a key happens once, however often and from how many sides it comes."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from pmhub.models import StoredAnswer, Token, User
from projects.models import CostActual, Project, Risk
from tests import factories
from tests.api.conftest import errors_of

KEY = "0b9ff0c4-6c5a-4b0d-9d1f-2d4f0b5f7a11"
REJECTED = {"outcome": "rejected", "reason": "Half of it is missing"}


@pytest.fixture
def risk(office: User) -> dict[str, Any]:
    """The body of a new risk."""
    project = factories.project()
    return {"project": project.pk, "code": "R1", "title": "Flood", "status": "open"}


@pytest.fixture
def post(office: User, client_of: Callable[[User], Client]) -> Callable[..., Any]:
    """`post(path, body, key)` by the office, or by somebody else."""

    def send(path: str, body: Any, key: str = KEY, by: User | None = None) -> Any:
        return client_of(by or office).post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    return send


def test_a_repetition_is_answered_as_the_first(post: Any, risk: Any) -> None:
    first, second = post("risks/", risk), post("risks/", risk)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    for name in ("Location", "ETag", "Content-Type"):
        assert first.headers[name] == second.headers[name]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Risk.objects.count() == 1


def test_the_order_of_names_makes_no_other_body(post: Any, risk: Any) -> None:
    post("risks/", risk)
    assert post("risks/", dict(reversed(risk.items()))).status_code == 201
    assert Risk.objects.count() == 1


def test_another_body_with_the_key_is_refused(post: Any, risk: Any) -> None:
    post("risks/", risk)
    answer = post("risks/", risk | {"code": "R2"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Risk.objects.count() == 1


def test_a_refused_request_leaves_the_key_free(post: Any, risk: Any) -> None:
    assert post("risks/", risk | {"title": ""}).status_code == 400
    assert not StoredAnswer.objects.exists()
    assert post("risks/", risk).status_code == 201


def test_an_effect_that_is_rolled_back_leaves_no_record(post: Any, risk: Any) -> None:
    assert post("risks/", risk, "first").status_code == 201
    assert post("risks/", risk, "second").status_code == 400  # the code is taken: by the database
    assert list(StoredAnswer.objects.values_list("key", flat=True)) == ["first"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_has_a_fit_length(key: str, post: Any, risk: Any) -> None:
    answer = post("risks/", risk, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert not Risk.objects.exists()


def test_a_key_of_the_largest_length(post: Any, risk: Any) -> None:
    assert post("risks/", risk, "x" * 255).status_code == 201


def test_the_same_key_of_somebody_else_is_another(post: Any, risk: Any) -> None:
    other = factories.user("other")
    factories.role(other, "pmo")
    assert post("risks/", risk).status_code == 201
    answer = post("risks/", risk | {"code": "R2"}, by=other)
    assert (answer.status_code, answer.json()["code"]) == (201, "R2")


def test_the_same_key_at_another_address_is_another(post: Any, risk: Any) -> None:
    assert post("risks/", risk).status_code == 201
    issue = {"project": risk["project"], "code": "I1", "title": "Flooded"}
    assert post("issues/", issue).status_code == 201


def test_after_a_day_the_key_is_new(post: Any, risk: Any) -> None:
    post("risks/", risk)
    post("risks/", risk | {"code": "R2"}, "another")
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert post("risks/", risk | {"code": "R3"}).status_code == 201
    assert StoredAnswer.objects.get().key == KEY  # the others that expired went with it
    assert Risk.objects.count() == 3


def test_the_key_of_a_token_is_never_stored(office: User, post: Any) -> None:
    first, second = post("tokens/", {"name": "sheet"}), post("tokens/", {"name": "sheet"})
    assert first.json()["token"].startswith("pmh_")
    assert second.json() == {name: value for name, value in first.json().items() if name != "token"}
    assert first.json()["token"].encode() not in bytes(StoredAnswer.objects.get().body)
    assert second.headers["Cache-Control"] == "no-store"
    assert Token.objects.count() == 1


def test_a_verb_is_done_once(post: Any) -> None:
    measured = factories.measurement(factories.benefit(), 2025, 5)
    path = f"measurements/{measured.pk}/verification/"
    first, second = (post(path, REJECTED) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert post(path, REJECTED, "another").status_code == 409


# Rights before what was answered


def test_who_may_see_it_no_more_is_not_answered_again(post: Any, risk: Any) -> None:
    manager = factories.user("manager")
    role = factories.role(manager, "pmo", project=Project.objects.get())
    assert post("risks/", risk, by=manager).status_code == 201
    role.delete()
    answer = post("risks/", risk, by=manager)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert b"Flood" not in answer.content
    assert Risk.objects.count() == 1


def test_who_may_do_it_no_more_is_refused_the_answer(post: Any, risk: Any) -> None:
    manager = factories.user("manager")
    role = factories.role(manager, "pmo", project=Project.objects.get())
    assert post("risks/", risk, by=manager).status_code == 201
    role.role = "viewer"
    role.save()
    assert post("risks/", risk, by=manager).status_code == 403
    other = risk | {"code": "R2"}
    assert post("risks/", other, by=manager).status_code == 403  # before it is compared


def test_what_one_sees_no_more_of_it_is_not_answered_again(post: Any, nothing: None) -> None:
    manager, giver, receiver = factories.user("manager"), factories.project(), factories.project()
    far = factories.role(manager, "programme_manager", programme=giver.programme)
    factories.role(manager, "programme_manager", programme=receiver.programme)
    body = {"code": "D1", "giver": giver.pk, "receiver": receiver.pk, "deliverable": "Drawings"}
    for path, sent, row in (
        ("dependencies/", body, lambda answer: answer),
        ("dependencies/bulk/", [body | {"code": "D2", "deliverable": "Keys"}],
         lambda answer: answer["results"][0]),
    ):  # fmt: skip
        first = post(path, sent, by=manager)
        assert (first.status_code, row(first.json())["giver"]) == (201, giver.pk), first.content
        assert post(path, sent, by=manager).content == first.content
    far.delete()
    again = post("dependencies/", body, by=manager)
    assert (again.status_code, again.json()["giver"]) == (201, None)
    many = post("dependencies/bulk/", [body | {"code": "D2", "deliverable": "Keys"}], by=manager)
    assert (many.status_code, many.json()["results"][0]["giver"]) == (201, None)
    assert again.json()["receiver"] == receiver.pk


def test_what_one_sees_no_more_is_told_by_no_part_of_an_answer(post: Any, nothing: None) -> None:
    manager = factories.user("manager")
    project = factories.project(project_manager=manager.person)
    above = factories.role(manager, "viewer", programme=project.programme)
    changed = {"version": project.version, "objective": "A roof"}
    said = {"report": {"achieved": "The roof is on"}, "project": changed}
    path = f"projects/{project.pk}/updates/"
    first = post(path, said, by=manager)
    assert first.status_code == 201, first.content
    assert first.json()["project"]["programme"] == project.programme_id
    assert post(path, said, by=manager).content == first.content
    above.delete()
    again = post(path, said, by=manager)
    assert (again.status_code, again.json()["project"]["programme"]) == (201, None)


def test_a_verb_is_repeated_by_who_may_still_do_it(post: Any, nothing: None) -> None:
    measured = factories.measurement(factories.benefit(), 2025, 5)
    assurer = factories.user("assurer")
    role = factories.role(assurer, "assurer", programme=measured.benefit.programme)
    path = f"measurements/{measured.pk}/verification/"
    both = [post(path, REJECTED, by=assurer) for _ in range(2)]
    assert [each.status_code for each in both] == [200, 200]
    role.role = "viewer"
    role.save()
    assert post(path, REJECTED, by=assurer).status_code == 403
    role.delete()
    assert post(path, REJECTED, by=assurer).status_code == 404


def test_what_was_deleted_since_is_not_answered_again(post: Any, risk: Any) -> None:
    assert post("risks/", risk).status_code == 201
    Risk.objects.all().delete()
    assert post("risks/", risk).status_code == 404


def test_without_a_key_each_is_its_own(post: Any, api: Any, office: User) -> None:
    body = {"project": factories.project().pk, "posted_on": "2026-10-01", "amount": "5"}
    for _ in range(2):
        assert api(office).post("cost-actuals/", body).status_code == 201
    assert CostActual.objects.count() == 2
    assert not StoredAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_record(post: Any, risk: Any, office: User) -> None:
    answers: list[Any] = []
    together = threading.Barrier(8)

    def send() -> None:
        try:
            together.wait()
            answers.append(post("risks/", risk))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(each.status_code, each.content) for each in answers} == {(201, answers[0].content)}
    assert len(answers) == 8
    assert sum("Idempotent-Replayed" in each.headers for each in answers) == 7
    assert Risk.objects.count() == StoredAnswer.objects.count() == 1
    assert Project.objects.count() == 1
    assert errors_of(post("risks/", risk, "other")) == {"/code": "unique"}
