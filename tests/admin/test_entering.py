"""Only PMO staff enter, and what they find there costs the same for one record and for many."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pmhub.admin_site import TASKS
from pmhub.models import Mail, Session, Token, User
from programmes.models import Programme
from projects.models import Project
from tests import factories
from tests.admin.forms import entries

PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model, page, *args):
    """Where an admin page is."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def label(model):
    """Return the name of a model for the name of a test."""
    return model._meta.label


def test_pmo_staff_enter(client_of, pmo):
    page = client_of(pmo).get("/admin/")
    assert page.status_code == 200
    assert "Programme rollups" in page.content.decode()


def test_the_index_is_grouped_by_task_and_has_every_page_once(client_of, pmo):
    groups = client_of(pmo).get("/admin/").context["app_list"]
    names = [each["name"] for each in groups]
    assert names[: len(TASKS)] == [*TASKS]
    pages = [page["model"] for each in groups for page in each["models"]]
    assert sorted(pages, key=label) == PAGES


@pytest.mark.parametrize(
    "name", ["sponsor", "cam_manager", "cam02_manager", "benefit_owner", "viewer", "stranger"]
)
def test_nobody_else_enters(client_of, demo, request, name):
    client = client_of(request.getfixturevalue(name))
    for path in ("/admin/", address(Project, "changelist"), address(User, "add")):
        answer = client.get(path)
        assert answer.url == f"/admin/login/?next={path}"
        assert client.get(answer.url).status_code == 404


def test_staff_without_the_role_do_not_enter(client_of, sponsor):
    User.objects.filter(pk=sponsor.pk).update(is_staff=True)
    assert client_of(sponsor).get("/admin/").status_code == 302


def test_the_role_without_being_staff_does_not_enter(client_of, pmo):
    User.objects.filter(pk=pmo.pk).update(is_staff=False)
    assert client_of(pmo).get("/admin/").status_code == 302


def test_a_superuser_enters(client_of, db):
    root = User.objects.create_superuser("root")
    assert client_of(root).get("/admin/").status_code == 200


@pytest.mark.parametrize("model", PAGES, ids=label)
def test_every_page_opens(client_of, pmo, model):
    client = client_of(pmo)
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "changelist"), {"q": "a b"}).status_code == 200
    if admin.site._registry[model].may_add:
        assert client.get(address(model, "add")).status_code == 200
    record = model._base_manager.first()
    if record and model is not Token:
        assert client.get(address(model, "change", record.pk)).status_code == 200


@pytest.mark.parametrize("model", PAGES, ids=label)
def test_a_list_costs_the_same_for_one_record_and_for_many(client_of, pmo, model):
    client = client_of(pmo)
    records = list(model._base_manager.values_list("pk", flat=True)[:20])
    if len(records) < 3:
        pytest.skip("The demo has no three of these.")
    site = admin.site._registry[model]
    counts = []
    for size in (1, len(records)):
        site.list_max_show_all = site.list_per_page = size
        try:
            with CaptureQueriesContext(connection) as queries:
                client.get(address(model, "changelist"))
        finally:
            del site.list_max_show_all, site.list_per_page
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_people_are_found_by_typing(client_of, pmo):
    answer = client_of(pmo).get(
        "/admin/autocomplete/",
        {"term": "rahman", "app_label": "projects", "model_name": "project",
         "field_name": "project_manager"},
    )  # fmt: skip
    assert [row["text"] for row in answer.json()["results"]] == ["Aisha Rahman"]


# Users and tokens


