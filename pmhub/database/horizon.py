"""The moment before which all changes are committed: nothing older can still come.

A row is stamped by the clock when it is written (`updated_at`, and the moment of an event), and is
seen when its transaction is committed, which may be much later. Whoever reads on from the last
moment they saw would miss it. They read up to the horizon instead: the begin of the oldest
transaction that has written, or of a statement that may be about to write.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

# Seconds. A statement takes its timestamp before other sessions can see that it runs.
MARGIN = 1.0

# A role that may not read all statistics sees only the locks of other roles' sessions: that they
# write, but not since when. Nothing is announced before these have ended.
HORIZON = """
SELECT CASE WHEN EXISTS (
    SELECT FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
    AND a.usesysid IS NOT NULL AND a.state IS NULL
    AND l.locktype IN ('relation', 'transactionid')
    AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock')
) THEN 'epoch'::timestamptz ELSE (
    SELECT least(clock_timestamp() - make_interval(secs => %s), min(
        CASE WHEN backend_xid IS NOT NULL THEN xact_start
        WHEN state = 'active' THEN query_start END
    )) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
) END
"""


def horizon() -> datetime:
    """Return the moment before which every change is committed: a later statement of the primary
    reads all rows that were stamped before it."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON, [MARGIN])
        moment: datetime = cursor.fetchone()[0]
        return moment
