"""Lines and figures in 16 tables each, by a hash of their programme.

What names its programme reads one of them, vacuum and backup take them one by one, and a sharded
PostgreSQL can spread them: the programme is in every unique key. To Django the tables stay as they
were, with an `id` of their own that comes from one sequence; its key in the database is
(id, programme_id), for PostgreSQL wants the column that parts a table in each of its unique keys.
"""

from django.db import migrations

PARTS = 16
TABLES = ["programmes_ledgerline", "programmes_metricvalue"]

# What `CREATE TABLE … (LIKE …)` leaves out, as PostgreSQL itself writes it.
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename = %s AND schemaname = current_schema()"
REFERENCES = """
SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %s, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'
"""


def partition(apps, schema_editor):
    """Move the rows into parted tables."""
    for table in TABLES:
        parts = [
            f"CREATE TABLE {table}_{part:02} PARTITION OF {table}"
            f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            for part in range(PARTS)
        ]
        rebuild(schema_editor, table, "PARTITION BY HASH (programme_id)", parts, "id, programme_id")


def gather(apps, schema_editor):
    """Move the rows back into tables of one piece."""
    for table in TABLES:
        rebuild(schema_editor, table, "", [], "id")


def rebuild(schema_editor, table, kind, parts, key):
    """Make a table anew with its rows, ids, indexes and references: a copy, for PostgreSQL cannot
    part a table that is there. Nobody reads or writes it meanwhile."""
    before = f"{table}_before"
    with schema_editor.connection.cursor() as cursor:
        # The usual bounds are meant for requests; this takes minutes where there are millions.
        cursor.execute(
            "SELECT set_config(name, '0', true) FROM pg_settings"
            " WHERE name IN ('statement_timeout', 'transaction_timeout')"
        )
        cursor.execute(f"{INDEXES} AND indexname <> %s", [table, f"{table}_pkey"])
        rest = [sql for (sql,) in cursor.fetchall()]
        cursor.execute(REFERENCES, [table, table])
        rest += [sql for (sql,) in cursor.fetchall()]
        for sql in [
            f"ALTER TABLE {table} RENAME TO {before}",
            f"CREATE TABLE {table} (LIKE {before}"
            f" INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING IDENTITY) {kind}",
            *parts,
            f"INSERT INTO {table} SELECT * FROM {before}",  # noqa: S608  # our own names
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
            f" nextval(pg_get_serial_sequence('{before}', 'id')))",
            f"DROP TABLE {before}",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})",
        ]:
            cursor.execute(sql)
        for sql in rest:
            cursor.execute(sql.replace(" ON ONLY ", " ON "))


class Migration(migrations.Migration):
    dependencies = [("programmes", "0004_history")]

    operations = [migrations.RunPython(partition, gather, elidable=False)]
