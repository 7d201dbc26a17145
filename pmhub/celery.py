"""The Celery application. Messages are hints: what must be done is a row in the database."""

from pmhub.broker import make_app

app = make_app()
app.autodiscover_tasks()
