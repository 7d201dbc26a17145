"""Life cycles over every door: each state with each verb, edits, plain SQL, and who may."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pmhub.api.routes import RESOURCES
from pmhub.lifecycle import MOVES
from pmhub.models import Person, User
from programmes.models import BoardPack
from programmes.models.closure_triggers import ENDED
from programmes.models.states import LED
from projects.models import Commitment
from projects.services import open_gate, vote
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"
numbers = count(1)
TABLES = [
    (collection, table)
    for collection, view in RESOURCES.items()
    for table in view.serializer_class.Meta.model.lifecycles
]
# Whose state no edit names at all, and which are not written down with a state.
KEPT = [each for each in TABLES if each[0] != "status-reports"]
KEPT_NAMES = [f"{collection}-{table.field}" for collection, table in KEPT]
EDITED = [each for each in KEPT if "patch" in RESOURCES[each[0]].http_method_names]
NAMED = [f"{collection}-{table.field}" for collection, table in EDITED]
BEGUN = [each for each in EDITED if each[1].initial]  # others the product makes
BEGUN_NAMES = [f"{collection}-{table.field}" for collection, table in BEGUN]
NAMES = [f"{collection}-{table.field}" for collection, table in TABLES]
# What verbs ask for beside fields that take a day.
SAID = {
    "points_done": "8.0",
    "defects": "2",
    "reason": "It had to be",
    "agreed_on": DAY,
    "resolution": "Mended",
    "becomes": "risk",
    "outcome": "verified",
    "heard": "heard",
    "result": "pass",
    "until": "2027-03-31",
    "decision": "rebaseline",
    "finished_on": DAY,
    "terminated_on": DAY,
    "percent_complete": "90",
    "lessons": "Nothing new",
}
PERIOD = {"period_start": "2025-04-01", "period_end": "2026-03-31", "value": "5"}
# What a new record says that no record shows.
TOLD: dict[str, dict[str, Any]] = {"profile-versions": {"entries": [PERIOD]}}
# The facts that a record in this state has.
FACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("projects", "closed"): {"actual_finish": DAY, "percent_complete": 100, "stage": "closed"},
    ("projects", "terminated"): {"terminated_on": DAY},
    ("outputs", "accepted"): {"accepted_on": DAY},
    ("milestones", "achieved"): {"actual_on": DAY},
    ("actions", "done"): {"done_on": DAY},
    ("compliance-items", "granted"): {"granted_on": DAY},
    ("compliance-items", "expired"): {"granted_on": DAY},
    **{("assurance-reviews", state): {"held_on": DAY} for state in ("held", "reported", "closed")},
    ("outcomes", "capability_ready"): {"capability_ready_on": DAY},
    ("outcomes", "in_transition"): {"capability_ready_on": DAY, "transition_start": DAY},
    ("outcomes", "embedded"): {"embedded_on": DAY, "transition_start": DAY},
    ("assurance-recommendations", "done"): {"closed_on": DAY},
    ("assurance-recommendations", "rejected"): {"closed_on": DAY},
    ("status-reports", "published"): {"published_at": "2026-10-01T12:00:00Z"},
}


def record(collection: str, field: str, state: str) -> Any:
    """A record in this state, with the facts that it takes."""
    if collection == "projects" and field == "stage" and state == "closed":
        field = "status"
    fields = {field: state, **FACTS.get((collection, state), {})}
    if collection == "projects" and field == "stage":
        return factories.led_by_pmo(**fields)
    if collection == "projects":
        return factories.project(project_manager=factories.person(), **fields)
    if collection in GOVERNANCE:
        return GOVERNANCE[collection](fields)
    project: Any = factories.project()
    if collection == "dependencies":
        return factories.dependency(factories.project(), project, **fields)
    if state == "escalated":
        home = {"risks": factories.risk, "issues": factories.issue}[collection]
        fields["escalated_to"] = home(project.programme)
    if collection == "compliance-items":
        return permit(project, **fields)
    makers: dict[str, Any] = {
        "milestones": factories.milestone,
        "risks": factories.risk, "issues": factories.issue, "actions": factories.action,
    }  # fmt: skip
    return makers[collection](project, **fields)


def ready_programme(fields: dict[str, Any]) -> Any:
    """A programme that lacks nothing for any stage, nor for its end."""
    manager = factories.person()
    programme = factories.programme(
        vision="One campus", target_operating_model="Shared", sro=factories.person(),
        programme_manager=manager, business_case_stage="FBC", business_case_approved_on=DAY,
        **fields,
    )  # fmt: skip
    if not programme.has_ended:  # it takes nothing more that goes on
        programme.bcms.add(manager)
        programme.tranches.create(code="T1", name="First", state="authorised")
        programme.outcomes.create(
            code="O1", title="Ready", state="capability_ready", capability_ready_on=DAY
        )
    factories.mandate(programme, state="approved", issued_on=DAY, approved_by=factories.person())
    programme.assurance_reviews.create(
        code=f"V{next(numbers)}", kind="peer", state="held", held_on=DAY
    )
    factories.entry(factories.benefit(programme=programme, status="realised"), 2024, 100)
    factories.risk(programme, status="closed")
    return programme


def ready_benefit(fields: dict[str, Any]) -> Any:
    """A benefit that lacks nothing for any state: measured to come to its target."""
    benefit = factories.benefit(
        measure="Energy", measurement_method="Meters", baseline_value=0, baseline_on=DAY,
        target_value=100, target_on="2026-10-02", owner=factories.person(),
        start_realising_on="2024-04-01", **fields,
    )  # fmt: skip
    factories.entry(benefit, 2024, 100)
    factories.measurement(benefit, 2024, 100, status="verified", verified_by=factories.person())
    return benefit


def review(**fields: Any) -> Any:
    """An assurance review."""
    defaults = {"code": f"V{next(numbers)}", "kind": "peer"}
    return factories.programme().assurance_reviews.create(**defaults | fields)


def version(fields: dict[str, Any]) -> Any:
    """A version of a profile, of one period while it is a draft."""
    benefit = factories.benefit()
    if fields["state"] == "draft":
        factories.entry(benefit, 2024, 5)
        return benefit.profile_versions.get()
    if fields["state"] in ("approved", "superseded"):
        fields["approved_by"] = factories.person()
    said = {"kind": "approved", "proposed_by": factories.person()}
    return benefit.profile_versions.create(**said | fields)


def anchor(fields: dict[str, Any]) -> Any:
    """A forecast that hangs on a milestone, of a benefit of the office."""
    made = factories.anchor(owner=office_person(), **fields)
    factories.entry(made.benefit, 2027, 100, version_kind="forecast")
    return made


def output(fields: dict[str, Any]) -> Any:
    """An output that an approved change takes out of the scope."""
    made = factories.output(factories.project(), **fields)
    factories.descoping_approved(made)
    return made


def mandate(fields: dict[str, Any]) -> Any:
    """Return a mandate; once issued it has a day, and approved a person, too."""
    facts: dict[str, dict[str, Any]] = {"issued": {"issued_on": DAY}}
    facts["approved"] = {**facts["issued"], "approved_by": factories.person()}
    return factories.mandate(None, **fields, **facts.get(fields["state"], {}))


def operating_model_state(fields: dict[str, Any]) -> Any:
    """Return a state of the operating model; a reached one has a day and its evidence."""
    facts = {"reached": {"reached_on": DAY, "evidence": "Seen"}}
    return factories.operating_model_state(None, **fields, **facts.get(fields["state"], {}))


def office_person() -> Any:
    """Return the person who works in the PMO."""
    return User.objects.get(username="office").person


def gate(fields: dict[str, Any]) -> Any:
    """A gate that the PMO decides alone; one that is decided was so by its vote."""
    decided = fields["state"] == "decided"
    made = factories.gate(**fields | {"state": "planned"} if decided else fields)
    if decided:
        office = User.objects.get(username="office")
        vote(open_gate(made, by=office), choice="proceed", by=office)
    return made


def report(fields: dict[str, Any]) -> Any:
    """A status report, written by somebody else than who judges it."""
    said: dict[str, Any] = {"period_end": "2026-09-30", "achieved": "Much", "declared_rag": "green"}
    said["author"] = factories.person()
    if fields["state"] in ("approved", "published"):
        said["approved_by"] = factories.person()
    return factories.programme().status_reports.create(**said | fields)


def pack(fields: dict[str, Any]) -> Any:
    """A board pack of one programme; a frozen one has its moment."""
    frozen = {"frozen_at": timezone.now()} if fields["state"] == "frozen" else {}
    made = factories.board_pack(factories.programme())
    BoardPack.objects.filter(pk=made.pk).update(**fields, **frozen)
    made.refresh_from_db()
    return made


def booking(fields: dict[str, Any]) -> Any:
    """Return the booking of a resource by a project of its portfolio."""
    project = factories.project()
    resource = factories.resource(portfolio=project.owner_portfolio)
    return factories.allocation(resource, project, 1, **fields)


# What such a record asks for besides.
REQUIRED: dict[str, dict[str, Any]] = {
    "shared-claims": {"share": "0.1"},
    "commitments": {"reference": "N1", "amount": "1.00", "placed_on": DAY},
    "mandates": {"drivers": "Room"},
    "communications": {"planned_on": DAY},
    "iterations": {"number": 7, "goal": "Go", "starts_on": DAY, "ends_on": DAY},
    "inspections": {"planned_on": DAY, "title": "Formwork"},
    "findings": {"text": "No rail"},
    "oversight-decisions": {"level": "enhanced", "evidence": "Late"},
    "asset-versions": {"number": 7},
    "help-requests": {"question": "What is missing?"},
    "closed-years": {"fiscal_year": 2024},
    "custom-fields": {"entity": "project", "name": "place", "label": "Place"},
    "lessons": {"what_happened": "It was late", "recommendation": "Book it"},
    "operating-model-states": {"dimension": "information", "future": "Known"},
    "budget-requests": {"amount": "1.00", "fiscal_year": 2026},
    "budget-transfers": {"amount": "1.00"},
    "allocations": {"units": "1", "starts_on": DAY, "ends_on": DAY},
}


def proposal(fields: Any) -> Any:
    """A proposal; one that is proposed is scored by all there is."""
    made = factories.proposal(**fields)
    if made.state == "proposed":
        factories.proposal_score(made)
    return made


def lesson(fields: Any) -> Any:
    """A lesson; one that is applied was adopted somewhere."""
    made = factories.lesson(factories.project(), **fields | {"state": "validated"})
    if "applied" in fields.values():
        factories.lesson_use(factories.risk(factories.project()), lesson=made, answer="adopted")
        made.refresh_from_db()
        return made
    return factories.lesson(factories.project(), **fields)


GOVERNANCE: dict[str, Any] = {
    "programmes": ready_programme,
    "benefits": ready_benefit,
    "tranches": lambda fields: factories.programme().tranches.create(
        code="T1", name="First", **fields
    ),
    "mandates": mandate,
    "operating-model-states": operating_model_state,
    "outcomes": lambda fields: factories.programme().outcomes.create(
        code="O1", title="Ready", **fields
    ),
    "impacted-groups": lambda fields: factories.impacted_group(
        owner=User.objects.get(username="office").person, **fields
    ),
    "assurance-reviews": lambda fields: review(**fields),
    "assurance-recommendations": lambda fields: review().recommendations.create(
        number=1, text="Do it", **fields
    ),
    "status-reports": report,
    "templates": lambda fields: factories.portfolio().templates.create(
        code="T1", name="Usual", **fields
    ),
    "objectives": lambda fields: factories.portfolio().objectives.create(
        code="S1", title="Reach them", **fields
    ),
    "commitments": lambda fields: Commitment.objects.create(
        budget_line=factories.budget(factories.project(), 100),
        reference=f"PO-{next(numbers)}",
        amount=10,
        placed_on=DAY,
        **fields,
    ),
    "allocations": booking,
    "scenarios": lambda fields: factories.programme().scenarios.create(
        name="Less", created_by=User.objects.get(username="office"), **fields
    ),
    "profile-versions": version,
    "decisions": lambda fields: factories.decision(
        factories.programme(),
        **fields,
        **({"outcome": "Yes", "decided_on": DAY} if "made" in fields.values() else {}),
        **({"outcome": "Yes", "decided_on": DAY} if "superseded" in fields.values() else {}),
    ),
    "acknowledgements": lambda fields: factories.acknowledgement(
        person=User.objects.get(username="office").person,
        **fields,
        **({"read_on": DAY} if "acknowledged" in fields.values() else {}),
    ),
    "delegations": lambda fields: factories.delegation(
        User.objects.get(username="office"),
        factories.user(),
        "pmo",
        programme=factories.programme(),
        created_by=User.objects.get(username="office"),
        **fields,
    ),
    "exceptions": lambda fields: factories.exception(
        **fields
        | (
            {}
            if {"open", "lapsed"} & {*fields.values()}
            else {"decision": "rebaseline", "decided_on": DAY}
        )
    ),
    "overlap-cases": lambda fields: factories.overlap(
        one := factories.benefit(), factories.benefit(programme=one.programme), **fields
    ),
    "shared-claims": lambda fields: factories.claim(**fields),
    "inspection-plans": lambda fields: factories.inspection_plan(**fields),
    "inspections": lambda fields: factories.inspection(**fields),
    "findings": lambda fields: factories.finding(**fields),
    "oversight-decisions": lambda fields: factories.oversight(person=office_person(), **fields),
    "asset-versions": lambda fields: factories.asset_version(**fields),
    "tailoring-records": lambda fields: factories.tailoring(**fields),
    "lessons": lesson,
    "iterations": lambda fields: factories.iteration(**fields),
    "communications": lambda fields: factories.communication(factories.project(), **fields),
    "help-requests": lambda fields: factories.help_request(
        asked_by=office_person(), created_by=User.objects.get(username="office"), **fields
    ),
    "proposals": proposal,
    "closed-years": lambda fields: factories.closed_year(**fields),
    "custom-fields": lambda fields: factories.custom_field(**fields),
    "assumptions": lambda fields: factories.assumption(factories.project(), **fields),
    "budget-requests": lambda fields: factories.budget_request(**fields),
    "budget-transfers": lambda fields: factories.budget_transfer(**fields),
    "business-cases": lambda fields: factories.business_case(**fields),
    "gates": gate,
    "board-meetings": lambda fields: factories.board_meeting(**fields),
    "board-packs": pack,
    "outputs": output,
    "quality-records": lambda fields: factories.check(**fields),
    "change-requests": lambda fields: factories.change_request(
        approvers=[office_person()], **fields
    ),
    "gate-criteria": lambda fields: factories.gate_criterion(
        factories.gate(approvers=[office_person()]),
        **fields,
        **({"evidence": "Seen"} if "met" in fields.values() else {}),
        **(
            {"waiver_reason": "Too late", "assessor": office_person()}
            if "waived" in fields.values()
            else {}
        ),
    ),
    "gate-conditions": lambda fields: factories.gate_condition(
        factories.gate(approvers=[office_person()]),
        **fields,
        **({"met_on": DAY} if "met" in fields.values() else {}),
        **({"waiver_reason": "Too late"} if "waived" in fields.values() else {}),
    ),
    "health-overrides": lambda fields: factories.override(
        factories.programme(), approved_by=factories.person(), by=factories.person(), **fields
    ),
    "objective-measurements": lambda fields: factories.objective_measurement(
        verified_by=factories.person(), by=factories.person(), **fields
    ),
    "benefit-hand-overs": lambda fields: factories.hand_over(owner=office_person(), **fields),
    "benefit-anchors": anchor,
    "measurements": lambda fields: factories.measurement(
        factories.benefit(), 2024, 5, verified_by=factories.person(), **fields
    ),
}


def permit(project: Any, **fields: Any) -> Any:
    """Something that the project has to obtain."""
    defaults = {"code": f"C{next(numbers)}", "kind": "permit", "title": "Permit"}
    return project.compliance_items.create(**defaults | fields)


def states(collection: str, table: Any) -> list[str]:
    """The states of a table."""
    model = RESOURCES[collection].serializer_class.Meta.model
    return [str(state) for state, _ in model._meta.get_field(table.field).choices]


def said_of(name: str, field: Any) -> str:
    """Return a value for a field: of choices the first, unless a usual value is among them."""
    said, choices = SAID.get(name, DAY), getattr(field, "choices", None)
    return said if not choices or said in choices else next(iter(choices))


def asked(move: Any, form: Any, target: str, field: str) -> dict[str, Any]:
    """A body with what the verb asks for."""
    fields = form().fields
    body = {name: said_of(name, each) for name, each in fields.items() if each.required}
    # A decision may be named besides; then it is one of the records. A day may be given until which
    # something goes on: then it does go on.
    besides = SAID.keys() & fields.keys() - {"decision", "until"}
    body |= {name: said_of(name, fields[name]) for name in besides}
    return body | {field: target} if len(move.leads) > 1 else body


@pytest.mark.parametrize(("collection", "table"), TABLES, ids=NAMES)
def test_every_verb_leads_from_its_states_and_from_no_other(
    collection: str, table: Any, office: User, api: Any
) -> None:
    verbs, client = RESOURCES[collection].verbs(), api(office)
    for state in states(collection, table):
        row = record(collection, table.field, state)
        for move in table.moves:
            for target, sources in move.leads.items():
                body = asked(move, verbs[move.noun].form, target, table.field)
                address = f"{collection}/{row.pk}/{move.noun}/"
                with taken_back():
                    answer = client.verb(address, body)
                    row.refresh_from_db()
                    if state in sources:
                        assert answer.status_code == 200, (move.noun, state, answer.json())
                        assert answer.json()[table.field] == target
                        assert getattr(row, table.field) == target
                        if "reason" in body:
                            history = client.get(f"{collection}/{row.pk}/history/").json()
                            assert history["results"][0]["reason"] == SAID["reason"]
                    else:
                        assert answer.status_code == 409, (move.noun, state, answer.json())
                        assert answer.json()["code"] == "wrong_state"
                        assert getattr(row, table.field) == state


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back what is written within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("collection", "table"), EDITED, ids=NAMED)
def test_an_edit_of_a_state_is_told_the_verb(
    collection: str, table: Any, office: User, api: Any
) -> None:
    for state in states(collection, table):
        row = record(collection, table.field, state)
        path = f"{collection}/{row.pk}/"
        assert api(office).patch(path, {table.field: state}).status_code == 200  # an echo
        for other in states(collection, table):
            if other != state:
                answer = api(office).patch(path, {table.field: other})
                assert answer.status_code == 409, (state, other, answer.json())
                assert errors_of(answer) == {f"/{table.field}": "use_verb"}
                move = table.between(state, other)
                assert answer.json().get("verb") == (move and move.noun)
                if move:
                    assert answer.json()["address"].endswith(f"/api/v1/{path}{move.noun}/")
                    assert move.does in answer.json()["detail"]
                assert "/api/" not in answer.json()["detail"]
        row.refresh_from_db()
        assert getattr(row, table.field) == state


@pytest.mark.parametrize(("collection", "table"), KEPT, ids=KEPT_NAMES)
def test_plain_sql_takes_no_other_way(collection: str, table: Any, office: User) -> None:
    for state in states(collection, table):
        row = record(collection, table.field, state)
        for other in states(collection, table):
            if other != state and (state, other) not in table.ways():
                with pytest.raises(IntegrityError) as error, transaction.atomic():
                    type(row).objects.filter(pk=row.pk).update(**{table.field: other})
                cause: Any = error.value.__cause__
                ended = collection == "programmes" and state in ENDED
                if ended and other in LED:  # nobody came to its posts, which is told first
                    assert cause.diag.constraint_name == "post_held"
                    continue
                assert cause.diag.constraint_name == MOVES
                assert f"from {state} to {other}" in str(error.value)


# Of these there is one at a time.
ALONE = (
    "mandates", "benefit-hand-overs", "benefit-anchors", "shared-claims", "tailoring-records",
)  # fmt: skip
# What a new record takes over from one that is like it, where it has such a field.
ALIKE = (
    "kind", "unit", "category", "period_start", "period_end", "value", "on", "colour", "reason",
    "starts_on", "ends_on", "expires_on", "deputy", "role", "stage_to", "owner", "measure",
    "frequency", "until", "contribution", "asset_version", "milestone", "offset_days",
)  # fmt: skip
CALLED = {"title": "New", "name": "New", "deliverable": "New", "text": "New"}


def body_like(collection: str, row: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a new record like this one, which GET answers as `shown`."""
    fixed = RESOURCES[collection].serializer_class.read_only_names()
    parents = {name for name in row.visible_through if shown[name]} - fixed
    named = {name: text for name, text in CALLED.items() if name in shown}
    alike = (set(ALIKE) & shown.keys()) - parents - named.keys() - fixed
    of_this = parents | set(row.posts.values()) | alike
    return {name: shown[name] for name in of_this} | named | TOLD.get(collection, {})


