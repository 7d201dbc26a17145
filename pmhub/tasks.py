"""Tasks of what every app leans on."""

from celery import shared_task

from pmhub import lockout, touches
from pmhub.accounts import mails, sessions, tokens


@shared_task(name="touches.fold", ignore_result=True)
def fold() -> None:
    """Put one touch in the place of many, so that stamps stay quick to read."""
    touches.fold()


@shared_task(name="accounts.tidy", ignore_result=True)
def tidy() -> None:
    """Delete what was kept of sign-ins for long enough."""
    lockout.forget_old()
    sessions.forget_ended()


@shared_task(name="accounts.mails", ignore_result=True)
def send_mails() -> None:
    """Send the mails that are due."""
    mails.send_due()


@shared_task(name="accounts.tokens", ignore_result=True)
def tell_of_tokens() -> None:
    """Tell whose tokens end."""
    tokens.tell_owners()
