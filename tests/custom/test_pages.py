"""Pages show custom fields at once: on a record, in its form, as columns of lists, in histories."""

import html
import re
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import CustomField, Programme
from projects.models import Project
from tests import factories

Fields = dict[str, CustomField]


def text_of(response: Any) -> str:
    """Return the text of a page, without its elements."""
    assert response.status_code == 200
    said = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(said).split())


@pytest.fixture
def filled(
    project: Project, fields: Fields, given: dict[str, Any], lead: User, api: Any
) -> Project:
    """The project with a value of each field, given over REST."""
    answer = api(lead).patch(f"projects/{project.pk}/", {"custom": given})
    assert answer.status_code == 200, answer.json()
    return project


def test_a_register_chooses_narrows_and_orders_by_them(
    filled: Project, steers: User, client_of: Any
) -> None:
    client = client_of(steers)
    chosen = "".join(f"&column=custom.a_{type}" for type in ("text", "number", "money", "date"))
    chosen += "".join(f"&column=custom.a_{type}" for type in ("choice", "person", "bool"))
    answer = client.get(f"/projects/?column=code{chosen}&ordering=-custom.a_number")
    page = text_of(answer)
    for said in ("Wexmoor East", "12.5", "1,200.50", "1 Mar 2027", "High", "No", "A text"):
        assert said in page, said
    narrowed = text_of(client.get("/projects/?custom.a_choice=High&custom.a_date__gte=2027-01-01"))
    assert filled.code in narrowed
    assert "A choice" in narrowed
    none = text_of(client.get("/projects/?custom.a_choice=Low"))
    assert "No project" in none or "none" in none.lower()
    assert client.get("/projects/?custom.unheard=1").status_code == 400
    assert client.get("/projects/?column=custom.unheard").status_code == 400
    assert client.get("/projects/?filter=custom.a_date&is=when:future").status_code == 302
    for form in ("text", "number", "date", "choice", "person", "bool"):
        assert client.get(f"/projects/?filter=custom.a_{form}").status_code == 200


def test_the_form_of_a_record_asks_for_them(
    project: Project, lead: User, elsewhere: User, client_of: Any
) -> None:
    home = project.owner_portfolio
    factories.custom_field(home, entity="risk", name="region", label="Region of the works")
    factories.custom_field(home, entity="risk", name="needed", required_from="2026-01-01")
    factories.custom_field(home, entity="risk", name="gone", label="Long gone", state="retired")
    risk = factories.risk(project, custom={"region": "North"})
    client = client_of(lead)
    for address in (f"/risks/{risk.pk}/edit/", f"/risks/new/?project={project.pk}", "/risks/new/"):
        form = client.get(address).content.decode()
        assert "Region of the works" in form, address
        assert 'name="custom.region"' in form
        assert "Long gone" not in form
    assert 'value="North"' in client.get(f"/risks/{risk.pk}/edit/").content.decode()
    page = text_of(client.get(f"/risks/{risk.pk}/"))
    assert "Region of the works" in page
    assert "North" in page
    assert client_of(elsewhere).get(f"/risks/{risk.pk}/").status_code == 404


def test_the_pages_of_projects_and_programmes_show_them(
    filled: Project, pmo: User, client_of: Any
) -> None:
    client = client_of(pmo)
    page = text_of(client.get(f"/projects/{filled.pk}/"))
    assert "Custom fields" in page
    assert "1,200.50 £k" in page
    address = f"/programmes/{filled.programme_id}/governance/"
    assert "Custom fields" not in text_of(client.get(address))
    factories.custom_field(filled.owner_portfolio, entity="programme", name="site")
    Programme.objects.update(custom={"site": "Riverside"})
    assert "Riverside" in text_of(client.get(address))


def test_a_history_tells_each_by_its_label(
    filled: Project, lead: User, api: Any, client_of: Any
) -> None:
    api(lead).patch(f"projects/{filled.pk}/", {"custom": {"a_choice": "Low", "a_person": None}})
    page = text_of(client_of(lead).get(f"/projects/{filled.pk}/history/"))
    assert "A choice" in page
    assert lead.person.name in page
    history = api(lead).get(f"projects/{filled.pk}/history/").json()["results"]
    assert {
        change["field"]: (change["from"], change["to"]) for change in history[0]["changes"]
    } == {
        "custom.a_choice": ("High", "Low"),
        "custom.a_person": (lead.person.pk, None),
    }


def test_the_past_has_the_values_and_the_fields_of_then(
    filled: Project, fields: Fields, lead: User, pmo: User, api: Any, client_of: Any
) -> None:
    moment = api(lead).get(f"projects/{filled.pk}/history/").json()["results"][0]["at"]
    api(lead).patch(f"projects/{filled.pk}/", {"custom": {"a_text": "Elsewhere"}})
    api(pmo).patch(f"custom-fields/{fields['text'].pk}/", {"label": "Where it stands"})
    factories.custom_field(filled.owner_portfolio, name="newer", label="Newer than that")
    then = {"as_of": moment}
    listed = client_of(lead).get("/projects/", {"column": ["code", "custom.a_text"], **then})
    assert "Wexmoor East" in text_of(listed)
    assert "A text" in text_of(listed)
    assert "Where it stands" not in text_of(listed)


def test_fields_cost_a_list_no_query(
    filled: Project, steers: User, client_of: Any, queries_of: Any
) -> None:
    client, counts = client_of(steers), []
    for address in ("projects/", "api/v1/projects/"):
        queries_of(client, f"/{address}")
    for number in (1, 49):
        for index in range(number):
            factories.custom_field(filled.owner_portfolio, name=f"more_{number}_{index}")
        counts.append(
            [queries_of(client, f"/{address}") for address in ("projects/", "api/v1/projects/")]
        )
    assert counts[0] == counts[1]