def body_in(collection: str, state: str, shown: dict[str, Any], number: int) -> dict[str, Any]:
    """Return what the body of a record in a state needs besides: its facts, and what distinguishes
    it from others."""
    facts = FACTS.get((collection, state), {})
    body = {name: value for name, value in facts.items() if name in shown}
    if state == "closed" and collection == "projects":
        body |= {"actual_start": DAY, "status": "closed"}
    if collection == "dependencies":
        body["deliverable"] = f"New {number}"
    if collection == "assurance-recommendations":
        body["number"] = number + 2
    return body


@pytest.mark.parametrize(("collection", "table"), BEGUN, ids=BEGUN_NAMES)
def test_a_record_begins_where_one_may_begin(
    collection: str, table: Any, office: User, api: Any
) -> None:
    like = record(collection, table.field, next(iter(table.initial)))
    shown = api(office).get(f"{collection}/{like.pk}/").json()
    if collection in ALONE:
        like.delete()
    body = body_like(collection, like, shown)
    for number, state in enumerate(states(collection, table)):
        sent = body | body_in(collection, state, shown, number) | {table.field: state}
        sent |= REQUIRED.get(collection, {})
        if shown["code"] is not None:
            sent["code"] = f"N{number}"
        answer = api(office).post(f"{collection}/", sent)
        expected = 201 if state in table.initial else 400
        assert answer.status_code == expected, (state, answer.json().get("errors"))
        if expected == 400:
            assert f"/{table.field}" in errors_of(answer) or state == "terminated"


