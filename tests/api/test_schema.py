"""The contract in schema.yml, of which the checks say that it is what the code offers, and its
pages, which need nothing from elsewhere."""

from typing import Any

import pytest
import yaml
from django.test import Client
from jsonschema import Draft202012Validator

from benefits.models import BenefitReview
from pmhub.api import contract_parts
from pmhub.api.routes import RESOURCES
from pmhub.database.constraints import joint
from pmhub.models import User
from pmhub.registers import registers
from tests import factories
from tests.contract import contract
from tests.samples import sample


@pytest.fixture
def schema() -> Any:
    """The checked-in schema."""
    return contract()


def test_every_operation_may_answer_the_one_problem(schema: Any) -> None:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path != "/api/v1/schema/":
                assert operation["responses"]["default"]["content"] == content, (method, path)


def test_conditional_headers_and_ids(schema: Any) -> None:
    patch = schema["paths"]["/api/v1/projects/{id}/"]["patch"]
    parameters = {each["name"]: each for each in patch["parameters"]}
    assert parameters["If-Match"]["required"] is True
    assert parameters["id"]["schema"]["type"] == "integer"


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_a_verb_is_said_to_take_what_its_form_asks_for(name: str, schema: Any) -> None:
    for noun, verb in RESOURCES[name].verbs().items():
        operation = schema["paths"][f"/api/v1/{name}/{{id}}/{noun}/"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        asked = {key for key, field in verb.form().fields.items() if not field.read_only}
        assert asked <= _resolved(body, schema)["properties"].keys(), noun


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_what_is_sent_is_said_to_hold_together(name: str, schema: Any) -> None:
    operation = schema["paths"].get(f"/api/v1/{name}/", {}).get("post")
    if operation is None or "requestBody" not in operation:
        return
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    said = _resolved(body, schema).get("description", "")
    model = RESOURCES[name].serializer_class.Meta.model
    for each in joint(model):
        assert f"- {each}" in said.splitlines()


def test_what_holds_of_values_together_is_found() -> None:
    assert joint(BenefitReview) == [
        "A review is answered by a decision with its day, and has none before.",
        "Say why the benefit is withdrawn.",
        "Due on must not be before asked on.",
        "Decided on must not be before asked on.",
        "This is asked of this contribution already.",
    ]


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_answers_are_what_the_schema_says(
    name: str, schema: Any, demo: Any, pmo: User, api: Any
) -> None:
    """Names, null and the types of every field of the first row of each resource."""
    listing = schema["paths"][f"/api/v1/{name}/"]["get"]["responses"]["200"]
    page = _resolved(listing["content"]["application/json"]["schema"], schema)
    declared = _resolved(page["properties"]["results"]["items"], schema)["properties"]
    sample(name)
    rows = api(pmo).get(f"{name}/?page_size=5").json()["results"]
    assert rows
    for row in rows:
        assert row.keys() == declared.keys()
        for key, value in row.items():
            assert _fits(value, declared[key], schema), (key, value, declared[key])


FORMATS = Draft202012Validator.FORMAT_CHECKER


def held(schema: Any, place: str, answer: Any, *, formats: Any = FORMATS) -> None:
    """Check an answer by all that the contract says of it; without `formats`, as a program that
    does not check them."""
    assert answer.status_code == 200, (place, answer.content[:300])
    said = schema["paths"][f"/api/v1/{place}"]["get"]["responses"]["200"]
    part = said["content"]["application/json"]["schema"]
    whole = {**part, "components": schema["components"]}
    validator = Draft202012Validator(whole, format_checker=formats)
    error = next(validator.iter_errors(answer.json()), None)
    assert error is None, (place, error.message[:300], [*error.absolute_path])


def test_who_is_without_an_address_holds_the_contract_for_programs_that_check_no_formats(
    schema: Any, office: User, api: Any
) -> None:
    person = factories.person(email="")
    held(schema, "people/{id}/", api(office).get(f"people/{person.pk}/"), formats=None)


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_records_and_their_history_hold_the_contract(
    name: str, schema: Any, demo: Any, pmo: User, api: Any
) -> None:
    client = api(pmo)
    listed = client.get(f"{name}/?page_size=20")
    held(schema, f"{name}/", listed)
    for row in listed.json()["results"][:2]:
        for of in ("", "history/"):
            if f"/api/v1/{name}/{{id}}/{of}" in schema["paths"]:
                held(schema, f"{name}/{{id}}/{of}", client.get(f"{name}/{row['id']}/{of}"))


@pytest.mark.parametrize(
    ("place", "query"),
    [
        ("activity/", "?record_type=project&record_id={id}"),
        ("webhooks/", ""),
        ("programmes/{id}/rollup/", ""),
        ("programmes/{id}/scenarios/comparison/", ""),
        ("projects/{id}/forecast/", ""),
        ("projects/{id}/rollup/", ""),
        ("projects/{id}/history/", ""),
    ],
)
def test_what_is_derived_holds_the_contract(
    place: str, query: str, schema: Any, demo: Any, pmo: User, api: Any
) -> None:
    of = demo.project("CAM-02")
    id = of.programme_id if place.startswith("programmes") else of.pk
    held(schema, place, api(pmo).get(f"{place}{query}".format(id=id)))


def test_a_304_has_no_body_and_the_contract_says_so(schema: Any) -> None:
    for path in ("risks/", "risks/{id}/", "risks/{id}/history/"):
        answers = schema["paths"][f"/api/v1/{path}"]["get"]["responses"]
        assert "content" not in answers["304"], path
        assert "304" not in schema["paths"]["/api/v1/risks/"]["post"]["responses"]


TYPES: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
    "object": dict, "null": type(None),
}  # fmt: skip


