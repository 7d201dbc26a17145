"""What people do about risks and about what projects owe one another, in a browser; each walk
counts what a person does."""

import pytest
from playwright.sync_api import Page, expect

from projects.models import Action, Dependency, Risk
from tests import factories
from tests.pages.browser.conftest import ON_BOTH, Person
from tests.pages.browser.looks import unfold

pytestmark = pytest.mark.django_db(transaction=True)


class RecordEditor(Person):
    """Somebody at the page of a record who takes its verbs."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page

    def go(self, name: str) -> None:
        """Follow a link."""
        self.click(self.page.get_by_role("link", name=name).first)

    def open(self, words: str) -> None:
        """Open the record of a list that says this."""
        self.click(self.page.locator("#live tbody tr", has_text=words).locator("th a").first)

    def write(self, label: str, text: str) -> None:
        """Fill in a field of the form of a record."""
        self.fill(self.page.get_by_role("main").get_by_label(label), text)

    def save(self) -> None:
        """Save the form of a record."""
        self.send(self.page.get_by_role("button", name="Save", exact=True))

    def send_verb(self, verb: str, state: str, **fields: str) -> None:
        """Open the box of a verb, fill its fields in and send it; `state` is what the record is
        then."""
        self.click(self.page.locator("summary", has_text=verb))
        form = self.page.get_by_role("form", name=verb)
        for name, text in fields.items():
            self.fill(form.locator(f"[name={name}]"), text)
        self.send(form.get_by_role("button", name=verb))
        expect(self.page.locator(".page-title .tag").first).to_have_text(state)


@ON_BOTH
def test_a_risk_is_written_down_acted_on_escalated_and_returned(
    visit, demo, cam02_manager, viewer, cam_manager
):
    lead = RecordEditor(visit(cam02_manager).new_page())
    lead.page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    lead.click(lead.page.get_by_role("region", name="Risks").get_by_role("link", name="New risk"))
    lead.write("Title", "Crane driver is away")
    lead.write("Probability, 0 to 1, As it is now", "0.2")
    lead.write("Cost, most likely, As it is now", "£1.5k")
    lead.save()
    lead.go("New action")
    lead.write("Title", "Train a second driver")
    lead.choose(lead.page.get_by_label("Owner"), f"PE27 {viewer.person.name}")
    lead.write("Due", "2026-11-20")
    lead.save()
    expect(lead.page.get_by_role("heading", level=1)).to_contain_text("Train a second driver")
    assert lead.actions == 10
    risk, action = Risk.objects.get(title="Crane driver is away"), Action.objects.latest("id")
    assert (action.risk, action.owner) == (risk, viewer.person)

    owner = RecordEditor(visit(viewer).new_page())
    owner.page.goto("/actions/?mine=true")
    owner.open("Train a second driver")
    owner.send_verb("Mark as done", "Done", evidence="Both have their licence")
    assert owner.actions == 4
    action.refresh_from_db()
    assert (action.state, action.evidence) == ("done", "Both have their licence")

    lead.page.goto(f"/risks/{risk.pk}/")
    lead.actions = 0
    lead.send_verb("Escalate to the programme", "Escalated")
    assert lead.actions == 2
    above = Risk.objects.get(programme=demo.programme("CAM"), title="Crane driver is away")
    risk.refresh_from_db()
    assert (risk.status, risk.escalated_to) == ("escalated", above)

    manager = RecordEditor(visit(cam_manager).new_page())
    manager.page.goto("/risks/?status=escalated")
    manager.open("Crane driver is away")
    manager.send_verb("Return to the project", "Open", reason="The project can handle it")
    assert manager.actions == 4
    risk.refresh_from_db()
    above.refresh_from_db()
    assert (risk.status, above.status) == ("open", "closed")


@ON_BOTH
def test_what_two_projects_fear_is_counted_once_and_what_happened_is_an_issue(
    visit, demo, cam_manager, cam02_manager
):
    cam = demo.programme("CAM")
    above = factories.risk(cam, code="R90", title="Steel is dearer for all")
    mine = factories.risk(demo.project("CAM-02"), code="R91", title="Our steel is dearer")
    manager = RecordEditor(visit(cam_manager).new_page())
    manager.page.goto(f"/risks/{mine.pk}/")
    manager.click(manager.page.locator("summary", has_text="Count it in another risk"))
    form = manager.page.get_by_role("form", name="Count it in another risk")
    manager.choose(form.get_by_label("Aggregated into"), "R90 Steel is dearer for all")
    manager.click(form.get_by_role("button", name="Count it in another risk"))
    expect(manager.page.locator("summary", has_text="Count it by itself again")).to_be_visible()
    assert manager.actions == 3
    manager.page.goto(f"/risks/{above.pk}/")
    linked = manager.page.get_by_role("region", name="Linked with")
    expect(linked).to_contain_text("Our steel is dearer")

    lead = RecordEditor(visit(cam02_manager).new_page())
    threat = factories.risk(demo.project("CAM-02"), code="R92", title="The crane fails")
    lead.page.goto("/risks/")
    lead.open("The crane fails")
    lead.send_verb("Record that it happened", "Materialised", reason="On 30 October")
    assert lead.actions == 4
    lead.click(linked_to(lead.page, "The crane fails"))
    expect(lead.page.locator(".page-title .tag").first).to_have_text("Raised")
    assert threat.issues.get().project == demo.project("CAM-02")


def linked_to(page: Page, title: str):
    """The link of a risk's page to what is linked with it."""
    return page.get_by_role("region", name="Linked with").get_by_role("link", name=title)


