"""The SQL behind prepared statements, for tests that look at SQL."""

import re

from pmhub.database import statements

EXECUTED = re.compile(r"EXECUTE \w+")


def text_behind(sql: str) -> str:
    """Return the SQL that was prepared under the name that is executed; other SQL as it is."""
    called = EXECUTED.match(sql)
    named = {made.partition("(")[0]: each.sql for made, each in statements._prepared.items()}
    return named.get(called[0], sql) if called else sql
