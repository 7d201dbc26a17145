"""Log lines: JSON with the id of the request or task, and no secret in any, nor in the register."""

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test import Client

from pmhub import hints, logs
from pmhub.models import Act, AuditEntry, Token, User
from pmhub.tasks import seal
from tests.access.conftest import LOGIN, PASSWORD, Post, signed_in

ANOTHER = "another walk by the sea"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that is logged, as the web process writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.JsonLines())
    # The mail server of the tests, which runs in this process too, is none of the product's.
    handler.addFilter(lambda record: record.name != "mail.log")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


def told(written: io.StringIO) -> list[dict[str, Any]]:
    """The lines, read."""
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_each_line_of_a_request_has_its_id_which_the_answer_names(
    ada: User, lines: io.StringIO
) -> None:
    answer = Client().post(LOGIN, {"username": "ada", "password": "wrong"})
    of_it = [each for each in told(lines) if each.get("request") == answer["X-Request-Id"]]
    assert {"pmhub.lockout", "pmhub.requests"} <= {each["logger"] for each in of_it}
    (line,) = [each for each in of_it if each["logger"] == "pmhub.requests"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/accounts/login/", 200)
    assert AuditEntry.objects.get(act=Act.REFUSED).request == answer["X-Request-Id"]


def test_a_problem_an_answer_and_a_line_name_the_same_request(
    ada: User, lines: io.StringIO
) -> None:
    answer = Client().get("/api/v1/nothing/")
    assert answer.json()["request_id"] == answer["X-Request-Id"]
    warned = [each for each in told(lines) if each["logger"] == "django.request"]
    assert [each["request"] for each in warned] == [answer["X-Request-Id"]]


def test_a_task_says_which_request_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: Queue[dict[str, Any]] = Queue()
    hint = hints.Hint("audit.seal")

    class Publisher:
        def send_task(self, name: str, **given: Any) -> None:
            sent.put(given)

    hint.__dict__["_publisher"] = Publisher()
    with logs.log_context(request="abc"):
        hint.send()
    assert sent.get(timeout=60)["headers"] == {"request_id": "abc"}


def test_lines_of_a_task_name_it_and_the_request(
    nothing: None, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmhub.audit.seals.seal_all", lambda: logging.getLogger("x").info("Hi"))
    seal.apply(headers={"request_id": "abc"})
    (line,) = [each for each in told(lines) if each["logger"] == "x"]
    assert (line["request"], line["task"]) == ("abc", "audit.seal")
    logging.getLogger("x").info("After")
    assert "task" not in told(lines)[-1]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Forbidden: /account/link/reset/abc.DEF-1/", "Forbidden: /account/link/reset/…/"),
        ("Gone: /accounts/first/s3cret:x/", "Gone: /accounts/first/…/"),
        ("Token pmh_0123456789abcdef is odd", "Token pmh_… is odd"),
        ("redis://:hush@127.0.0.1/0 is away", "redis://…@127.0.0.1/0 is away"),
        ("GET /callback/?code=abc&state=def", "GET /callback/?code=…&state=…"),
    ],
)
def test_what_opens_a_door_is_taken_out(said: str, shown: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, said, None, None)
    assert json.loads(logs.JsonLines().format(record))["message"] == shown
    assert logs.Lines("%(message)s").format(record) == shown


def test_web_worker_and_beat_write_the_same_lines() -> None:
    logging_: Any = configured.LOGGING
    (handler,) = logging_["root"]["handlers"]
    assert logging_["handlers"][handler]["formatter"] == "json"
    assert logging_["formatters"]["json"]["()"] == "pmhub.logs.JsonLines"


def audit_register() -> str:
    """All rows of the audit register, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM pmhub_auditentry e")
        return "\n".join(row for (row,) in cursor.fetchall())


def fail_to_sign_in() -> set[str]:
    """Type a wrong password, and once as the name too."""
    wrong = "a wrong password"
    for name in ("ada", wrong):
        Client().post(LOGIN, {"username": name, "password": wrong})
    return {wrong}


def make_tokens(client: Client) -> set[str]:
    """Make a token over REST and one on the page, and ask with them and with one there is not."""
    sent = {"name": "Another program"}
    made = client.post("/api/v1/tokens/", sent, content_type="application/json")
    page = client.post("/account/tokens/", {"name": "One more", "days": 7, "scopes": ["read"]})
    of_page = re.findall(r'class="key">(pmh_\w+)<', page.content.decode())
    keys = {made.json()["token"], *of_page, "pmh_" + "0" * 60}
    for key in keys:
        Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/me/")
    return keys


def reset_the_password(post: Post) -> set[str]:
    """Ask for a link, try it as a stranger, use it, and try it again."""
    post.collect()  # what tells of the tokens
    Client().post("/account/forgotten/", {"email": "ada@example.org"})
    link = post.link()
    assert Client(enforce_csrf_checks=True).post(link, {}).status_code == 403
    new = {"new_password1": ANOTHER, "new_password2": ANOTHER}
    assert Client().post(link, new).status_code == 302
    assert Client().get(link).status_code == 410
    assert Client().get("/account/link/reset/a-wrong-secret/").status_code == 410
    return {link.rstrip("/").rpartition("/")[2]}


def test_no_secret_is_in_any_line_nor_in_the_register(
    ada: User, post: Post, lines: io.StringIO
) -> None:
    client = signed_in()
    secrets = {PASSWORD, ANOTHER, client.session.session_key or ""}
    secrets |= fail_to_sign_in() | make_tokens(client) | reset_the_password(post)
    signed_in(password=ANOTHER).post("/accounts/logout/")
    secrets |= {user.password for user in User.objects.all()}
    secrets |= {token.digest for token in Token.objects.all()}
    assert len(secrets) >= 10

    acts = set(AuditEntry.objects.values_list("act", flat=True))
    assert {
        Act.ADMITTED,
        Act.REFUSED,
        Act.TOKEN_MADE,
        Act.PASSWORD_CHANGED,
        Act.RESET_ASKED,
    } <= acts
    logged = lines.getvalue() + json.dumps(told(lines), cls=DjangoJSONEncoder, ensure_ascii=False)
    written = audit_register() + logged
    for secret in secrets:
        assert secret
        assert secret not in written
    assert "ada@example.org" not in written
