"""The table of roles and rights, as plain values."""

import re

import pytest

from pmhub.embedded.folder import CHECKOUT
from pmhub.models import RoleChoice
from pmhub.permissions import GIVES, WRITES, Role, may_verify, may_write


def test_the_table_and_the_choices_name_the_same_roles():
    assert {role.value for role in Role} == set(RoleChoice.values)
    assert set(WRITES) == set(Role)


def test_the_page_of_rights_says_what_the_table_says():
    page = (CHECKOUT / "docs" / "rights.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert set(rows) == set(RoleChoice.values)

    def said(role, column):
        words = set(re.findall(r"`?\w+`?", rows[role].split("|")[column]))
        named = {word.strip("`") for word in words if word.startswith("`")}
        own = words - {f"`{each}`" for each in named} - {"what", "writes"}
        return own.union(*(said(each, column) for each in named))

    for role in Role:
        writes = {"everything"} if "*" in WRITES[role] else WRITES[role]
        assert said(role, 0) == writes
        gives = {each.value for each in GIVES.get(role, ())}
        assert said(role, 1) == ({"every", "one"} if role is Role.PMO else gives)


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
        (Role.COORDINATOR, "risk", True),
        (Role.COORDINATOR, "tailoringrecord", False),
        (Role.COORDINATOR, "baseline", False),
        (Role.TEAM_MEMBER, "workpackage", False),
        (Role.BOARD_MEMBER, "delegation", True),
        (Role.BOARD_MEMBER, "decision", False),
        (Role.PORTFOLIO_MANAGER, "proposalscore", True),
        (Role.PORTFOLIO_MANAGER, "programme", False),
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
