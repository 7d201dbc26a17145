"""What a worker and beat beside the web processes share with them."""

import os
import subprocess
import sys

import pytest

# Celery's command line, and what only pages need.
NEVER = {"celery.bin.celery", "click_repl", "prompt_toolkit", "pmhub.urls", "pmhub.views"}
MODULES = """
import sys
import django; django.setup()
from pmhub.server import office
office.load()
loaded = set(sys.modules)
from celery import beat, concurrency, worker
from numpy.random import Generator
office.worker().pool_cls
office.clock(sys.argv[1]).Service(app=office.app)
print(*sorted(set(sys.modules) - loaded), sep=",")
print(*sorted(loaded), sep=",")
"""


@pytest.mark.slow
def test_all_that_worker_and_beat_use_is_loaded_before_they_are_copied_and_nothing_else(tmp_path):
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MODULES, str(tmp_path / "schedule")],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "pmhub.settings"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    later, loaded = found.stdout.splitlines()
    assert later == ""
    assert NEVER.isdisjoint(loaded.split(","))
