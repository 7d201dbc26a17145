"""A project goes to another manager, who accepts; until then the one of before answers for it."""

import re
from typing import Any

import pytest
from django.db import connection

from pmhub.accounts import mails
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of


class Office:
    """A project with its manager, who is to hand it over, and who could take it."""

    def __init__(self) -> None:
        self.manager, self.leader, self.coming, self.outsider, self.reader, self.office = (
            factories.user(name)
            for name in ("manager", "leader", "coming", "outsider", "reader", "office")
        )
        self.programme = factories.programme(programme_manager=self.leader.person)
        self.project: Project = factories.project(
            programme=self.programme, project_manager=self.manager.person
        )
        other = factories.programme(portfolio=self.programme.portfolio)
        factories.project(programme=other, project_manager=self.coming.person)
        factories.role(self.reader, "viewer", project=self.project)
        factories.role(self.office, "pmo")

    @property
    def path(self) -> str:
        """The project in REST."""
        return f"projects/{self.project.pk}/"

    def asked(self, who: Any) -> dict[str, Any]:
        """Ask somebody."""
        return {"successor": who.person.pk, "reason": "I go on leave"}

    def now(self) -> tuple[int | None, int | None]:
        """Return the ids of the manager of the project, and of the person who is asked to
        follow."""
        self.project.refresh_from_db()
        return self.project.project_manager_id, self.project.successor_id


@pytest.fixture
def office(nothing: None) -> Office:
    """The project with its manager and the possible successors."""
    return Office()


def test_who_is_asked_sees_the_project_and_takes_it_over(office: Office, api: Any) -> None:
    assert api(office.coming).get(office.path).status_code == 404
    asked = api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    assert asked.status_code == 200
    assert office.now() == (office.manager.person.pk, office.coming.person.pk)
    assert api(office.coming).get(office.path).json()["successor"] == office.coming.person.pk
    assert api(office.coming).patch(office.path, {"objective": "Mine"}).status_code == 403
    assert api(office.manager).patch(office.path, {"objective": "Still mine"}).status_code == 200
    taken = api(office.coming).verb(f"{office.path}takeover/", {"reason": "Gladly"})
    assert taken.status_code == 200
    assert office.now() == (office.coming.person.pk, None)
    assert api(office.coming).patch(office.path, {"objective": "Mine"}).status_code == 200
    assert api(office.manager).patch(office.path, {"objective": "No"}).status_code == 404
    told = api(office.office).get(f"{office.path}history/").json()["results"]
    reasons = [each["reason"] for each in told]
    assert "Gladly" in reasons
    assert "I go on leave" in reasons


def test_who_declines_says_why_and_the_manager_stays(office: Office, api: Any) -> None:
    api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    wordless = api(office.coming).verb(f"{office.path}refusal/", {})
    assert (wordless.status_code, list(errors_of(wordless))) == (400, ["/reason"])
    assert api(office.coming).verb(f"{office.path}refusal/", {"reason": "Full"}).status_code == 200
    assert office.now() == (office.manager.person.pk, None)
    assert api(office.coming).get(office.path).status_code == 404
    told = api(office.manager).get(f"{office.path}history/").json()["results"]
    assert told[0]["reason"] == "Full"


def test_nobody_takes_a_project_over_for_another(office: Office, api: Any) -> None:
    api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    for user in (office.manager, office.leader, office.office, office.reader):
        for answer in ("takeover", "refusal"):
            refused = api(user).verb(f"{office.path}{answer}/", {"reason": "For them"})
            assert (user.username, refused.status_code) == (user.username, 403)
    assert api(office.outsider).post(f"{office.path}takeover/", {}).status_code == 404
    assert office.now() == (office.manager.person.pk, office.coming.person.pk)


