"""The Celery application. Messages are only hints: work that must be done is a row in the
database."""

from typing import Any

from celery.signals import task_prerun
from django.db import close_old_connections

from pmhub.broker import make_app

app = make_app()
app.autodiscover_tasks()


@task_prerun.connect
def check_connections(**_: Any) -> None:
    """Close connections to PostgreSQL that are too old or broken, as Django does when a request
    begins."""
    close_old_connections()
