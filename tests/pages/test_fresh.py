"""Whatever is written to a table that a page reads, the page that was cached says what one that is
read anew says, to whoever asks."""

import re
from collections.abc import Callable, Iterator
from difflib import unified_diff
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, models, transaction
from django.db.models import F

from pmhub import caching
from pmhub.database.statements import text_of
from pmhub.models import User
from pmhub.page_addresses import address_of
from programmes.models import Scenario, StatusReport
from projects.models import Action, Project, Risk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Client = Any
UNSEEN = ("session", "touch", "event", "visit", "past")  # in names of tables that pages do not show
WORDS = (models.CharField, models.TextField)
OTHER = " (another)"
VIEWS = (
    "/pmo/", "/pmo/?q=risk", "/pmo/data-quality/", "/search/?q=CAM", "/deleted/", "/comments/",
    "/attachments/", "/follows/", "/help/", "/help/glossary/", "/resources/load/", "/risks/",
    "/risks/?view=grid", "/risks/import/", "/risks/new/", "/status-reports/", "/calendar/",
    "/portfolio/", "/",
    "{risk}", "{risk}edit/", "{risk}history/", "{risk}activity/", "{risk}comments", "{risk}files",
    "{project}", "{project}update/", "{project}closure/", "{project}money/", "{project}history/",
    "{project}split/", "{project}risks/", "{benefit}edit/", "{benefit}activity/",
    "{programme}", "{programme}reports/", "{programme}what-if/", "{programme}benefits/",
    "{programme}governance/", "{programme}tracks/", "{programme}money/", "{programme}risk/",
    "{programme}explain/risk_p80/", "{programme}closure/", "{station}",
    "{portfolio}prioritisation/", "{portfolio}pmo-type/", "{portfolio}year-end/",
    "{portfolio}explain/health/", "{portfolio}",
    "{portfolio}bubbles/", "{portfolio}roadmap/", "{portfolio}trend/", "{project}explain/health/",
    "{benefit}", "{report}", "{drag}",
)  # fmt: skip


@pytest.fixture
def addresses(demo: Any, pmo: User, api_of: Callable[[User], Any]) -> dict[str, str]:
    """The pages by their names above, and something on each."""
    risk = Risk.objects.filter(project=demo.project("CAM-02"), owner__isnull=False)[0]
    at = {"record_type": "risk", "record_id": risk.pk}
    rest = api_of(pmo)
    rest.post("/api/v1/comments/", {**at, "text": "Is it still open?"}, format="json")
    rest.post("/api/v1/follows/", at, format="json")
    sent = {**at, "file": SimpleUploadedFile("plan.txt", b"Dig", content_type="text/plain")}
    rest.post("/api/v1/attachments/", sent, format="multipart")
    Action.objects.create(risk=risk, title="Soon gone").delete()
    programme, project = demo.programme("CAM"), demo.project("CAM-02")
    Scenario.objects.create(programme=programme, name="Later")
    report = StatusReport.objects.create(programme=programme, period_end=programme.portfolio.as_of)
    station = project.milestones.order_by("pk")[0]
    tracks = f"/programmes/{programme.pk}/tracks/"
    places = {
        "risk": f"/risks/{risk.pk}/",
        "project": f"/projects/{project.pk}/",
        "programme": f"/programmes/{programme.pk}/",
        "portfolio": f"/portfolios/{demo.portfolio.pk}/",
        "station": f"{tracks}{station.pk}/",
        "drag": f"{tracks}drag/milestones/{station.pk}/",
        "report": f"/programmes/{programme.pk}/reports/{report.pk}/",
        "benefit": f"/benefits/{programme.benefits.order_by('pk')[0].pk}/",
    }
    named = {name: name.format(**places) for name in VIEWS}
    return named | {
        "{risk}comments": address_of("comments-of", "risk", risk.pk),
        "{risk}files": address_of("attachments-of", "risk", risk.pk),
    }


