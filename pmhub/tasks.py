"""Tasks of what every app leans on."""

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
    """Let the processes of a worker agree on which of them runs a job."""
    worker.desk.open()


@worker_shutting_down.connect
def close_desk(**_: Any) -> None:
    """Let the job that runs be put back, so that the worker ends soon."""
    worker.desk.close()


@shared_task(name="jobs.run", ignore_result=True, time_limit=worker.LONGEST + 300)
def run_job() -> None:
    """Take up what was left, and run the job whose turn it is; another task runs the next."""
    if not queue.is_due():
        return
    queue.sweep()
    with worker.desk.taken() as mine:
        done = mine and worker.work()
    if done:
        worker.call_others()


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> None:
    """Seal what was noted in the audit register, unless another worker is at it."""
    seals.seal_all()


@shared_task(name="touches.fold", ignore_result=True)
def fold() -> None:
    """Put one touch in the place of many, so that stamps stay quick to read."""
    touches.fold()


@shared_task(name="attachments.sweep", ignore_result=True)
def sweep_attachments() -> None:
    """Delete files that no record has any more."""
    attachments.sweep()


@shared_task(name="accounts.tidy", ignore_result=True)
def tidy() -> None:
    """Delete what was kept of sign-ins for long enough."""
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
    """Tell whose tokens end."""
    tokens.tell_owners()


@shared_task(name="webhooks.tell", ignore_result=True, time_limit=110)
def tell_webhooks() -> None:
    """Tell other systems of what has changed."""
    record_events.collect()
    delivery.send_due()
