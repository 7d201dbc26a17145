"""What a trial says is what the ledger says once all of it is adopted, whatever the changes are."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from programmes.models import Programme
from programmes.rollup import worker
from projects.models import ContingencyMovement, Dependency, Project, Risk
from tests.preview.test_convergence import positions, values
from tests.rollup.test_convergence import pick
from tests.whatif.conftest import Draft

CODE = "CAM"


def ours(number: int, **where: Any) -> Project:
    return pick(Project, number, programme__code=CODE, **where)


def slip(number: int, days: int, amount: int) -> Any:
    """Delay a project with what it owes."""
    return "delays", {"project": ours(number).pk, "days": days or 1}


def cancel(number: int, days: int, amount: int) -> Any:
    """Stop a project."""
    return "cancellations", {"project": ours(number).pk, "reason": "No funding"}


def fund(number: int, days: int, amount: int) -> Any:
    """Give contingency and another estimate."""
    return "fundings", {
        "project": ours(number).pk,
        "estimate_to_complete": str(amount),
        "contingency": str(1 + amount % 50),
    }


def move(number: int, days: int, amount: int) -> Any:
    """Move a project to another programme."""
    others = Programme.objects.exclude(code=CODE).order_by("pk")
    target = others[amount % others.count()]
    return "moves", {"project": ours(number).pk, "to_programme": target.pk, "reason": "Fits"}


def doubt(number: int, days: int, amount: int) -> Any:
    """Change a risk."""
    risk = pick(Risk, number, project__programme__code=CODE)
    return "risks", {"risk": risk.pk, "residual_probability": f"0.{1 + amount % 9}"}


def forget(number: int, days: int, amount: int) -> Any:
    """Delete a dependency."""
    link = pick(Dependency, number, receiver__programme__code=CODE)
    return "DELETE", f"dependencies/{link.pk}/"


CHANGES = st.sampled_from([slip, cancel, fund, move, doubt, forget])
LISTS = st.lists(
    st.tuples(CHANGES, st.integers(0, 10_000), st.integers(-400, 400), st.integers(1, 5_000)),
    min_size=1,
    max_size=4,
)


@pytest.mark.django_db
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=LISTS)
@example(steps=[(cancel, 6, 0, 1), (doubt, 36, 0, 1)])  # the end of a project moves its risk along
def test_a_trial_says_what_then_happens(demo: Any, pmo: Any, api: Any, steps: Any) -> None:
    client = api(pmo)  # signed in before anything is undone
    with transaction.atomic():
        check(Draft(client, demo.programme(CODE).pk, "Everything"), steps)
        transaction.set_rollback(True)


def check(scenario: Draft, steps: Any) -> None:
    """Compose, try, adopt all, and compare."""
    client = scenario.client
    for kind, *numbers in steps:
        name, body = kind(*numbers)
        if name == "DELETE":
            scenario.add("DELETE", body)
        else:
            client.post(f"{scenario.path}{name}/", body)  # one that does not fit is left out
    before = values(), positions()
    tried = scenario.try_it()
    assert (values(), positions()) == before
    changes = client.get(scenario.path).json()["changes"]
    adopted = [scenario.adopt(each["id"]) for each in changes]
    if tried.status_code != 200:
        refused = int(next(iter(tried.json()["errors"]))["pointer"].split("/")[2])
        assert [each.status_code == 200 for each in adopted[: refused + 1]] == (
            [True] * refused + [False]
        )
        gone = tried.status_code == 404  # what would be changed is not as it was seen
        assert adopted[refused].status_code == (412 if gone else tried.status_code)
        return
    assert {each.status_code for each in adopted} <= {200}
    worker.drain()
    after, are = values(), positions()
    foreseen = tried.json()
    own = foreseen["programme"]["id"]
    said = {(own, each["name"]): each["scenarios"][0]["value"] for each in foreseen["metrics"]}
    for programme in foreseen["programmes"]:
        for each in programme["metrics"]:
            said[programme["id"], each["name"]] = each["scenarios"][0]["value"]
    assert {key: after.get(key) for key in said} == said
    assert {key for key in after if after[key] != before[0].get(key)} <= said.keys()
    moved = {
        each["id"]: (each["scenarios"][0]["finish"], each["scenarios"][0]["health"])
        for each in foreseen["projects"]
    }
    assert moved == {id: each for id, each in are.items() if each != before[1].get(id)}


def test_the_property_can_see_money_move(demo: Any, pmo: Any, api: Any) -> None:
    """The check above compares something: contingency given is in the ledger afterwards."""
    given = ContingencyMovement.objects.count()
    check(Draft(api(pmo), demo.programme(CODE).pk, "Funding"), [(fund, 1, 0, 7)])
    assert ContingencyMovement.objects.count() == given + 1