def test_pmo_staff_make_no_superusers_and_change_none(client_of, pmo):
    root = User.objects.create_superuser("root", password="only for tests")
    client = client_of(pmo)
    assert client.post(address(User, "change", root.pk), {}).status_code == 403
    assert client.get(f"/admin/pmhub/user/{root.pk}/password/").status_code == 403
    assert client.post(address(User, "delete", root.pk), {"post": "yes"}).status_code == 403
    entries = {"username": "pmo", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    client.post(address(User, "change", pmo.pk), entries)
    pmo.refresh_from_db()
    assert not pmo.is_superuser


ENTRIES = {
    "username": "newcomer", "password1": "a-long-enough-one", "password2": "a-long-enough-one",
    "usable_password": "true",
}  # fmt: skip


def test_somebody_is_let_in_with_a_password_of_their_own(client_of, client, pmo):
    page = client_of(pmo).get(address(User, "add")).content.decode()
    assert "password1" not in page
    assert client_of(pmo).post(address(User, "add"), ENTRIES).status_code == 302
    newcomer = User.objects.get(username="newcomer")
    assert not newcomer.has_usable_password()
    assert not client.login(username="newcomer", password="a-long-enough-one")
    ticked = {"action": "invite", "_selected_action": [newcomer.pk]}
    told = client_of(pmo).post(address(User, "changelist"), ticked, follow=True)
    assert "/account/link/invitation/" in told.content.decode()


def test_a_superuser_sets_the_password_of_a_new_account(client_of, client, demo):
    root = User.objects.create_superuser("root", password="only for tests")
    assert client_of(root).post(address(User, "add"), ENTRIES).status_code == 302
    assert client.login(username="newcomer", password="a-long-enough-one")


def test_the_pmo_sets_nobody_s_password_and_a_superuser_does(client_of, pmo, viewer):
    root = User.objects.create_superuser("root", password="only for tests")
    page, before = f"/admin/pmhub/user/{viewer.pk}/password/", viewer.password
    typed = {"password1": "a-long-enough-one", "password2": "a-long-enough-one",
             "usable_password": "true", "set-password": "Change password"}  # fmt: skip
    form = address(User, "change", viewer.pk)
    assert "../password/" not in client_of(pmo).get(form).content.decode()
    assert client_of(pmo).get(page).status_code == 403
    assert client_of(pmo).post(page, typed).status_code == 403
    assert client_of(pmo).post(f"/admin/pmhub/user/{pmo.pk}/password/", typed).status_code == 403
    viewer.refresh_from_db()
    assert viewer.password == before
    assert "../password/" in client_of(root).get(form).content.decode()
    assert client_of(root).post(page, typed).status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password("a-long-enough-one")


def test_the_link_of_an_account_in_use_is_shown_to_a_superuser_alone(client_of, pmo, viewer):
    root = User.objects.create_superuser("root", password="only for tests")
    ticked = {"action": "invite", "_selected_action": [viewer.pk]}
    for user, shown in ((pmo, False), (root, True)):
        told = client_of(user).post(address(User, "changelist"), ticked, follow=True)
        assert ("/account/link/invitation/" in told.content.decode()) is shown


def test_another_address_is_told_to_the_one_before(client_of, pmo, viewer, settings):
    settings.EMAIL_URL = "smtp://localhost"
    User.objects.filter(pk=viewer.pk).update(email="old@wexmoor.example")
    page = client_of(pmo).get(address(User, "change", viewer.pk))
    desk = client_of(pmo)
    at = address(User, "change", viewer.pk)
    assert desk.post(at, entries(page, email="new@wexmoor.example")).status_code == 302
    [mail] = Mail.objects.all()
    assert (mail.to, mail.about) == ("old@wexmoor.example", {"change": "address_changed"})
    assert User.objects.get(pk=viewer.pk).email == "new@wexmoor.example"


def test_somebody_who_leaves_no_longer_signs_in_and_oneself_stays(client_of, pmo, viewer):
    ticked = {"action": "sign_out_for_good", "_selected_action": [viewer.pk, pmo.pk]}
    client_of(pmo).post(address(User, "changelist"), ticked)
    viewer.refresh_from_db()
    pmo.refresh_from_db()
    assert (viewer.is_active, pmo.is_active) == (False, True)


@pytest.mark.parametrize("verb", ["sign_out_everywhere", "sign_out_for_good", "take_factor"])
def test_the_pmo_ends_the_sessions_of_somebody(client_of, pmo, viewer, verb):
    theirs, other = client_of(viewer), client_of(pmo)
    ticked = {"action": verb, "_selected_action": [viewer.pk]}
    assert client_of(pmo).post(address(User, "changelist"), ticked).status_code == 302
    assert not Session.objects.filter(user=viewer).exists()
    assert theirs.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 200


def test_neither_a_key_nor_its_hash_is_ever_shown(client_of, pmo):
    token, key = Token.objects.create(user=pmo, name="Finance")
    page = client_of(pmo).get(address(Token, "changelist")).content.decode()
    assert "Finance" in page
    assert token.digest not in page
    assert key not in page
    assert f"{token.token_key[:8]}…" in page
    assert client_of(pmo).get(address(Token, "change", token.digest)).status_code == 302


def test_a_token_is_revoked(client_of, pmo):
    token, _ = Token.objects.create(user=pmo, name="Finance")
    other, _ = Token.objects.create(user=pmo, name="Planning")
    ticked = {"action": "revoke", "_selected_action": [token.token_key]}
    client_of(pmo).post(address(Token, "changelist"), ticked)
    assert list(Token.objects.all()) == [other]


def test_a_role_given_here_opens_the_programme(client_of, demo, pmo, stranger):
    person = factories.person(user=stranger)
    entries = {"person": person.pk, "role": "viewer", "programme": demo.programme("NZE").pk}
    client_of(pmo).post("/admin/pmhub/roleassignment/add/", entries)
    seen = Programme.objects.visible_to(User.objects.get(pk=stranger.pk))
    assert [programme.code for programme in seen] == ["NZE"]
