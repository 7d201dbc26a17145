"""The pages of reports: who sees what, what may be done, and that a published one stands still."""

import re
from time import thread_time

import pytest

from pmhub.demo.removal import erase
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.templatetags.prose import TAGS, in_a_line, prose
from projects.models import Milestone, Project
from tests import factories
from tests.ledger.test_pages import tables


@pytest.fixture
def pages(demo):
    """The address of CAM's reports."""
    return f"/programmes/{demo.programme('CAM').pk}/reports/"


def test_drafts_are_for_who_may_write_them(pages, write, client_of, words, cam_manager, viewer):
    draft = write(achieved="The library opened.").json()
    page = words(client_of(cam_manager).get(f"{pages}{draft['id']}/"))
    assert "The library opened." in page
    assert "Submit for approval" in page
    assert "31 Oct 2026 Draft" in words(client_of(cam_manager).get(pages))
    assert client_of(viewer).get(f"{pages}{draft['id']}/").status_code == 404
    assert "No report yet" in words(client_of(viewer).get(pages))


def test_a_published_one_is_for_whoever_sees_the_programme(
    pages, publish, client_of, words, viewer, stranger
):
    report = publish()
    page = words(client_of(viewer).get(f"{pages}{report['id']}/"))
    for said in ("The library opened.", "Main figures", "285,810", "Next milestones", "Top risks"):
        assert said in page
    assert "Begin a correction" not in page
    assert "Save the draft" not in page
    assert "31 Oct 2026 Published" in words(client_of(viewer).get(pages))
    for address in (pages, f"{pages}{report['id']}/"):
        assert client_of(stranger).get(address).status_code == 404


def test_each_is_offered_the_step_that_is_theirs(
    pages, write, api, client_of, words, cam_manager, sro
):
    pk = write().json()["id"]
    address, path = f"{pages}{pk}/", f"status-reports/{pk}/"
    steps = [
        ("submission", cam_manager, "Submit for approval"),
        ("approval", sro, "Approve"),
        ("publication", cam_manager, "Publish"),
    ]
    for verb, who, label in steps:
        page = words(client_of(who).get(address))
        assert f"Next step {label}" in page
        assert ("Return to its author" in page) is (verb == "approval")
        assert ("Save the draft" in page) is (verb == "submission")
        other = sro if who == cam_manager else cam_manager
        seen = words(client_of(other).get(address))
        assert ("Next step" in seen) is (other == sro or verb == "approval")
        # What was handed over is taken back, or returned by who approves.
        assert ("Take it back" in seen) is (verb != "submission")
        api(who).post(f"{path}{verb}/")
    assert "Begin a correction" in words(client_of(cam_manager).get(address))


def test_a_published_report_stands_still(demo, pages, publish, client_of, pmo, drain):
    address, client = f"{pages}{publish()['id']}/", client_of(pmo)
    before = client.get(address)
    Project.objects.filter(code="CAM-02").update(estimate_to_complete=1)
    Milestone.objects.update(title="Another")
    erase(demo.programme("CAM").risks.all())
    Project.objects.filter(code="CAM-03").update(programme=demo.programme("NZE"), tranche=None)
    drain()
    after = client.get(address)
    assert tables(after) == tables(before)
    assert after.headers["ETag"] == before.headers["ETag"]


def test_what_moved_since_the_report_before_is_told(
    demo, pages, publish, client_of, words, viewer, drain
):
    publish()
    project = demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    drain()
    second = publish(period_end="2026-11-15")
    page = words(client_of(viewer).get(f"{pages}{second['id']}/"))
    assert "Report to 31 Oct 2026" in page
    assert "286,060 285,810 +250" in page


def test_a_correction_says_so_on_both(pages, publish, client_of, words, viewer, cam_manager):
    first = publish()
    second = publish(corrects=first["id"], achieved="The library opened in part.")
    client = client_of(viewer)
    assert "Corrected by a later report" in words(client.get(f"{pages}{first['id']}/"))
    assert "Corrects the report of the same period" in words(client.get(f"{pages}{second['id']}/"))
    assert "Begin a correction" not in words(client_of(cam_manager).get(f"{pages}{first['id']}/"))


def test_a_correction_says_what_it_corrects_and_how_it_differs(
    pages, publish, client_of, words, viewer
):
    first = publish()
    second = publish(corrects=first["id"], achieved="The library opened in part.")
    page = words(client_of(viewer).get(f"{pages}{second['id']}/"))
    assert "of the same period: The number of rooms was wrong." in page
    assert "Achieved The library opened. The library opened in part." in page


def test_a_report_says_who_is_asked_to_approve_it_and_who_did(
    pages, write, api, client_of, words, cam_manager, sro
):
    pk = write().json()["id"]
    api(cam_manager).post(f"status-reports/{pk}/submission/")
    page = words(client_of(cam_manager).get(f"{pages}{pk}/"))
    assert f"Waits for the approval of {sro.person.name}" in page
    api(sro).post(f"status-reports/{pk}/approval/")
    page = words(client_of(cam_manager).get(f"{pages}{pk}/"))
    assert f"Approved by {sro.person}." in page


