"""Other systems that write over REST and repeat a request until they are told that it was saved."""

import json
import random
import time
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPConnection, HTTPException, HTTPMessage
from statistics import median
from typing import Any
from urllib.parse import urlencode

PATIENT = 60  # seconds until somebody gives up
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """An answer, with the seconds it took."""

    status: int
    headers: HTTPMessage
    content: bytes
    seconds: float

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.content)


class Line:
    """One connection, kept as long as it lasts; a cookie or a token identifies its user."""

    def __init__(self, port: int, **headers: str) -> None:
        self.headers = headers
        self.answers: list[Answer] = []
        self.broken = 0
        self._http = HTTPConnection("127.0.0.1", port, timeout=PATIENT)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer | None:
        """Return the answer, or None if the connection broke: then nobody knows what became of the
        request."""
        named = {name.replace("_", "-"): value for name, value in (self.headers | headers).items()}
        began = time.monotonic()
        try:
            self._http.request(method, path, body, named)
            response = self._http.getresponse()
            content = response.read()
        except (OSError, HTTPException):
            self._http.close()
            self.broken += 1
            time.sleep(0.05)
            return None
        answer = Answer(response.status, response.msg, content, time.monotonic() - began)
        self.answers.append(answer)
        return answer

    def get(self, path: str) -> Answer:
        """Return the answer to a GET; the connection must not break."""
        answer = self.ask("GET", path)
        assert answer
        return answer


@dataclass
class Writer:
    """Posts costs, each with an idempotency key, and changes a project of its own; notes what was
    accepted."""

    line: Line
    projects: list[int]
    mine: int
    random: random.Random
    posted: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    last: Decimal | None = None
    changes: int = 0

    def __call__(self) -> None:
        """Do one write, until it is accepted."""
        write = self.random.choice([self.post, self.post, self.change])
        write()
        time.sleep(self.random.random() / 50)

    def post(self) -> None:
        """Post a cost to any project."""
        self.post_to(self.random.choice(self.projects))

    def post_to(self, project: int) -> None:
        """Post a cost, with the same key until it is answered."""
        key = f"{self.random.getrandbits(64):016x}"
        cost = {
            "project": project,
            "posted_on": "2026-10-01",
            "amount": f"{self.random.randrange(1, 9999) / 100:.2f}",
            "description": key,
        }
        body = json.dumps(cost)
        answer = self._until_answered("POST", "/api/v1/cost-actuals/", body, Idempotency_Key=key)
        assert answer.status == 201, answer.content
        self.posted[key] = (body, answer)

    def repeat(self, key: str) -> Answer:
        """Send the request with this key once more."""
        body, _ = self.posted[key]
        return self._until_answered("POST", "/api/v1/cost-actuals/", body, Idempotency_Key=key)

    def change(self) -> None:
        """Change the estimate of the own project, in the version read last."""
        path, value = f"/api/v1/projects/{self.mine}/", Decimal(self.random.randrange(10**6)) / 100
        body = json.dumps({"estimate_to_complete": f"{value:.2f}"})
        if value == self.last:
            return
        while True:
            read = self._until_answered("GET", path)
            stored = Decimal(read.json()["estimate_to_complete"] or 0)
            if stored == value:
                break  # it was saved, and the answer was lost
            assert self.last in (None, stored)
            answer = self.line.ask("PATCH", path, body, If_Match=read.headers["ETag"])
            if answer and answer.status == 200:
                break
            assert answer is None or _asks_for_patience(answer), answer.content
        self.last, self.changes = value, self.changes + 1

    def _until_answered(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> Answer:
        deadline = time.monotonic() + PATIENT
        while True:
            answer = self.line.ask(method, path, body, **headers)
            if answer and not _asks_for_patience(answer):
                return answer
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.05)


def _asks_for_patience(answer: Answer) -> bool:
    """Return whether the answer is a 503, which has to say when to try again."""
    if answer.status != 503:
        return False
    assert answer.headers["Content-Type"] == PROBLEM
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["code"] == "unavailable"
    return True


@dataclass(frozen=True)
class Account:
    """How the requests of some writers went: their answers, and their seconds."""

    accepted: int
    refused: int  # 503
    broken: int  # without an answer
    quickest: float  # seconds
    median: float
    slowest: float

    def __str__(self) -> str:
        return (
            f"{self.accepted} accepted, {self.refused} asked to wait, {self.broken} lines broken,"
            f" quickest {self.quickest * 1000:.0f} ms,"
            f" median {self.median * 1000:.0f} ms, slowest {self.slowest * 1000:.0f} ms"
        )


def account(writers: list[Writer]) -> Account:
    """Return how the requests of these writers went since the last call."""
    answers = [answer for writer in writers for answer in writer.line.answers]
    made = Account(
        sum(answer.status in (200, 201) for answer in answers),
        sum(answer.status == 503 for answer in answers),
        sum(writer.line.broken for writer in writers),
        min(answer.seconds for answer in answers),
        median(answer.seconds for answer in answers),
        max(answer.seconds for answer in answers),
    )
    assert {answer.status for answer in answers} <= {200, 201, 503}
    for writer in writers:
        writer.line.answers.clear()
        writer.line.broken = 0
    return made


class Browser(Line):
    """A user with cookies who fills in forms."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer | None:
        """Ask like any connection, with the cookies received so far and the CSRF token among
        them."""
        headers |= {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"X_CSRFToken": self.cookies.get("csrftoken", "")}
        answer = super().ask(method, path, body, **headers)
        for line in answer.headers.get_all("Set-Cookie", []) if answer else []:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer

    def sign_in(self, name: str, password: str) -> Answer | None:
        """Open the form of signing in, and send it."""
        self.get("/accounts/login/")
        form = urlencode({"username": name, "password": password})
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", "/accounts/login/", form, Content_Type=kind)
