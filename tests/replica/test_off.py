"""Without `REPLICA_URL` there is no replica, and nothing that would ask for one."""

import os
import subprocess
import sys
from datetime import timedelta

from django.conf import settings

from pmhub.database import replica


def test_without_an_address_nothing_is_installed() -> None:
    assert replica.ALIAS not in settings.DATABASES
    assert settings.DATABASE_ROUTERS == []
    assert not any("Replica" in name for name in settings.MIDDLEWARE)
    assert _settings("") == "False False"
    assert _settings("postgresql://pmhub@/pmhub?host=/nowhere") == "True True"


def _settings(url: str) -> str:
    asked = "from django.conf import settings as s; print('replica' in s.DATABASES, " + (
        "'pmhub.middleware.Replica' in s.MIDDLEWARE and bool(s.DATABASE_ROUTERS))"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "pmhub.settings", "REPLICA_URL": url},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return said.stdout.strip()


def test_the_bounds_leave_no_gap() -> None:
    noted = replica.NOTED
    assert timedelta(seconds=replica.EVERY + replica.BEHIND) + noted < replica.PINNED
