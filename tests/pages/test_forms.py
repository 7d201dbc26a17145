"""The forms of pages write what the contract takes: each address, method and field is in it."""

import re
from html.parser import HTMLParser

import pytest

from pmhub.models import User
from programmes.models import Programme
from projects.models import Project
from tests.api.conftest import api
from tests.contract import contract
from tests.whatif.conftest import Draft

__all__ = ["api"]

FIELDS = {"input", "select", "textarea"}


class Forms(HTMLParser):
    """Finds each <rest-form> of a page: its method and address, and the names of its fields;
    `risks.3` is a part of `risks`, as `ids[]` is of `ids`."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.within = False

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "rest-form":
            self.within = True
            self.found.append((told["method"].lower(), told["action"], set()))
        elif self.within and tag in FIELDS and told.get("name") and "disabled" not in told:
            self.found[-1][2].add(told["name"].removesuffix("[]").partition(".")[0])

    def handle_endtag(self, tag):
        if tag == "rest-form":
            self.within = False


def forms_of(page):
    found = Forms()
    found.feed(page.content.decode())
    return found.found


def operation(method, address):
    """What the contract says of a method at an address; None where there is no such thing. Of two
    paths that fit, the one with fewer parameters."""
    path = address.partition("?")[0]
    fitting = [
        template
        for template, offered in contract()["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method in offered
    ]
    return (
        contract()["paths"][min(fitting, key=lambda each: each.count("{"))][method]
        if fitting
        else None
    )


def taken(asked):
    """The names that the body of an operation may have."""
    body = asked.get("requestBody", {}).get("content", {}).get("application/json", {})
    return set(_properties(body.get("schema", {})))


def _properties(schema):
    if "$ref" in schema:
        schema = contract()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    yield from schema.get("properties", {})
    for each in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _properties(each)


@pytest.fixture
def pages(demo, client_of, pmo, api):
    """Pages of the demo with forms on them, as those who may write see them."""
    cam = Programme.objects.get(code="CAM")
    manager = User.objects.get(username="cam.manager")
    scenario = Draft(api(manager), cam.pk, "Later")
    project = Project.objects.get(code="CAM-02")
    scenario.add("PATCH", f"projects/{project.pk}/", {"estimate_to_complete": "1"})
    scenario.try_it()
    report = cam.status_reports.first()
    addresses = [
        f"/projects/{project.pk}/",
        f"/programmes/{cam.pk}/what-if/?scenario={scenario.id}",
        f"/programmes/{cam.pk}/reports/",
        *([f"/programmes/{cam.pk}/reports/{report.pk}/"] if report else []),
    ]
    people = [manager, pmo, User.objects.get(username="cam02.manager")]
    return [client_of(who).get(address) for who in people for address in addresses]


def test_each_form_is_an_operation_of_the_contract_and_each_field_one_of_its_own(pages):
    forms = [form for page in pages if page.status_code == 200 for form in forms_of(page)]
    assert len({(method, re.sub(r"\d+", "N", address)) for method, address, _ in forms}) >= 8
    wrong = []
    for method, address, fields in forms:
        asked = operation(method, address)
        if asked is None:
            wrong.append(f"{method} {address} is not in the contract")
        elif unknown := fields - taken(asked):
            wrong.append(f"{method} {address} does not take {sorted(unknown)}")
    assert sorted(set(wrong)) == []


def test_a_field_that_the_contract_does_not_name_is_found():
    asked = operation("patch", "/api/v1/projects/7/")
    assert {"forecast_finish", "percent_complete"} <= taken(asked)
    assert "colour_of_the_cover" not in taken(asked)
    assert operation("put", "/api/v1/me/") is None
