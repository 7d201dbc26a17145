"""A programme is split, and two are merged: the portfolio comes to the same, what counts one
another is not parted, and the past keeps what was true."""

import re
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.models import BenefitLink, OverlapCase
from pmhub.models import User
from programmes.models import Decision, Envelope, Programme
from programmes.rollup.verify import differences
from programmes.services.reorganisation import SplitPart, split_programme
from projects.models import BudgetRequest, ChangeRequest, Project, Risk
from tests import factories
from tests.api.conftest import errors_of

ADDED = ("money", "count")
JUDGED = {"case_breaches"}  # against the approved case, which stays
WHY = {"reason": "Two things under one roof"}


def totals(read: Any, user: User, portfolio: int) -> dict[str, Any]:
    """Return those figures of the whole portfolio that are sums."""
    metrics = read(user, f"portfolios/{portfolio}/rollup/").json()["metrics"]
    return {
        name: Decimal(str(figure["value"]))
        for name, figure in metrics.items()
        if figure["unit"] in ADDED and figure["value"] is not None and name not in JUDGED
    }


def own(programme: Programme) -> dict[str, list[int]]:
    """The ids of all that can be chosen of a programme."""
    rows: dict[str, Any] = {
        "projects": programme.projects.filter(status__in=["active", "on_hold"]),
        "benefits": programme.benefits,
        "outcomes": programme.outcomes,
        "risks": programme.risks,
        "issues": programme.issues,
        "lines": programme.lines,
    }
    return {
        name: [*each.order_by("pk").values_list("pk", flat=True)] for name, each in rows.items()
    }