@pytest.mark.parametrize("name", VIEWS)
def test_what_is_cached_says_what_is_read_anew(
    pmo: User, client_of: Callable[[User], Client], addresses: dict[str, str], name: str
) -> None:
    address, client, second = addresses[name], client_of(pmo), client_of(pmo)
    caching.forget()
    asked: list[str] = []

    def note(execute: Any, sql: str, *given: Any) -> Any:
        asked.append(text_of(sql))
        return execute(sql, *given)

    with connection.execute_wrapper(note):
        client.get(address)
    said(client, address)
    differed = []
    for model in list(read_by(asked)):
        before = said(client, address)
        with transaction.atomic():
            column = changed(model)
            after = said(client, address)
            others = said(second, address)
            caching.forget()
            anew = said(client, address)
            transaction.set_rollback(True)
        assert not different(after, anew), (model, column)
        assert not different(others, anew), (model, column)
        differed += [model] if after != before else []
    assert differed or name.startswith(("/help", "/risks/import", "/risks/new"))


FIGURES = (
    "{portfolio}", "{portfolio}explain/health/", "{portfolio}trend/", "{programme}",
    "{programme}reports/", "{programme}what-if/", "{programme}tracks/", "{programme}money/",
    "{programme}risk/", "{programme}explain/risk_p80/", "{programme}governance/", "{report}",
    "{drag}", "{project}",
)  # fmt: skip
COLUMNS = {"estimate_to_complete": F("estimate_to_complete") + 1000, "name": "Another name"}


@pytest.mark.parametrize("reader", ["pmo", "sponsor", "cam_manager", "cam02_manager", "viewer"])
def test_once_it_is_computed_again_what_is_cached_says_what_is_drawn_anew(
    demo: Any, pmo: User, request: pytest.FixtureRequest, client_of: Callable[[User], Client],
    addresses: dict[str, str], drain: Callable[[], int], reader: str,
) -> None:  # fmt: skip
    client, project = client_of(request.getfixturevalue(reader)), demo.project("CAM-02")
    drain()
    for column, value in COLUMNS.items():
        before = {name: said(client, addresses[name]) for name in FIGURES}
        Project.objects.filter(pk=project.pk).update(**{column: value})
        for computed in (False, True):
            if computed:
                drain()
            after = {name: said(client, addresses[name]) for name in FIGURES}
            caching.forget()
            for name in FIGURES:
                assert not different(after[name], said(client, addresses[name])), (name, column)
        hidden = reader == "cam02_manager"  # who sees the project alone
        assert (after["{programme}"] == before["{programme}"]) == hidden


def different(one: str, other: str) -> str:
    """Return in which lines two pages differ."""
    return "\n".join(unified_diff(one.split("\n"), other.split("\n"), lineterm="", n=0))


def read_by(asked: list[str]) -> Iterator[Any]:
    """The models of the tables that were read, but for those that no page shows."""
    words = set(re.findall(r"\w+", " ".join(asked)))
    for model in apps.get_models():
        table = model._meta.db_table
        shown = table in words and not any(part in table for part in UNSEEN)
        if shown and model._base_manager.exists():
            yield model


def changed(model: Any) -> str:
    """Change a column of all rows of a table by SQL, one that can be; return which."""
    table = model._meta.db_table
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    fields.sort(key=lambda field: (not isinstance(field, WORDS), bool(field.choices)))
    for field in fields:
        column = f'"{field.column}"'
        for value in values_of(field, column):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"UPDATE {table} SET {column} = {value}")  # noqa: S608  # ours
            except Error:
                continue
            return field.name
    return ""


def values_of(field: Any, column: str) -> list[str]:
    """SQL of other values of a column."""
    if isinstance(field, WORDS):
        return [f"{column} || '{OTHER}'"] if not field.choices else []
    if isinstance(field, models.BooleanField):
        return [f"NOT {column}"]
    if isinstance(field, models.DateField | models.DateTimeField):
        return [f"{column} + interval '1 day'", f"{column} - interval '1 day'"]
    if isinstance(field, models.DecimalField | models.FloatField | models.IntegerField):
        return [f"{column} + 1", f"{column} - 1"]
    return []


def said(client: Client, address: str) -> str:
    """Return what a page says, without what is another in each answer."""
    answer = client.get(address)
    if answer.status_code != 200:
        return f"{answer.status_code} {answer.get('Location')}"
    text = re.sub(r'(nonce|value|content)="[\w+/=-]{24,}"', "", answer.content.decode())
    text = re.sub(r'data-etag="[^"]*"', "", text)
    # Up to when it is told what moved: to now.
    return re.sub(r"\n[^\n]*(From <time|Movements as|[?;]to=20)[^\n]*", "", text)
