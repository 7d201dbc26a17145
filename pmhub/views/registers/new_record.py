"""The address at which a new record of a register is made, for users who may, where it can
succeed."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import UniqueConstraint
from rest_framework.serializers import ListSerializer

from pmhub.access import can
from pmhub.access.grants import for_writing, grants_of
from pmhub.page_addresses import address_of
from pmhub.registers import Register, parent_field


def new_address(register: Register, user: Any) -> str:
    """Return the address at which a user makes a record of a register, anywhere; empty for users
    who may not, and if its records are not made by hand."""
    may = for_writing(grants_of(user), register.model._meta.model_name).roles
    return address_of("new-record", register.name) if may and has_creation_form(register) else ""


def is_homeless(register: Register, user: Any) -> bool:
    """Return whether the user sees no record yet to which one of the register could belong."""
    model = register.model
    above = {model._meta.get_field(name).related_model for name in model.visible_through}
    return bool(above) and not any(
        other._default_manager.visible_to(user).exists() for other in above - {model}
    )


def new_address_below(register: Register, record: Any, user: Any, **more: Any) -> str:
    """Return the address at which a user makes a record of a register below another record, and
    below those in `more`, by relation. Empty for users who may not, if such records are not made by
    hand, and if the state of a record above permits no more of them."""
    relation = parent_field(register, type(record))
    if not relation or not has_creation_form(register):
        return ""
    parents = {relation: record, **more}
    made = placed_record(register, register.model(**parents), user)
    if made.settled or not can(user, "write", made) or _exists_already(made, relation):
        return ""
    query = urlencode({name: row.pk for name, row in parents.items()})
    return f"{address_of('new-record', register.name)}?{query}"


def _exists_already(made: Any, relation: str) -> bool:
    """Return whether the record that the relation names already has such a record, and may have
    only one."""
    alone = any(
        isinstance(rule, UniqueConstraint) and rule.fields == (relation,) and not rule.condition
        for rule in made._meta.constraints
    )
    held = {relation: getattr(made, relation)}
    return alone and type(made)._base_manager.filter(**held).exists()


def placed_record(register: Register, made: Any, user: Any) -> Any:
    """Return the new record; if it does not say yet where it belongs, with the parents that its
    form would fill in: a decision is made where the board decides that met, a state of the
    operating model in the programme of its tranche."""
    if any(getattr(made, f"{name}_id", None) for name in made.visible_through):
        return made
    there = copy(made)
    for name, value in register.serializer.begins(made, user).items():
        if name in made.visible_through:
            setattr(there, f"{name}_id", value)
    return there


@cache
def has_creation_form(register: Register) -> bool:
    """Return whether people make records of this kind one by one, in a form that has fields, one of
    which names the parent if there is one."""
    templates = register.serializer._templates()
    fields = [template for template in templates.values() if not template.read_only]
    parents = [templates[name] for name in register.parents if name in templates]
    placed = not parents or any(parent in fields for parent in parents)
    return (
        bool(fields) and placed and not any(isinstance(field, ListSerializer) for field in fields)
    )
