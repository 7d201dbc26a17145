"""What the registers declare is there: fields, filters and orders of the resources they show."""

from typing import Any

import pytest
from django.template.loader import get_template
from rest_framework import serializers

from benefits.registers import REGISTERS as OF_BENEFITS
from pmhub.api.routes import RESOURCES
from pmhub.registers import Register
from pmhub.registers.panels import panels
from pmhub.registers.people import REGISTERS as OF_PEOPLE
from pmhub.serializers.fields import Reason
from pmhub.urls import registers as _routes  # noqa: F401  # they name the panels
from pmhub.views.registers.cells import columns_of
from pmhub.views.registers.new_record import has_creation_form
from programmes.registers import REGISTERS as OF_PROGRAMMES
from projects.registers import REGISTERS as OF_PROJECTS

DECLARED = (*OF_PROGRAMMES, *OF_PROJECTS, *OF_BENEFITS, *OF_PEOPLE)
OWN_PAGES = {
    "attachments", "comments", "follows", "saved-views", "favourites", "scenarios",
    "scenario-changes",
}  # fmt: skip
NUMBERS = ("DecimalField", "IntegerField", "PositiveIntegerField")


@pytest.fixture(params=DECLARED, ids=lambda register: register.name)
def register(request: pytest.FixtureRequest) -> Register:
    """Each register in turn."""
    declared: Register = request.param
    return declared


@pytest.fixture
def fields(register: Register) -> dict[str, Any]:
    """The fields of its serializer, by name."""
    return dict(register.serializer().fields)


def in_sections(register: Register) -> list[str]:
    """The fields of all sections, in their order."""
    return [name for section in register.sections for name in section.names]


def filters_of(register: Register) -> set[str]:
    """The names of the filters of its resource."""
    resource: Any = RESOURCES[register.name]
    return set(resource.filterset_class.base_filters)


def test_every_resource_without_pages_of_its_own_has_a_register() -> None:
    assert {register.name for register in DECLARED} == RESOURCES.keys() - OWN_PAGES


def test_no_two_registers_show_the_same_records() -> None:
    assert len({register.name for register in DECLARED}) == len(DECLARED)
    assert len({register.model for register in DECLARED}) == len(DECLARED)


def test_it_shows_the_records_of_its_resource(register: Register) -> None:
    assert register.serializer is RESOURCES[register.name].serializer_class


def test_what_it_names_is_a_field(register: Register, fields: dict[str, Any]) -> None:
    readable = {name for name, field in fields.items() if not field.write_only}
    told = [name for names in register.instead.values() for name in names]
    shown = [*register.columns, *in_sections(register), *register.groups, *register.sums, *told]
    assert set(shown) <= readable
    assert {*register.labels, *register.parents, *register.instead} <= fields.keys()


def test_a_name_is_said_once(register: Register) -> None:
    said = (
        register.columns, in_sections(register), register.filters, register.groups, register.sums,
        register.parents,
    )  # fmt: skip
    for names in said:
        assert len(set(names)) == len(names), names


def test_its_filters_are_filters_of_the_resource(register: Register) -> None:
    assert {*register.filters} <= filters_of(register)


def test_one_can_order_by_its_first_order(register: Register) -> None:
    names = {name.removeprefix("-") for name in register.order.split(",") if name}
    assert names <= {*RESOURCES[register.name].ordering_fields}


def test_a_form_asks_for_every_field_that_can_be_written(
    register: Register, fields: dict[str, Any]
) -> None:
    apart = serializers.JSONField | serializers.ListSerializer | Reason  # a panel asks for these
    written = {
        name
        for name, field in fields.items()
        if not field.read_only and not isinstance(field, apart)
    }
    assert written <= set(in_sections(register))


def test_it_groups_by_what_the_table_holds(register: Register) -> None:
    """The database counts the rows of each group."""
    stored = {field.name for field in register.model._meta.concrete_fields}
    assert {*register.groups} <= stored


def test_it_sums_numbers_of_the_table_that_it_shows(register: Register) -> None:
    kinds = {
        field.name: field.get_internal_type() for field in register.model._meta.concrete_fields
    }
    assert all(kinds.get(name) in NUMBERS for name in register.sums)
    assert {*register.sums} <= {*register.columns}


def test_it_adds_money_up_or_says_why_not(register: Register) -> None:
    columns = columns_of(register)
    money = {name for name, column in columns.items() if column.look == "money"}
    assert money <= {*register.sums, *register.unsummed}
    assert register.unsummed.keys() <= columns.keys()


def test_its_parents_are_records_that_have_a_register(register: Register) -> None:
    shown = {each.model for each in DECLARED}
    above = {register.model._meta.get_field(name).related_model for name in register.parents}
    assert above <= shown


def test_the_list_of_what_belongs_to_a_parent_is_a_filter(register: Register) -> None:
    assert {*register.parents} <= filters_of(register)


def test_every_panel_is_there_and_one_is_where_it_is_named(register: Register) -> None:
    named = (*register.panels, *register.list_panels)
    assert panels.keys() >= {*named}
    assert len({*named}) == len(named)
    for name in named:
        get_template(panels[name].template)


def test_a_new_one_is_offered_where_rest_makes_one(register: Register) -> None:
    view = RESOURCES[register.name]
    makes = "post" in view.http_method_names and hasattr(view.create, "has_effect")
    assert makes or not has_creation_form(register)
