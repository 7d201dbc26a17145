"""Operators of filters: several values, parts of texts, days that move with the status
date, what is not set. Lists, pages, exports and saved views have them alike."""

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from pmhub.models import User
from projects.models import Project
from tests import factories

TODAY = date(2026, 10, 31)  # the status date of the portfolio
ISSUES = {
    # code: (title, severity, state, due day)
    "I1": ("Crane café closed", "high", "raised", date(2026, 10, 31)),
    "I2": ("Cable in the wrong café", "low", "in_progress", date(2026, 11, 14)),
    "I3": ("No crane", "low", "resolved", date(2026, 9, 30)),
    "I4": ("Claim", "medium", "raised", date(2026, 10, 2)),
    "I5": ("Strike", "high", "raised", None),
}


@pytest.fixture
def home(nothing: None) -> Project:
    """A project with five issues, on 31 October 2026."""
    portfolio = factories.portfolio(status_date_policy="fixed", status_date=TODAY)
    home = factories.project(programme=factories.programme(portfolio=portfolio))
    owner = factories.person(name="Ada Lane")
    for code, (title, severity, state, due) in ISSUES.items():
        factories.issue(
            home, code=code, title=title, severity=severity, state=state, due_on=due,
            owner=owner if code in ("I1", "I2") else None,
        )  # fmt: skip
    return home


@pytest.fixture
def office(home: Project) -> User:
    """Somebody of the PMO."""
    office = factories.user("office")
    factories.role(office, "pmo")
    return office


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("severity__in=high,medium", "I1 I4 I5"),
        ("severity__not=high,medium", "I2 I3"),
        ("severity__in=high&state__not=in_progress", "I1 I5"),
        ("owner__in=none", "I3 I4 I5"),
        ("owner__not=none", "I1 I2"),
        ("title__contains=CRANE", "I1 I3"),
        ("title__contains=cafe", "I1 I2"),
        ("title__contains=e c", "I1"),
        ("title__contains=%25", ""),
        ("title__begins=c", "I1 I2 I4"),
        ("title__begins=crane", "I1"),
        ("title__not=CLAIM", "I1 I2 I3 I5"),
        ("title=claim", "I4"),
        ("due_on__next=0", "I1"),
        ("due_on__next=14", "I1 I2"),
        ("due_on__next=13", "I1"),
        ("due_on__last=29", "I1 I4"),
        ("due_on__last=28", "I1"),
        ("due_on__when=past", "I3 I4"),
        ("due_on__when=today", "I1"),
        ("due_on__when=future", "I2"),
        ("due_on__when=last_month", "I3"),
        ("due_on__when=this_month", "I1 I4"),
        ("due_on__when=next_month", "I2"),
        ("due_on__when=this_week", "I1"),
        ("due_on__when=next_week", ""),
        ("due_on__when=this_quarter", "I1 I2 I4"),
        ("due_on__when=next_quarter", ""),
        ("due_on__when=this_year", "I1 I2 I3 I4"),
        ("due_on__isnull=true", "I5"),
        ("due_on__isnull=false", "I1 I2 I3 I4"),
        ("overdue=true", "I4"),
        ("overdue=false", "I1 I2 I3 I5"),
    ],
)
def test_a_list_its_page_its_grid_and_its_export_find_the_same(
    query: str, codes: str, office: User, api: Any, client_of: Any
) -> None:
    asked = query if "%" in query else quote(query, safe="=&,")
    answer = api(office).get(f"issues/?{asked}&ordering=code")
    assert " ".join(row["code"] for row in answer.json()["results"]) == codes
    table = api(office).get(f"issues/?{asked}&ordering=code&format=csv&fields=code")
    text = b"".join(table.streaming_content) if table.streaming else table.content
    assert text.decode("utf-8-sig").split()[1:] == codes.split()
    page = client_of(office).get(f"/issues/?{asked}&ordering=code").content.decode()
    assert [code for code in ISSUES if f">{code}</a>" in page] == codes.split()


@pytest.mark.parametrize(
    "query",
    [
        "severity__in=high,loud", "severity__in=high,,low", "owner__in=1,x", "owner__in=999999",
        "due_on__next=-1", "due_on__next=1.5", "due_on__next=99999", "due_on__last=3661",
        "due_on__when=soon", "due_on__isnull=maybe", "overdue=perhaps", "state__like=a",
        "severity__not=" + ",".join(["high"] * 3 + ["x"]), "title__contains=" + "x" * 201,
        "programme__in=1", "severity__contains=h", "severity__isnull=true",
    ],
)  # fmt: skip
def test_what_no_field_takes_is_refused_by_name(
    query: str, office: User, api: Any, client_of: Any
) -> None:
    answer = api(office).get(f"issues/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]
    assert client_of(office).get(f"/issues/?{query}").status_code == 400


def test_one_out_of_sight_is_no_value_of_several(home: Project, api: Any) -> None:
    manager = factories.user("manager")
    Project.objects.filter(pk=home.pk).update(project_manager=manager.person)
    elsewhere = factories.project()
    seen = api(manager).get(f"issues/?project__in={home.pk}")
    assert seen.json()["count"] == len(ISSUES)
    for operator in ("in", "not"):
        hidden = api(manager).get(f"issues/?project__{operator}={home.pk},{elsewhere.pk}")
        assert hidden.status_code == 400
