"""Custom fields: the column `custom` of a record holds an object of values by the names of the
fields that its portfolio has defined for such records. The triggers here refuse everything else,
whoever writes it.

A number or an amount is kept as text, so that it is not rounded; a day as `YYYY-MM-DD`, a person as
their id. The object has no key for a value that is not set. A value that a record holds already is
not checked again: it stays when its field is retired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pgtrigger

from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.triggers import refusal
from pmhub.text import LINE_ENDS, REFUSED, UNSEEABLE

COLUMN = "custom"
PREFIX = f"{COLUMN}."  # begins the name of a custom field among a record's other fields
FIELDS = "programmes_customfield"
LONGEST = 500  # characters of a text
NUMBER = r"-?[0-9]{1,14}(\.[0-9]{1,6})?"
AMOUNT = r"-?[0-9]{1,12}(\.[0-9]{1,2})?"
NO_OBJECT = "Give an object of names and values."
NO_FIELD = "There is no custom field % here."
RETIRED = "The custom field % is retired: it takes no new value."
UNFIT = "This is no value of the custom field %."


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record that may have custom fields: its table, and SQL for its portfolio, where {0}
    stands for the row."""

    table: str
    home: str


_OF_ONE = (
    f"coalesce({OF_PROJECT.format('{0}.project_id')}, {OF_PROGRAMME.format('{0}.programme_id')})"
)
ENTITIES: Mapping[str, Entity] = {
    "programme": Entity("programmes_programme", "{0}.portfolio_id"),
    "project": Entity(
        "projects_project",
        f"coalesce({{0}}.portfolio_id, {OF_PROGRAMME.format('{0}.programme_id')})",
    ),
    "milestone": Entity("projects_milestone", OF_PROJECT.format("{0}.project_id")),
    "risk": Entity("projects_risk", _OF_ONE),
    "issue": Entity("projects_issue", _OF_ONE),
    "benefit": Entity("benefits_benefit", OF_PROGRAMME.format("{0}.programme_id")),
}  # fmt: skip

# SQL for whether a value `v`, as text `t`, fits a field `f`, by the type of the field.
FITS: Mapping[str, str] = {
    "text": f"jsonb_typeof(v) = 'string' AND length(t) <= {LONGEST}"
    f" AND t !~ '[{REFUSED}{LINE_ENDS}]' AND t ~ '[^{UNSEEABLE}]'",
    "number": f"jsonb_typeof(v) = 'string' AND t ~ '^{NUMBER}$'",
    "money": f"jsonb_typeof(v) = 'string' AND t ~ '^{AMOUNT}$'",
    "date": "jsonb_typeof(v) = 'string' AND t ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
    " AND t BETWEEN '1900-01-01' AND '2200-12-31' AND pg_input_is_valid(t, 'date')",
    "choice": "jsonb_typeof(v) = 'string' AND t IN (SELECT btrim(c, E' \\t\\r')"
    " FROM regexp_split_to_table(f.choices, E'\\n') c)",
    "person": "jsonb_typeof(v) = 'number' AND t ~ '^[0-9]{1,18}$'"
    " AND EXISTS (SELECT FROM pmhub_person p WHERE p.id = t::bigint)",
    "bool": "jsonb_typeof(v) = 'boolean'",
}