def test_a_closed_project_is_opened_again_by_its_verb(office: User, api: Any) -> None:
    project = record("projects", "status", "closed")
    path = f"projects/{project.pk}/"
    refused = api(office).patch(path, {"status": "active"})
    assert (refused.status_code, refused.json()["verb"]) == (409, "reopening")
    assert refused.json()["address"] == f"/api/v1/{path}reopening/"
    still = api(office).verb(f"{path}reopening/", {"reason": "Snags"})
    assert errors_of(still) == {"/percent_complete": "invalid"}  # no output was accepted
    body = {"reason": "Snags", "percent_complete": "95"}
    opened = api(office).verb(f"{path}reopening/", body).json()
    assert (opened["status"], opened["stage"]) == ("active", "operate_embed_close")
    assert (opened["actual_finish"], opened["percent_complete"]) == (None, "95.000")


def test_a_stage_is_moved_by_those_above_and_past_nothing_that_holds_it(
    office: User, api: Any
) -> None:
    manager = factories.user("manager")
    Person.objects.filter(pk=manager.person.pk).update(competence="expert")
    project = factories.led_by_pmo(stage="define", project_manager=manager.person)
    item = permit(project, code="C9", blocks="demolition", state="submitted")
    path = f"projects/{project.pk}/stage/"
    assert api(manager).verb(path, {"stage": "deliver"}).status_code == 403
    held = api(office).verb(path, {"stage": "deliver"})
    assert (held.status_code, held.json()["code"]) == (409, "blocked")
    assert held.json()["blocking"] == ["C9"]
    grant = api(manager).verb(f"compliance-items/{item.pk}/grant/", {"granted_on": DAY})
    assert grant.status_code == 200
    assert api(office).verb(path, {"stage": "deliver"}).json()["stage"] == "deliver"
    assert errors_of(api(office).verb(path, {"stage": "define"})) == {"/reason": "invalid"}
    back = api(office).verb(path, {"stage": "define", "reason": "The design failed"})
    assert back.json()["stage"] == "define"


