"""The application as the live server of the tests calls it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

WORKERS = 4
sessions: dict[int, int] = {}  # of the database: the process of each thread's


class InWorkers:
    """Answers the requests in a few threads, as the product's own server does. Each keeps its
    session of the database from request to request and from test to test. The live server has a
    thread for each connection of a browser, and a new session would have to read the tables and to
    plan all statements again."""

    def __init__(self, application: WSGIHandler) -> None:
        self.application = application
        self.workers = ThreadPoolExecutor(WORKERS, "live server")

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, in one of the threads."""
        return self.workers.submit(self.answer, environ, start_response).result()

    def answer(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, in this thread."""
        leave_other_database()
        said: Any = self.application(environ, start_response)
        try:
            return [b"".join(said)]
        finally:
            said.close()
            if session := of_this_thread():
                sessions[get_ident()] = session.backend_pid


def leave_other_database() -> None:
    """Disconnect from a database in which the present test does not run."""
    session = of_this_thread()
    if session and session.dbname != connection.settings_dict["NAME"]:
        connection.close()


def of_this_thread() -> Any:
    """Return what is known of the session of this thread; None where it has none."""
    there = connection.connection
    return None if there is None or there.closed else there.info
