"""The advisory locks of the database: their numbers in one place, so that no two are the same."""

from enum import IntEnum, unique

from django.db import connection


@unique
class Lock(IntEnum):
    """What an advisory lock is on. A lock of two numbers has one of these as its first, and the id
    of a row as its second."""

    DEPENDENCIES = 7_230_001  # the whole graph of driving dependencies
    STANDALONE = 7_230_002  # a standalone project, by its id
    BENEFITS_MAPS = 7_230_003  # all benefits maps
    RANGES = 7_230_004  # a programme whose ranges are simulated, by its id
    JOBS = 7_230_005  # choosing the next job
    JOBS_OF_USER = 7_230_006  # counting the jobs of a user, by the user's id
    CODES = 7_230_008  # entering a code, by a hash of what the code is for
    RETRIES = 7_230_007  # repeating a request that lost in a deadlock
    SIMULATION = 7_230_009  # a worker's simulation, by the worker's number
    ORGANISATION_UNITS = 7_230_010  # all trees of organisation units
    WEBHOOKS = 7_230_011  # finding what to send to webhooks
    ROLE_GIVERS = 7_230_012  # changing who gives roles on the organisation


def wait_for(lock: Lock) -> None:
    """Wait until nobody else holds this lock of one number, and hold it until the transaction
    ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
