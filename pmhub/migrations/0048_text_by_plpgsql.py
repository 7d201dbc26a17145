from importlib import import_module

from django.db import migrations

first = import_module("pmhub.migrations.0006_collation")
second = import_module("pmhub.migrations.0026_order_of_codes")

# Functions of SQL were taken apart and planned anew by every statement that orders by one or writes
# a row whose index has one. Of PL/pgSQL a session plans them once. The values are those of before,
# so that indexes stay as they are. A restored backup makes its indexes with an empty search path:
# what is called is named with its schema.
SCHEMAS = {
    "pmhub_plain(value)": "public.pmhub_plain(value)",
    "pmhub_fold(value)": "public.pmhub_fold(value)",
    "unaccent('unaccent'": "public.unaccent('public.unaccent'::regdictionary",
}


def in_plpgsql(sql: str) -> str:
    """Return the SQL of a function with its value returned by PL/pgSQL."""
    head, value = sql.strip().removesuffix(";").split("RETURN\n", 1)
    for name, full in SCHEMAS.items():
        value = value.replace(name, full)
    head = head.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    head = head.replace("LANGUAGE sql", "LANGUAGE plpgsql")
    return f"{head} AS $pmhub$ BEGIN RETURN\n{value}; END $pmhub$;\n"


FUNCTIONS = first.FUNCTIONS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
BEFORE = FUNCTIONS[: FUNCTIONS.index("-- Signs")] + second.ORDER
ONE_BY_ONE = [f"CREATE OR REPLACE{one}" for one in BEFORE.split("CREATE OR REPLACE")[1:]]


class Migration(migrations.Migration):
    """How text is compared, planned once a session: see pmhub/database/collation.py."""

    dependencies = [("pmhub", "0047_short_conditions")]

    operations = [migrations.RunSQL("".join(map(in_plpgsql, ONE_BY_ONE)), BEFORE)]