def fits(entity: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses, in a record of this kind, a value of a custom field that its
    portfolio has not defined, that is retired, or whose type the value does not fit."""
    home = ENTITIES[entity].home.format("NEW")
    field = f"f.portfolio_id = home AND f.entity = '{entity}'"
    cases = " ".join(f"WHEN '{kind}' THEN {condition}" for kind, condition in FITS.items())
    # Locks the field, so that a concurrent change of it waits and then sees the value written here.
    func = f"""
        IF TG_OP = 'UPDATE' AND NEW.custom = OLD.custom THEN RETURN NEW; END IF;
        IF jsonb_typeof(NEW.custom) <> 'object' THEN
            {refusal("custom_object", COLUMN, NO_OBJECT)} END IF;
        IF NEW.custom = '{{}}' THEN RETURN NEW; END IF;
        NEW.custom := normalize(NEW.custom::text, NFC)::jsonb;
        home := {home};
        PERFORM FROM {FIELDS} f WHERE {field} AND jsonb_exists(NEW.custom, f.name)
            ORDER BY f.id FOR SHARE;
        SELECT g.name, f.state INTO wrong, held
            FROM (SELECT key, value, value #>> '{{}}' FROM jsonb_each(NEW.custom)) g (name, v, t)
            LEFT JOIN {FIELDS} f ON {field} AND f.name = g.name
            WHERE (TG_OP = 'INSERT' OR g.v IS DISTINCT FROM OLD.custom -> g.name)
            AND (f.id IS NULL OR f.state <> 'in_use'
                OR NOT coalesce(CASE f.type {cases} END, false))
            ORDER BY g.name LIMIT 1;
        IF NOT FOUND THEN RETURN NEW; END IF;
        IF held IS NULL THEN {refusal("custom_field", COLUMN, NO_FIELD, "wrong")} END IF;
        IF held <> 'in_use' THEN {refusal("custom_retired", COLUMN, RETIRED, "wrong")} END IF;
        {refusal("custom_value", COLUMN, UNFIT, "wrong")}
    """  # noqa: S608  # our own names
    return pgtrigger.Trigger(
        name="custom_fits",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(COLUMN),
        declare=[("home", "bigint"), ("wrong", "text"), ("held", "text")],
        func=" ".join(func.split()),
    )


USED = "This field has values: its name and its type stay."
HOLDS = "This field has values: retire it instead."
CHOSEN = "A choice that a record has stays: %."


def settled() -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse to rename a field that has values, to change its type, to
    remove a choice that a record has, and to delete the field."""
    return [
        pgtrigger.Trigger(
            name="custom_settled",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("name", "type", "choices"),
            declare=[("gone", "text")],
            func=f"IF (OLD.name, OLD.type) IS DISTINCT FROM (NEW.name, NEW.type) AND {_used()}"
            f" THEN {refusal('custom_used', 'type', USED)} END IF;"
            " IF OLD.type = 'choice' AND OLD.choices <> NEW.choices THEN"
            f" {_lost_choice()} IF gone IS NOT NULL THEN"
            f" {refusal('custom_chosen', 'choices', CHOSEN, 'gone')} END IF; END IF; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="kept_custom",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"IF {_used()} THEN {refusal('custom_held', '', HOLDS)} END IF; RETURN OLD;",
        ),
    ]


def _used() -> str:
    """Return SQL for whether a record has a value of the field OLD."""
    cases = " ".join(
        f"WHEN '{name}' THEN EXISTS (SELECT FROM {entity.table} r"  # our own names
        f" WHERE jsonb_exists(r.custom, OLD.name) AND {entity.home.format('r')} = OLD.portfolio_id)"
        for name, entity in ENTITIES.items()
    )
    return f"(CASE OLD.entity {cases} END)"


def _lost_choice() -> str:
    """Return SQL that finds a choice that a record has, and that NEW, the changed field, no longer
    offers."""
    left = (
        "r.custom ->> OLD.name NOT IN (SELECT btrim(c, E' \\t\\r')"
        " FROM regexp_split_to_table(NEW.choices, E'\\n') c)"
    )
    selects = " ".join(
        f"{'IF' if place == 0 else 'ELSIF'} OLD.entity = '{name}' THEN"  # noqa: S608  # our own names
        f" SELECT min(r.custom ->> OLD.name) INTO gone FROM {entity.table} r"  # our own names
        f" WHERE {left} AND {entity.home.format('r')} = OLD.portfolio_id;"
        for place, (name, entity) in enumerate(ENTITIES.items())
    )
    return f"{selects} END IF;"


NAMES = "A record names this person in a custom field."


def custom_person_in_use() -> pgtrigger.Trigger:
    """Return the trigger that refuses to delete a person whom a record names in a custom field,
    where no foreign key guards the name."""
    named = " ".join(
        f"WHEN '{name}' THEN EXISTS (SELECT FROM {entity.table} r"  # our own names
        " WHERE r.custom -> f.name = to_jsonb(OLD.id))"
        for name, entity in ENTITIES.items()
    )
    of_people = f"{FIELDS} f WHERE f.type = 'person'"
    query = f"SELECT FROM {of_people} AND CASE f.entity {named} END"  # our own names
    return pgtrigger.Trigger(
        name="kept_custom",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=f"IF EXISTS ({query}) THEN {refusal('custom_named', '', NAMES)} END IF; RETURN OLD;",
    )
