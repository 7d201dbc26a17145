"""What pages offer to do can be done: REST does it then, and refuses what is not offered."""

import re
from inspect import signature
from typing import Any

import pytest
from rest_framework.fields import empty

from benefits.registers import REGISTERS as OF_BENEFITS
from pmhub.models import Person, User
from pmhub.registers import Register
from pmhub.registers.people import REGISTERS as OF_PEOPLE
from pmhub.serializers.verbs import verbs_of
from programmes.models import Outcome
from programmes.registers import REGISTERS as OF_PROGRAMMES
from projects.models import Gate, ProcessAsset
from projects.registers import REGISTERS as OF_PROJECTS
from tests import factories


def offers(client: Any, address: str, register: str) -> bool:
    """Return whether a page leads to a new record of a register."""
    page = client.get(address)
    assert page.status_code == 200
    return f"/{register}/new/?" in page.content.decode()


@pytest.mark.parametrize(("state", "offered"), [("planned", True), ("decided", False)])
def test_criteria_are_added_to_a_gate_that_is_planned(
    state: str, offered: bool, demo: Any, pmo: User, client_of: Any, api_of: Any
) -> None:
    gate = Gate.objects.filter(state=state).first()
    assert gate
    client = client_of(pmo)
    for place in ("", "gate-criteria/"):
        assert offers(client, f"/gates/{gate.pk}/{place}", "gate-criteria") is offered
    form = client.get(f"/gate-criteria/new/?gate={gate.pk}")
    assert form.status_code == (200 if offered else 302)
    body = {"gate": gate.pk, "text": "It pays"}
    made = api_of(pmo).post("/api/v1/gate-criteria/?preview=1", body, format="json")
    assert (made.status_code < 300) is offered, made.json()


def test_what_a_decided_gate_looked_at_is_neither_edited_nor_judged(
    demo: Any, pmo: User, client_of: Any
) -> None:
    gate = Gate.objects.filter(state="planned").first()
    assert gate
    criterion = gate.criteria.create(text="It pays", evidence="Appraised")
    client, page = client_of(pmo), f"/gate-criteria/{criterion.pk}/"
    before = client.get(page).content.decode()
    assert (f"{page}edit/" in before, "fulfilment-form" in before) == (True, True)
    Gate.objects.filter(pk=gate.pk).update(state="cancelled", reason="Not now")
    after = client.get(page).content.decode()
    assert (f"{page}edit/" in after, "fulfilment-form" in after) == (False, False)
    assert client.get(f"{page}edit/").status_code == 302


def test_a_programme_that_has_ended_gets_no_project_and_no_risk(
    demo: Any, pmo: User, client_of: Any, api_of: Any
) -> None:
    client = client_of(pmo)
    ended = factories.programme(
        portfolio=demo.portfolio, stage="terminated", actual_end_on="2026-10-01",
        sro=demo.person("PE05"), programme_manager=demo.person("PE06"),
    )  # fmt: skip
    for programme, offered in ((demo.programme("CAM"), True), (ended, False)):
        for name in ("projects", "risks"):
            address = f"/programmes/{programme.pk}/{name}/"
            assert offers(client, address, name) is offered, name
        body = {"programme": programme.pk, "code": f"X{programme.pk}", "title": "Rain"}
        made = api_of(pmo).post("/api/v1/risks/?preview=1", body, format="json")
        assert (made.status_code < 300) is offered, made.json()


def test_a_day_on_which_something_happened_begins_with_the_status_date(
    demo: Any, pmo: User, client_of: Any
) -> None:
    outcome = Outcome.objects.get(code="OC1")
    page = client_of(pmo).get(f"/outcomes/{outcome.pk}/").content.decode()
    field = re.search(r'<input[^>]*name="capability_ready_on"[^>]*>', page)
    assert field is not None
    assert f'value="{demo.portfolio.as_of.isoformat()}"' in field[0]


