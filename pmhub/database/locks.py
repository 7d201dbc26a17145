"""The advisory locks of the database: their numbers in one place, so that no two are the same."""

from enum import IntEnum, unique

from django.db import connection


@unique
class Lock(IntEnum):
    """What an advisory lock is on. A lock of two numbers has one of these as its first, and the id
    of a row as its second."""

    DEPENDENCIES = 7_230_001  # the whole graph of driving dependencies
    STANDALONE = 7_230_002  # a project that stands alone, by its id
    BENEFITS_MAPS = 7_230_003  # all benefits maps
    RANGES = 7_230_004  # a programme that is being simulated, by its id
    JOBS = 7_230_005  # which job runs next
    JOBS_OF_USER = 7_230_006  # how many jobs a user may still ask for, by their id
    CODES = 7_230_008  # a code that somebody enters, by the hash of what it is a code of
    RETRIES = 7_230_007  # a request that lost in a deadlock and is at work again
    SIMULATION = 7_230_009  # a simulation of a worker, by the worker's number
    ORGANISATION_UNITS = 7_230_010  # all trees of organisation units
    WEBHOOKS = 7_230_011  # finding what there is to tell webhooks
    ROLE_GIVERS = 7_230_012  # who gives roles on the organisation


def wait_for(lock: Lock) -> None:
    """Wait until nobody else holds this lock of one number, and hold it until the transaction
    ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
