"""The filters of a list: chips in words, and the form that sets one."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from pmhub.models import User


def text_of(part: str) -> str:
    """A part of a page in words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())


def page_of(client: Client, address: str) -> str:
    """A page as HTML."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def chips(page: str) -> list[str]:
    """The chips of a list."""
    return [
        text_of(each) for each in re.findall(r'<span class="chip">(.*?)</span>', page, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/risks/?status__in=open,draft", "Status: Open or Draft"),
        ("/risks/?status__not=closed", "Status: not Closed"),
        ("/risks/?title__contains=fire", "Title: contains “fire”"),
        ("/risks/?title__begins=the", "Title: begins with “the”"),
        ("/risks/?title__not=x", "Title: not “x”"),
        ("/risks/?owner=none", "Owner: None"),
        ("/risks/?owner__not=none", "Owner: not None"),
        ("/milestones/?forecast_on__next=14", "Forecast: in the next 14 days"),
        ("/milestones/?forecast_on__last=7", "Forecast: in the last 7 days"),
        ("/milestones/?forecast_on__when=this_month", "Forecast: this month"),
        ("/milestones/?forecast_on__lt=2026-12-01", "Forecast: before 1 Dec 2026"),
        ("/milestones/?actual_on__isnull=true", "Reached: not set"),
        ("/milestones/?overdue=true", "Overdue: Yes"),
        (
            "/budget-lines/?approved__gte=1000&approved__lte=2000",
            "Approved: from 1,000 £k to 2,000 £k",
        ),
        ("/budget-lines/?approved__gt=1000", "Approved: more than 1,000 £k"),
        ("/budget-lines/?approved__lte=1000.50", "Approved: to 1,000.5 £k"),
        ("/risks/?residual_probability__gt=0.125", "Probability: more than 12.5%"),
    ],
)
def test_a_chip_says_in_words_what_is_filtered_by(
    address: str, said: str, demo: Any, pmo: User, client_of: Any
) -> None:
    assert chips(page_of(client_of(pmo), address)) == [said]


@pytest.mark.parametrize(
    ("sent", "settled"),
    [
        ("filter=status&is=in&is-values=open&is-values=draft", "status__in=open,draft"),
        ("filter=status&is=in&is-values=open", "status=open"),
        ("filter=status&is=not&is-values=open", "status__not=open"),
        ("filter=status&is=in", ""),
        ("filter=title&is=contains&is-text=fire+door", "title__contains=fire door"),
        ("filter=title&is=&is-text=Fire", "title=Fire"),
        ("filter=proximity_on&is=next&is-days=30", "proximity_on__next=30"),
        ("filter=proximity_on&is=when:this_year", "proximity_on__when=this_year"),
        ("filter=proximity_on&is=isnull:true", "proximity_on__isnull=true"),
        ("filter=proximity_on&is=lt&is-day=2026-12-01", "proximity_on__lt=2026-12-01"),
        (
            "filter=response_cost&is=between&is-from=1,250.50&is-to=20,000",
            "response_cost__gte=1250.50&response_cost__lte=20000",
        ),
        ("filter=response_cost&is=between&is-to=5", "response_cost__lte=5"),
        ("filter=response_cost&is=gt&is-text=£1.2m", "response_cost__gt=1200"),
        (
            "filter=response_cost&is=between&is-from=950k&is-to=+£1,250k",
            "response_cost__gte=950&response_cost__lte=1250",
        ),
        ("filter=residual_probability&is=gt&is-text=40%25", "residual_probability__gt=0.4"),
    ],
)
def test_the_form_of_a_filter_leads_to_its_list_and_keeps_the_rest(
    sent: str, settled: str, demo: Any, pmo: User, client_of: Any
) -> None:
    client = client_of(pmo)
    name = sent.partition("&")[0].partition("=")[2]
    before = f"ordering=title&kind=threat&{name}__isnull=false&page=2"
    empty = "_on" in name or "cost" in name or "probability" in name
    before = before if empty else "ordering=title&kind=threat"
    answer = client.get(f"/risks/?{before}&{sent}")
    assert answer.status_code == 302
    query = {key: values[0] for key, values in parse_qs(urlsplit(answer.url).query).items()}
    assert query == {
        "ordering": "title",
        "kind": "threat",
        **dict(each.split("=") for each in settled.split("&") if each),
    }
    assert client.get(answer.url).status_code == 200


@pytest.mark.parametrize("name", ["status", "owner", "title", "proximity_on", "response_cost"])
def test_every_kind_of_field_has_a_form_without_script(
    name: str, demo: Any, pmo: User, client_of: Any
) -> None:
    page = page_of(client_of(pmo), f"/risks/?filter={name}&kind=threat")
    form = page[page.index('id="filter-form"') :]
    form = form[: form.index("</form>")]
    assert f'name="filter" value="{name}"' in form
    assert 'name="kind" value="threat"' in form
    offered = re.findall(r'<option value="([^"]*)" data-asks="([a-z]*)"', form)
    assert offered
    for value, _ in offered:
        sent = f"is={value}&is-values=none&is-text=&is-day=&is-days=&is-from=&is-to="
        answer = client_of(pmo).get(f"/risks/?filter={name}&{sent}", follow=True)
        assert answer.status_code == (400 if name == "status" else 200), value


def test_the_form_opens_with_what_is_set(demo: Any, pmo: User, client_of: Any) -> None:
    page = page_of(client_of(pmo), "/risks/?status__not=open,draft&filter=status")
    assert '<option value="not" data-asks="values" selected>' in page
    assert re.findall(r'name="is-values" value="(\w+)" checked', page) == ["draft", "open"]


def test_groups_and_totals_are_of_what_fits(demo: Any, pmo: User, client_of: Any) -> None:
    whole = page_of(client_of(pmo), "/risks/?group=status&status__in=open,draft")
    apart = [page_of(client_of(pmo), f"/risks/?group=status&status={each}") for each in
             ("draft", "open")]  # fmt: skip
    groups = [
        re.findall(r'<tr class="group">.*?</tr>', each, re.DOTALL) for each in (whole, *apart)
    ]
    assert [text_of(each) for each in groups[0]] == [
        text_of(each) for part in groups[1:] for each in part
    ]


def test_a_field_that_is_fixed_or_none_has_no_form(demo: Any, pmo: User, client_of: Any) -> None:
    home = demo.programme("CAM").pk
    client = client_of(pmo)
    assert client.get(f"/programmes/{home}/risks/?filter=programme").status_code == 400
    for name in ("nothing", "status__in", "is"):
        assert client.get(f"/risks/?filter={name}").status_code == 400
