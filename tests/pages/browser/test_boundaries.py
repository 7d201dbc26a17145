"""What people do where a programme or a tranche goes on, and in a meeting of a board, in a
browser; each walk counts what a person does."""

import pytest
from playwright.sync_api import expect

from programmes.models import Board, BoardMeeting, Decision
from projects.models import Gate
from tests import factories
from tests.pages.browser.conftest import ON_BOTH
from tests.pages.browser.looks import unfold
from tests.pages.browser.test_links import RecordEditor

pytestmark = pytest.mark.django_db(transaction=True)

BOARD = ("Dr Farah Siddiqui", "Prof. Adaeze Nwosu", "Callum Fraser")


def menu_of(page):
    """The menu of the registers of a record."""
    return page.get_by_role("navigation", name="Registers of")


class Deciding(RecordEditor):
    """Somebody who plans a gate, or votes at one."""

    def plan(self, title: str) -> None:
        """Fill in the form of a gate: its code and its stage are there."""
        self.write("Title", title)
        self.save()
        expect(self.state).to_have_text("Planned")

    def vote(self, choice: str) -> None:
        """Vote for a choice."""
        self.click(self.page.locator("summary", has_text="Vote"))
        form = self.page.get_by_role("form", name="Vote")
        self.choose(form.locator("[name=choice]"), choice)
        self.click(form.get_by_role("button", name="Vote"))

    @property
    def state(self):
        """Where the record stands."""
        return self.page.locator(".page-title .tag").first

    @property
    def refusal(self):
        """Why a vote was refused."""
        return self.page.locator("#vote-form .error-summary")

    @property
    def holding(self):
        """The region of what still holds the gate."""
        return self.page.get_by_role("region", name="What still holds it")


@ON_BOTH
def test_the_board_takes_its_programme_on_and_who_leads_it_has_no_vote(
    visit, demo, cam_manager, sro, benefit_owner, bcm
):
    programme = demo.programme("CAM")
    lead = Deciding(visit(cam_manager).new_page())
    lead.page.goto(f"/programmes/{programme.pk}/")
    lead.click(lead.page.locator("summary", has_text="Edit and registers"))
    lead.click(menu_of(lead.page).get_by_role("link", name="Gates"))
    lead.go("New gate")
    lead.plan("Is it time to embed?")
    expect(lead.holding).to_contain_text("Nothing.")
    lead.send_verb("Open the gate", "Open")
    expect(lead.holding).to_contain_text("Callum Fraser")
    expect(lead.page.locator("summary", has_text="Vote")).to_have_count(0)
    gate, actions = Gate.objects.get(programme=programme), lead.actions
    assert cam_manager.person not in gate.approvers.all()

    for user in (sro, benefit_owner, bcm):
        voter = Deciding(visit(user).new_page())
        voter.page.goto(f"/gates/{gate.pk}/")
        voter.vote("Proceed")
        expect(voter.holding.get_by_text(user.person.name)).to_have_count(0)
        actions += voter.actions
    expect(voter.state).to_have_text("Decided")
    expect(voter.holding).to_have_count(0)
    programme.refresh_from_db()
    assert programme.stage == "embed"
    assert Decision.objects.get(cause="gate", programme=programme).outcome == "Proceed"
    assert actions == 16


def test_a_mandate_is_written_issued_and_approved_and_the_programme_is_designed(
    visit, demo, cam_manager, sponsor, pmo, sro, watched
):
    programme = factories.programme(
        portfolio=demo.portfolio, stage="identify", sro=sro.person,
        programme_manager=cam_manager.person,
    )  # fmt: skip
    lead = Deciding(visit(cam_manager).new_page())
    lead.page.goto(f"/gates/new/?programme={programme.pk}")
    lead.plan("Is it designed?")
    expect(lead.holding).to_contain_text("Have its mandate approved first:")
    mandates = lead.holding.get_by_role("link", name=f"mandates of {programme.code}")
    expect(mandates).to_have_attribute("href", f"/programmes/{programme.pk}/mandates/")
    lead.send_verb("Open the gate", "Open")
    gate = lead.page.url
    voters = {}
    for user in (sponsor, pmo, sro):
        voters[user] = Deciding(visit(user).new_page())
        voters[user].page.goto(gate)
        voters[user].vote("Proceed")
        if user != sro:
            expect(voters[user].holding.get_by_text(user.person.name)).to_have_count(0)
    last = voters[sro]
    expect(last.refusal).to_contain_text("Have its mandate approved first")
    watched.troubles.clear()  # the console tells of what was refused
    programme.refresh_from_db()
    assert programme.stage == "identify"

    lead.page.goto(f"/programmes/{programme.pk}/")
    lead.click(lead.page.locator("summary", has_text="Edit and registers"))
    lead.click(menu_of(lead.page).get_by_role("link", name="Mandates"))
    lead.go("New programme mandate")
    lead.write("Drivers", "The halls are full")
    lead.write("Vision", "Everybody has a place to study")
    lead.save()
    expect(lead.state).to_have_text("Draft")
    lead.send_verb("Issue it", "Issued")
    expect(lead.page.locator("summary", has_text="Approve it")).to_have_count(0)

    last.page.goto(lead.page.url)
    last.send_verb("Approve it", "Approved")
    last.page.goto(gate)
    expect(last.holding).to_contain_text("Nothing but the votes.")
    last.vote("Proceed")
    expect(last.state).to_have_text("Decided")
    programme.refresh_from_db()
    assert programme.stage == "design"
    assert lead.actions + sum(voter.actions for voter in voters.values()) == 26


