"""What people learn, what is attested to them, whom is needed, and what somebody should look at."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub.models import Person, User
from pmhub.queries.career import career_of
from pmhub.queries.people_signals import signals
from programmes.models import Programme
from projects.models import Post, Project
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def leader(office: User) -> User:
    """Who leads a programme."""
    return factories.user("leader")


@pytest.fixture
def programme(leader: User) -> Programme:
    """That programme."""
    return factories.programme(programme_manager=leader.person)


@pytest.fixture
def crane(programme: Programme) -> Person:
    """Who manages a project of it, and drives cranes."""
    person = factories.person(name="Ada")
    factories.project(programme=programme, project_manager=person)
    return person


@pytest.fixture
def reader(programme: Programme) -> User:
    """Who only reads the programme."""
    user = factories.user("reader")
    factories.role(user, "viewer", programme=programme)
    return user


def kinds(user: User) -> list[str]:
    """The kinds of what a user should look at."""
    return [each.kind for each in signals(User.objects.get(pk=user.pk))]


def test_what_is_attested_to_somebody_is_read_by_who_reads_their_competence(
    office: User, leader: User, reader: User, crane: Person, api: Any
) -> None:
    body = {"person": crane.pk, "title": "Crane licence", "obtained_on": "2020-05-01",
            "expires_on": "2026-05-01"}  # fmt: skip
    made = api(office).post("qualifications/", body)
    assert (made.status_code, made.json()["expired"]) == (201, True)
    learned = {"person": crane.pk, "title": "Rigging", "planned_on": "2026-12-01"}
    assert api(office).post("trainings/", learned).status_code == 201
    for name, said in (("qualifications", body), ("trainings", learned)):
        for user, seen in ((office, 1), (leader, 1), (reader, 0)):
            assert api(user).get(f"{name}/").json()["count"] == seen
        assert api(leader).post(f"{name}/", said).status_code == 403
    bare = api(office).post("trainings/", {"person": crane.pk, "title": "Rigging"})
    assert list(errors_of(bare)) == ["/planned_on"]


def test_nobody_is_their_own_mentor(office: User, crane: Person, api: Any) -> None:
    path = f"people/{crane.pk}/"
    assert api(office).patch(path, {"mentor": office.person.pk}).status_code == 200
    refused = api(office).patch(path, {"mentor": crane.pk})
    assert list(errors_of(refused)) == ["/mentor"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Person.objects.filter(pk=crane.pk).update(mentor=crane)


def test_a_post_that_is_wanted_and_that_nobody_holds_is_vacant(
    leader: User, reader: User, programme: Programme, crane: Person, api: Any
) -> None:
    body = {"programme": programme.pk, "title": "Planner", "wanted_from": "2026-10-01"}
    made = api(leader).post("posts/", body)
    assert (made.status_code, made.json()["vacant"]) == (201, True)
    assert api(reader).post("posts/", body).status_code == 403
    later = factories.post(programme, wanted_from="2027-01-01")
    assert api(reader).get(f"posts/{later.pk}/").json()["vacant"] is False
    assert api(reader).get("posts/?vacant=true").json()["count"] == 1
    held = api(leader).patch(f"posts/{made.json()['id']}/", {"holder": crane.pk})
    assert held.json()["vacant"] is False


def test_signals_are_of_what_one_sees(
    office: User, leader: User, reader: User, programme: Programme, crane: Person, api: Any,
    client_of: Any,
) -> None:  # fmt: skip
    factories.post(programme)
    factories.post(programme, holder=crane, qualification_needed="Crane licence")
    factories.competence(crane, discipline=factories.discipline(programme.portfolio))
    factories.qualification(crane, title="Crane licence", expires_on="2026-01-01")
    for _ in range(4):
        factories.project(programme=programme, project_manager=crane)
    every = ["Vacant", "Span of control", "Lacking", "Single point", "Expired"]
    assert kinds(office) == kinds(leader) == every
    assert kinds(reader) == every[:2]
    assert kinds(factories.user("stranger")) == []
    page = client_of(leader).get("/people/").content.decode()
    assert "Ada manages 5 live projects, more than 4" in page
    # What is renewed, filled and shared is no signal any more.
    factories.qualification(crane, title="Crane licence", expires_on="2031-01-01")
    Post.objects.filter(holder=None).delete()
    Project.objects.filter(project_manager=crane).update(project_manager=factories.person())
    assert kinds(office) == ["Span of control", "Single point"]


def test_who_alone_is_experienced_is_so_among_all_and_beyond_the_foundations(
    office: User, leader: User, programme: Programme, crane: Person
) -> None:
    field = factories.discipline(programme.portfolio)
    factories.competence(crane, discipline=field)
    beside = factories.competence(discipline=field, level="foundation")
    assert "Single point" in kinds(leader)
    factories.competence(beside.person, discipline=field, assessed_on="2026-10-02")
    assert "Single point" not in kinds(leader)
    factories.competence(crane, discipline=field, level="foundation", assessed_on="2026-10-02")
    assert "Single point" in kinds(office)
    assert "Single point" not in kinds(leader)  # who does not see the other


@pytest.mark.parametrize(
    "days",
    [{"wanted_to": "2026-10-02"}, {"wanted_from": "2027-01-01"}],
)
def test_nothing_is_lacking_in_a_post_outside_of_its_days(
    days: dict[str, str], office: User, programme: Programme, crane: Person
) -> None:
    post = factories.post(programme, holder=crane, qualification_needed="Crane licence")
    assert kinds(office) == ["Lacking"]
    Post.objects.filter(pk=post.pk).update(**days)
    assert kinds(office) == []


def test_signals_take_as_many_queries_for_many_as_for_one(
    leader: User, programme: Programme, crane: Person
) -> None:
    def asked() -> int:
        factories.post(programme)
        factories.qualification(crane, title="Licence", expires_on="2026-01-01")
        user = User.objects.get(pk=leader.pk)
        with CaptureQueriesContext(connection) as queries:
            signals(user)
        return len(queries)

    asked()
    assert asked() == asked()


def test_a_holder_below_the_competence_that_a_post_asks_for_is_a_signal_and_no_block(
    office: User, leader: User, reader: User, programme: Programme, crane: Person, api: Any,
    client_of: Any,
) -> None:  # fmt: skip
    field = factories.discipline(programme.portfolio, name="Lifting")
    post = factories.post(programme, title="Lift lead")
    path = f"posts/{post.pk}/"
    asked: dict[str, Any] = {"discipline": field.pk}
    assert [*errors_of(api(leader).patch(path, asked))] == ["/competence_needed"]
    asked |= {"competence_needed": "senior", "holder": crane.pk}
    assert api(leader).patch(path, asked).status_code == 200
    page = f"/posts/{post.pk}/"
    said = "Ada, Lift lead: senior in Lifting is asked for, and they are not assessed"
    assert [each.text for each in signals(leader) if each.kind == "Lacking"] == [said]
    assert (
        "Ada holds it: senior in Lifting is asked" in client_of(leader).get(page).content.decode()
    )
    assert "Lacking" not in kinds(reader)
    assert "Ada holds it" not in client_of(reader).get(page).content.decode()
    factories.competence(crane, level="expert")  # in leading change, which is another thing
    factories.competence(crane, discipline=field, level="practitioner")
    assert [each.text for each in signals(leader) if each.kind == "Lacking"] == [
        "Ada, Lift lead: senior in Lifting is asked for, and they are practitioner"
    ]
    factories.competence(crane, discipline=field, level="senior", assessed_on="2026-10-02")
    assert "Lacking" not in kinds(leader)
    far = api(leader).patch(path, {"discipline": factories.discipline().pk})
    assert [*errors_of(far)] == ["/discipline"]


def test_the_page_of_a_person_says_where_they_stand_and_what_the_next_step_lacks(
    leader: User, reader: User, crane: Person, client_of: Any
) -> None:
    Project.objects.filter(project_manager=crane).update(actual_start="2021-10-01")
    page = client_of(leader).get(f"/people/{crane.pk}/").content.decode()
    assert "Ada stands as project manager." in page
    assert "experience, led as project manager." in " ".join(page.split())
    assert "Ada stands as" not in client_of(reader).get(f"/people/{crane.pk}/").content.decode()


def test_what_the_career_ladder_asks_for_is_set_by_the_pmo(
    office: User, leader: User, programme: Programme, crane: Person, api: Any, client_of: Any
) -> None:
    easy = {"programme_manager_competence": "any", "programme_manager_led": 1,
            "programme_manager_years": "0"}  # fmt: skip
    body = {"portfolio": programme.portfolio_id, "kind": "career", "values": easy,
            "reason": "Few come from outside"}  # fmt: skip
    assert api(leader).post("rule-sets/", body).status_code == 403
    wrong = body | {"values": {"programme_manager_led": -1}}
    assert api(office).post("rule-sets/", wrong).status_code == 400
    assert api(office).post("rule-sets/", body).status_code == 201
    page = client_of(leader).get(f"/people/{crane.pk}/").content.decode()
    assert "All that programme manager asks for is there." in page


def test_a_role_that_one_may_not_see_says_nothing_of_a_career(
    leader: User, crane: Person, client_of: Any
) -> None:
    factories.project(project_manager=crane, name="Secret")  # of another programme
    page = client_of(leader).get(f"/people/{crane.pk}/").content.decode()
    assert "Secret" not in page
    assert '<td data-label="There is">1</td>' in page


def test_who_managed_a_programme_that_ended_manages_it_no_more(
    office: User, programme: Programme
) -> None:
    crane = factories.person(name="Ada")
    ended = factories.programme(
        portfolio=programme.portfolio, programme_manager=crane, starts_on="2020-01-01",
        stage="terminated", actual_end_on="2023-01-01",
    )  # fmt: skip
    running = factories.programme(portfolio=programme.portfolio, programme_manager=crane)
    spans = {place: span for _, place, span in career_of(crane, office).roles}
    assert (spans[ended].begins, spans[ended].ends) == (date(2020, 1, 1), date(2023, 1, 1))
    assert spans[running].ends is None