def test_a_new_report_begins_with_what_the_figures_say(pages, client_of, words, cam_manager):
    page = words(client_of(cam_manager).get(pages))
    assert "**Next milestones** - CAM-04 M10 Gateway 2 application accepted as valid" in page
    assert "**Figures** - Benefits forecast, whole life: £" in page
    assert "Projects red: CAM-02" in page


def test_what_is_written_is_text(pages, publish, client_of, viewer):
    report = publish(achieved="<script>alert(1)</script>\n\nNext line")
    html = client_of(viewer).get(f"{pages}{report['id']}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html


def test_what_is_written_in_markdown_is_shown_so(pages, publish, client_of, viewer):
    text = (
        "## Achieved\n\n- **Frame** complete\n- [Plan](https://wexmoor.example/plan)\n\n"
        "| Zone | State |\n| --- | --- |\n| A | done |"
    )
    report = publish(achieved=text)
    for address in (f"{pages}{report['id']}/", f"{pages}{report['id']}/?print=1"):
        html = client_of(viewer).get(address).content.decode()
        assert "<h5>Achieved</h5>" in html
        assert "<li><strong>Frame</strong> complete</li>" in html
        assert "<td>done</td>" in html
        assert (
            '<a href="https://wexmoor.example/plan" rel="nofollow noopener noreferrer">Plan</a>'
            in html
        )
        assert "**" not in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "![x](https://elsewhere.example/pixel.png)",
        '[x](https://a.example "" onmouseover=alert(1) "")',
        "<a href='javascript:alert(1)'>x</a>",
        '<https://a.example/" onclick=alert(1)>',
        "```\n<svg onload=alert(1)>\n```",
        "<div style='position:fixed'>x</div>",
        "<iframe srcdoc='<script>1</script>'></iframe>",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_no_text_brings_a_script_or_asks_elsewhere(text):
    html = str(prose(text))
    kept = re.findall(r"<([a-z0-9]+)([^>]*)>", html)
    assert {tag for tag, _ in kept} <= TAGS
    for tag, attributes in kept:
        assert attributes == "" or (
            tag == "a"
            and re.fullmatch(
                r' href="https://[^"]*" rel="nofollow noopener noreferrer"', attributes
            )
        )


def test_a_report_of_another_programme_is_not_here(demo, publish, client_of, pmo):
    other, pk = demo.programme("NZE").pk, publish()["id"]
    assert client_of(pmo).get(f"/programmes/{other}/reports/{pk}/").status_code == 404


def test_more_reports_take_no_more_queries(nothing, client_of, queries_of, drain):
    reader, programme, counts = factories.user(), factories.programme(), set()
    factories.role(reader, "programme_manager", programme=programme)
    drain()
    for number in (1, 3):
        for day in range(number):
            programme.status_reports.create(
                period_end=f"2026-0{number}-1{day}", author=factories.person()
            )
        counts.add(queries_of(client_of(reader), f"/programmes/{programme.pk}/reports/"))
    assert len(counts) == 1


def test_a_text_is_told_in_a_line_without_its_headings() -> None:
    text = "**Reached**\n\n- M03 Foundations\n- M04 & more\n\n## Figures\n\nCost is **£12m**"
    assert in_a_line(text) == "M03 Foundations; M04 & more; Cost is £12m"
    assert in_a_line(text.replace("\n", "\r\n")) == "M03 Foundations; M04 & more; Cost is £12m"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("**Site moved, all 40 people work.**", "Site moved, all 40 people work."),
        ("# Nothing but\n\n## headings", "Nothing but; headings"),
        ("**Bold** words go on", "Bold words go on"),
        ("**Of two\nlines**", "Of two; lines"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_text_of_headings_alone_is_told_with_them(text: str | None, line: str) -> None:
    assert in_a_line(text) == line


def taken(text: str) -> float:
    """The least seconds of this thread in which a text is told in a line, of three tries."""
    found = []
    for _ in range(3):
        began = thread_time()
        assert in_a_line(text)
        found.append(thread_time() - began)
    return min(found)


@pytest.mark.parametrize("filler", ["\n", " \n", "\t", "**", "#", "\n**x"])
def test_the_longest_text_is_told_in_a_line_as_quickly_as_its_parts(filler: str) -> None:
    longest, part = (
        f"x{filler * (length // len(filler) - 2)}x" for length in (LONGEST_TEXT, LONGEST_TEXT // 16)
    )
    # Were each pair of characters looked at, it would be 256 times as long.
    assert taken(longest) < 80 * taken(part)


def test_a_draft_names_a_project_once_where_its_milestones_carry_its_code(demo, pmo, client_of):
    programme = demo.programme("CAM")
    demo.project("CAM-04").milestones.filter(code="M10").update(code="CAM-04-M10")
    page = client_of(pmo).get(f"/programmes/{programme.pk}/reports/").content.decode()
    assert "- CAM-04-M10 Gateway 2 application accepted as valid" in page
    assert "CAM-04 CAM-04-M10" not in page