def test_a_manager_asks_colleagues_and_who_may_appoint_asks_anybody(
    office: Office, api: Any
) -> None:
    path, outsider = f"{office.path}succession/", office.asked(office.outsider)
    refused = api(office.manager).verb(path, outsider)
    assert (refused.status_code, list(errors_of(refused))) == (403, ["/successor"])
    assert api(office.reader).verb(path, office.asked(office.coming)).status_code == 403
    assert office.now() == (office.manager.person.pk, None)
    assert api(office.leader).verb(path, outsider).status_code == 200
    assert office.now() == (office.manager.person.pk, office.outsider.person.pk)


def test_a_hand_over_is_taken_back(office: Office, api: Any) -> None:
    api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    assert api(office.coming).verb(f"{office.path}recall/", {}).status_code == 403
    assert api(office.manager).verb(f"{office.path}recall/", {}).status_code == 200
    assert office.now() == (office.manager.person.pk, None)
    late = api(office.coming).post(f"{office.path}takeover/", {})
    assert late.status_code == 404


def test_who_cannot_accept_is_not_asked(office: Office, api: Any) -> None:
    client, path = api(office.office), f"{office.path}succession/"
    nobody, gone = factories.person(), factories.user("gone")
    gone.person.archived_at = "2026-10-01T00:00:00Z"
    gone.person.save(update_fields=["archived_at"])
    for person in (nobody, gone.person, office.manager.person):
        refused = client.verb(path, {"successor": person.pk})
        assert (refused.status_code, list(errors_of(refused))) == (400, ["/successor"])
    assert client.verb(path, {}).status_code == 400
    assert office.now() == (office.manager.person.pk, None)


def test_a_question_at_a_time_while_the_project_goes_on(office: Office, api: Any) -> None:
    client, path = api(office.office), f"{office.path}succession/"
    assert client.verb(f"{office.path}recall/", {}).status_code == 409
    assert client.verb(path, office.asked(office.coming)).status_code == 200
    again = client.verb(path, office.asked(office.outsider))
    assert (again.status_code, list(errors_of(again))) == (409, ["/successor"])
    stopped = client.verb(
        f"{office.path}termination/", {"terminated_on": "2026-10-20", "reason": "No need"}
    )
    assert stopped.status_code == 200
    assert office.now() == (office.manager.person.pk, None)
    assert client.verb(path, office.asked(office.coming)).status_code == 409


def test_a_question_falls_away_with_another_manager(office: Office, api: Any) -> None:
    api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    body = {"role": "project_manager", "person": office.outsider.person.pk}
    assert api(office.leader).post(f"{office.path}appointments/", body).status_code == 200
    assert office.now() == (office.outsider.person.pk, None)


@pytest.mark.parametrize(
    "change", ["project_manager_id = %(other)s", "status = 'on_hold', project_manager_id = %(who)s"]
)
def test_it_falls_away_in_plain_sql_too(change: str, office: Office, api: Any) -> None:
    api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE projects_project SET {change} WHERE id = %(id)s",  # noqa: S608  # ours
            {
                "id": office.project.pk,
                "other": office.outsider.person.pk,
                "who": office.coming.person.pk,
            },
        )
    assert office.now()[1] is None


def test_several_projects_are_taken_over_at_once(office: Office, api: Any) -> None:
    others = [
        factories.project(programme=office.programme, project_manager=office.manager.person)
        for _ in range(2)
    ]
    for each in others:
        asked = api(office.leader).verb(
            f"projects/{each.pk}/succession/", office.asked(office.coming)
        )
        assert asked.status_code == 200
        each.refresh_from_db()
    body = [{"id": each.pk, "version": each.version} for each in others]
    assert api(office.coming).post("projects/bulk/takeover/", body).status_code == 200
    managers = Project.objects.filter(pk__in=[each.pk for each in others])
    assert {each.project_manager_id for each in managers} == {office.coming.person.pk}


