"""The Celery application of beat, which sends tasks by their names: it needs no app of Django's,
and half the memory."""

from pmhub.broker import make_app

app = make_app(fixups=[])
