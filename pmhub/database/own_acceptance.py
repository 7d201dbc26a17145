"""The trigger for records that a person can accept or decline only for themself, whoever writes."""

from collections.abc import Iterable

import pgtrigger

from pmhub.database.history import CONTEXT
from pmhub.database.triggers import listed, refusal

OWN = "Each person accepts or declines for themself alone."


def own_word(
    constraint: str,
    states: Iterable[str],
    *,
    owner: str = "owner",
    who: str = "",
    name: str = "answered_by_owner",
) -> pgtrigger.Trigger:
    """Return the trigger that refuses to bring a row into one of these states unless the user is
    the person in its field `owner` (or the one that the SQL `who` finds). Plain SQL has no user,
    and is not refused."""
    user = f"({CONTEXT} ->> 'user')::bigint"
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(
            f"NEW.state IN ({listed(states)}) AND OLD.state <> NEW.state"
        ),
        func=f"IF {user} IS NOT NULL AND NOT EXISTS (SELECT FROM pmhub_person"
        f" WHERE id = {who or f'NEW.{owner}_id'} AND user_id = {user}) THEN"
        f" {refusal(constraint, owner, OWN)} END IF; RETURN NEW;",
    )
