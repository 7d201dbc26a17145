"""What disciplines give one another, and which projects and dependencies are of them."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import Discipline, DisciplineLink, Portfolio
from projects.models import Dependency, Lesson
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def portfolio(office: User) -> Portfolio:
    """A portfolio of two disciplines."""
    return factories.portfolio()


@pytest.fixture
def steel(portfolio: Portfolio) -> Discipline:
    """A discipline of it."""
    return factories.discipline(portfolio, name="Steelwork")


@pytest.fixture
def power(portfolio: Portfolio) -> Discipline:
    """Another one."""
    return factories.discipline(portfolio, name="Electrical")


@pytest.fixture
def reader(portfolio: Portfolio) -> User:
    """Who reads a programme of the portfolio."""
    user = factories.user("reader")
    factories.role(user, "viewer", programme=factories.programme(portfolio=portfolio))
    return user


def test_two_disciplines_may_give_to_each_other_and_none_to_itself(
    office: User, reader: User, steel: Discipline, power: Discipline, api: Any
) -> None:
    body = {"giver": steel.pk, "receiver": power.pk, "gives": "Cable trays", "needs": "By floor"}
    assert api(reader).post("discipline-links/", body).status_code == 403
    assert api(office).post("discipline-links/", body).status_code == 201
    back = {"giver": power.pk, "receiver": steel.pk, "gives": "Loads"}
    assert api(office).post("discipline-links/", back).status_code == 201
    itself = api(office).post("discipline-links/", body | {"receiver": steel.pk})
    assert errors_of(itself).keys() == {"/receiver"}
    again = api(office).post("discipline-links/", body)
    assert (errors_of(again), DisciplineLink.objects.count()) == ({"/receiver": "invalid"}, 2)
    listed = api(reader).get(f"discipline-links/?portfolio={steel.portfolio_id}").json()
    assert listed["count"] == 2
    stranger = api(factories.user("stranger"))
    assert stranger.get("discipline-links/").json()["count"] == 0


def test_what_is_given_stays_in_the_portfolio_whoever_writes_it(
    office: User, steel: Discipline, power: Discipline, api: Any
) -> None:
    link = factories.discipline_link(steel, power)
    far = factories.discipline(name="Elsewhere")
    refused = api(office).patch(f"discipline-links/{link.pk}/", {"receiver": far.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/receiver"])
    for change in ({"receiver": far}, {"giver": far}, {"receiver": steel}):
        with pytest.raises(DatabaseError), transaction.atomic():
            DisciplineLink.objects.filter(pk=link.pk).update(**change)


@pytest.mark.parametrize("collection", ["projects", "dependencies", "lessons", "process-assets"])
def test_a_record_is_of_a_discipline_of_its_own_portfolio(
    office: User, steel: Discipline, collection: str, api: Any
) -> None:
    home = factories.programme(portfolio=steel.portfolio)
    project = factories.project(programme=home)
    row: Any = {
        "projects": lambda: project,
        "dependencies": lambda: factories.dependency(factories.project(programme=home), project),
        "lessons": lambda: factories.lesson(project, state="draft"),
        "process-assets": lambda: factories.process_asset(steel.portfolio),
    }[collection]()
    path = f"{collection}/{row.pk}/"
    far = factories.discipline()
    refused = api(office).patch(path, {"discipline": far.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/discipline"])
    with pytest.raises(DatabaseError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(discipline=far)
    assert api(office).patch(path, {"discipline": steel.pk}).json()["discipline"] == steel.pk
    found = api(office).get(f"{collection}/?discipline={steel.pk}").json()["results"]
    assert [each["id"] for each in found] == [row.pk]


@pytest.fixture
def waiting(steel: Discipline, power: Discipline, reader: User) -> Dependency:
    """What a project of steelwork owes to one of electrical work, of the programme that is read."""
    programme = steel.portfolio.programmes.get()
    giver = factories.project(programme=programme, discipline=steel)
    receiver = factories.project(programme=programme, discipline=power)
    return factories.dependency(giver, receiver, deliverable="Frame of hall B")


def test_the_matrix_says_who_gives_whom_what_and_which_dependencies_there_are(
    reader: User, steel: Discipline, power: Discipline, waiting: Dependency, client_of: Any
) -> None:
    address = f"/portfolios/{steel.portfolio_id}/disciplines/"
    bare = client_of(reader).get(address).content.decode()
    assert "Nobody has said yet what these disciplines give one another." in bare
    link = factories.discipline_link(steel, power, gives="Cable trays", needs="By floor")
    page = client_of(reader).get(address).content.decode()
    assert f'<a href="/discipline-links/{link.pk}/">Cable trays</a>' in page
    assert ("needed: By floor" in page, "Frame of hall B" in page) == (True, True)
    assert "New link" not in page
    record = client_of(reader).get(f"/disciplines/{power.pk}/").content.decode()
    assert "Cable trays" in record


def test_a_discipline_of_a_project_out_of_sight_is_told_by_no_dependency(
    portfolio: Portfolio, steel: Discipline, power: Discipline, waiting: Dependency, client_of: Any
) -> None:
    far = factories.user("far")
    factories.role(far, "viewer", project=waiting.receiver)
    address = f"/portfolios/{portfolio.pk}/disciplines/"
    assert "Frame of hall B" not in client_of(far).get(address).content.decode()
    Dependency.objects.filter(pk=waiting.pk).update(discipline=steel)  # said on itself
    assert "Frame of hall B" in client_of(far).get(address).content.decode()


def test_the_page_of_disciplines_costs_no_query_for_each(
    reader: User, steel: Discipline, power: Discipline, waiting: Dependency, client_of: Any,
    queries_of: Any,
) -> None:  # fmt: skip
    factories.discipline_link(steel, power)
    client, address = client_of(reader), f"/portfolios/{steel.portfolio_id}/disciplines/"
    queries = queries_of(client, address)
    giver: Any = waiting.giver
    for number in range(3):
        factories.discipline_link(power, factories.discipline(steel.portfolio, name=f"N{number}"))
        factories.dependency(giver, waiting.receiver, deliverable=f"Frame {number}")
    assert queries_of(client, address) == queries


def test_a_lesson_keeps_its_discipline_when_it_is_cleared_of_its_source(
    office: User, steel: Discipline, api: Any
) -> None:
    home = factories.project(programme=factories.programme(portfolio=steel.portfolio))
    lesson = factories.lesson(home, discipline=steel)
    words = {"title": "Book early", "what_happened": "It was late", "recommendation": "Book"}
    assert api(office).verb(f"lessons/{lesson.pk}/clearance/", words).status_code == 200
    assert Lesson.objects.get(cleared_from=lesson).discipline == steel
