"""Tasks: a hint arrived, or time passed; what is to be done is in the database."""

from celery import shared_task

from programmes.rollup import engine


@shared_task(name="rollups.drain", ignore_result=True)
def drain() -> None:
    """Work off what has been requested."""
    engine.drain()


@shared_task(name="rollups.sweep", ignore_result=True)
def sweep() -> None:
    """Request what time has changed, and work off what any lost hint left."""
    engine.sweep()
    engine.drain()
