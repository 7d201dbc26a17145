"""Time zones that may be chosen: those that both Python and the database know, except any that
differ between machines."""

from functools import cache
from zoneinfo import available_timezones

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import connection

from pmhub.database.triggers import refusal

# Names of no zone or of the machine's own, which mean another zone on each machine.
NO_PLACES = {"localtime", "posixrules", "Factory"}
REFUSED = "Enter a time zone such as Europe/London."


def known_time_zone(name: str) -> None:
    """Raise ValidationError unless Python and the database both know the IANA time zone."""
    if name not in time_zones():
        raise ValidationError(REFUSED)


def zone_known(usual: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses a time zone that the database does not know, or that means
    another zone on each machine. The lookup takes a twentieth of a second, and is skipped for the
    value `usual`."""
    nowhere = ", ".join(f"'{name}'" for name in sorted(NO_PLACES))
    zones = (
        "SELECT FROM pg_timezone_names z WHERE z.name = NEW.time_zone"
        f" AND z.name !~ '^(posix|right)/' AND z.name NOT IN ({nowhere})"  # our own names
    )
    return pgtrigger.Trigger(
        name="zone_known",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("time_zone"),
        condition=pgtrigger.Condition(f"NEW.time_zone <> '{usual}'"),
        func=f"IF NOT EXISTS ({zones}) THEN {refusal('zone_known', 'time_zone', REFUSED)} END IF;"
        " RETURN NEW;",
    )


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the time zones that may be chosen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        of_database = {name for (name,) in cursor.fetchall()}
    return frozenset((available_timezones() & of_database) - NO_PLACES)
