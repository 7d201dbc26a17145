"""Tasks: a hint arrived, or time passed; what is to be done is in the database.

The engine is imported where it is used: beat, which only sends these, does without it.
"""

from celery import shared_task

from pmhub import wake
from programmes.models import RollupRequest

# A task ends long before its time limit, however much is left: the next one goes on.
LONGEST = 10  # seconds


@shared_task(name="rollups.drain", ignore_result=True)
def drain() -> None:
    """Work off what has been requested."""
    from programmes.rollup import engine  # noqa: PLC0415  # see above

    if engine.drain(seconds=LONGEST) and RollupRequest.objects.exists():
        wake.workers()


@shared_task(name="rollups.sweep", ignore_result=True)
def sweep() -> None:
    """Request what time has changed, and work off what any lost hint left."""
    from programmes.rollup import engine  # noqa: PLC0415  # see above

    engine.sweep()
    drain()
