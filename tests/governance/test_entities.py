"""Each entity by which change is controlled: who walks through its life in a browser, what is
refused beside what is allowed, and which random writes move the ledger by it. A new one is entered
here."""

import importlib
from typing import Any, NamedTuple

import pytest

from pmhub.api.routes import RESOURCES
from pmhub.permissions import EVERYTHING, WRITES, Role
from pmhub.registers import registers
from programmes.models import DelegatedLimit
from tests import factories
from tests.access.test_matrix import APART, SCOPED

ABOVE = {"rule-sets", "delegated-limits"}  # of a whole portfolio
NO_LINE = ""  # no figure reads it


class Entity(NamedTuple):
    """The walk through its life, a test of what is refused beside what is allowed, and the write of
    the property that figures converge."""

    walk: str
    refused: str
    write: str = NO_LINE


CASE = Entity(
    "test_cases.test_a_case_is_written_corrected_submitted_approved_and_takes_the_place_of_the_last",
    "governance.test_cases.test_nobody_else_approves", "justify",
)  # fmt: skip
GATE = "test_control.test_a_gate_is_planned_opened_and_passed_under_a_condition_that_is_met"
ENTITIES = {
    "tolerances": Entity(
        "test_control.test_the_programme_manager_sets_a_tolerance_changes_it_and_takes_it_away",
        "governance.test_tolerances.test_who_stands_above_sets_it", "limit",
    ),
    "rule-sets": Entity(
        "test_control.test_the_pmo_changes_the_matrix_after_a_preview",
        "governance.test_rules.test_nobody_else_sets_them", "rule",
    ),
    "boards": Entity(
        "test_control.test_the_sponsor_makes_a_board",
        "governance.test_boards.test_who_makes_boards",
    ),
    "board-meetings": Entity(
        "test_boundaries.test_a_board_is_called_meets_and_decides",
        "governance.test_meetings.test_it_is_held_by_enough_of_the_board",
    ),
    "delegated-limits": Entity(
        "test_control.test_the_pmo_raises_a_limit_within_the_next_and_takes_one_away",
        "governance.test_boards.test_limits_rise_by_level_on_every_path",
    ),
    "delegations": Entity(
        "test_control.test_the_programme_manager_has_a_deputy_while_away",
        "governance.test_delegations.test_nobody_lends_what_they_do_not_hold",
    ),
    "decisions": Entity(
        "test_control.test_a_question_is_put_decided_acknowledged_and_superseded",
        "governance.test_decisions.test_who_decides_about_a_project",
    ),
    "acknowledgements": Entity(
        "test_control.test_a_question_is_put_decided_acknowledged_and_superseded",
        "governance.test_acknowledgements.test_it_is_acknowledged_once_and_changed_on_no_path",
    ),
    "gates": Entity(GATE, "governance.test_gates.test_nobody_else_votes", "pass_gate"),
    "gate-criteria": Entity(
        GATE,
        "governance.test_gates.test_a_criterion_holds_it_until_it_is_met_or_waived_by_who_decides",
    ),
    "gate-votes": Entity(GATE, "governance.test_gates.test_nobody_else_votes"),
    "gate-conditions": Entity(
        GATE, "governance.test_gates.test_plain_sql_asks_for_nothing_by_a_day_that_has_passed",
        "condition",
    ),
    "change-requests": Entity(
        "test_control.test_a_change_is_asked_for_assessed_approved_made_and_closed",
        "governance.test_changes.test_who_decides_approves_and_nobody_else", "amend",
    ),
    "business-cases": CASE,
    "case-options": CASE._replace(
        refused="governance.test_cases.test_what_was_submitted_is_changed_on_no_path"
    ),
    "case-flows": CASE._replace(
        refused="governance.test_cases.test_a_flow_that_cannot_be_is_refused"
    ),
    "exceptions": Entity(
        "test_cases.test_a_case_that_strayed_is_allowed_until_a_day_by_the_sro_and_closed",
        "governance.test_exceptions.test_who_stands_above_a_project_decides", "limit",
    ),
    "envelopes": Entity(
        "test_budgets.test_the_sponsor_gives_a_programme_an_envelope_changes_it_and_takes_it_away",
        "governance.test_envelopes.test_it_is_set_by_who_stands_above_all_programmes",
    ),
    "budget-requests": Entity(
        "test_budgets.test_a_request_is_written_submitted_and_approved_in_part",
        "governance.test_budget_requests.test_each_level_decides_up_to_its_limit", "request",
    ),
    "budget-transfers": Entity(
        "test_budgets.test_money_is_moved_from_one_project_to_another",
        "governance.test_budget_transfers.test_nobody_approves_their_own", "transfer",
    ),
    "assumptions": Entity(
        "test_assumptions.test_an_assumption_is_written_changed_and_becomes_a_risk",
        "risk.test_assumptions.test_it_is_written_changed_and_confirmed", "be_wrong",
    ),
    "benefit-reviews": Entity(
        "test_benefits.test_an_owner_answers_what_becomes_of_a_benefit_whose_project_stopped",
        "benefits.test_reviews.test_who_answers_for_a_benefit", "answer",
    ),
    "mandates": Entity(
        "test_boundaries."
        "test_a_mandate_is_written_issued_and_approved_and_the_programme_is_designed",
        "governance.test_definition."
        "test_the_sponsor_it_names_approves_it_and_nobody_what_they_issued",
    ),
    "operating-model-states": Entity(
        "test_boundaries.test_a_tranche_ends_once_its_operating_model_is_reached",
        "governance.test_definition.test_what_does_not_last_is_reached_no_more",
    ),
}  # fmt: skip


def found(address: str) -> bool:
    """Whether there is a test, or a write, of this address below `tests`."""
    module, _, name = address.rpartition(".")
    return callable(getattr(importlib.import_module(f"tests.{module}"), name, None))


@pytest.mark.parametrize("name", ENTITIES)
def test_an_entity_of_control_is_walked_refused_asked_of_every_role_and_converges(
    name: str,
) -> None:
    entity = ENTITIES[name]
    assert found(f"pages.browser.{entity.walk}")
    assert found(entity.refused)
    assert not entity.write or found(f"rollup.test_convergence.{entity.write}")
    assert name in RESOURCES
    assert registers.named(name)
    assert name in SCOPED.keys() | APART | ABOVE


@pytest.mark.parametrize("role", Role)
def test_of_a_whole_portfolio_a_role_writes_what_the_table_says(
    role: Role, demo: Any, api: Any
) -> None:
    user = factories.user("somebody")
    factories.role(user, role, portfolio=demo.portfolio)
    limit = DelegatedLimit.objects.get(portfolio=demo.portfolio, level="sro")
    rules = {"portfolio": demo.portfolio.pk, "kind": "calendar", "values": {}, "reason": "As usual"}
    for noun, answer in (
        ("delegatedlimit", api(user).patch(f"delegated-limits/{limit.pk}/", {"days": 50})),
        ("ruleset", api(user).post("rule-sets/", rules)),
    ):
        may = WRITES[role] == EVERYTHING or noun in WRITES[role]
        assert (answer.status_code == 403) is not may, (noun, answer.json())