def together(programme: Programme, chosen: dict[str, list[int]]) -> dict[str, list[int]]:
    """A choice with what may not be parted from it."""
    risks, benefits = {*chosen["risks"]}, {*chosen["benefits"]}
    projects = {*chosen["projects"]}
    for risk in Risk.objects.filter(project__programme=programme).order_by("pk"):
        above = {*filter(None, (risk.escalated_to_id, risk.aggregated_into_id))}
        if risk.project_id and (above & risks or (above and risk.project_id in projects)):
            projects.add(risk.project_id)
            risks |= above
    for case in OverlapCase.objects.filter(programme=programme):
        pair = {case.first_id, case.second_id}
        benefits |= pair if pair & benefits else set()
    return chosen | {
        "risks": sorted(risks), "benefits": sorted(benefits), "projects": sorted(projects)
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_whatever_goes_the_whole_comes_to_the_same(
    seed: int, demo: Any, pmo: User, api: Any, read: Any, drain: Any
) -> None:
    drain()
    random, programme = Random(seed), demo.programme("CAM")  # noqa: S311  # a choice, no secret
    before = totals(read, pmo, demo.portfolio.pk)
    some = {
        name: random.sample(ids, random.randint(0, len(ids)))
        for name, ids in own(programme).items()
    }
    for _ in range(5):  # until nothing more comes along
        some = together(programme, some)
    body = some | WHY | {"code": "CAN", "name": "Campus North", "contingency_budget": "1.00"}
    tried = api(pmo).verb(f"programmes/{programme.pk}/split/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert not Programme.objects.filter(code="CAN").exists()
    answer = api(pmo).verb(f"programmes/{programme.pk}/split/", body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["along"] == tried.json()["object"]["along"]
    drain()
    new = Programme.objects.get(code="CAN")
    assert own(new) | {"projects": sorted(own(new)["projects"])} == {
        name: sorted(ids) for name, ids in some.items()
    }
    assert totals(read, pmo, demo.portfolio.pk) == before
    assert differences() == []


def test_a_merged_programme_comes_to_what_both_came_to(
    demo: Any, pmo: User, api: Any, read: Any, drain: Any, now: Any
) -> None:
    first, second = demo.programme("CAM"), demo.programme("SSV")
    second.planned_end_on = first.planned_end_on  # over which its own lines are spread
    second.save()
    drain()
    before, was = totals(read, pmo, demo.portfolio.pk), own(second)
    since = now()
    body = {"other": second.pk, "rename": True} | WHY
    tried = api(pmo).verb(f"programmes/{first.pk}/merger/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert {each["code"] for each in tried.json()["programmes"]} >= {"CAM", "SSV"}
    answer = api(pmo).verb(f"programmes/{first.pk}/merger/", body)
    assert answer.status_code == 200, answer.json()
    drain()
    assert totals(read, pmo, demo.portfolio.pk) == before
    assert differences() == []
    second.refresh_from_db()
    assert (second.merged_into, second.stage) == (first, "terminated")
    assert not any(own(second).values())
    assert {*was["benefits"]} <= {*own(first)["benefits"]}
    # Its code leads on, and the past is as it was.
    listed = api(pmo).get("programmes/?code=SSV").json()["results"]
    assert [each["id"] for each in listed] == [first.pk]
    path = f"programmes/{second.pk}/rollup/benefits_whole_life_planned/"
    lines = read(pmo, path, as_of=since).json()["lines"]
    assert {line["source"]["id"] for line in lines} == {*was["benefits"]}
    # The bridge says what it was.
    parts = read(
        pmo, f"programmes/{first.pk}/bridge/", metric="benefits_whole_life_planned", from_=since
    ).json()["parts"]
    assert {part["cause"] for part in parts} == {"record_moved"}
    assert all("SSV merged into CAM" in part["reason"] for part in parts), parts
    for programme in (first, second):
        made = Decision.objects.filter(programme=programme, cause="move").latest("pk")
        assert (made.outcome, made.rationale) == ("SSV became a part of CAM", WHY["reason"])


@pytest.fixture
def two(nothing: None) -> tuple[Programme, Programme, User]:
    """Two programmes of a portfolio, and who steers both and begins others there."""
    first = factories.programme(code="ONE")
    second = factories.programme(code="TWO", portfolio=first.portfolio)
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=first.portfolio)
    return first, second, pmo


def split(api: Any, user: User, programme: Programme, **body: Any) -> Any:
    """Split a programme."""
    said = {"code": "NEW", "name": "New"} | WHY | body
    return api(user).verb(f"programmes/{programme.pk}/split/", said)


def merge(api: Any, user: User, programme: Programme, other: Programme, **body: Any) -> Any:
    """Merge another programme into one."""
    return api(user).verb(f"programmes/{programme.pk}/merger/", {"other": other.pk} | WHY | body)


def fates(answer: Any, kind: str = "") -> dict[tuple[str, str], int]:
    """Return how many records of a kind an answer says to go, to stay and so on."""
    along = [each for each in answer.json()["along"] if kind in each["kind"]]
    return {(each["kind"], each["fate"]): each["count"] for each in along}


def previewed(api: Any, user: User, programme: Programme, other: Programme) -> list[Any]:
    """Return the fates of records in the preview of a merger."""
    body = {"other": other.pk, "rename": True} | WHY
    tried = api(user).verb(f"programmes/{programme.pk}/merger/?preview=1", body)
    along: list[Any] = tried.json()["object"]["along"]
    return along


def test_whoever_steers_a_programme_and_begins_others_splits_it(two: Any, api: Any) -> None:
    first, _, pmo = two
    project = factories.project(programme=first)
    sro, manager, stranger = (factories.user(name) for name in ("sam", "mia", "sue"))
    factories.role(manager, "programme_manager", programme=first)
    first.sro = sro.person
    first.save()
    assert split(api, stranger, first, projects=[project.pk]).status_code == 404
    assert split(api, manager, first, projects=[project.pk]).status_code == 403
    assert split(api, sro, first, projects=[project.pk]).status_code == 403  # begins none there
    assert split(api, pmo, first, projects=[project.pk]).status_code == 200
    # Whoever had a role on the whole has it on both.
    new = Programme.objects.get(code="NEW")
    assert [*new.roles.values_list("person", "role")] == [(manager.person.pk, "programme_manager")]
    assert new.sro == sro.person


def test_who_steers_one_of_two_merges_neither(two: Any, api: Any) -> None:
    first, second, pmo = two
    sro = factories.user("sam")
    Programme.objects.filter(pk=first.pk).update(sro=sro.person)
    assert errors_of(merge(api, sro, first, second)).keys() == {"/other"}  # out of sight
    factories.role(sro, "viewer", programme=second)
    assert merge(api, User.objects.get(pk=sro.pk), first, second).status_code == 403
    assert merge(api, pmo, first, second).status_code == 200


def test_roles_go_along_with_who_may_give_them(two: Any, api: Any) -> None:
    first, second, _ = two
    sro, reader = factories.user("sam"), factories.user("rita")
    Programme.objects.filter(pk__in=[first.pk, second.pk]).update(sro=sro.person)
    factories.role(reader, "pmo", programme=second)
    assert errors_of(merge(api, sro, first, second)).keys() == {"/other"}
    reader.person.roles.update(role="bcm")
    answer = merge(api, User.objects.get(pk=sro.pk), first, second)
    assert answer.status_code == 200, answer.json()
    assert reader.person.roles.get().programme == first


def test_what_is_lent_goes_along_with_its_role_or_ends_and_followers_follow(
    two: Any, api: Any
) -> None:
    first, second, pmo = two
    rita, dot, olga = map(factories.user, ("rita", "dot", "olga"))
    for user, role in ((rita, "bcm"), (olga, "viewer")):
        factories.role(user, role, programme=second)
    factories.role(olga, "programme_manager", portfolio=first.portfolio)
    along = factories.delegation(rita, dot, "bcm", programme=second)
    # Who has a role above lent it for one programme, and not for the other.
    ends = factories.delegation(olga, dot, "programme_manager", programme=second)
    seen = {"record_type": "programme", "record_id": second.pk}
    assert api(rita).post("follows/", seen).status_code == 201
    answer = merge(api, pmo, first, second)
    assert fates(answer, "delegation") == {("delegation", "goes"): 1, ("delegation", "ends"): 1}
    for row in (along, ends):
        row.refresh_from_db()
    assert (along.programme, along.state) == (first, "given")
    assert (ends.programme, ends.state) == (second, "ended")
    follows = api(User.objects.get(pk=rita.pk)).get("follows/").json()["results"]
    assert [each["record_id"] for each in follows] == [first.pk]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/projects"),
        ({"reason": ""}, "/reason"),
        ({"code": "TWO", "projects": "all"}, "/code"),
        ({"projects": "others"}, "/projects"),
        ({"projects": "ended"}, "/projects"),
        ({"projects": "all", "contingency_budget": "1.00"}, "/contingency_budget"),
        ({"projects": [0]}, "/projects/0"),
        ({"strange": 1}, "/strange"),
    ],
)
def test_a_split_that_makes_no_sense_names_the_field(
    body: dict[str, Any], field: str, two: Any, api: Any
) -> None:
    first, second, pmo = two
    rows = {
        "all": factories.project(programme=first),
        "others": factories.project(programme=second),
        "ended": factories.project(programme=first, status="closed", actual_finish="2026-10-01"),
    }
    named = body.get("projects")
    chosen = {"projects": [rows[named].pk]} if isinstance(named, str) else {}
    refused = split(api, pmo, first, **body | chosen)
    assert refused.status_code in (400, 409), refused.json()
    assert [each.removesuffix("/0") for each in errors_of(refused)] == [field.removesuffix("/0")]
    assert not Programme.objects.filter(code="NEW").exists()


def test_what_counts_one_another_is_not_parted(two: Any, api: Any) -> None:
    first, _, pmo = two
    project = factories.project(programme=first)
    above = factories.risk(first, code="R1")
    below = factories.risk(project, code="R2")
    Risk.objects.filter(pk=below.pk).update(status="escalated", escalated_to=above)
    refused = split(api, pmo, first, projects=[project.pk])
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/risks"})
    assert "R1 counts R2" in str(refused.json())
    one, other = factories.benefit(programme=first), factories.benefit(programme=first)
    case = factories.overlap(one, other)
    refused = split(api, pmo, first, benefits=[one.pk])
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/benefits"})
    both = {"projects": [project.pk], "risks": [above.pk], "benefits": [one.pk, other.pk]}
    assert split(api, pmo, first, **both).status_code == 200
    case.refresh_from_db()
    assert case.programme.code == "NEW"


@pytest.mark.parametrize(
    ("benefits", "serves"),
    [(["retired"], {"B", "C"}), (["retired", "active"], {"B"}), (["none"], {"B", "C"})],
)
def test_what_is_split_off_serves_what_its_benefits_do_or_all_that_lasts(
    benefits: list[str], serves: set[str], two: Any, api: Any
) -> None:
    first, _, pmo = two
    retired, active, third = (
        factories.objective(portfolio=first.portfolio, code=code) for code in "ABC"
    )
    first.objectives.set([retired, active, third])
    served = {"retired": retired, "active": active, "none": None}
    ids = [factories.benefit(programme=first, objective=served[name]).pk for name in benefits]
    type(retired).objects.filter(pk=retired.pk).update(status="retired")
    assert split(api, pmo, first, benefits=ids).status_code == 200
    new = Programme.objects.get(code="NEW")
    assert {*new.objectives.values_list("code", flat=True)} == serves
    assert {*first.objectives.values_list("code", flat=True)} == {"A", "B", "C"}


def test_what_refers_across_goes_on_or_ends_and_is_told(two: Any, api: Any) -> None:
    first, _, pmo = two
    giver, receiver = (factories.project(programme=first, code=code) for code in ("PA", "PB"))
    link = factories.dependency(giver, receiver, code="D1")
    benefit = factories.benefit(programme=first, code="B1")
    factories.contribution(receiver, benefit=benefit)
    output = factories.output(receiver)
    BenefitLink.objects.create(programme=first, from_output=output, to_benefit=benefit)
    answer = split(api, pmo, first, projects=[giver.pk], benefits=[benefit.pk])
    told = {(each["kind"], each["fate"]): each["names"] for each in answer.json()["along"]}
    assert told[("dependency", "goes_on")] == ["D1"]
    assert told[("benefit contribution", "goes_on")] == ["PB → B1"]
    assert ("benefit link", "ends") in told
    link.refresh_from_db()
    assert link.receiver.programme == first
    assert not BenefitLink.objects.exists()


def test_codes_that_both_have_are_refused_or_renamed(two: Any, api: Any) -> None:
    first, second, pmo = two
    for programme in (first, second):
        factories.issue(programme, code="I1")
    refused = merge(api, pmo, first, second)
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/rename"})
    assert "I1" in str(refused.json())
    answer = merge(api, pmo, first, second, rename=True)
    assert {"kind": "issue", "fate": "renamed", "count": 1, "says": "", "names": ["I1"]} in (
        answer.json()["along"]
    )
    assert sorted(first.issues.values_list("code", flat=True)) == ["I1", "I1-TWO"]


def test_contingency_and_envelopes_are_added_up(two: Any, api: Any) -> None:
    first, second, pmo = two
    Programme.objects.update(contingency_budget=100)
    project = factories.project(programme=second)
    second.contingency_movements.create(project=project, amount=30, moved_on="2026-10-01")
    factories.envelope(first.portfolio, 500)
    for programme in (first, second):
        factories.envelope(programme, 200)
    assert merge(api, pmo, first, second).status_code == 200
    amounts = Programme.objects.order_by("code").values_list("contingency_budget", flat=True)
    assert [*amounts] == [170, 30]
    whole = Envelope.objects.filter(programme__isnull=False).order_by("programme__code")
    assert [*whole.values_list("amount", flat=True)] == [400, 0]


def test_what_holds_its_code_stays_and_the_rest_is_renamed(two: Any, api: Any) -> None:
    first, second, pmo = two
    for programme in (first, second):
        factories.budget_request(programme, code="BR1", state="refused", answer="Later")
        factories.lesson(programme, code="L1")
        factories.issue(programme, code="I1")
    assert merge(api, pmo, first, second).status_code == 409
    answer = merge(api, pmo, first, second, rename=True)
    assert answer.status_code == 200, answer.json()
    assert fates(answer) == {
        ("issue", "renamed"): 1, ("issue", "goes"): 1, ("lesson", "stays"): 1,
        ("budget request", "stays"): 1,
    }  # fmt: skip
    assert (second.budget_requests.get().code, second.lessons.get().code) == ("BR1", "L1")


def test_what_waits_to_be_decided_is_decided_first(two: Any, api: Any) -> None:
    first, second, pmo = two
    drafted = factories.budget_request(second, code="BR1")
    asked = factories.budget_request(second, code="BR2", state="submitted")
    refused = merge(api, pmo, first, second)
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/other"})
    assert "BR2" in refused.text
    BudgetRequest.objects.filter(pk=asked.pk).update(state="draft")
    for state in ("impact_assessed", "deferred", "approved"):
        change = factories.change_request(second, code=f"CR-{state}", state=state)
        refused = merge(api, pmo, first, second)
        assert (refused.status_code, change.code in refused.text) == (409, True)
        back = ChangeRequest.objects.filter(pk=change.pk)
        back.update(state="impact_assessed", decided_on=None, decided_by=None)
        back.update(state="raised")
    factories.change_request(second, code="CR-rejected", state="rejected")
    assert merge(api, pmo, first, second).status_code == 200
    for row in (drafted, asked, change):
        row.refresh_from_db()
        assert row.programme == first


def test_envelopes_of_a_closed_year_stay_as_they_are(two: Any, api: Any) -> None:
    first, second, pmo = two
    for year in (2025, 2026):
        factories.envelope(first.portfolio, 500, fiscal_year=year)
        for programme in (first, second):
            factories.envelope(programme, 200, fiscal_year=year)
    factories.closed_year(first.portfolio)
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    assert fates(answer, "envelope") == {("envelope", "goes"): 1, ("envelope", "stays"): 1}
    left = {row.fiscal_year: row.amount for row in second.envelopes.all()}
    assert left == {2025: 200, 2026: 0}


@pytest.mark.parametrize("verb", ["split", "merger"])
def test_a_role_that_begins_later_goes_along(verb: str, two: Any, api: Any) -> None:
    first, second, pmo = two
    bo, may = factories.user("bo"), factories.user("may")
    soon, over = timezone.localdate() + timedelta(9), timezone.localdate() - timedelta(1)
    factories.role(bo, "bcm", programme=second, starts_on=soon)
    factories.role(may, "bcm", programme=second, ends_on=over)
    if verb == "split":
        project = factories.project(programme=second)
        assert split(api, pmo, second, projects=[project.pk]).status_code == 200
        to = Programme.objects.get(code="NEW")
    else:
        assert merge(api, pmo, first, second).status_code == 200
        to = first
    assert [*to.roles.values_list("person", "starts_on")] == [(bo.person.pk, soon)]


def test_nobody_gets_rights_by_a_merger_that_they_may_not_give(two: Any, api: Any) -> None:
    first, second, _ = two
    sponsor, other = factories.user("sam"), factories.user("mia")
    factories.role(sponsor, "sponsor", portfolio=first.portfolio)

    def refused() -> bool:
        for whole, part in ((first, second), (second, first)):
            answer = merge(api, User.objects.get(pk=sponsor.pk), whole, part)
            if answer.status_code != 403:
                return False
            assert errors_of(answer).keys() == {"/other"}
        return True

    own = factories.role(sponsor, "programme_manager", programme=first)
    assert refused()
    own.delete()
    Programme.objects.filter(pk=first.pk).update(sro=sponsor.person)
    assert merge(api, User.objects.get(pk=sponsor.pk), first, second).status_code == 403
    Programme.objects.filter(pk=first.pk).update(sro=other.person)
    others = factories.role(other, "pmo", programme=first)
    assert refused()
    others.delete()
    first.bcms.add(other.person)
    assert refused()
    second.bcms.add(other.person)  # who has it on both gets nothing
    assert merge(api, User.objects.get(pk=sponsor.pk), first, second).status_code == 200


def test_nothing_is_told_or_asked_of_what_one_does_not_see(two: Any, api: Any) -> None:
    first, second, pmo = two
    sponsor = factories.user("sam")
    factories.role(sponsor, "sponsor", portfolio=first.portfolio)
    for programme in (first, second):
        factories.stakeholder(programme, code="S1")
    factories.help_request(second)
    seen = {row["kind"] for row in previewed(api, pmo, first, second)}
    assert {"stakeholder", "request for help"} <= seen
    assert merge(api, pmo, first, second).status_code == 409
    answer = merge(api, sponsor, first, second)
    assert answer.status_code == 200, answer.json()
    assert not {"stakeholder", "request for help"} & {kind for kind, _ in fates(answer)}
    assert sorted(first.stakeholders.values_list("code", flat=True)) == ["S1", "S1-TWO"]


def test_what_went_elsewhere_meanwhile_is_not_carried(two: Any) -> None:
    first, second, pmo = two
    gone = factories.project(programme=first)
    Project.objects.filter(pk=gone.pk).update(programme=second)
    with pytest.raises(ValidationError, match="not of this programme"):
        split_programme(
            first, code="NEW", name="New", part=SplitPart(projects=[gone]), reason="So", by=pmo
        )
    gone.refresh_from_db()
    assert gone.programme == second


def test_a_code_that_both_once_had_leads_on_to_what_goes_on(two: Any, api: Any) -> None:
    first, second, pmo = two
    for programme, code in ((first, "ONE"), (second, "TWO")):
        for once in ("OLD", code):
            Programme.objects.filter(pk=programme.pk).update(code=once)
    Programme.objects.filter(pk=first.pk).update(code="TWOX")
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    for code in ("OLD", "ONE", "TWO"):
        listed = api(pmo).get(f"programmes/?code={code}").json()["results"]
        assert [each["id"] for each in listed] == [first.pk], code


def test_a_programme_is_merged_once_and_with_another_of_its_portfolio(two: Any, api: Any) -> None:
    first, second, pmo = two
    elsewhere = factories.programme()
    factories.role(pmo, "pmo", portfolio=elsewhere.portfolio)
    assert errors_of(merge(api, pmo, first, first)).keys() == {"/other"}
    assert errors_of(merge(api, pmo, first, elsewhere)).keys() == {"/other"}
    assert merge(api, pmo, first, second).status_code == 200
    assert errors_of(merge(api, pmo, first, second)).keys() == {"/other"}
    assert errors_of(merge(api, pmo, second, first)).keys() == {"/stage"}


def test_plain_sql_ends_no_programme_as_a_part_of_itself(two: Any) -> None:
    first, second, _ = two
    for whole, stage in ((first, "terminated"), (second, "design")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Programme.objects.filter(pk=first.pk).update(merged_into=whole, stage=stage)


def test_the_pages_offer_it_to_who_may(two: Any, client: Any) -> None:
    first, _, pmo = two
    reader = factories.user("rita")
    factories.role(reader, "viewer", portfolio=first.portfolio)
    for noun in ("split", "merger"):
        client.force_login(reader)
        assert client.get(f"/programmes/{first.pk}/{noun}/").status_code == 403
        client.force_login(pmo)
        page = client.get(f"/programmes/{first.pk}/{noun}/")
        assert f"/api/v1/programmes/{first.pk}/{noun}/" in page.content.decode()
    client.force_login(reader)
    assert "/split/" not in client.get(f"/programmes/{first.pk}/governance/").content.decode()


def test_the_page_of_what_was_merged_leads_on(two: Any, api: Any, client: Any, now: Any) -> None:
    first, second, pmo = two
    since = now()
    assert merge(api, pmo, first, second).status_code == 200
    client.force_login(pmo)
    led = client.get(f"/programmes/{second.pk}/")
    assert (led.status_code, led["Location"]) == (302, f"/programmes/{first.pk}/")
    then = client.get(f"/programmes/{second.pk}/", {"as_of": since})
    assert then.status_code == 200


@pytest.mark.parametrize("of_projects", [True, False])
def test_what_was_said_before_is_reached_from_what_goes_on(
    of_projects: bool, two: Any, api: Any, client_of: Any
) -> None:
    first, second, pmo = two
    if of_projects:
        first, second = (factories.project(programme=first) for _ in range(2))
    kind = first._meta.model_name
    said = {"record_type": kind, "record_id": second.pk, "text": "The roof leaks"}
    assert api(pmo).post("comments/", said).status_code == 201
    path, page = f"{kind}s/{first.pk}/merger/", f"/{kind}s/{first.pk}/"
    assert "Before the merger" not in client_of(pmo).get(page).content.decode()
    merged = api(pmo).verb(path, {"other": second.pk, "reason": "One aim"})
    assert merged.status_code == 200, merged.json()
    shown = client_of(pmo).get(page).content.decode().partition('id="before-merger"')[2]
    assert second.code in shown
    assert "1 comment<" in shown
    for address in re.findall(r'href="([^"]+)"', shown.partition("</section>")[0]):
        answer = client_of(pmo).get(address)
        assert (address, answer.status_code) == (address, 200)
    reader = factories.user("reader")
    factories.role(reader, "viewer", **{kind: first})
    assert "before-merger" not in client_of(reader).get(page).content.decode()
