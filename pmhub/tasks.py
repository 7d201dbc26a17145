"""Celery tasks of the package on which every app builds."""

from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down

from pmhub import attachments, lockout
from pmhub.accounts import digests, mails, sessions, tokens
from pmhub.audit import seals
from pmhub.database import touches
from pmhub.jobs import queue, worker
from pmhub.webhooks import delivery, record_events


@worker_init.connect
def open_desk(**_: Any) -> None:
    """Make the lock by which the processes of a worker agree on which of them runs a job."""
    worker.desk.open()


@worker_shutting_down.connect
def close_desk(**_: Any) -> None:
    """Have the running job queued again, so that the worker ends soon."""
    worker.desk.close()


@shared_task(name="jobs.run", ignore_result=True, time_limit=worker.LONGEST + 300)
def run_job() -> None:
    """Clean up the queue and run the next job; another task runs the one after it."""
    if not queue.is_due():
        return
    queue.sweep()
    with worker.desk.taken() as mine:
        done = mine and worker.work()
    if done:
        worker.call_others()


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> None:
    """Seal the new rows of the audit register, unless another worker does."""
    seals.seal_all()


@shared_task(name="touches.fold", ignore_result=True)
def fold() -> None:
    """Replace many touches of an object by one, so that stamps stay quick to read."""
    touches.fold()


@shared_task(name="attachments.sweep", ignore_result=True)
def sweep_attachments() -> None:
    """Delete attachments of records that are gone for good, and files without a row."""
    attachments.sweep()


@shared_task(name="accounts.tidy", ignore_result=True)
def tidy() -> None:
    """Delete old attempts to sign in, ended sessions and old webhook messages."""
    lockout.forget_old()
    sessions.forget_ended()
    delivery.forget_old()


@shared_task(name="accounts.mails", ignore_result=True)
def send_mails() -> None:
    """Send the mails that are due."""
    mails.send_due()


@shared_task(name="accounts.digests", ignore_result=True)
def send_digests() -> None:
    """Send the digests that are due."""
    digests.send_due()


@shared_task(name="accounts.tokens", ignore_result=True)
def tell_of_tokens() -> None:
    """Tell users which of their tokens will expire."""
    tokens.warn_token_owners()


@shared_task(name="webhooks.tell", ignore_result=True, time_limit=110)
def tell_webhooks() -> None:
    """Tell other systems what has changed."""
    record_events.collect()
    delivery.send_due()
