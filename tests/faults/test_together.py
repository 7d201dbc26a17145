"""Web processes and a worker, which is beat too, as `./run` has them: copies of one process, which
replaces what ends."""

import itertools
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pmhub.embedded.guardian import is_gone
from programmes.models import Programme, ProgrammeRollup
from tests.faults import storms
from tests.faults.office import BOUND, Office
from tests.faults.rig import rig

pytestmark = pytest.mark.slow

SEED = 20261130


@pytest.fixture(scope="module")
def office(tmp_path_factory, django_db_blocker) -> Iterator[Office]:
    """An office whose parts are together."""
    with django_db_blocker.unblock(), rig(tmp_path_factory.mktemp("rig") / "data") as made:
        office = Office(made, SEED)
        made.start("product")
        storms.until_silence()
        yield office


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_worker_that_is_killed_is_replaced_beat_with_it_and_figures_follow(office):
    before = office.rig.children_of("product")
    worker = before[-1]
    storms.within(lambda: len(children_of(worker)) == 2)
    computing = children_of(worker)
    os.kill(worker, signal.SIGKILL)
    office.writers[0].post()
    storms.within(lambda: len(set(office.rig.children_of("product")) - set(before)) == 1)
    assert office.rig.children_of("product")[:-1] == before[:-1]
    storms.within(lambda: all(map(is_gone, computing)))
    assert sweeps(office, 2) == 2
    office.settle()
    due = ProgrammeRollup.objects.filter(pk=Programme.objects.first().pk)
    due.update(stale_after=timezone.now() - timedelta(hours=1))  # what only beat sees to
    storms.within(lambda: not due.filter(stale_after__lte=timezone.now()).exists(), BOUND)
    office.settle()


def sweeps(office: Office, most: int) -> int:
    """How many sweeps beat asks for, until it has asked for so many or nobody says a word."""
    client = office.rig.redis()
    client.connection_pool.connection_kwargs["socket_timeout"] = BOUND
    with client.monitor() as heard:
        sent = (said["command"] for said in heard.listen())
        asked = (said for said in sent if said.startswith("LPUSH") and "rollups.sweep" in said)
        return sum(1 for _ in itertools.islice(asked, most))


def test_beat_goes_on_when_redis_was_away(office):
    worker = office.rig.children_of("product")[-1]
    with office.rig.without("redis"):
        time.sleep(2)
    began = time.monotonic()
    assert sweeps(office, 3) == 3
    assert time.monotonic() > began + 5, "it asks twice as often"
    assert office.rig.children_of("product")[-1] == worker


def sockets_of(pid: int) -> set[str]:
    return {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}


def test_only_web_processes_hold_the_address(office):
    *web, worker = office.rig.children_of("product")
    listening = set.intersection(*map(sockets_of, web))
    listening = {each for each in listening if each.startswith("socket:")}
    assert listening
    for pid in (worker, *children_of(worker)):
        assert not listening & sockets_of(pid)


def test_one_signal_ends_them_all(office):
    members = office.rig.children_of("product")
    computing = [child for pid in members for child in children_of(pid)]
    product = office.rig.parts.pop("product")
    product.process.send_signal(signal.SIGTERM)
    assert product.process.wait(storms.SOON) == 0
    assert all(map(is_gone, members + computing))
