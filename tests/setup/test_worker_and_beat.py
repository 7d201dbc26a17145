"""What a worker that is beat too shares with the web processes beside it."""

import os
import subprocess
import sys

import pytest

# Celery's command line, and what only pages need.
NEVER = {"celery.bin.celery", "click_repl", "prompt_toolkit", "pmhub.urls", "pmhub.views"}
MODULES = """
import sys
import django; django.setup()
from pmhub.server import worker_and_beat
worker_and_beat.load()
loaded = set(sys.modules)
from celery import concurrency, worker
from numpy.random import Generator
worker_and_beat.worker(sys.argv[1]).pool_cls
worker_and_beat.PersistentScheduler(
    app=worker_and_beat.app, schedule_filename=sys.argv[1]
).tick()
print(*sorted(set(sys.modules) - loaded), sep=",")
print(*sorted(loaded), sep=",")
"""


@pytest.mark.slow
def test_all_that_a_worker_uses_is_loaded_before_it_is_copied_and_nothing_else(tmp_path):
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MODULES, str(tmp_path / "schedule")],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "pmhub.settings"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    later, loaded = found.stdout.splitlines()
    assert later == ""
    assert NEVER.isdisjoint(loaded.split(","))