@ON_BOTH
def test_a_tranche_ends_once_its_operating_model_is_reached(visit, demo, ssv_manager, pmo, watched):
    tranche = demo.programme("SSV").tranches.get(code="SSV-T1")
    lead = Deciding(visit(ssv_manager).new_page())
    lead.page.goto(f"/tranches/{tranche.pk}/")
    lead.go("New operating model state")
    lead.choose(lead.page.get_by_label("Dimension"), "Technology")
    lead.write("How it is now", "Seven systems of accounts")
    lead.write("How it will be", "One system of accounts")
    lead.save()
    expect(lead.state).to_have_text("Described")
    model = lead.page.url
    lead.page.goto(f"/tranches/{tranche.pk}/")
    lead.go("New gate")
    lead.plan("Has it landed?")
    expect(lead.holding).to_contain_text(
        "Reach the operating model of the tranche first: technology"
    )
    lead.send_verb("Open the gate", "Open")

    office = Deciding(visit(pmo).new_page())
    office.page.goto(lead.page.url)
    office.vote("Proceed")
    expect(office.refusal).to_contain_text("Reach the operating model")
    watched.troubles.clear()  # the console tells of what was refused
    gate = office.page.url
    lead.page.goto(model)
    lead.send_verb("Record that it is reached", "Reached", evidence="The last of the seven is off")
    office.page.goto(gate)
    office.vote("Proceed")
    expect(office.state).to_have_text("Decided")
    tranche.refresh_from_db()
    assert tranche.state == "ended"
    assert lead.actions + office.actions == 19


@ON_BOTH
def test_a_board_is_called_meets_and_decides(visit, demo, sro, watched):
    board = Board.objects.get(name="Campus Renewal Board")
    host = RecordEditor(visit(sro).new_page())
    tag = host.page.locator(".page-title .tag").first
    host.page.goto(f"/boards/{board.pk}/")
    host.go("New board meeting")
    host.write("On", "2026-10-29")
    host.save()
    expect(tag).to_have_text("Planned")
    agenda = host.page.get_by_role("region", name="Agenda")
    expect(agenda).to_contain_text("Which contractor builds the residences?")
    host.go("Edit")
    host.write("About", "The residences")
    host.save()
    expect(host.page.locator(".toasts")).to_contain_text("Saved")
    place = f"/board-meetings/{BoardMeeting.objects.latest('id').pk}/"
    host.page.goto(place)
    host.send_verb("Call it", "Called")
    expect(agenda).to_contain_text("Which contractor builds the residences?")

    host.click(host.page.locator("summary", has_text="Record that it was held"))
    form = host.page.get_by_role("form", name="Record that it was held")
    expect(form.get_by_role("checkbox")).to_have_count(4)  # of the board
    for name in BOARD[:2]:
        host.click(form.get_by_role("checkbox", name=name))
    host.fill(form.locator("[name=minutes]"), "Two tenders were read out")
    host.click(form.get_by_role("button", name="Record that it was held"))
    expect(form).to_contain_text("Too few of the board were there")
    watched.troubles.clear()  # the console tells of what was refused
    host.click(form.get_by_role("checkbox", name=BOARD[2]))
    host.click(form.get_by_role("button", name="Record that it was held"))
    expect(tag).to_have_text("Held")

    host.go("New decision")
    host.write("Title", "Who builds the residences?")
    host.save()
    expect(tag).to_have_text("Proposed")
    host.click(host.page.locator("summary", has_text="Decide"))
    form = host.page.get_by_role("form", name="Decide")
    host.fill(form.locator("[name=outcome]"), "Harbour Build")
    host.fill(form.locator("[name=rationale]"), "The lowest price of those who can")
    present = form.get_by_role("group", name="Who was there")
    for name in BOARD:
        host.click(present.get_by_role("checkbox", name=name))
    host.click(form.get_by_role("button", name="Decide"))
    expect(tag).to_have_text("Made")
    made = Decision.objects.get(title="Who builds the residences?")
    assert (made.cause, made.board, made.present.count()) == ("meeting", board, 3)
    assert BoardMeeting.objects.get(decisions=made).state == "held"
    assert host.actions == 25


def test_the_pages_of_boundaries_and_meetings(visit, demo, sro, defects):
    gate = Gate.objects.get(tranche__code="CAM-T2")
    meeting = BoardMeeting.objects.get(about__contains="laboratory")
    page = visit(sro).new_page()
    for address in (f"/gates/{gate.pk}/", f"/board-meetings/{meeting.pk}/"):
        page.goto(address)
        unfold(page)
        assert (address, defects(page)) == (address, [])
