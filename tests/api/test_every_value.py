"""Every field, every filter and every form of the admin pages with values that nobody means:
refused where they stand, or taken, and never an error of the server."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from pmhub.api.filtering import FOLLOWING, OWN
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from tests import samples
from tests.admin.forms import entries
from tests.contract import contract

BODIES = [
    "1e400", "9" * 400, '"NaN"', '"x"', "true", "null", "[]", "[[1]]", '{"a": {"b": [1e99]}}',
    '"\\ud800"', '"a\\u0000b"', '"0001-01-01"', '"9999-12-31T23:59:59+14:00"', '"10000-01-01"',
    json.dumps("x" * 30_000), "-1", "1e-20", '[["0001-01-01", 1e30]]', '[{"a": 1, "a": 2}]',
    '"localtime"', "9223372036854775808",
]  # fmt: skip
ENTRIES = [
    "x", "9" * 400, "NaN", "a\x00b", "0001-01-01", '{"a": 1, "a": 2}', "localtime", "[" * 3000,
]  # fmt: skip
QUERIES: list[str | bytes] = [
    "1e400", "9" * 400, "9223372036854775808", "-1", "NaN", "x", "a\x00b", "0001-01-01",
    "9999-12-31T23:59:59-14:00", b"\xed\xa0\x80", "x" * 5000, "1,x,2", "localtime",
]  # fmt: skip


def writable(view: Any) -> list[str]:
    """The names that a write to a resource may give."""
    return [name for name, field in view.serializer_class().fields.items() if not field.read_only]


@pytest.mark.parametrize("collection", RESOURCES)
def test_rest_refuses_a_value_where_it_stands(
    collection: str, demo: Any, pmo: User, api: Any
) -> None:
    view = RESOURCES[collection]
    client, names = api(pmo), writable(view)
    row = view.serializer_class.Meta.model._default_manager.order_by("pk").first()
    way = ("PATCH", f"{collection}/{row.pk}/") if row else ("POST", f"{collection}/")
    for value in BODIES:
        body = "{" + ", ".join(f'"{name}": {value}' for name in names) + "}"
        answer = client.raw(*way, body.encode(), **{"If-Match": "*"})
        assert answer.status_code < 500, value
        if answer.status_code == 400:
            pointers = {error["pointer"].split("/")[1] for error in answer.json()["errors"]}
            assert pointers, value
            assert pointers <= {*names}, value


@pytest.mark.parametrize("collection", RESOURCES)
def test_filters_refuse_values_by_their_names(
    collection: str, demo: Any, pmo: User, api_of: Any
) -> None:
    kind = getattr(RESOURCES[collection], "filterset_class", None)
    names = [
        *(kind.base_filters if kind else ()),
        *sorted(OWN | FOLLOWING),
        "updated_since",
        "archived",
    ]
    client = api_of(pmo)
    for value in QUERIES:
        given = "&".join(f"{name}={quote(value)}" for name in names)
        answer = client.get(f"/api/v1/{collection}/?{given}")
        assert answer.status_code == 400, value
        assert {error["parameter"] for error in answer.json()["errors"]} <= {*names}, value


def addresses_read() -> Iterator[tuple[str, list[str]]]:
    """Yield the other addresses that are read, each with the parameters of its query."""
    for path, operations in contract()["paths"].items():
        collection = path.removeprefix("/api/v1/").strip("/")
        given = operations.get("get", {}).get("parameters", [])
        names = [each["name"] for each in given if each["in"] == "query"]
        if names and collection not in RESOURCES:
            yield path, names


def test_each_address_refuses_parameters_by_their_names(demo: Any, pmo: User, api_of: Any) -> None:
    client, refused = api_of(pmo), set()
    for path, names in addresses_read():
        collection = path.split("/")[3]
        pk = samples.sample(collection).pk if "{id}" in path and collection in RESOURCES else 1
        address = path.replace("{id}", str(pk)).replace("{metric}", "actual_cost")
        for value in ("x", "9" * 400, b"\xed\xa0\x80"):
            given = "&".join(f"{name}={quote(value)}" for name in [*names, "unknown_to_all"])
            answer = client.get(f"{address}?{given}")
            assert answer.status_code in (400, 404), (address, value)
            if answer.status_code == 400:
                refused.add(path)
                problem = answer.json()
                assert all(error.get("parameter") for error in problem["errors"]), (address, value)
    assert len(refused) > 50


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_a_form_of_the_admin_pages_refuses_a_value(model: Any, demo: Any, pmo: User) -> None:
    User.objects.filter(pk=pmo.pk).update(is_staff=True)
    client = Client()
    client.force_login(pmo)
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.order_by("pk").first()
    page = reverse(f"admin:{name}_change", args=[row.pk]) if row else reverse(f"admin:{name}_add")
    form = client.get(page)
    if form.status_code != 200 or "adminform" not in form.context:
        assert form.status_code in (200, 403)
        return  # nobody fills it in
    fields = [each.html_name for each in form.context["adminform"].form]
    sent = {key: value for key, value in entries(form).items() if value is not None}
    sent |= {key: "0" for key in sent if key.endswith(("-TOTAL_FORMS", "-INITIAL_FORMS"))}
    for value in ENTRIES:
        text = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        answer = client.post(page, sent | dict.fromkeys(fields, text))
        assert answer.status_code < 500, value
    for given in QUERIES[:8]:
        asked = f"?q={quote(given)}&o={quote(given)}"  # searched and ordered in one statement
        listed = client.get(reverse(f"admin:{name}_changelist") + asked)
        assert listed.status_code < 500, given
    for key in ("x", "9" * 30, "\x00", "1e5", "-1"):
        at = reverse(f"admin:{name}_changelist") + quote(key, safe="")
        assert client.get(f"{at}/change/").status_code < 500, key
