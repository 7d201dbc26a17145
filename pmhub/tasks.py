"""Tasks of what every app leans on."""

from celery import shared_task

from pmhub import lockout, touches


@shared_task(name="touches.fold", ignore_result=True)
def fold() -> None:
    """Put one touch in the place of many, so that stamps stay quick to read."""
    touches.fold()


@shared_task(name="accounts.tidy", ignore_result=True)
def tidy() -> None:
    """Delete what was kept of sign-ins for long enough."""
    lockout.forget_old()
