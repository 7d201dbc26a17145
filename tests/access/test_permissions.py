"""The table of roles and rights, as plain values."""

import pytest

from pmhub.models import RoleChoice
from pmhub.permissions import WRITES, Role, may_verify, may_write


def test_the_table_and_the_choices_name_the_same_roles():
    assert {role.value for role in Role} == set(RoleChoice.values)
    assert set(WRITES) == set(Role)


@pytest.mark.parametrize(
    ("role", "noun", "allowed"),
    [
        (Role.VIEWER, "risk", False),
        (Role.ASSURER, "assurancereview", True),
        (Role.ASSURER, "risk", False),
        (Role.RISK_OWNER, "risk", True),
        (Role.RISK_OWNER, "issue", False),
        (Role.BENEFIT_OWNER, "benefitmeasurement", True),
        (Role.BENEFIT_OWNER, "benefit", False),
        (Role.BCM, "benefit", True),
        (Role.PROJECT_MANAGER, "costactual", True),
        (Role.PROJECT_MANAGER, "baseline", False),
        (Role.PROJECT_MANAGER, "contingencymovement", False),
        (Role.PROGRAMME_MANAGER, "contingencymovement", True),
        (Role.PROGRAMME_MANAGER, "portfolio", False),
        (Role.PMO, "portfolio", True),
    ],
)
def test_what_a_role_may_write(role, noun, allowed):
    assert may_write(frozenset({role.value}), noun) is allowed


def test_no_role_may_nothing():
    assert not may_write(frozenset(), "risk")
    assert not may_verify(frozenset())


def test_one_role_that_may_is_enough():
    assert may_write(frozenset({"viewer", "risk_owner"}), "risk")


def test_those_who_measure_do_not_verify():
    verifiers = {role for role in Role if may_verify(frozenset({role.value}))}
    assert verifiers == {Role.PMO, Role.ASSURER, Role.SRO, Role.PROGRAMME_MANAGER}
