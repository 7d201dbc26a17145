"""Whatever is changed over REST, the laws of figures hold.

`WRITES_SEED=7 WRITES=2000 ./test -- tests/ledger/test_random_writes.py` does others, and more.
"""

import os
import time
from typing import Any

import pytest

from pmhub.models import User
from programmes.rollup import worker
from tests import factories
from tests.random_writes import control, money, work
from tests.random_writes.desk import Desk, estate
from tests.random_writes.laws import Laws

SEED, WRITES = int(os.environ.get("WRITES_SEED", "1")), int(os.environ.get("WRITES", "12"))
SECONDS = int(os.environ.get("WRITES_SECONDS", "0")) or (30 if WRITES < 100 else 1800)
SETTLED = 12  # accepted writes, after which the laws are checked
JUDGED = ("verification", "approval", "publication")  # by another than who wrote it


@pytest.mark.django_db
def test_random_writes_break_no_law(demo: Any, pmo: User, api: Any, client_of: Any) -> None:
    estate()
    other = factories.user("second.pmo")
    factories.role(other, "pmo")
    worker.drain()
    desk = Desk(SEED, money.WRITES + work.WRITES + control.WRITES)
    until = time.monotonic() + SECONDS
    laws, accepted = Laws(pmo, api(pmo), client_of(pmo), SEED), 0
    laws.check()
    while accepted < WRITES and time.monotonic() < until:
        write = desk.write()
        if write is None:
            continue
        answer = done(laws, desk, write, api(other))
        if answer.status_code >= 500:
            laws.broken.append(f"An error of the server: {write} {answer.content[:300]}")
        if answer.status_code < 300:
            accepted += 1
            if accepted % SETTLED == 0:
                laws.check()
    laws.check()
    assert laws.broken == []
    assert accepted


def done(laws: Laws, desk: Desk, write: Any, other: Any) -> Any:
    """Do a write; some are previewed before, and some taken back after."""
    method, path, body = write
    turn = desk.random.random()
    if turn < 0.15:
        return laws.foreseen(*write)
    if turn < 0.3:
        return laws.undone(*write)
    client = other if path.split("/")[-2] in JUDGED else laws.client
    return getattr(client, method)(path, *(() if body is None else (body,)))