def test_a_risk_is_escalated_to_one_of_its_programme_alone(office: User, api: Any) -> None:
    project = factories.project()
    risk, other = factories.risk(project), factories.risk(project)
    path = f"risks/{risk.pk}/"
    body: dict[str, Any]
    for body in ({"status": "escalated"}, {"status": "escalated", "escalated_to": other.pk}):
        assert api(office).patch(path, body).status_code == 409
    for body in ({"escalated_to": other.pk}, {"escalated_to": None, "aggregated_into": other.pk}):
        assert api(office).patch(path, body).status_code in (400, 409)
    refused = api(office).verb(f"{path}escalation/", {"escalated_to": other.pk})
    assert errors_of(refused) == {"/escalated_to": "invalid"}
    assert api(office).verb(f"{path}escalation/", {}).json()["status"] == "escalated"


def test_a_verb_is_previewed_repeated_and_done_to_what_was_seen(office: User, api: Any) -> None:
    risk = factories.risk(factories.project())
    path = f"risks/{risk.pk}/closure/"
    assert api(office).verb(path, {}, risk.version + 1).status_code == 412
    seen = api(office).post(f"{path}?preview=1").json()
    assert seen["object"]["status"] == "closed"
    risk.refresh_from_db()
    assert risk.status == "open"
    both = [api(office).raw("POST", path, b"{}", **{"Idempotency-Key": "k"}) for _ in "ab"]
    assert [each.status_code for each in both] == [200, 200]
    assert api(office).post(path, {"colour": "red"}).status_code in (400, 409)


