"""What pages offer to do can be done: REST does it then, and refuses what is not offered."""

import re
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Outcome
from projects.models import Gate, ProcessAsset
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
