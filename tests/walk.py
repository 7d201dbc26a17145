"""A random walk over REST: people of the demo do what they may and what they may not, with values
that fit and values that make no sense. Laws are checked after each step."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection, models
from rest_framework import serializers

from pmhub.api.routes import RESOURCES
from pmhub.models import User
from programmes.rollup import worker
from programmes.rollup.verify import differences

PEOPLE = (
    *["pmo"] * 8, "sponsor", "sponsor", "sro", "cam.manager", "cam.manager", "ssv.manager",
    "cam02.manager", "benefit.owner", "assurer", "pm.new", "viewer", "stranger",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, "", "x", "NaN", "-1", "0", "1e400", "99999999999999999999", "0.005", "0001-01-01",
    "9999-12-31", "2026-02-30", [], {}, [None], True, "é" * 500, "\u202e", 2**63,
)  # fmt: skip
DAYS = ("2026-03-31", "2026-04-01", "2026-10-30", "2026-10-31", "2026-11-01", "2027-06-30")
AMOUNTS = ("0", "0.01", "0.25", "1", "10", "99.99", "1000", "25000")
NUMBERS = (0, 1, 2, 5, 50, 2025, 2026)
WORDS = ("Said", "Another word", "x" * 20)
# What a preview need not foresee: which numbers a record gets, and at which moments.
OWN = {
    "id", "url", "html_url", "at", "created_at", "updated_at", "version", "parts", "agenda",
    "results",
}  # fmt: skip
NEARLY = 30  # ids that differ by less than this count as equal


class Walk:
    """A walk whose steps follow from a seed. `broken` says which step broke which law."""

    def __init__(self, seed: int, api: Callable[[User], Any]) -> None:
        self.random = random.Random(seed)  # noqa: S311  # steps, no secret
        self.seed, self.api, self.done = seed, api, 0
        self.users = {name: User.objects.get(username=name) for name in {*PEOPLE}}
        for user in self.users.values():
            api(user).get("portfolios/")  # who signs in is noted once
        self.broken: list[str] = []
        self.statuses: Counter[int] = Counter()

    def step(self) -> None:
        """Have somebody preview an act, and then do it."""
        method, path, body, row = self._act(self.random.choice(sorted(RESOURCES)))
        user = self._somebody(row)
        hidden = row is not None and not _sees(user, row)
        self.done += 1
        said = f"seed {self.seed}, step {self.done}: {user.username} {method} {path} {body!r}"
        before = trace()
        tried = self._sent(user, method, f"{path}?preview=1", body)
        if trace() != before:
            self.broken.append(f"A preview left a trace. {said}")
            before = trace()
        answer = self._sent(user, method, path, body)
        self.statuses[answer.status_code] += 1
        said += f" {tried.content[:300]!r} {answer.content[:300]!r}"
        self.broken += [f"{law} {said}" for law in _broken(tried, answer)]
        if answer.status_code >= 400 and trace() != before:
            self.broken.append(f"What was refused left a trace. {said}")
        if hidden and answer.status_code not in (404, 405):
            self.broken.append(f"Something was told of what is out of sight. {said}")

    def settle(self) -> None:
        """Compute the figures, and check that they equal a recompute from nothing."""
        worker.drain()
        if wrong := differences():
            self.broken.append(f"Seed {self.seed}, step {self.done}: figures differ, {wrong[:3]}")

    def _sent(self, user: Any, method: str, path: str, body: Any) -> Any:
        client = self.api(user)
        if method == "DELETE":
            return client.delete(path)
        if method == "FILE":
            return client.client.generic("POST", f"/api/v1/{path}", body, content_type="text/csv")
        ways = {"POST": client.post, "PATCH": client.patch, "VERB": client.verb}
        return ways[method](path, body)

    # Acts

    def _act(self, name: str) -> tuple[str, str, Any, Any]:
        """Return the method, the address, the body and the record of an act."""
        view = RESOURCES[name]
        row = self._row(view.serializer_class.Meta.model)
        if row is None or self.random.random() < 0.25:
            return (*self._added(view, name, row), None)
        verbs = view.verbs()
        path = f"{name}/{row.pk}/"
        if verbs and self.random.random() < 0.6:
            leading = [noun for noun in verbs if verbs[noun].allowed_from(row)]
            noun = self.random.choice(leading or [*verbs])
            asked = verbs[noun].form(context={"record": row}).fields
            return "VERB", f"{path}{noun}/", self._said(asked, row, 0.5), row
        if self.random.random() < 0.2:
            return "DELETE", path, None, row
        fields = _writable(view)
        chosen = self.random.sample(sorted(fields), min(len(fields), self.random.choice((1, 2))))
        return "PATCH", path, {key: self._value(fields[key], row, key) for key in chosen}, row

    def _added(self, view: Any, name: str, row: Any) -> tuple[str, str, Any]:
        """Return an act that adds one record, several at once, or a file of them."""
        if not view.in_bulk or self.random.random() < 0.7:
            return "POST", f"{name}/", self._new(view, name, row)
        items = [self._new(view, name, row) for _ in range(2)]
        if self.random.random() < 0.5:
            return "POST", f"{name}/bulk/", items
        heading = sorted({key for item in items for key in item})
        out = io.StringIO()
        csv.writer(out).writerows(
            [heading, *([str(item.get(key, "")) for key in heading] for item in items)]
        )
        return "FILE", f"{name}/bulk/", out.getvalue()

    def _row(self, model: Any) -> Any:
        """Return one of the rows, often one of the last; None where there are none."""
        ids = [*model._base_manager.order_by("pk").values_list("pk", flat=True)]
        if not ids:
            return None
        late = ids[-6:] if self.random.random() < 0.4 else ids
        return model._base_manager.get(pk=self.random.choice(late))

    def _somebody(self, row: Any) -> Any:
        """Return a user, mostly one who sees the row."""
        some = [self.users[name] for name in self.random.sample(PEOPLE, 3)]
        return next((user for user in some if row is None or _sees(user, row)), some[0])

    def _new(self, view: Any, name: str, row: Any) -> dict[str, Any]:
        """Return the body of a new record, often like an existing one."""
        answer = self.api(self.users["pmo"]).get(f"{name}/{row.pk}/") if row else None
        like = answer.json() if answer is not None and answer.status_code == 200 else {}
        fields = _writable(view)
        body = self._said(fields, row, 0.3)
        if self.random.random() < 0.8:
            body |= {key: like[key] for key in fields if like.get(key) not in (None, "")}
        return body | {key: f"W{self.done}" for key in ("code", "reference") if key in fields}

    def _said(self, fields: Any, row: Any, chance: float) -> dict[str, Any]:
        asked = (key for key in fields if fields[key].required or self.random.random() < chance)
        return {key: self._value(fields[key], row, key) for key in asked}

    def _value(self, field: Any, row: Any, name: str) -> Any:
        """Return a value of the kind that a field takes or, rarely, one that makes no sense."""
        if self.random.random() < 0.04:
            return self.random.choice(ODD)
        rows = getattr(getattr(field, "child_relation", field), "queryset", None)
        if rows is not None and not hasattr(field, "child_relation"):
            return self._related(rows.model, getattr(row, name, None))
        if rows is not None:
            one = self._related(rows.model, None)
            return self.random.choice(([], [one] if one else []))
        if choices := getattr(field, "choices", None):
            return self.random.choice([*choices])
        kinds: tuple[tuple[Any, Any], ...] = (
            (serializers.DateField, DAYS),
            (serializers.BooleanField, (True, False)),
            (serializers.IntegerField, NUMBERS),
            (serializers.DecimalField, AMOUNTS),
            ((serializers.ListField, serializers.JSONField, serializers.DictField), ([], {})),
        )
        words = next((values for kind, values in kinds if isinstance(field, kind)), WORDS)
        return self.random.choice(words)

    def _related(self, model: Any, kept: Any) -> Any:
        if isinstance(kept, models.Model) and self.random.random() < 0.6:
            return kept.pk
        ids = [*model._base_manager.order_by("pk").values_list("pk", flat=True)[:400]]
        return self.random.choice(ids) if ids else None


def _writable(view: Any) -> dict[str, Any]:
    fields = view.serializer_class().fields
    return {name: field for name, field in fields.items() if not field.read_only}


def _sees(user: Any, row: Any) -> bool:
    seen: bool = type(row).objects.visible_to(user).filter(pk=row.pk).exists()
    return seen


def _broken(tried: Any, answer: Any) -> list[str]:
    """Return the laws that a write breaks: no answer is an error of the server, and a write does
    what its preview said."""
    laws = ["An error of the server."] if answer.status_code >= 500 else []
    if (tried.status_code < 400) != (answer.status_code < 400):
        laws.append(f"A preview said {tried.status_code}, and it came to {answer.status_code}.")
    if answer.status_code >= 400 or not answer.content or not tried.content:
        return laws
    told, made = tried.json().get("object"), answer.json()
    if isinstance(told, dict) and isinstance(made, dict):
        keys = ({*told} & {*made}) - OWN
        laws += [f"A preview said otherwise of {key}." for key in keys if _apart(told, made, key)]
    return laws


def _apart(told: Any, made: Any, key: str) -> bool:
    one, other = told[key], made[key]
    numbered = isinstance(one, int) and isinstance(other, int) and abs(one - other) < NEARLY
    return one != other and not key.endswith("_at") and not numbered


def trace() -> Any:
    """Return a value that changes when a write leaves anything: history, requests to recompute,
    mail, entries in the audit register."""
    events = sorted(
        model._meta.db_table for model in apps.get_models() if hasattr(model, "pgh_tracked_model")
    )
    counted = ("programmes_rolluprequest", "pmhub_mail", "pmhub_auditentry")
    parts = [f"(SELECT max(pgh_id) FROM {table})" for table in events]  # noqa: S608  # our own names
    parts += [f"(SELECT count(*) FROM {table})" for table in counted]  # noqa: S608  # our own names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
        return cursor.fetchone()