@pytest.fixture
def sides(nothing: None) -> dict[str, Any]:
    """The managers of a giver and a receiver, and of their programme; and what is between them."""
    programme = factories.programme()
    people = {name: factories.user(name) for name in ("giver", "receiver", "programme")}
    programme.programme_manager = people["programme"].person
    programme.save()
    ends = {
        side: factories.project(programme=programme, project_manager=people[side].person)
        for side in ("giver", "receiver")
    }
    return {**people, "link": factories.dependency(ends["giver"], ends["receiver"])}


@pytest.mark.parametrize(("first", "second"), [("giver", "receiver"), ("receiver", "giver")])
def test_what_one_side_proposes_the_other_agrees(
    first: str, second: str, sides: dict[str, Any], api: Any
) -> None:
    path = f"dependencies/{sides['link'].pk}"
    agree = {"agreed_on": "2027-01-31"}
    assert api(sides[first]).post(f"{path}/proposal/").json()["proposed_side"] == first
    refused = api(sides[first]).post(f"{path}/agreement/", agree)
    assert (refused.status_code, "side it was proposed to" in refused.json()["detail"]) == (
        403, True,
    )  # fmt: skip
    assert api(sides[second]).post(f"{path}/agreement/", agree).json()["status"] == "agreed"


def test_the_giver_delivers_and_the_receiver_accepts_or_turns_down(
    sides: dict[str, Any], api: Any
) -> None:
    link = sides["link"]
    path = f"dependencies/{link.pk}"
    steps = [
        ("receiver", "giver", "proposal", {}),
        ("giver", "receiver", "agreement", {"agreed_on": "2027-01-31"}),
        ("giver", "receiver", "delivery", {"delivered_on": DAY}),
        ("receiver", "giver", "rejection", {"reason": "It leaks"}),
        ("giver", "receiver", "agreement", {"agreed_on": "2027-02-28"}),
        ("giver", "receiver", "delivery", {"delivered_on": DAY}),
        ("receiver", "giver", "acceptance", {"accepted_on": DAY}),
    ]
    for does, may_not, noun, body in steps:
        if noun != "proposal":
            refused = api(sides[may_not]).post(f"{path}/{noun}/", body)
            assert (refused.status_code, noun) == (403, noun)
        assert api(sides[does]).post(f"{path}/{noun}/", body).status_code == 200, noun
    told = api(sides["giver"]).get(f"{path}/history/").json()["results"]
    assert [each["for"] for each in told if each["for"]] == []


