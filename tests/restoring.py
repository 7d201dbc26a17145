"""Takes back what tests committed to this process's copy of a database.

To copy the database again takes half a second, and a new connection has to read and plan everything
again. So the write-ahead log of PostgreSQL is read for the tables that were written to, and these
get their first rows back. Where that is not possible, as after a change of a table itself, nothing
is taken back.
"""

from io import BytesIO
from typing import Any

import psycopg2
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from tests import serving

MOST = 64 * 2**20  # bytes of the log that are looked through; more is slower than a copy
OURS = "relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE {OURS} ORDER BY oid"  # noqa: S608  # ours
SEQUENCES = """
    SELECT format('%I.%I', schemaname, sequencename),
        coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences
"""
SO_FAR = "SELECT pg_backend_pid(), pg_current_wal_insert_lsn() - %s::pg_lsn"
# What is committed so is in the log's file, and all before it.
FLUSH = "SET synchronous_commit = on; SELECT pg_logical_emit_message(true, '', '')"
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = %s AND pid <> %s AND backend_type = 'client backend'
    AND NOT (pid = ANY (%s) AND state = 'idle')
"""
# Rows that were written, whether they stayed or not; neither locks on them nor what vacuum does.
WRITTEN = """
    SELECT array_agg(DISTINCT relfilenode::bigint)
    FROM pg_get_wal_block_info(%s, pg_current_wal_flush_lsn(), false)
    WHERE reldatabase = (SELECT oid FROM pg_database WHERE datname = %s) AND (
        resource_manager = 'Heap' AND record_type !~ '^(LOCK|INPLACE)'
        OR resource_manager = 'Heap2' AND record_type ~ '^MULTI_INSERT')
"""
NAMED = """
    SELECT oid::regclass::text, relnamespace::regnamespace::text, relname
    FROM unnest(%s) AS node LEFT JOIN pg_class ON oid = pg_filenode_relation(0, node::oid)
"""
STATISTICS = {"pg_statistic", "pg_statistic_ext_data"}  # which PostgreSQL gathers by itself


class Undoing:
    """The first content of a copy, and the way to restore it."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        """Keep all rows of a copy to which nobody has written."""
        self.connection = connection
        self.rows: dict[str, bytes] = {}
        self.begin = ""
        self.most = MOST
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            for (table,) in cursor.fetchall():
                held = BytesIO()
                cursor.cursor.copy_expert(f"COPY {table} TO STDOUT", held)
                self.rows[table] = held.getvalue()
            cursor.execute(SEQUENCES)
            self.sequences = set(cursor.fetchall())

    def note(self) -> None:
        """Note the position in the log at which a test begins."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            (self.begin,) = cursor.fetchone()

    def undo(self, server: Any) -> bool:
        """Take back what was written since then, and return whether that was possible; `server` is
        a cursor outside the copy."""
        if self.connection.in_atomic_block:
            return False
        try:
            tables = self.written(server)
            if tables is not None:
                self.restore(tables)
        except (Error, psycopg2.Error):  # such as of a log that is gone already
            return False
        return tables is not None

    def written(self, server: Any) -> set[str] | None:
        """Return the tables that were written to; None if not all of that can be taken back."""
        name = self.connection.settings_dict["NAME"]
        with self.connection.cursor() as cursor:
            cursor.execute(SO_FAR, [self.begin])
            ours, size = cursor.fetchone()
            if size > self.most:
                return None
            server.execute(END_OTHERS, [name, ours, [*serving.sessions.values()]])
            server.execute(FLUSH)
            server.execute(WRITTEN, [self.begin, name])
            (nodes,) = server.fetchone()
            cursor.execute(NAMED, [nodes or []])
            found = cursor.fetchall()
        plain = {table for table, _, kind in found if kind not in STATISTICS}
        within = {table for table, schema, _ in found if schema == "pg_toast"}
        return plain - within if plain - within <= self.rows.keys() else None

    def restore(self, tables: set[str]) -> None:
        """Restore the first rows of these tables, and the first numbers of all sequences."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "BEGIN; SET LOCAL session_replication_role = replica"
            )  # without triggers
            try:
                for table in sorted(tables):
                    cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # the catalog's name
                    held = BytesIO(self.rows[table])
                    cursor.cursor.copy_expert(f"COPY {table} FROM STDIN", held)
                cursor.execute(SEQUENCES)
                for sequence in self.sequences - set(cursor.fetchall()):
                    cursor.execute("SELECT setval(%s, %s, %s)", sequence)
            finally:
                cursor.execute("COMMIT")  # of what failed, nothing stays
