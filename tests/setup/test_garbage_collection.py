"""What a web process and a worker do before they serve."""

import os
import subprocess
import sys

import pytest

COUNT = "import gc; print(gc.get_freeze_count())"
WEB = "from pmhub.server.warm_up import warm_up; from pmhub.wsgi import application"


@pytest.mark.parametrize(
    "start",
    [f"{WEB}; warm_up(application)", "import pmhub.celery, programmes.tasks as t; t.warm_up()"],
    ids=["web", "worker"],
)
def test_what_was_loaded_at_the_start_is_out_of_the_collectors_way(start):
    setup = "import django; django.setup(); " if "celery" in start else ""
    found = subprocess.run(
        [sys.executable, "-c", f"{setup}{start}; {COUNT}"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "pmhub.settings"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(found.stdout) > 50_000