def _resolved(part: Any, schema: Any) -> Any:
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
    return part


def _fits(value: Any, part: Any, schema: Any) -> bool:
    part = _resolved(part, schema)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in part:
            return any(_fits(value, each, schema) for each in part[several])
    if "enum" in part and value not in part["enum"]:
        return False
    kinds = part.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool) and "boolean" not in kinds:
        return False
    return any(isinstance(value, TYPES[kind]) for kind in kinds)


def test_the_schema_and_its_pages_are_served(db: None) -> None:
    client = Client()
    assert client.get("/api/v1/schema/").status_code == 200
    for address in ("/api/docs/", "/api/docs/risks/"):
        page = client.get(address).content.decode()
        assert "<style" not in page
        assert "http://" not in page.replace("http://testserver", "")
        assert "https://" not in page
    assert client.get("/api/docs/nothing/").status_code == 404


def test_requests_are_found_by_their_words_and_lead_to_where_they_are_tried(db: None) -> None:
    page = Client().get("/api/docs/?q=risks+escalation").content.decode()
    assert "POST /api/v1/risks/{id}/escalation/" in page
    assert '"/api/docs/risks/#/risks/' in page
    assert "No request has these words" in Client().get("/api/docs/?q=xyzzy").content.decode()


def test_the_contract_of_each_collection_is_what_the_whole_says_of_it(schema: Any) -> None:
    parts = contract_parts.contract()
    assert sum(map(len, parts.operations.values())) == sum(map(len, schema["paths"].values()))
    for collection in ("risks", "programmes", "search"):
        part = yaml.load(parts.of(collection), yaml.CSafeLoader)
        assert part["paths"] == {
            path: operations
            for path, operations in schema["paths"].items()
            if next(iter(operations.values()))["tags"] == [collection]
        }
        schemas = part["components"].pop("schemas")
        assert {**schema["components"], "schemas": schemas} == {
            **part["components"], "schemas": schemas,
        }  # fmt: skip
        assert schemas.items() <= schema["components"]["schemas"].items()


def test_every_register_leads_to_where_its_requests_are_tried() -> None:
    named = {register.name for register in registers}
    assert named <= contract_parts.contract().paths.keys()


def test_the_contract_of_one_collection_is_asked_for_by_its_name(db: None) -> None:
    answer = Client().get("/api/v1/schema/?format=json&collection=waiting")
    assert {*answer.json()["paths"]} == {"/api/v1/waiting/"}
    wrong = Client().get("/api/v1/schema/?format=json&collection=nothing")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/collection")
