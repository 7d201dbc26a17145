"""What a page says to somebody who may not do what it is for: what, why, whom to ask, and where to
go on."""

import pytest

from tests import factories


@pytest.fixture
def refused(client_of, words):
    """`refused(user, address)`: the words and the HTML of a page that says no."""

    def found(user, address):
        answer = client_of(user).get(address)
        assert answer.status_code == 403, address
        return words(answer), answer.content.decode()

    return found


@pytest.fixture
def risk(demo):
    return demo.project("CAM-02").risks.order_by("code").first()


def test_who_may_not_edit_a_record_is_told_who_may_and_led_back(refused, viewer, demo, risk):
    text, page = refused(viewer, f"/risks/{risk.pk}/edit/")
    assert f"You may not edit {risk.code} {risk.title}" in text
    assert "You may see it and not change it." in text
    project = demo.project("CAM-02")
    assert f"{project.project_manager.name} Project manager" in text
    assert f"{project.programme.programme_manager.name} Programme manager" in text
    assert f'<a class="btn btn-primary" href="/risks/{risk.pk}/">Back to {risk.code}</a>' in page


@pytest.mark.parametrize(
    ("address", "title", "back"),
    [
        ("/risks/new/?project={project}", "You may not add a risk here",
         "/projects/{project}/risks/"),
        ("/risks/import/", "You may not import risks", "/risks/"),
        ("/projects/{project}/split/", "You may not split the project", "/projects/{project}/"),
        ("/projects/{project}/update/", "You may not write the update", "/projects/{project}/"),
        ("/programmes/{programme}/merger/", "You may not merge a programme",
         "/programmes/{programme}/"),
        ("/projects/new/?programme={programme}", "You may not begin a project here",
         "/programmes/{programme}/"),
    ],
)  # fmt: skip
def test_every_form_says_no_in_its_own_words(refused, viewer, demo, address, title, back):
    ids = {"project": demo.project("CAM-02").pk, "programme": demo.programme("CAM").pk}
    text, page = refused(viewer, address.format(**ids))
    assert title in text
    assert "Ask somebody who may:" in text
    assert f'<a class="btn btn-primary" href="{back.format(**ids)}">Back to' in page


def test_what_has_ended_is_not_said_to_be_a_matter_of_rights(refused, pmo, demo):
    project = factories.project(
        programme=demo.programme("CAM"), status="closed", actual_finish="2026-10-30"
    )
    text, _ = refused(pmo, f"/projects/{project.pk}/update/")
    assert f"{project.code} has ended: it is reported on no more." in text
    assert "Ask somebody" not in text


def test_who_sets_no_limit_of_their_own_is_told_so_and_not_sent_to_themself(
    refused, cam_manager, demo
):
    limit = factories.tolerance(demo.programme("CAM"))
    text, _ = refused(cam_manager, f"/tolerances/{limit.pk}/edit/")
    assert "Nobody sets what limits them, or judges their own." in text
    asked = text.partition("Ask somebody who may:")[2]
    assert demo.programme("CAM").sro.name in asked
    assert cam_manager.person.name not in asked


def test_a_stranger_is_told_no_name(refused, stranger, pmo, demo):
    text, _ = refused(stranger, "/risks/new/")
    assert "Ask somebody who may:" in text
    assert pmo.person.name not in text


def test_what_only_its_author_changes_names_nobody_else(refused, pmo, demo, viewer):
    lent = factories.delegation(
        demo.project("CAM-02").project_manager.user, viewer, "project_manager",
        project=demo.project("CAM-02"), created_by=demo.project("CAM-02").project_manager.user,
    )  # fmt: skip
    text, _ = refused(pmo, f"/delegations/{lent.pk}/edit/")
    assert "Only who wrote it changes it." in text
    assert "Ask somebody" not in text
