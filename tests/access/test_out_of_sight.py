"""No page, answer or file names what is out of the reader's sight; a party to what it owes knows
whom to call."""

from datetime import date, timedelta
from typing import Any

import pgtrigger
import pytest
from django.utils import timezone

from programmes.models import Scenario
from projects.models import Dependency
from tests import factories
from tests.api.conftest import Api

SECRETS = ("SECRET-1", "Sale of the north site", "MS-SECRET", "Chapel is empty")


class Owing:
    """A milestone of a project that Rhys may not see dates a project of his programme."""

    def __init__(self) -> None:
        self.reader = factories.user("rhys")
        self.programme = factories.programme()
        factories.role(self.reader, "programme_manager", programme=self.programme)
        self.giver = factories.project(
            code="SECRET-1", name="Sale of the north site",
            programme=factories.programme(portfolio=self.programme.portfolio),
            forecast_finish=date(2028, 3, 31),
        )  # fmt: skip
        self.milestone = factories.milestone(
            self.giver, code="MS-SECRET", title="Chapel is empty", forecast_on=date(2027, 2, 1)
        )
        self.receiver = factories.project(
            code="OPEN-1", programme=self.programme, actual_start=None,
            forecast_start=date(2027, 2, 1), forecast_finish=date(2027, 12, 31),
        )  # fmt: skip
        factories.baseline(self.receiver)
        self.link = factories.dependency(
            self.giver, self.receiver, code="D77", deliverable="Vacant land", status="agreed",
            giver_milestone=self.milestone, need_by=date(2027, 2, 1),
            giver_owner=factories.person(name="Dilys Contact"),
        )  # fmt: skip

    def policy(self, value: str) -> None:
        """Set what the portfolio tells the other side."""
        portfolio = self.programme.portfolio
        portfolio.dependency_disclosure = value
        portfolio.save()

    def slip(self) -> None:
        """The milestone comes 100 days later."""
        self.milestone.forecast_on = date(2027, 2, 1) + timedelta(days=100)
        self.milestone.save()


@pytest.fixture
def owing(nothing: None, drain: Any) -> Owing:
    """The two projects with their milestone, with computed figures."""
    made = Owing()
    drain()
    return made


@pytest.fixture
def part(owing: Owing, api_of: Any, drain: Any) -> Any:
    """`part()`: what the milestone's slip did to the programme's finish, as Rhys reads it."""

    def moved() -> Any:
        since = timezone.now().isoformat().replace("+", "%2B")
        owing.slip()
        drain()
        path = f"programmes/{owing.programme.pk}/bridge/?metric=finish_propagated&from={since}"
        (found,) = Api(api_of(owing.reader)).get(path).json()["parts"]
        return found

    return moved


def test_a_root_out_of_sight_says_whom_to_call_about_what(owing: Owing, part: Any) -> None:
    root = part()["root"]
    assert (root["type"], root["hidden"], root["contact"], root["deliverable"]) == (
        "milestone", True, "Dilys Contact", "Vacant land",
    )  # fmt: skip
    assert [root[name] for name in ("id", "code", "title", "url")] == [None] * 4


@pytest.mark.parametrize(
    ("policy", "status", "told"),
    [
        ("title", "agreed", ("SECRET-1 Sale of the north site", "Dilys Contact", "Vacant land")),
        ("none", "agreed", (None, None, None)),
        ("title", "proposed", (None, None, None)),
        ("contact", "proposed", (None, None, None)),
    ],
)
def test_the_portfolio_widens_or_closes_it_and_before_agreement_nothing_is_told(
    policy: str, status: str, told: Any, owing: Owing, part: Any
) -> None:
    owing.policy(policy)
    with pgtrigger.ignore("projects.Dependency:status_moves"):  # as it was before it was agreed
        Dependency.objects.filter(pk=owing.link.pk).update(status=status)
    root = part()["root"]
    assert (root["title"], root["contact"], root["deliverable"]) == told


def addresses(owing: Owing, since: str) -> list[str]:
    """Wherever Rhys might read of it."""
    page = f"/programmes/{owing.programme.pk}"
    rest = f"/api/v1/programmes/{owing.programme.pk}"
    metrics = ("finish_propagated", "slip_days", "costs_present_value", "dependencies_late")
    bridges = [f"{rest}/bridge/?metric={name}&from={since}" for name in (*metrics, "health")]
    return [
        *bridges,
        *(f"{each}&format=csv" for each in bridges),
        *(f"{rest}/rollup/{name}/" for name in (*metrics, "health")),
        *(f"{rest}/rollup/{name}/?format=csv" for name in metrics),
        *(f"{page}/explain/{name}/?since={since}" for name in (*metrics, "health")),
        f"{rest}/rollup/",
        f"{rest}/roadmap/",
        f"{page}/",
        f"{page}/risk/",
        f"{page}/benefits/",
        f"{page}/reports/",
        f"{page}/what-if/",
        "/portfolio/",
        f"/projects/{owing.receiver.pk}/",
        f"/api/v1/projects/{owing.receiver.pk}/forecast/",
        f"/api/v1/dependencies/{owing.link.pk}/?expand=giver,giver_milestone",
        f"/api/v1/dependencies/{owing.link.pk}/history/",
        "/api/v1/dependencies/?search=north",
        "/api/v1/milestones/",
        "/api/v1/projects/?search=sale",
    ]


@pytest.mark.parametrize("policy", ["contact", "none"])
def test_no_title_leaks_anywhere(policy: str, owing: Owing, client_of: Any, drain: Any) -> None:
    owing.policy(policy)
    drain()
    since = timezone.now().isoformat().replace("+", "%2B")
    owing.slip()
    drain()
    client = client_of(owing.reader)
    answers = {each: client.get(each) for each in addresses(owing, since)}
    assert {path for path, answer in answers.items() if answer.status_code != 200} == set()
    leaks = {
        (path, secret)
        for path, answer in answers.items()
        for secret in SECRETS
        if secret.encode() in b"".join(answer)
    }
    assert leaks == set()
    page = b"".join(client.get(f"/programmes/{owing.programme.pk}/explain/finish_propagated/"))
    told = b"A milestone that you may not open: ask Dilys Contact (Vacant land)"
    assert (told in page) is (policy == "contact")


def test_no_title_leaks_in_what_a_change_would_move(
    owing: Owing, client_of: Any, api_of: Any
) -> None:
    write = {"forecast_start": "2027-06-01", "forecast_finish": "2028-12-31"}
    answer = Api(api_of(owing.reader)).patch(f"projects/{owing.receiver.pk}/?preview=1", write)
    assert answer.status_code == 200
    later = Scenario.objects.create(
        programme=owing.programme, name="Later", created_by=owing.reader
    )
    later.changes.create(
        title="Later", method="PATCH", path=f"projects/{owing.receiver.pk}/", body=write
    )
    page = client_of(owing.reader).get(f"/programmes/{owing.programme.pk}/what-if/?scenarios=all")
    for told in (answer.content, page.content):
        assert [secret for secret in SECRETS if secret.encode() in told] == []
