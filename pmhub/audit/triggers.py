"""Acts that are visible in a row, whoever writes it: page, REST, admin, command or plain SQL.

A trigger writes them into the register in the transaction of the change. The register itself fills
in who did it, on which path and why (`register_sql.py`). People and accounts are named by their ids
only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pgtrigger

TABLE = "pmhub_auditentry"
# SQL for a digest that stands for a session, whose key would let others in.
SESSION = "left(encode(sha256(convert_to('pmhub.session ' || {}, 'UTF8')), 'hex'), 24)"


def noted(
    name: str,
    operation: Any,
    act: str,
    kind: str,
    id: str,
    details: str,
    *,
    when: str = "",
    actor: str = "NULL",
) -> pgtrigger.Trigger:
    """Return a trigger that writes an act for each row; `id`, `details`, `when` and `actor` are SQL
    about NEW and OLD. If an `actor` is given, it takes precedence over the user of the request."""
    return pgtrigger.Trigger(
        name=f"audit_{name}",
        operation=operation,
        when=pgtrigger.After,
        condition=pgtrigger.Condition(when) if when else None,
        func=f"{_insert(act, kind, id, details, actor)}; RETURN NULL;",
    )


def _insert(act: str, kind: str, id: str, details: str, actor: str, source: str = "") -> str:
    return (
        f"INSERT INTO {TABLE} (act, object_type, object_id, details, actor)"  # our own names
        f" SELECT '{act}', '{kind}', ({id})::text, {details}, {actor}{source}"
    )


def json_object(columns: Mapping[str, str], row: str = "NEW") -> str:
    """Return SQL for a JSON object with columns of a row, by these names."""
    pairs = (f"'{name}', {row}.\"{column}\"" for name, column in columns.items())
    return f"jsonb_build_object({', '.join(pairs)})"


def _new_values(columns: Mapping[str, str]) -> str:
    """Return SQL for a JSON object with [null, new value] for each column."""
    pairs = (f"'{name}', jsonb_build_array(NULL, NEW.\"{at}\")" for name, at in columns.items())
    return f"jsonb_build_object({', '.join(pairs)})"


def differing(columns: Iterable[str]) -> str:
    """Return SQL for the condition that one of the columns changes."""
    return " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in columns)


def changes(columns: Mapping[str, str]) -> str:
    """Return SQL for a JSON object with [before, after] for each column that changes."""
    pairs = ", ".join(
        f'(\'{name}\', to_jsonb(OLD."{column}"), to_jsonb(NEW."{column}"))'
        for name, column in columns.items()
    )
    return (
        "(SELECT jsonb_object_agg(c.name, jsonb_build_array(c.before, c.after))"  # noqa: S608  # ours
        f" FROM (VALUES {pairs}) AS c(name, before, after)"
        " WHERE c.before IS DISTINCT FROM c.after)"
    )


def changed(
    name: str, act: str, kind: str, columns: Mapping[str, str], *, id: str = "NEW.id"
) -> pgtrigger.Trigger:
    """Return a trigger that writes an act when these columns change, with the changes by name."""
    fields = list(columns.values())
    return noted(
        name, pgtrigger.UpdateOf(*fields), act, kind, id, changes(columns), when=differing(fields)
    )


def of_record(model: Any) -> list[pgtrigger.Trigger]:
    """Return the audit triggers on the table of a record: for its states, archiving, posts and
    rules."""
    kind, columns = model._meta.model_name, _columns(model)
    triggers = []
    if states := {table.field: columns[table.field] for table in model.lifecycles}:
        triggers.append(changed("moved", "moved", kind, states))
    if "archived_at" in columns:
        archived = {"archived_at": columns["archived_at"]}
        triggers.append(changed("archived", "archived", kind, archived))
    if posts := {name: columns[name] for name in model.posts.values() if name in columns}:
        given = " OR ".join(f'NEW."{post}" IS NOT NULL' for post in posts.values())
        made = noted(
            "posts_made",
            pgtrigger.Insert,
            "appointed",
            kind,
            "NEW.id",
            _new_values(posts),
            when=given,
        )
        triggers += [changed("posts", "appointed", kind, posts), made]
    limits = {name for name, setter in model.set_by.items() if setter.right == "limit"}
    if rules := {name: columns[name] for name in sorted({*model.rules, *limits})}:
        triggers.append(changed("rules", "rules_changed", kind, rules))
    return triggers


def _columns(model: Any) -> dict[str, str]:
    return {field.name: field.column for field in model._meta.concrete_fields}


def of_list(field: Any) -> list[pgtrigger.Trigger]:
    """Return the audit triggers on the table of a list (a many-to-many field) if it is a post."""
    model = field.model
    if field.name not in model.posts.values():
        return []
    owner, person = field.m2m_column_name(), field.m2m_reverse_name()
    kind, column = model._meta.model_name, f'"{owner}"'
    return [
        noted(
            name, operation, "appointed", kind, f"{row}.{column}",
            f"jsonb_build_object('{field.name}', jsonb_build_array({before}, {after}))",
        )
        for name, operation, row, before, after in (
            ("comes", pgtrigger.Insert, "NEW", "NULL", f'NEW."{person}"'),
            ("goes", pgtrigger.Delete, "OLD", f'OLD."{person}"', "NULL"),
        )
    ]  # fmt: skip


def row_triggers(
    kind: str, id: str, columns: Mapping[str, str], acts: Any
) -> list[pgtrigger.Trigger]:
    """Return the triggers of a table whose every row is of interest: for its creation, change and
    deletion. `acts` are the names of these three; `id` is the column that names the row."""
    made, edited, gone = acts
    triggers = [
        noted("made", pgtrigger.Insert, made, kind, f'NEW."{id}"', json_object(columns)),
        noted("gone", pgtrigger.Delete, gone, kind, f'OLD."{id}"', json_object(columns, "OLD")),
    ]
    if edited:
        triggers.append(changed("edited", edited, kind, columns, id=f'NEW."{id}"'))
    return triggers


# Triggers on tables of no record

NOTHING = "'{}'::jsonb"

ROLE = row_triggers(
    "roleassignment",
    "id",
    {
        "role": "role", "person": "person_id", "portfolio": "portfolio_id",
        "programme": "programme_id", "project": "project_id", "starts_on": "starts_on",
        "ends_on": "ends_on",
    },
    ("role_given", "role_changed", "role_taken"),
)  # fmt: skip
TIES = [
    changed("tied", "account_tied", "person", {"user": "user_id"}),
    noted(
        "tied_made", pgtrigger.Insert, "account_tied", "person", "NEW.id",
        json_object({"user": "user_id"}), when="NEW.user_id IS NOT NULL",
    ),
]  # fmt: skip
TOKEN = row_triggers(
    "token",
    "token_key",
    {"user": "user_id", "scopes": "scopes", "ends": "expiry"},
    ("token_made", "", "token_ended"),
)
SIGN_IN_RULE = row_triggers(
    "signinrule",
    "id",
    {"role": "role", "second_factor": "second_factor"},
    ("rules_changed", "rules_changed", "rules_changed"),
)
FACTOR = row_triggers("user", "user_id", {"type": "type"}, ("factor_added", "", "factor_removed"))
MAY = ("is_active", "is_staff", "is_superuser", "is_service")
ACCOUNT = [
    *row_triggers("user", "id", {}, ("account_made", "", "account_ended")),
    changed("edited", "account_changed", "user", {name: name for name in MAY}),
    noted(
        "password", pgtrigger.UpdateOf("password"), "password_changed", "user", "NEW.id", NOTHING,
        when=differing(["password"]),
    ),
    noted(
        "email", pgtrigger.UpdateOf("email"), "address_changed", "user", "NEW.id", NOTHING,
        when=differing(["email"]),
    ),
]  # fmt: skip
_WHOSE = json_object({"user": "user_id"})
_KEY = SESSION.format("NEW.session_key")
SESSIONS = [
    noted(
        "made", pgtrigger.Insert, "session_begun", "session", _KEY, _WHOSE,
        actor="NEW.user_id", when="NEW.user_id IS NOT NULL",
    ),
    noted(
        "begun", pgtrigger.UpdateOf("user_id"), "session_begun", "session", _KEY, _WHOSE,
        actor="NEW.user_id",
        when="NEW.user_id IS NOT NULL AND OLD.user_id IS DISTINCT FROM NEW.user_id",
    ),
    noted(
        "ended", pgtrigger.Delete, "session_ended", "session",
        SESSION.format("OLD.session_key"), json_object({"user": "user_id"}, "OLD"),
        when="OLD.user_id IS NOT NULL",
    ),
]  # fmt: skip
