"""Registers, the pages of records and their forms: of all resources alike, each as its people see
it."""

import csv
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benefits.models import Benefit
from pmhub.api.resources import basename_of, view_of
from pmhub.api.routes import RESOURCES
from pmhub.models import Person
from pmhub.registers import Register, registers
from pmhub.text import next_code
from pmhub.urls import registers as _routes  # noqa: F401  # they declare the registers
from projects.models import Risk
from tests import factories, samples

ALL = list(registers)
EACH = pytest.mark.parametrize("register", ALL, ids=[each.name for each in ALL])
NARROWED = [
    (above, below) for above in ALL for below in registers.narrowed_by(above.model)
]  # fmt: skip

FORM = r'<rest-form\s+action="([^"]+)"'
# What is one's own, at any record that one sees.
OWN = tuple(f"/api/v1/{name}/" for name in ("comments", "follows", "favourites"))


@pytest.fixture
def risks(demo) -> Register:
    found = registers.named("risks")
    assert found
    return found


def text_of(answer: Any) -> str:
    """The words of a page."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def rows_of(answer: Any) -> list[int]:
    """The ids of the records of a list, in their order."""
    return [int(each) for each in re.findall(r'<tr data-id="(\d+)"', answer.content.decode())]


def record_of(register: Register) -> Any:
    """Return a record of a register of the demo."""
    return register.model.objects.first() or samples.sample(register.name)


@EACH
def test_every_register_has_its_pages(register, demo, pmo, client_of):
    client = client_of(pmo)
    assert client.get(reverse("register", args=[register.name])).status_code == 200
    assert client.get(reverse("new-record", args=[register.name])).status_code == 200
    record = record_of(register)
    for page in ("record", "edit-record", "record-history"):
        answer = client.get(reverse(page, args=[register.name, record.pk]))
        edits = page == "edit-record"
        another = edits and record.of_author and record.created_by_id != pmo.pk
        holds = edits and record.holds  # it is shown as it stands
        assert answer.status_code == (403 if another else 302 if holds else 200), page


@EACH
def test_a_stranger_finds_no_record_and_is_told_that_none_is_theirs(
    register, demo, stranger, client_of
):
    client = client_of(stranger)
    listed = client.get(reverse("register", args=[register.name]))
    assert rows_of(listed) == []
    assert "There is none that you may see" in text_of(listed)
    assert client.get(reverse("new-record", args=[register.name])).status_code == 403
    record = record_of(register)
    for page in ("record", "edit-record", "record-history"):
        there = client.get(reverse(page, args=[register.name, record.pk]))
        assert there.status_code == 404


@pytest.mark.parametrize("name", ["gates", "business-cases", "case-options"])
def test_where_nothing_is_to_which_a_record_could_belong_none_is_offered(
    name, nothing, office, client_of
):
    page, form = reverse("register", args=[name]), reverse("new-record", args=[name])
    empty = client_of(office).get(page)
    assert "There is nothing in your sight yet that it could belong to" in text_of(empty)
    assert f'href="{form}"' not in empty.content.decode()
    factories.business_case(factories.programme())
    assert f'href="{form}"' in client_of(office).get(page).content.decode()


@EACH
def test_who_reads_alone_is_offered_nothing_to_write(register, demo, client_of):
    reader = factories.user("reader")
    factories.role(reader, "viewer")
    client, made = client_of(reader), record_of(register)
    record = register.model.objects.visible_to(reader).first()
    assert (record is None) is (register.name in samples.NOT_FOR_READERS)
    if record is None:
        for page in ("record", "edit-record", "record-history"):
            there = client.get(reverse(page, args=[register.name, made.pk]))
            assert there.status_code == 404
        return
    assert client.get(reverse("edit-record", args=[register.name, record.pk])).status_code == 403
    page = client.get(reverse("record", args=[register.name, record.pk])).content.decode()
    assert all(action.startswith(OWN) for action in re.findall(FORM, page))
    assert "/new/" not in page
    assert "/edit/" not in page


@pytest.mark.parametrize(
    ("above", "below"), NARROWED, ids=[f"{a.name}-{b.name}" for a, b in NARROWED]
)
def test_a_register_is_narrowed_to_what_belongs_to_a_record(above, below, demo, pmo, client_of):
    record = record_of(above)
    address = reverse("register-of", args=[above.name, record.pk, below.name])
    assert client_of(pmo).get(address).status_code == 200


QUERIES = [
    "status=open",
    "status=open&ordering=-title",
    "search=steel",
    "kind=opportunity",
    "proximity_on__gte=2027-01-01&ordering=proximity_on",
]


@pytest.mark.parametrize(
    "query",
    [
        "status=open&ordering=-title",
        "search=steel&column=cause&column=code",
        "group=status&status__in=open,escalated&ordering=-title",
        "group=status",
    ],
)
def test_the_file_of_a_list_holds_just_what_it_shows(query, demo, pmo, client_of):
    page = client_of(pmo).get(f"/risks/?{query}")
    assert page.context["count"] == len(page.context["lines"])  # on one page
    [address] = [address for words, address in page.context["tables"] if words == "CSV"]
    file = b"".join(client_of(pmo).get(address)).decode("utf-8-sig")
    header, *rows = csv.reader(file.splitlines())
    shown = ["id", *page.context["asked"].columns]
    assert [name for name in header if name in shown] == shown  # codes stand beside ids
    assert [int(id) for id, *_ in rows] == rows_of(page)


def test_the_file_of_what_is_archived_holds_that_alone(demo, pmo, client_of):
    gone = factories.person(archived_at=timezone.now())
    page = client_of(pmo).get("/people/?archived=true")
    file = b"".join(client_of(pmo).get(page.context["tables"][0][1])).decode("utf-8-sig")
    assert [row["id"] for row in csv.DictReader(file.splitlines())] == [str(gone.pk)]


@pytest.mark.parametrize("query", QUERIES)
def test_a_list_shows_the_rows_that_rest_answers_in_their_order(
    query, demo, cam_manager, client_of, api_of
):
    shown = rows_of(client_of(cam_manager).get(f"/risks/?{query}"))
    told = api_of(cam_manager).get(f"/api/v1/risks/?{query}").json()["results"]
    assert shown == [row["id"] for row in told]
    assert shown


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("colour=blue", "no filter of the name colour"),
        ("status=odd", "Status"),
        ("ordering=secret", "order by"),
        ("group=id", "group by"),
        ("column=password", "no column of the name password"),
        ("page=x", "A page is a number"),
        ("page=0", "A page is a number"),
        ("search=%00", "nothing to see"),
        ("search=a+b+c+d+e+f+g+h+i", "at most 8 words"),
        ("project=99999999999999999999", "Project"),
        ("proximity_on__gte=soon", "Could happen until, earliest"),
    ],
)
def test_an_address_that_asks_for_what_is_not_there_says_so(
    query, words, demo, cam_manager, client_of
):
    answer = client_of(cam_manager).get(f"/risks/?{query}")
    assert answer.status_code == 400
    assert words in text_of(answer)


def test_a_list_that_cannot_be_searched_offers_no_search_and_says_so(demo, pmo, client_of, api_of):
    client, rest = client_of(pmo), api_of(pmo)
    silent = [each.name for each in registers if not RESOURCES[each.name].search_fields]
    assert silent
    for name in silent:
        assert 'name="search"' not in client.get(f"/{name}/").content.decode()
        for query in ("search=steel", "search=steel&view=grid"):
            answer = client.get(f"/{name}/?{query}")
            assert (answer.status_code, "cannot be searched" in text_of(answer)) == (400, True)
        assert rest.get(f"/api/v1/{name}/?search=steel").status_code == 400


def test_groups_say_how_many_rows_of_the_whole_filter_they_have(demo, cam_manager, client_of):
    page = text_of(client_of(cam_manager).get("/risks/?group=kind&kind=threat"))
    threats = Risk.objects.visible_to(cam_manager).filter(kind="threat").count()
    assert f"Threat {threats}" in page


def test_the_total_of_a_list_is_that_of_the_whole_filter(demo, cam_manager, client_of):
    project = demo.project("CAM-02")
    for number in range(60):
        project.cost_actuals.create(posted_on="2026-10-01", amount=Decimal(number))
    page = client_of(cam_manager).get(f"/projects/{project.pk}/cost-actuals/")
    assert len(rows_of(page)) == 50
    spent = sum(project.cost_actuals.values_list("amount", flat=True))
    assert f"{spent:,.0f}" in text_of(page).partition("All ")[2]


def test_chosen_columns_stand_in_the_order_of_the_address(demo, cam_manager, client_of):
    page = client_of(cam_manager).get("/risks/?column=title&column=inherent_days_max&column=code")
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page.content.decode(), flags=re.DOTALL)
    assert [" ".join(re.sub(r"<[^>]+>", " ", head).split()) for head in heads] == [
        "Title", "Days, most, before any response", "Code",
    ]  # fmt: skip


def test_rows_cost_no_further_statements(demo, pmo, client_of):
    client = client_of(pmo)
    project = demo.project("CAM-02")

    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/projects/{project.pk}/risks/").status_code == 200
        return len(found)

    statements()
    factories.risk(project, code="X")
    few = statements()
    for number in range(30):
        factories.risk(project, code=f"X{number}", owner=Person.objects.all()[number % 5])
    assert statements() <= few


def test_a_list_is_drawn_anew_when_what_it_shows_has_changed(demo, cam_manager, client_of):
    client = client_of(cam_manager)
    risk = Risk.objects.visible_to(cam_manager).get(code="R01")
    for _ in range(2):
        client.get("/risks/")
    Risk.objects.filter(pk=risk.pk).update(title="Steel is scarce")
    assert "Steel is scarce" in text_of(client.get("/risks/"))
    Person.objects.filter(pk=risk.owner_id).update(name="Renamed Person")
    assert "Renamed Person" in text_of(client.get("/risks/"))


def test_an_end_out_of_sight_is_told_as_far_as_it_may_be(demo, cam_manager, client_of, api_of):
    hidden = [
        row
        for row in api_of(cam_manager).get("/api/v1/dependencies/").json()["results"]
        if row["giver_hidden"]
    ]
    assert hidden
    page = client_of(cam_manager).get("/dependencies/").content.decode()
    for row in hidden:
        told = row["giver_title"] or row["giver_contact"]
        assert told is None or told in unescape(page)
    assert "SSV-" not in page


def test_a_record_shows_what_may_be_done_to_it_and_what_belongs_to_it(
    demo, cam_manager, client_of, risks: Register
):
    risk = Risk.objects.get(code="R01")
    page = text_of(client_of(cam_manager).get(f"/risks/{risk.pk}/"))
    for words in ("Escalate to the programme", "Record that it happened", "Close", "Aisha Rahman"):
        assert words in page


def test_a_form_offers_what_its_user_may_set_and_no_more(demo, cam02_manager, pmo, client_of):
    milestone = demo.project("CAM-02").milestones.first()
    address = f"/milestones/{milestone.pk}/edit/"
    own = client_of(cam02_manager).get(address).content.decode()
    assert 'name="forecast_on"' in own
    assert 'name="baseline_on"' not in own  # set by who limits the project
    assert 'name="state"' not in own  # a verb changes it
    assert 'name="baseline_on"' in client_of(pmo).get(address).content.decode()


def test_a_new_record_begins_with_its_parent_the_next_code_and_the_defaults(
    demo, cam02_manager, client_of
):
    project = demo.project("CAM-02")
    page = client_of(cam02_manager).get(f"/risks/new/?project={project.pk}").content.decode()
    assert re.search(rf'<option value="{project.pk}" selected>CAM-02', page)
    free = next_code(Risk.objects.values_list("code", flat=True))  # of others' projects too
    assert re.search(rf'name="code"[^>]*value="{free}"', page.replace("\n", " "))
    assert '<option value="threat" selected' in " ".join(page.split())


@pytest.mark.parametrize(
    ("query", "status"),
    [("project={other}", 404), ("secret=1", 404), ("project=x", 404), ("project={own}", 200)],
)
def test_a_new_record_is_offered_where_its_user_may_write(
    query, status, demo, cam02_manager, client_of
):
    text = query.format(own=demo.project("CAM-02").pk, other=demo.project("SSV-01").pk)
    assert client_of(cam02_manager).get(f"/risks/new/?{text}").status_code == status


def test_the_history_says_who_changed_what_and_why(demo, cam_manager, client_of, api_of):
    risk = Risk.objects.get(code="R01")
    answer = api_of(cam_manager).patch(
        f"/api/v1/risks/{risk.pk}/", {"title": "Steel"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.json()
    page = text_of(client_of(cam_manager).get(f"/risks/{risk.pk}/history/"))
    assert f"Title: {risk.title} → Steel" in page


@pytest.mark.parametrize(
    ("codes", "following"),
    [
        (["R01", "R02", "R11"], "R12"),
        (["CAM-R9"], "CAM-R10"),
        (["A", "B"], ""),
        ([], ""),
        (["R099"], "R100"),
    ],
)
def test_the_next_code_follows_the_highest(codes: list[str], following: str) -> None:
    assert next_code(codes) == following


@EACH
def test_rest_leads_to_the_page_of_a_record(register, demo, pmo, api_of, client_of):
    record = record_of(register)
    row = api_of(pmo).get(f"/api/v1/{register.name}/{record.pk}/").json()
    path = row["html_url"].removeprefix("http://testserver")
    assert path == f"/{register.name}/{record.pk}/"
    assert client_of(pmo).get(path).status_code == 200
    assert basename_of(register.model) == register.name
    assert view_of(register.model).serializer_class is register.serializer


# Panels


def test_the_page_of_a_record_shows_its_panels(demo, viewer, client_of):
    benefit = demo.programme("CAM").benefits.get(code="B03")
    page = text_of(client_of(viewer).get(f"/benefits/{benefit.pk}/"))
    assert "Profile £k Period Baseline Planned Forecast Measured" in page


def test_a_form_says_once_what_its_amounts_are_in(demo, pmo, client_of):
    money, visits = demo.benefit("B01"), Benefit.objects.filter(monetised=False).first()
    for benefit, unit in ((money, "£k"), (visits, visits.unit)):
        page = client_of(pmo).get(f"/measurements/new/?benefit={benefit.pk}").content.decode()
        field = page[page.index('for="id_value"') : page.index('name="value"') + 300]
        assert f'<span class="required">{unit}</span>' in field
        assert f'data-unit="{unit}"' in field


@pytest.mark.parametrize(
    ("collection", "label"), [("decisions", "Decided"), ("rule-sets", "Valid from")]
)
def test_the_ends_of_a_range_above_a_list_are_told_apart(collection, label, demo, pmo, client_of):
    page = client_of(pmo).get(f"/{collection}/")
    labels = [each.label for each in page.context["few"]]
    assert labels[-2:] == [f"{label}, earliest", f"{label}, latest"]


def test_a_new_gate_begins_with_what_follows_for_its_project(demo, cam02_manager, client_of):
    page = client_of(cam02_manager).get(f"/gates/new/?project={demo.project('CAM-02').pk}")
    fields = {each.name: each for part in page.context["sections"] for each in part["fields"]}
    held = fields["code"].initial, fields["stage_to"].initial
    assert held == ("CAM-02-G4", "operate_embed_close")


def test_a_record_shows_what_is_filled_in_and_names_the_rest(demo, cam_manager, client_of):
    risk = demo.project("CAM-02").risks.get(code="R01")
    page = client_of(cam_manager).get(f"/risks/{risk.pk}/")
    told = text_of(page)
    assert (
        "Not filled in: If its costs are in another currency; Estimates in that currency." in told
    )
    assert "Project CAM-02 Engineering and Materials Building" in told
    assert "Programme –" not in told
    assert 'data-label="Once all is done"' in page.content.decode()
