"""What is frozen, decided by others, or there once, is so for a writer of plain SQL too: the
database refuses it with a sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from pmhub.database.deferred_checks import check_deferred
from tests import factories

Case = tuple[Callable[[], Any], str]
AGAIN = "the same row once more"


def held(**more: Any) -> Any:
    return factories.inspection(state="held", **more)


def resolved(**more: Any) -> Any:
    one = factories.benefit()
    two = factories.benefit(programme=one.programme)
    said = {"state": "resolved", "resolution": "none", "reason": "Other meters",
            "resolved_on": "2026-10-01"}  # fmt: skip
    return factories.overlap(one, two, **said | more)


def authored(make: Callable[..., Any], *args: Any, **more: Any) -> Any:
    return make(*args, created_by=factories.user(), **more)


def approved_case(**more: Any) -> Any:
    return factories.business_case(factories.programme(), state="approved", **more)


def case_option() -> Any:
    return approved_case().options.first()


def envelopes() -> tuple[Any, Any]:
    programme = factories.programme()
    with transaction.atomic():
        return factories.envelope(programme.portfolio, 1000), factories.envelope(programme, 600)


def order() -> Any:
    line = factories.budget(factories.project(), 100)
    return line.commitments.create(reference="PO1", amount=10, placed_on="2026-10-01")


def overlapping() -> Any:
    one = factories.benefit(owner=factories.person())
    return factories.overlap(one, factories.benefit(programme=one.programme))


def settled_score() -> Any:
    score = factories.proposal_score()
    type(score.proposal).objects.update(state="scored", scored_on="2026-10-01")
    return score


def used_field() -> Any:
    project = factories.project()
    field = factories.custom_field(project.owner_portfolio, entity="project", name="hall")
    type(project).objects.filter(pk=project.pk).update(custom={"hall": "North"})
    return field


def closed_iteration() -> Any:
    return factories.iteration(state="closed")


def led() -> Any:
    return factories.project(project_manager=factories.person())


def made() -> Any:
    return factories.decision(
        factories.programme(), state="made", outcome="Yes", decided_on="2026-10-01"
    )


def asked_of_a_board() -> Any:
    board: Any = factories.board()
    return factories.decision(board.programme, board=board)


def lent() -> Any:
    giver, deputy = factories.user(), factories.user()
    programme = factories.programme()
    for who, role in ((giver, "sro"), (deputy, "viewer")):
        factories.role(who, role, programme=programme)
    return factories.delegation(giver, deputy, "sro", programme=programme)


def submitted(**more: Any) -> Any:
    return factories.measurement(
        factories.benefit(), 2025, 5, **{"submitted_by": factories.person()} | more
    )


CASES: dict[str, Case] = {
    # Money
    "envelope above that of the portfolio": (
        lambda: envelopes()[1], "UPDATE {t} SET amount = 5000 WHERE id = {id}"),
    "envelope of the portfolio below those of its programmes": (
        lambda: envelopes()[0], "UPDATE {t} SET amount = 1 WHERE id = {id}"),
    "envelope of the portfolio deleted": (
        lambda: envelopes()[0], "DELETE FROM {t} WHERE id = {id}"),
    "request approved without its line": (
        lambda: factories.budget_request(state="submitted"),
        "UPDATE {t} SET state = 'approved', approved_amount = amount, decided_on = '2026-10-01'"
        " WHERE id = {id}"),
    "request that waits asks for more": (
        lambda: factories.budget_request(state="submitted"),
        "UPDATE {t} SET amount = amount + 1 WHERE id = {id}"),
    "draft request approved": (
        factories.budget_request, "UPDATE {t} SET state = 'approved' WHERE id = {id}"),
    "order invoiced above its amount": (
        order, "UPDATE {t} SET invoiced = amount + 1 WHERE id = {id}"),
    "rate below 0": (factories.currency_rate, "UPDATE {t} SET rate = -1 WHERE id = {id}"),
    "rate of 0": (factories.currency_rate, "UPDATE {t} SET rate = 0 WHERE id = {id}"),
    "rate not a number": (
        factories.currency_rate, "UPDATE {t} SET rate = 'NaN' WHERE id = {id}"),
    "rate twice": (factories.currency_rate, AGAIN),
    # Cases
    "approved case rewritten": (
        approved_case, "UPDATE {t} SET strategic = 'Other' WHERE id = {id}"),
    "approved case back to draft": (
        approved_case, "UPDATE {t} SET state = 'draft' WHERE id = {id}"),
    "approved case deleted": (approved_case, "DELETE FROM {t} WHERE id = {id}"),
    "flow of an approved case": (
        case_option,
        "INSERT INTO programmes_caseflow (version, created_at, updated_at, option_id, fiscal_year,"
        " kind, treatment, category, amount, foreign_currency) VALUES (1, now(), now(), {id}, 2026,"
        " 'cost', 'capital', '', 5, '')"),
    "option of an approved case": (
        case_option, "UPDATE {t} SET title = 'x' WHERE id = {id}"),
    "option of an approved case deleted": (
        case_option, "DELETE FROM {t} WHERE id = {id}"),
    "flow with low above its amount": (
        factories.case_flow, "UPDATE {t} SET low = amount + 1 WHERE id = {id}"),
    # Exceptions
    "exception says another figure": (
        factories.exception, "UPDATE {t} SET now = 1 WHERE id = {id}"),
    "exception closed before it is decided": (
        factories.exception, "UPDATE {t} SET state = 'closed' WHERE id = {id}"),
    "exception deleted": (factories.exception, "DELETE FROM {t} WHERE id = {id}"),
    "exception twice": (factories.exception, AGAIN),
    # Benefits
    "agreed claim changed": (
        lambda: factories.claim(state="agreed"), "UPDATE {t} SET share = 0.1 WHERE id = {id}"),
    "agreed claim proposed again": (
        lambda: factories.claim(state="agreed"),
        "UPDATE {t} SET state = 'proposed' WHERE id = {id}"),
    "agreed claim of another": (
        lambda: (factories.claim(state="agreed"), factories.benefit())[0],
        "UPDATE {t} c SET benefit_id = b.id FROM benefits_benefit b WHERE c.id = {id}"
        " AND b.id <> c.benefit_id"),
    "claim deleted": (
        lambda: factories.claim(state="agreed"), "DELETE FROM {t} WHERE id = {id}"),
    "anchor moved": (factories.anchor, "UPDATE {t} SET offset_days = 9 WHERE id = {id}"),
    "anchor accepted without a proposal": (
        factories.anchor,
        "UPDATE {t} SET state = 'accepted', begins_on = '2026-10-01', answered_on = '2026-10-01'"
        " WHERE id = {id}"),
    "anchor twice": (factories.anchor, AGAIN),
    "overlap agreed otherwise": (
        resolved, "UPDATE {t} SET resolution = 'reduced' WHERE id = {id}"),
    "overlap open again": (resolved, "UPDATE {t} SET state = 'open' WHERE id = {id}"),
    "overlap deleted": (resolved, "DELETE FROM {t} WHERE id = {id}"),
    "overlap with itself": (
        resolved, "UPDATE {t} SET first_id = second_id WHERE id = {id}"),
    "overlap resolved by an owner": (
        overlapping,
        "UPDATE {t} o SET state = 'resolved', resolution = 'none', reason = 'x',"
        " resolved_on = '2026-10-01', resolved_by_id = b.owner_id FROM benefits_benefit b"
        " WHERE o.id = {id} AND b.id = o.first_id"),
    "overlap the other way round": (
        overlapping,
        "INSERT INTO {t} (version, created_at, updated_at, programme_id, first_id, second_id,"
        " cause, found_on, state, resolution, reason) SELECT 1, now(), now(), programme_id,"
        " second_id, first_id, cause, found_on, state, resolution,"
        " reason FROM {t} WHERE id = {id}"),
    "overlap twice": (overlapping, AGAIN),
    # Work
    "estimate changed": (factories.estimate, "UPDATE {t} SET likely = 1 WHERE id = {id}"),
    "work package above the whole": (
        factories.work_package, "UPDATE {t} SET percent = 101 WHERE id = {id}"),
    "closed iteration changed": (
        closed_iteration, "UPDATE {t} SET points_done = 1 WHERE id = {id}"),
    "closed iteration open again": (
        closed_iteration, "UPDATE {t} SET state = 'open' WHERE id = {id}"),
    "closed iteration deleted": (closed_iteration, "DELETE FROM {t} WHERE id = {id}"),
    # Inspections and oversight
    "held inspection changed": (held, "UPDATE {t} SET result = 'fail' WHERE id = {id}"),
    "held inspection planned again": (
        held, "UPDATE {t} SET state = 'planned', held_on = NULL, result = '' WHERE id = {id}"),
    "held inspection deleted": (held, "DELETE FROM {t} WHERE id = {id}"),
    "inspection by who manages it": (
        lambda: factories.inspection(led()),
        "UPDATE {t} i SET inspector_id = p.project_manager_id FROM projects_project p"
        " WHERE p.id = i.project_id AND i.id = {id}"),
    "finding of a cancelled inspection": (
        lambda: factories.inspection(state="cancelled"),
        "INSERT INTO projects_inspectionfinding (version, created_at, updated_at, inspection_id,"
        " code, text, severity, root_cause, corrective_action, state) VALUES (1, now(), now(),"
        " {id}, 'F1', 'x', 'minor', '', '', 'open')"),
    "finding deleted": (lambda: factories.finding(held()), "DELETE FROM {t} WHERE id = {id}"),
    "finding closed at once": (
        lambda: factories.finding(held()),
        "UPDATE {t} SET state = 'closed', closed_on = '2026-10-02' WHERE id = {id}"),
    "finding verified by its owner": (
        lambda: factories.finding(held(), state="corrected", owner=factories.person()),
        "UPDATE {t} SET state = 'verified', verified_by_id = owner_id WHERE id = {id}"),
    "oversight decided otherwise": (
        lambda: factories.oversight(state="decided"),
        "UPDATE {t} SET level = 'light' WHERE id = {id}"),
    "oversight decided for longer": (
        lambda: factories.oversight(state="decided"),
        "UPDATE {t} SET until = '2029-01-01' WHERE id = {id}"),
    "oversight decided by its author": (
        lambda: authored(factories.oversight),
        "UPDATE {t} o SET state = 'decided', until = '2027-01-01', decided_on = '2026-10-01',"
        " decided_by_id = p.id FROM pmhub_person p WHERE p.user_id = o.created_by_id"
        " AND o.id = {id}"),
    "oversight deleted": (
        lambda: factories.oversight(state="decided"), "DELETE FROM {t} WHERE id = {id}"),
    "maturity changed": (factories.maturity, "UPDATE {t} SET level = 1 WHERE id = {id}"),
    "competence changed": (
        factories.competence, "UPDATE {t} SET level = 'expert' WHERE id = {id}"),
    "competence assessed by oneself": (
        factories.competence, "UPDATE {t} SET assessor_id = person_id WHERE id = {id}"),
    # Standards and lessons
    "agreed tailoring changed": (
        lambda: factories.tailoring(state="agreed"),
        "UPDATE {t} SET answer = 'adapted', reason = 'x' WHERE id = {id}"),
    "tailoring deleted": (
        lambda: factories.tailoring(state="agreed"), "DELETE FROM {t} WHERE id = {id}"),
    "tailoring agreed twice": (lambda: factories.tailoring(state="agreed"), AGAIN),
    "published version changed": (
        factories.asset_version, "UPDATE {t} SET text = 'Other' WHERE id = {id}"),
    "published version deleted": (
        factories.asset_version, "DELETE FROM {t} WHERE id = {id}"),
    "lesson validated by its author": (
        lambda: authored(factories.lesson, factories.project(), state="submitted"),
        "UPDATE {t} l SET state = 'validated', validated_by_id = p.id FROM pmhub_person p"
        " WHERE p.user_id = l.created_by_id AND l.id = {id}"),
    "lesson applied without a use": (
        lambda: factories.lesson(factories.project(), state="validated"),
        "UPDATE {t} SET state = 'applied' WHERE id = {id}"),
    "validated lesson changed": (
        lambda: factories.lesson(factories.project(), state="validated"),
        "UPDATE {t} SET recommendation = 'Other' WHERE id = {id}"),
    "use of a lesson twice": (lambda: factories.lesson_use(factories.project()), AGAIN),
    "use of a lesson answered otherwise": (
        lambda: factories.lesson_use(factories.project(), answer="covered"),
        "UPDATE {t} SET answer = 'not_applicable' WHERE id = {id}"),
    # Decisions
    "made decision changed": (
        made, "UPDATE {t} SET outcome = 'No' WHERE id = {id}"),
    "made decision open again": (
        made,
        "UPDATE {t} SET state = 'proposed', outcome = '', decided_on = NULL WHERE id = {id}"),
    "made decision deleted": (made, "DELETE FROM {t} WHERE id = {id}"),
    "decided by a board of whom nobody was there": (
        asked_of_a_board,
        "UPDATE {t} SET state = 'made', outcome = 'Yes', decided_on = '2026-10-01'"
        " WHERE id = {id}"),
    "board with too few members": (
        factories.board, "UPDATE {t} SET quorum = 3 WHERE id = {id}"),
    "board chaired from without": (
        lambda: (factories.board(), factories.person())[0],
        "UPDATE {t} SET chair_id = (SELECT max(id) FROM pmhub_person WHERE id NOT IN"
        " (SELECT person_id FROM programmes_board_members WHERE board_id = {id})) WHERE id = {id}"),
    "minutes changed": (
        lambda: factories.board_meeting(state="held"),
        "UPDATE {t} SET minutes = 'Other' WHERE id = {id}"),
    "held meeting deleted": (
        lambda: factories.board_meeting(state="held"), "DELETE FROM {t} WHERE id = {id}"),
    "acknowledged twice": (factories.acknowledgement, AGAIN),
    # Gates and changes
    "vote twice": (factories.gate_vote, AGAIN),
    "vote by nobody who decides": (
        factories.gate_vote,
        "UPDATE {t} SET person_id = (SELECT p.id FROM pmhub_person p WHERE p.id NOT IN"
        " (SELECT person_id FROM projects_gate_approvers) LIMIT 1) WHERE id = {id}"),
    "stage without a gate": (
        factories.project, "UPDATE {t} SET stage = 'feasibility' WHERE id = {id}"),
    "gate decided without votes": (
        lambda: factories.gate(factories.project(), approvers=[factories.person()], state="open"),
        "UPDATE {t} SET state = 'decided', decision = 'proceed', decided_on = '2026-10-01'"
        " WHERE id = {id}"),
    "change approved without votes": (
        lambda: factories.change_request(
            factories.project(), approvers=[factories.person()], state="impact_assessed"),
        "UPDATE {t} SET state = 'approved' WHERE id = {id}"),
    "approved change asks for more": (
        lambda: factories.change_request(
            factories.project(), approvers=[factories.person()], state="approved"),
        "UPDATE {t} SET writes = '[]'::jsonb, cost_impact = 99 WHERE id = {id}"),
    # Proposals
    "proposal changed": (
        lambda: factories.proposal(state="proposed"), "UPDATE {t} SET need = 'x' WHERE id = {id}"),
    "proposal approved unscored": (
        lambda: factories.proposal(state="proposed"),
        "UPDATE {t} SET state = 'approved' WHERE id = {id}"),
    "proposal scored without scores": (
        lambda: factories.proposal(state="proposed"),
        "UPDATE {t} SET state = 'scored', scored_on = '2026-10-01' WHERE id = {id}"),
    "score beyond its scale": (
        factories.proposal_score, "UPDATE {t} SET score = 99 WHERE id = {id}"),
    "score of what is scored": (
        settled_score,
        "UPDATE {t} SET score = 1 WHERE id = {id}"),
    "score twice": (factories.proposal_score, AGAIN),
    # Lending, asking, custom fields
    "lent to oneself": (
        lent, "UPDATE {t} SET deputy_id = giver_id WHERE id = {id}"),
    "lent by another": (
        lambda: (lent(), factories.person())[0],
        "UPDATE {t} SET giver_id = (SELECT max(id) FROM pmhub_person) WHERE id = {id}"),
    "answer changed": (
        lambda: factories.help_request(state="answered"),
        "UPDATE {t} SET answer = 'Other' WHERE id = {id}"),
    "answered request deleted": (
        lambda: factories.help_request(state="answered"), "DELETE FROM {t} WHERE id = {id}"),
    "field of another type": (
        used_field, "UPDATE {t} SET type = 'date' WHERE id = {id}"),
    "field twice": (factories.custom_field, AGAIN),
    "value of no field": (
        factories.project,
        "UPDATE {t} SET custom = '{{\"nothing\": 1}}'::jsonb WHERE id = {id}"),
    "stance changed": (
        factories.assessment, "UPDATE {t} SET influence = 1 WHERE id = {id}"),
    "adoption changed": (
        factories.adoption, "UPDATE {t} SET adoption_pct = 1 WHERE id = {id}"),
    "year of a closed year": (
        factories.closed_year, "UPDATE {t} SET fiscal_year = 2020 WHERE id = {id}"),
    "closed year deleted": (factories.closed_year, "DELETE FROM {t} WHERE id = {id}"),
    "rule set changed": (
        factories.rule_set, "UPDATE {t} SET reason = 'Other' WHERE id = {id}"),
    "confidence changed": (
        lambda: factories.confidence(factories.programme()),
        "UPDATE {t} SET value = 1 WHERE id = {id}"),
    "operating model twice": (factories.operating_model_state, AGAIN),
    "approved mandate changed": (
        lambda: factories.mandate(
            state="approved", issued_on="2026-10-01", approved_by=factories.person()),
        "UPDATE {t} SET vision = 'Other' WHERE id = {id}"),
    "mandate twice": (factories.mandate, AGAIN),
    "override approved by its author": (
        lambda: factories.override(factories.project(), by=factories.person()),
        "UPDATE {t} SET state = 'approved', approved_by_id = by_id WHERE id = {id}"),
    "override for a year": (
        lambda: factories.override(factories.project(), by=factories.person()),
        "UPDATE {t} SET expires_on = '2027-12-31' WHERE id = {id}"),
    "approved measurement by its author": (
        submitted,
        "UPDATE {t} SET status = 'verified', verified_by_id = submitted_by_id WHERE id = {id}"),
    "verified measurement changed": (
        lambda: submitted(status="verified", verified_by=factories.person()),
        "UPDATE {t} SET value = 1 WHERE id = {id}"),
}  # fmt: skip


def said_to(row: Any, statement: str) -> str:
    """Return what the database said to a statement about a row: nothing where it was taken."""
    table = row._meta.db_table
    if statement == AGAIN:
        names = [field.column for field in row._meta.concrete_fields if not field.primary_key]
        columns = ", ".join(map(connection.ops.quote_name, names))
        rows = f"SELECT {columns} FROM {{t}} WHERE id = {{id}}"  # noqa: S608  # our own names
        statement = f"INSERT INTO {{t}} ({columns}) {rows}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(t=table, id=row.pk))
            assert cursor.rowcount, statement
            check_deferred()
    except DatabaseError as error:
        return str(error)
    return ""


@pytest.mark.django_db
def test_the_database_refuses_it(nothing: None) -> None:
    taken = []
    for name, (make, statement) in CASES.items():
        with transaction.atomic():
            row = make()
            check_deferred()
            if not said_to(row, statement):
                taken.append(name)
            transaction.set_rollback(True)
    assert taken == []