def test_a_day_that_is_still_to_come_is_left_to_who_says_it(
    demo: Any, pmo: User, client_of: Any
) -> None:
    standard = ProcessAsset.objects.get(code="PA01")
    page = client_of(pmo).get(f"/process-assets/{standard.pk}/").content.decode()
    field = re.search(r'<input[^>]*name="review_on"[^>]*>', page)
    assert field is not None
    assert 'value="2' not in field[0]


def test_a_verb_asks_for_all_that_its_service_needs() -> None:
    registers: tuple[Register, ...] = (*OF_PROGRAMMES, *OF_PROJECTS, *OF_BENEFITS, *OF_PEOPLE)
    verbs = [
        (register.name, verb)
        for register in registers
        for verb in verbs_of(register.serializer).values()
    ]
    for of, verb in verbs:
        asked = {
            field.source or name
            for name, field in verb.form().fields.items()
            if field.required or field.default is not empty
        }
        needed = {
            name
            for name, its in signature(verb.service).parameters.items()
            if its.kind is its.KEYWORD_ONLY and its.default is its.empty
        }
        # Whose words it says follows who is signed in.
        assert needed <= asked | {"by", "side"}, (of, verb.noun)


def test_a_measurement_is_confirmed_by_the_owner_who_did_not_submit_it(
    demo: Any, benefit_owner: User, pmo: User, client_of: Any, api_of: Any
) -> None:
    benefit = demo.benefit("B06")
    body = {"period_start": "2026-04-01", "period_end": "2026-06-30", "value": "9"}
    for who, offered in ((pmo, True), (benefit_owner, False)):
        made = api_of(who).post(
            "/api/v1/measurements/", {"benefit": benefit.pk, **body}, format="json"
        )
        page = client_of(benefit_owner).get(f"/measurements/{made.json()['id']}/")
        assert ("confirmation-form" in page.content.decode()) is offered
    verified = benefit.measurements.filter(status="verified").first()
    page = client_of(benefit_owner).get(f"/measurements/{verified.pk}/")
    assert "confirmation-form" not in page.content.decode()


@pytest.mark.parametrize(("code", "offered"), [("CAM-01", False), ("CAM-02", True)])
def test_computed_dates_are_declared_of_a_project_that_goes_on(
    code: str, offered: bool, demo: Any, pmo: User, client_of: Any
) -> None:
    page = client_of(pmo).get(f"/projects/{demo.project(code).pk}/").content.decode()
    assert ("computed-dates/" in page) is offered


def test_the_first_person_gets_a_suggested_code(nothing: Any, client_of: Any) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    for code, suggested in (("PMO", "PE1"), ("PE7", "PE8")):
        Person.objects.filter(user=office).update(code=code)
        page = client_of(office).get("/people/new/").content.decode()
        [field] = re.findall(r'<input[^>]*name="code"[^>]*>', page)
        assert f'value="{suggested}"' in field


@pytest.mark.parametrize(
    ("register", "suggested"),
    [("benefits", "B01"), ("risks", "R01"), ("milestones", "M01"), ("objectives", "SO1")],
)
def test_the_first_record_of_a_register_gets_a_suggested_code(
    register: str, suggested: str, nothing: Any, client_of: Any
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    factories.project()
    page = client_of(office).get(f"/{register}/new/").content.decode()
    [field] = re.findall(r'<input[^>]*name="code"[^>]*>', page)
    assert f'value="{suggested}"' in field


def test_an_empty_list_says_whether_there_is_none_or_none_to_see(
    nothing: Any, client_of: Any
) -> None:
    office, stranger = factories.user("office"), factories.user("stranger")
    factories.role(office, "pmo")
    factories.project()
    for who, told, other in (
        (office, "There is none yet.", "that you may see."),
        (stranger, "There is none that you may see.", "There is none yet."),
    ):
        page = client_of(who).get("/exceptions/").content.decode()
        assert told in page
        assert other not in page
    narrowed = client_of(office).get("/exceptions/?search=nothing").content.decode()
    assert "Nothing fits these filters." in narrowed
