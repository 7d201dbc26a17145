"""What the pages of a risk and of a dependency show beside their fields."""

from projects.models import Risk
from tests import factories


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_risk_shows_where_each_estimate_lies_and_how_close_it_is(client_of, pmo, demo):
    shown = page(client_of(pmo), f"/risks/{demo.risk('R01').pk}/")
    assert "Where it lies" in shown
    assert "Before any response" in shown
    assert "151 more days" in shown  # to the end of March
    assert page(client_of(pmo), f"/risks/{demo.risk('R14').pk}/")  # one of a programme


def test_a_risk_says_what_its_response_is_worth(client_of, pmo, demo):
    risk = demo.risk("R01")
    assert "The response is worth" not in page(client_of(pmo), f"/risks/{risk.pk}/")
    one = {
        f"{view}_cost_{end}": None for view in ("inherent", "residual") for end in ("min", "max")
    }
    told = {"inherent_probability": "0.5", "residual_probability": "0.1", "response_cost": 150}
    likely = {"inherent_cost_most_likely": 1000, "residual_cost_most_likely": 1000}
    Risk.objects.filter(pk=risk.pk).update(**one, **told, **likely)
    assert "+250 £k" in page(client_of(pmo), f"/risks/{risk.pk}/")  # 500 less 100 less 150


def test_a_risk_shows_its_actions(client_of, pmo, demo):
    risk = demo.risk("R08")
    shown = page(client_of(pmo), f"/risks/{risk.pk}/")
    assert "Name a second facade supplier with evidence in hand" in shown
    assert f"/actions/new/?risk={risk.pk}" in shown


def test_a_dependency_shows_what_was_said_and_whom_to_call(client_of, pmo, demo):
    link = demo.dependency("D17")
    shown = page(client_of(pmo), f"/dependencies/{link.pk}/")
    assert "We need the signed letter" in shown
    assert "Whom to call, receiver" in shown
    assert "Wexmoor NHS Trust" in shown
    assert "Write to the other side" in shown


def test_who_wrote_is_not_shown_to_who_may_not_see_that_side(client_of, nothing):
    people = {side: factories.user() for side in ("giver", "receiver")}
    home = factories.portfolio()
    ends = {
        side: factories.project(
            programme=factories.programme(portfolio=home), project_manager=user.person
        )
        for side, user in people.items()
    }
    link = factories.dependency(ends["giver"], ends["receiver"], status="proposed")
    author = factories.person(name="Nell Marchetti")
    link.messages.create(side="giver", text="Not before May", author=author)
    address = f"/dependencies/{link.pk}/"
    assert "Nell Marchetti" in page(client_of(people["giver"]), address)
    shown = page(client_of(people["receiver"]), address)
    assert "Not before May" in shown
    assert "Nell Marchetti" not in shown


def test_no_side_is_chosen_for_who_speaks_for_one_alone(client_of, pmo, demo):
    """What need not be said is sent only where it was chosen."""
    shown = page(client_of(pmo), f"/dependencies/{demo.dependency('D17').pk}/")
    for verb in ("offer", "note"):
        side = shown.partition(f'id="id_{verb}-side"')[2].partition("</select>")[0]
        assert ("selected>Not set" in side, "selected>Giver" in side) == (True, False)
