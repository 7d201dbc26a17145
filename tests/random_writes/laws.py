"""Laws of figures, asked of REST and of pages: parts add up to the whole at each level, the past
stays as it was, a bridge is the difference between its ends, a page says what REST says, a preview
names what then moves, and what is taken back leaves every figure as it was."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from pmhub import formats
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from pmhub.serializers.undo import undo_of
from programmes.models import Portfolio, Programme
from programmes.rollup import worker
from programmes.rollup.ledger import Aggregate, Line, Unit, aggregated, moves
from programmes.rollup.metrics import ANYWHERE, BY_NAME, OF_PORTFOLIOS, OF_PROJECTS
from programmes.rollup.verify import differences
from projects.models import Project
from tests.preview.test_convergence import positions, values

Owner = tuple[str, int]  # the collection and the id of what has figures
Figures = Mapping[str, Any]  # of an owner: value, reason and number of lines, by metric
NAMES = {"programmes": BY_NAME, "projects": OF_PROJECTS, "portfolios": OF_PORTFOLIOS}
PLACES = {"programmes": "", "projects": "project_", "portfolios": "portfolio_"}
ADDED = ("money", "count")
FIGURE = re.compile(
    r'data-figure="([a-z_]*)(\d+)-(\w+)"\s+data-value="([^"]*)"[^>]*>([^<]*)<', re.DOTALL
)
NOTHING = (None, None)


class Laws:
    """Which laws were `broken`. `known` are the figures of earlier moments."""

    def __init__(self, user: User, client: Any, browser: Any, seed: int) -> None:
        self.user, self.client, self.browser = user, client, browser
        self.random = Random(seed)  # noqa: S311  # a choice, no secret
        self.known: list[tuple[datetime, dict[Owner, Figures]]] = []
        self.broken: list[str] = []

    def check(self, few: int = 6) -> None:
        """Work off what was requested, and check the laws, of some figures each."""
        worker.drain()
        self.broken += [f"Incremental differs from rebuilt: {each}" for each in differences()[:3]]
        now = {owner: self.figures(owner) for owner in owners()}
        for owner in now:
            if owner[0] == "portfolios":
                self._parts(owner[1], now)
        some = self.random.sample([*now], min(few, len(now)))
        for owner in some:
            for name in self.random.sample([*NAMES[owner[0]]], 4):
                self._explained(owner, name, now)
            self._page(owner, now[owner])
        for moment, then in self.random.sample(self.known, min(2, len(self.known))):
            for owner in (each for each in some if each in then):
                self._past(owner, moment, then[owner], now[owner])
        self.known.append((timezone.now(), now))

    def figures(self, owner: Owner, at: datetime | None = None) -> Figures:
        """Return the figures of one, now or as of a moment."""
        asked = f"?{urlencode({'as_of': at.isoformat()})}" if at else ""
        found = self.client.get(f"{owner[0]}/{owner[1]}/rollup/{asked}").json()["metrics"]
        return {
            name: (each["value"], each.get("reason"), each["coverage"]["included"])
            for name, each in found.items()
        }

    def _say(self, law: str, *about: Any) -> None:
        self.broken.append(f"{law}: {' '.join(map(str, about))}")

    # Levels

    def _explained(self, owner: Owner, name: str, now: Mapping[Owner, Figures]) -> None:
        """Check that the lines of a figure that count make its value, and that each project says
        itself what its programme counts of it."""
        found = self.client.get(f"{owner[0]}/{owner[1]}/rollup/{name}/").json()
        unit = ANYWHERE[name].unit
        if found["value"] != now[owner][name][0]:
            self._say("An explanation says otherwise", owner, name, found["value"])
        if not found.get("aggregate") or found.get("lines_reason") or unit == Unit.STATUS:
            return
        lines = [
            Line("", 0, number(line["value"], unit), line["included"], line["reason"] or "")
            for line in found["lines"]
        ]
        whole = aggregated(Aggregate(found["aggregate"]), lines).value
        if (whole or 0) != (number(found["value"], unit) or 0):
            self._say("Lines do not add up", owner, name, found["value"], whole)
        if owner[0] == "programmes" and name in OF_PROJECTS and ANYWHERE[name].of_project:
            for line in found["lines"]:
                if line["source"]["type"] == "project" and line["included"]:
                    own = now["projects", line["source"]["id"]][name][0]
                    if own != line["value"]:
                        self._say("A project says otherwise", owner, name, line, own)

    def _parts(self, id: int, now: Mapping[Owner, Figures]) -> None:
        """Check that programmes and projects say what their portfolio counts of them, and that they
        add up to it."""
        data = self.client.get(f"portfolios/{id}/rollup/").json()
        for part in data["parts"]:
            own = now[f"{part['type']}s", part["id"]]
            for name, said in part["metrics"].items():
                if name in own and own[name][0] != said["value"]:
                    self._say("A part says otherwise", part["code"], name, said, own[name])
        for name, whole in data["metrics"].items():
            unit = OF_PORTFOLIOS[name].unit
            if unit in ADDED and whole["value"] is not None:
                parts = [part["metrics"][name] for part in data["parts"]]
                counted = [number(each["value"], unit) for each in parts if each["included"]]
                if number(whole["value"], unit) != sum(counted, Decimal(0)):
                    self._say("Parts do not add up", id, name, whole["value"], counted)

    # Time

    def _past(self, owner: Owner, moment: datetime, then: Figures, now: Figures) -> None:
        """Check that the figures as of a moment are those that were read then, and that bridges
        from it lead to those of now."""
        again = self.figures(owner, moment)
        if wrong := [name for name in then if again.get(name) != then[name]]:
            self._say("The past changed", owner, wrong, then[wrong[0]], again.get(wrong[0]))
        for name in self.random.sample([*NAMES[owner[0]]], 4):
            asked = urlencode({"metric": name, "from": moment.isoformat()})
            found = self.client.get(f"{owner[0]}/{owner[1]}/bridge/?{asked}").json()
            ends = found["before"]["value"], found["after"]["value"]
            if ends != (then[name][0], now[name][0]):
                self._say("A bridge has other ends", owner, name, ends, then[name], now[name])
            parts = [Decimal(str(part["amount"] or 0)) for part in found["parts"]]
            difference = Decimal(str(found["difference"] or 0))
            if abs(sum(parts, Decimal(0)) - difference) > Decimal("1e-6"):
                self._say("A bridge does not add up", owner, name, difference, parts)
            unit = ANYWHERE[name].unit
            if unit in ADDED and None not in ends:
                apart = number(ends[1], unit) - number(ends[0], unit)
                if apart != difference:
                    self._say("A bridge is not the difference", owner, name, ends, difference)

    # Pages

    def _page(self, owner: Owner, now: Figures) -> None:
        """Check that the page of a record shows the figures that REST says."""
        page = self.browser.get(f"/{owner[0]}/{owner[1]}/").content.decode()
        for place, id, name, value, shown in FIGURE.findall(page):
            if place != PLACES[owner[0]] or int(id) != owner[1] or name not in now:
                continue
            unit = ANYWHERE[name].unit
            said = number(now[name][0], unit)
            if _plain(said) != _plain(value):
                self._say("A page says otherwise", owner, name, value, now[name])
            look = formats.day(said) if unit == Unit.DATE else formats.looks(said, unit)
            if said is not None and unit != Unit.RATIO and html.unescape(shown).strip() != look:
                self._say("A page shows it otherwise", owner, name, shown.strip(), look)

    # Writes

    def foreseen(self, method: str, path: str, body: Any) -> Any:
        """Do a write, and check that its preview named the figures that it then moved, and no
        others. What is new has another number in a preview."""
        worker.drain()
        before, were = values(), positions()
        arguments = () if body is None else (body,)
        tried = getattr(self.client, method)(f"{path}?preview=1", *arguments)
        if (values(), positions()) != (before, were):
            self._say("A preview moved something", method, path, body)
        made = getattr(self.client, method)(path, *arguments)
        worker.drain()
        if (tried.status_code < 300) != (made.status_code < 300):
            self._say("A preview answers otherwise", path, body, tried.content, made.content)
        foreseen = tried.json()
        if made.status_code >= 300 or "programmes" not in foreseen:
            return made
        there, after, are = {id for id, _ in before}, values(), positions()
        told = {
            (each["id"], figure["name"]): (figure["from"], figure["to"])
            for each in foreseen["programmes"]
            for figure in each["metrics"]
            if each["id"] in there
        }
        moved = {
            key: (before.get(key), after.get(key))
            for key in before.keys() | after.keys()
            if key[0] in there and _moves(before.get(key), after.get(key), BY_NAME[key[1]].unit)
        }
        if told != moved:
            self._say("A preview foresees otherwise", path, body, _apart(told, moved))
        of_projects = {
            each["id"]: tuple(
                (each["finish"][end], each["health"][end] or None) for end in ("from", "to")
            )
            for each in foreseen["projects"]
            if each["id"] in were
        }
        ends = {id: (were[id], are.get(id, NOTHING)) for id in were if were[id] != are.get(id)}
        if of_projects != ends:
            self._say("A preview sees projects otherwise", path, body, _apart(of_projects, ends))
        return made

    def undone(self, method: str, path: str, body: Any) -> Any:
        """Do a write and, where it can be taken back, check that all figures are then as before."""
        worker.drain()
        before, were = values(), positions()
        then = self.client.get(path).json() if method == "patch" else {}
        back = self._way_back(path) if method == "verb" else None
        made = getattr(self.client, method)(path, *(() if body is None else (body,)))
        if made.status_code >= 300:
            return made
        worker.drain()
        collection, id, *_ = [*path.split("/"), ""]
        if method == "patch":
            said = {name: then[name] for name in body if name in then} | {"reason": "It was wrong"}
            answer = self.client.patch(path, said)
            if answer.status_code == 400:  # it asks for no reason
                answer = self.client.patch(
                    path, {name: said[name] for name in said if name in then}
                )
        elif method == "delete":
            answer = self.client.post(f"deleted/{collection}-{id}/restoration/", {})
        elif back:
            answer = self.client.verb(f"{collection}/{id}/{back.noun}/", back.body)
            if answer.status_code == 200 and back.edits:
                answer = self.client.patch(f"{collection}/{id}/", back.edits)
        else:
            return made
        worker.drain()
        apart = _apart(before, values()), _apart(were, positions())
        if answer.status_code < 300 and any(apart):
            self._say("Taken back, figures differ", method, path, body, apart)
        return made

    def _way_back(self, path: str) -> Any:
        collection, id, noun, _ = path.split("/")
        view = RESOURCES[collection]
        verb = view.verbs().get(noun)
        row = view.serializer_class.Meta.model._base_manager.get(pk=id)
        return verb and undo_of(view.serializer_class, verb, row, self.user)


def owners() -> list[Owner]:
    """Return all that has figures."""
    kinds = (("portfolios", Portfolio), ("programmes", Programme), ("projects", Project))
    return [
        (name, id)
        for name, model in kinds
        for id in model._base_manager.order_by("pk").values_list("pk", flat=True)
    ]


def number(value: Any, unit: str) -> Any:
    """Return a value of REST as the ledger holds it: days and colours stay as they are."""
    if value is None or unit in (Unit.DATE, Unit.STATUS):
        return value
    return Decimal(str(value))


def _moves(before: Any, after: Any, unit: Unit) -> bool:
    return moves(number(before, unit), number(after, unit), unit)


def _apart(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> dict[Any, Any]:
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    return {key: (one.get(key), other.get(key)) for key in keys}


def _plain(value: Any) -> Any:
    found = formats.decimal_of(value)
    return (value or "") if found is None else found.normalize()