def test_the_pages_of_who_is_asked_say_so(office: Office, api: Any, client_of: Any) -> None:
    api(office.manager).verb(f"{office.path}succession/", office.asked(office.coming))
    at, way = f"/projects/{office.project.pk}/", 'id="asked-of-me"'
    for page in ("/projects/", "/portfolio/"):
        assert way in client_of(office.coming).get(page).content.decode()
        assert way not in client_of(office.reader).get(page).content.decode()
    answer = f'action="/api/v1{at}takeover/"'
    assert answer in client_of(office.coming).get(at).content.decode()
    for user in (office.reader, office.manager, office.office):
        shown = client_of(user).get(at).content.decode()
        assert answer not in shown
        assert "Asked to take it over" in shown
    assert f'action="/api/v1{at}recall/"' in client_of(office.manager).get(at).content.decode()


@pytest.fixture
def post(office: Office, settings: Any, mailoutbox: Any) -> Any:
    """`post()`: (to whom, subject) of each mail that has come since the last time, and its text."""
    settings.EMAIL_URL = "smtp://nowhere"
    for user in (office.manager, office.leader, office.coming):
        user.email = f"{user.username}@wexmoor.example"
        user.save(update_fields=["email"])

    def collected() -> list[tuple[str, str, str]]:
        mails.send_due()
        found = [(each.to[0].partition("@")[0], each.subject, each.body) for each in mailoutbox]
        mailoutbox.clear()
        return found

    return collected


def test_each_is_told_by_mail_what_the_other_did(office: Office, api: Any, post: Any) -> None:
    path, name = office.path, str(office.project)
    client, coming = api(office.manager), api(office.coming)
    client.verb(f"{path}succession/", office.asked(office.coming))
    [(to, subject, text)] = post()
    assert (to, subject) == ("coming", "You are asked to take a project over")
    assert f"manage the project {name} from now on" in text
    assert f"Until you accept, {office.manager.person} manages it" in text
    coming.verb(f"{path}refusal/", {"reason": "Full"})
    [(to, subject, text)] = post()
    assert (to, subject) == ("manager", "A project of yours was not taken over")
    assert f"{office.coming.person} does not take the project {name} over" in text
    assert "Full" not in text
    client.verb(f"{path}succession/", office.asked(office.coming))
    client.verb(f"{path}recall/", {})
    assert [to for to, _, _ in post()] == ["coming", "coming"]
    client.verb(f"{path}succession/", office.asked(office.coming))
    post()
    coming.verb(f"{path}takeover/", {})
    [(to, subject, text)] = post()
    assert (to, subject) == ("manager", "A project of yours was taken over")
    assert f"{office.coming.person} has accepted the project {name}" in text


def test_nobody_is_told_of_their_own_act_nor_of_a_preview(
    office: Office, api: Any, post: Any
) -> None:
    preview = api(office.manager).verb(
        f"{office.path}succession/?preview=1", office.asked(office.coming)
    )
    assert (preview.status_code, post()) == (200, [])
    api(office.leader).verb(f"{office.path}succession/", office.asked(office.leader))
    assert post() == []
    assert office.now()[1] == office.leader.person.pk


def test_the_form_offers_only_who_may_be_asked(office: Office, client_of: Any) -> None:
    nobody, gone, barred = factories.person(), factories.user("gone"), factories.user("barred")
    type(gone.person).objects.filter(pk=gone.person.pk).update(archived_at="2026-10-01T00:00:00Z")
    type(barred).objects.filter(pk=barred.pk).update(is_active=False)
    everybody = {
        user.person.pk
        for user in (office.leader, office.coming, office.outsider, office.reader, office.office)
    }

    def offered(user: Any) -> set[int]:
        page = client_of(user).get(f"/projects/{office.project.pk}/").content.decode()
        form = page[page.index('id="succession-form"') :]
        choices = form[form.index("<select") : form.index("</select>")]
        return {int(found) for found in re.findall(r'<option value="(\d+)"', choices)}

    assert offered(office.leader) == everybody
    assert offered(office.manager) == everybody - {office.outsider.person.pk}
    assert {nobody.pk, gone.person.pk, barred.person.pk}.isdisjoint(everybody)
