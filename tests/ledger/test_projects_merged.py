"""Projects are merged: the programme comes to the same, nothing is lost or there twice, and the past
keeps what was true."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Decision, Programme
from programmes.rollup.verify import differences
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of
from tests.ledger.test_reorganising import totals

WHY = {"reason": "One contractor builds both"}
# How many projects there are is less by one, and what two waited for from one another is gone.
FEWER = {"projects_live", "projects_terminated"}
# To the thousandth of a per cent that a project is complete.
EARNED = Decimal("0.00001")


def merge(api: Any, user: User, project: Project, other: Project, **body: Any) -> Any:
    """Merge another project into one."""
    return api(user).verb(f"projects/{project.pk}/merger/", {"other": other.pk} | WHY | body)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_projects_are_merged_the_whole_comes_to_the_same(
    seed: int, demo: Any, pmo: User, api: Any, read: Any, drain: Any
) -> None:
    drain()
    random = Random(seed)  # noqa: S311  # a choice, no secret
    programme = demo.programme(random.choice(["CAM", "NZE", "SSV"]))
    live = programme.projects.filter(status__in=["active", "on_hold"]).order_by("code")
    project, other = random.sample([*live], 2)
    before = totals(read, pmo, demo.portfolio.pk)
    tried = api(pmo).verb(
        f"projects/{project.pk}/merger/?preview=1", {"other": other.pk, "rename": True} | WHY
    )
    assert tried.status_code == 200, tried.json()
    answer = merge(api, pmo, project, other, rename=True)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["along"] == tried.json()["object"]["along"]
    drain()
    after = totals(read, pmo, demo.portfolio.pk)
    apart = {
        name: (before[name], after.get(name))
        for name in before
        if name not in FEWER
        and abs(before[name] - after.get(name, Decimal(0))) > EARNED * before["budget_at_completion"]
    }
    print(project.code, other.code, {n: (before[n], after.get(n)) for n in before if before[n] != after.get(n)})
    assert apart == {}
    assert differences() == []