def test_the_programme_manager_takes_the_steps_of_either_and_the_history_says_for_whom(
    sides: dict[str, Any], api: Any
) -> None:
    path, client = f"dependencies/{sides['link'].pk}", api(sides["programme"])
    for noun, body in (
        ("proposal", {}),
        ("agreement", {"agreed_on": "2027-01-31"}),
        ("delivery", {"delivered_on": DAY}),
        ("acceptance", {"accepted_on": DAY}),
    ):
        assert client.post(f"{path}/{noun}/", body).status_code == 200
    told = [each["for"] for each in client.get(f"{path}/history/").json()["results"]]
    assert told[:3] == ["receiver", "giver", "giver"]


@pytest.mark.parametrize(
    ("who", "status"),
    [("giver", 403), ("receiver", 403), ("programme", 201)],
)
def test_an_agreement_is_written_down_by_who_may_speak_for_both(
    who: str, status: int, sides: dict[str, Any], api: Any
) -> None:
    link = sides["link"]
    for side, other in (("giver", "receiver"), ("receiver", "giver")):
        factories.role(sides[side], "viewer", project=getattr(link, other))
    body = {
        "giver": link.giver_id, "receiver": link.receiver_id, "deliverable": "Power",
        "code": "N1", "status": "agreed",
    }  # fmt: skip
    answer = api(sides[who]).post("dependencies/", body)
    assert answer.status_code == status
    if status == 403:
        assert errors_of(answer) == {"/status": "permission_denied"}


