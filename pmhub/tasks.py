"""Tasks of what every app leans on."""

from celery import shared_task

from pmhub import touches


@shared_task(name="touches.fold", ignore_result=True)
def fold() -> None:
    """Put one touch in the place of many, so that stamps stay quick to read."""
    touches.fold()