@pytest.fixture
def sides(demo):
    """Two people who manage one project each, of two programmes, and what one owes the other."""
    people = {name: factories.user(name) for name in ("giver", "receiver")}
    ends = {
        side: factories.project(
            programme=factories.programme(portfolio=demo.portfolio), project_manager=user.person
        )
        for side, user in people.items()
    }
    link = factories.dependency(
        ends["giver"], ends["receiver"], deliverable="Power to the plant room",
        status="identified", need_by="2027-03-01",
    )  # fmt: skip
    return {**people, "link": link}


@ON_BOTH
def test_the_two_sides_of_a_dependency_agree_deliver_turn_down_and_accept(visit, sides):
    people = {side: RecordEditor(visit(sides[side]).new_page()) for side in ("giver", "receiver")}

    def does(side: str, verb: str, state: str, **fields: str) -> int:
        """Have one side find the dependency and take a verb; how many actions that is."""
        somebody = people[side]
        somebody.page.goto("/dependencies/")
        somebody.actions = 0
        somebody.open("Power to the plant room")
        somebody.send_verb(verb, state, **fields)
        return somebody.actions

    asked = does(
        "receiver", "Propose it", "Proposed", need_by="2027-02-01", text="We test in February"
    )
    offered = does(
        "giver", "Offer another day", "Proposed", forecast_on="2027-02-20", text="Not before"
    )
    thread = people["giver"].page.get_by_role("region", name="What was said")
    expect(thread).to_contain_text("We test in February")
    expect(thread.locator("li", has_text="Not before")).to_contain_text("waits for an answer")
    expect(people["giver"].page.locator("summary", has_text="Agree to it")).to_have_count(0)
    agreed = does("receiver", "Agree to it", "Agreed")
    delivered = does("giver", "Deliver it", "Delivered", delivered_on="2026-10-15")
    expect(people["giver"].page.locator("summary", has_text="Accept it")).to_have_count(0)
    refused = does("receiver", "Turn it down", "Rejected", reason="It holds half the load")
    does("giver", "Offer another day", "Rejected", forecast_on="2027-02-20")
    does("receiver", "Agree to it", "Agreed")
    does("giver", "Deliver it", "Delivered", delivered_on="2026-10-20")
    accepted = does("receiver", "Accept it", "Accepted", accepted_on="2026-10-25")
    assert [asked, offered, agreed, delivered, refused, accepted] == [5, 5, 3, 4, 4, 4]
    link = Dependency.objects.get(pk=sides["link"].pk)
    assert [str(link.agreed_on), str(link.delivered_on), str(link.accepted_on)] == [
        "2027-02-20", "2026-10-20", "2026-10-25",
    ]  # fmt: skip


def test_the_pages_of_risks_and_dependencies(visit, demo, cam_manager, defects):
    link = factories.dependency(
        demo.project("CAM-07"), demo.project("CAM-08"), status="proposed", proposed_side="giver"
    )
    for message in (
        {"side": "receiver", "kind": "request", "need_by": "2027-01-15", "text": "Before the move"},
        {"side": "giver", "kind": "offer", "forecast_on": "2027-02-20", "text": "Not before"},
    ):
        link.messages.create(**message)
    risk = demo.risk("R08")
    page = visit(cam_manager).new_page()
    for address in (
        "/dependencies/?view=board",
        "/dependencies/?view=lanes",
        f"/dependencies/{link.pk}/",
        f"/risks/{risk.pk}/",
    ):
        page.goto(address)
        unfold(page)
        assert (address, defects(page)) == (address, [])