def test_the_trigger_says_it_in_words(nothing: None) -> None:
    risk = record("risks", "status", "closed")
    with pytest.raises(IntegrityError) as error, connection.cursor() as cursor:
        cursor.execute("UPDATE projects_risk SET status = 'open' WHERE id = %s", [risk.pk])
    assert "No move leads a risk from closed to open." in str(error.value)


@pytest.mark.parametrize(
    ("spoilt", "pointer"),
    [
        ({"planned_value_profile": [["2026-01-01", "0"], ["2026-06-30", "250"]]}, "planned_value"),
        ({"planned_value_profile": [["2026-01-01", "0"], ["2026-06-30", "50"]]}, "planned_value"),
        ({"planned_value_profile": [["2026-01-01", "0"], ["2027-06-30", "100"]]}, "planned_value"),
        ({"planned_value_profile": [["2025-01-01", "0"], ["2026-06-30", "100"]]}, "planned_value"),
        ({"approved_on": "2199-03-31"}, "approved_on"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    spoilt: dict[str, Any], pointer: str, office: User, api: Any
) -> None:
    project = factories.project()
    factories.baseline(project)
    body = {
        "project": project.pk, "number": 2, "approved_on": DAY, "starts_on": "2026-01-01",
        "finishes_on": "2026-12-31", "budget_at_completion": "100.00", "reason": "Slab",
        "planned_value_profile": [["2026-01-01", "0"], ["2026-12-31", "100"]],
    }  # fmt: skip
    refused = api(office).post("baselines/", body | spoilt)
    assert refused.status_code == 400
    assert all(place.startswith(f"/{pointer}") for place in errors_of(refused))
    assert project.baselines.count() == 1
    assert api(office).post("baselines/", body).status_code == 201


def test_less_is_complete_for_a_reason_and_all_once_it_is(office: User, api: Any) -> None:
    project = factories.project(percent_complete=60)
    path = f"projects/{project.pk}/"
    assert errors_of(api(office).patch(path, {"percent_complete": "100"})) == {
        "/percent_complete": "invalid"
    }
    assert errors_of(api(office).patch(path, {"percent_complete": "40"})) == {"/reason": "invalid"}
    told = {"percent_complete": "40", "reason": "The slab was taken up"}
    answer = api(office).patch(path, told)
    assert (answer.status_code, answer.json()["percent_complete"]) == (200, "40.000")
    assert "reason" not in answer.json()
    newest = api(office).get(f"{path}history/").json()["results"][0]
    assert newest["reason"] == "The slab was taken up"
    factories.output(project, state="accepted", accepted_on=DAY)
    assert api(office).patch(path, {"percent_complete": "100"}).status_code == 200


def estimate(figure: str, *values: Any) -> dict[str, Any]:
    """The least, the most likely and the most of a figure."""
    return dict(
        zip((f"{figure}_min", f"{figure}_most_likely", f"{figure}_max"), values, strict=True)
    )


@pytest.mark.parametrize(
    ("collection", "spoilt"),
    [
        ("projects", {"actual_start": "2026-09-01", "forecast_finish": "2026-08-01"}),
        ("projects", {"actual_finish": "2026-10-01", "actual_start": "2026-01-01"}),
        ("projects", {"declared_rag": "green", "declared_on": "2062-10-30"}),
        ("milestones", {"actual_on": DAY}),
        ("dependencies", {"delivered_on": DAY}),
        ("dependencies", {"agreed_on": DAY}),
        ("compliance-items", {"granted_on": DAY}),
        ("compliance-items", {"state": "granted", "granted_on": "2199-01-01"}),
        (
            "risks",
            {"residual_cost_min": "9", "residual_cost_most_likely": "6", "residual_cost_max": "3"},
        ),
        ("risks", {"inherent_days_min": 9, "inherent_days_most_likely": 6, "inherent_days_max": 3}),
    ],
)
def test_what_cannot_be_true_together_is_not_written_down(
    collection: str, spoilt: dict[str, Any], office: User, api: Any
) -> None:
    project: Any = factories.project()
    bodies: dict[str, dict[str, Any]] = {
        "projects": {"programme": project.programme_id, "name": "New"},
        "milestones": {"project": project.pk, "title": "New"},
        "dependencies": {
            "giver": factories.project().pk, "receiver": project.pk, "deliverable": "New",
        },
        "compliance-items": {"project": project.pk, "title": "New", "kind": "permit"},
        "risks": {"project": project.pk, "title": "New"},
    }  # fmt: skip
    body = bodies[collection] | {"code": "N1"}
    refused = api(office).post(f"{collection}/", body | spoilt)
    assert refused.status_code == 400
    assert set(errors_of(refused)) <= {f"/{name}" for name in spoilt}
    assert api(office).post(f"{collection}/", body).status_code == 201
