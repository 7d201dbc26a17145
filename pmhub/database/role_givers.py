"""Somebody can always give roles on the whole organisation: triggers refuse to remove the last one.

Roles on the organisation are given by who holds the role PMO there and can sign in, and by
superusers. At the end of a transaction a change is refused if it leaves today, or the day after
such a role ends, without anybody where there was somebody before. So the role can be handed over in
one transaction, or for a day to come. Only known users are refused: who works in plain SQL or at
the console of the machine is not known, and may do it.
"""

from __future__ import annotations

import pgtrigger

from pmhub.database.locks import Lock
from pmhub.database.triggers import refusal

STAYS = "somebody_gives_roles"  # the name of the triggers
NOBODY_GIVES = "nobody_gives_roles"  # the name under which they refuse
NOBODY_LEFT = (
    "Nobody could give roles on the organisation any more: first make somebody else its PMO who can"
    " sign in."
)
OF_PMO = (
    "{row}.role = 'pmo' AND {row}.portfolio_id IS NULL AND {row}.programme_id IS NULL"
    " AND {row}.project_id IS NULL"
)
ON_DAY = (
    "({row}.starts_on IS NULL OR {row}.starts_on <= d.on)"
    " AND ({row}.ends_on IS NULL OR {row}.ends_on >= d.on)"
)
SIGNS_IN = "{row}.is_active AND NOT {row}.is_service"
# SQL for the PMO roles on the organisation, each with its account.
HELD = (
    "SELECT FROM pmhub_roleassignment r JOIN pmhub_person p ON p.id = r.person_id"
    f" JOIN pmhub_user u ON u.id = p.user_id WHERE {OF_PMO.format(row='r')}"
    f" AND {SIGNS_IN.format(row='u')} AND {ON_DAY.format(row='r')}"
)
SUPERUSERS = f"SELECT FROM pmhub_user u WHERE u.is_superuser AND {SIGNS_IN.format(row='u')}"
DAYS = (
    "SELECT current_date AS on UNION SELECT r.ends_on + 1 FROM pmhub_roleassignment r"  # noqa: S608  # our own names
    f" WHERE {OF_PMO.format(row='r')} AND r.ends_on >= current_date"
)
# SQL for whether the writer is known, without a subquery, which conditions of triggers do not
# allow.
KNOWN = (
    "NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'user' IS NOT NULL"
)
# Of two transactions that each end the other's role, one waits and then sees what the other did.
LOCK = f"PERFORM pg_advisory_xact_lock({Lock.ROLE_GIVERS:d});"


def _stays(
    operation: pgtrigger.Operation, condition: str, gave: str, field: str
) -> pgtrigger.Trigger:
    """Return the trigger that refuses an operation on rows that fulfil `condition`, if it leaves a
    day `d.on` on which nobody can give roles. `gave` is SQL for whether the old row let somebody
    give roles on that day."""
    days = (
        f"SELECT FROM ({DAYS}) d WHERE ({gave})"  # as above
        f" AND NOT EXISTS ({HELD}) AND NOT EXISTS ({SUPERUSERS})"
    )
    return pgtrigger.Trigger(
        name=STAYS,
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition(f"(({condition}) AND {KNOWN})"),
        func=f"{LOCK} IF EXISTS ({days}) THEN"
        f" {refusal(NOBODY_GIVES, field, NOBODY_LEFT)} END IF; RETURN NULL;",
    )


def role_stays() -> pgtrigger.Trigger:
    """Return the trigger that refuses to delete, end or change the last such role."""
    able = (
        "EXISTS (SELECT FROM pmhub_person p JOIN pmhub_user u ON u.id = p.user_id"
        f" WHERE p.id = OLD.person_id AND {SIGNS_IN.format(row='u')})"
    )
    return _stays(
        pgtrigger.Delete | pgtrigger.Update,
        OF_PMO.format(row="OLD"),
        f"{ON_DAY.format(row='OLD')} AND {able}",
        "role",
    )


def tie_stays() -> pgtrigger.Trigger:
    """Return the trigger that refuses to separate the person who holds the last such role from
    their account."""
    held = (
        "EXISTS (SELECT FROM pmhub_roleassignment r WHERE r.person_id = OLD.id"
        f" AND {OF_PMO.format(row='r')} AND {ON_DAY.format(row='r')})"
    )
    able = "NOT EXISTS (SELECT FROM pmhub_user u WHERE u.id = OLD.user_id AND NOT u.is_active)"
    return _stays(
        pgtrigger.UpdateOf("user_id"), "OLD.user_id IS NOT NULL", f"{held} AND {able}", "user"
    )


def account_stays() -> pgtrigger.Trigger:
    """Return the trigger that refuses to delete or lock the account of the last person who can give
    roles, to make it a service account, and to end its rank of superuser if that alone lets it give
    roles."""
    held = (
        "EXISTS (SELECT FROM pmhub_roleassignment r JOIN pmhub_person p ON p.id = r.person_id"
        f" WHERE p.user_id = OLD.id AND {OF_PMO.format(row='r')} AND {ON_DAY.format(row='r')})"
    )
    return _stays(
        pgtrigger.Delete | pgtrigger.UpdateOf("is_active", "is_service", "is_superuser"),
        SIGNS_IN.format(row="OLD"),
        f"OLD.is_superuser OR {held}",
        "is_active",
    )
