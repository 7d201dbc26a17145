"""Comments at records: who writes, sees and changes them, whom they mention; what people follow."""

from typing import Any

import pytest

from pmhub.models import Comment, Follow, Person, User
from pmhub.templatetags.prose import said
from programmes.models import Programme
from tests import factories
from tests.api.conftest import House, errors_of

AT = "comments/"


@pytest.fixture
def say(api: Any) -> Any:
    """`say(user, record, text)`: comment on a record."""

    def say(user: User, record: Any, text: str = "Shall we move it?") -> Any:
        at = {"record_type": record._meta.model_name, "record_id": record.pk}
        return api(user).post(AT, at | {"text": text})

    return say


def handle(user: User) -> str:
    """Return the words by which a user is mentioned."""
    return f"@{user.person.code}"


# Who


def test_whoever_sees_a_record_comments_on_it_and_reads_what_others_say(
    house: House, say: Any, api: Any
) -> None:
    made = say(house.reader, house.risk, "Is the **crane** booked?")
    assert made.status_code == 201
    row = made.json()
    assert (row["text"], row["author"], row["author_name"], row["mentions"]) == (
        "Is the **crane** booked?", house.reader.person.pk, house.reader.person.name, [],
    )  # fmt: skip
    assert api(house.manager).get(f"{AT}?record_type=risk").json()["results"] == [row]


def test_a_stranger_reads_no_comment_and_writes_none(house: House, say: Any, api: Any) -> None:
    row = say(house.reader, house.risk).json()
    for stranger in (factories.user("stranger"), house.other):
        assert api(stranger).get(f"{AT}{row['id']}/").status_code == 404
        assert api(stranger).get(f"{AT}{row['id']}/history/").status_code == 404
        assert api(stranger).get(AT).json()["count"] == 0
        refused = say(stranger, house.risk)
        assert (refused.status_code, errors_of(refused)) == (404, {"/record_id": "does_not_exist"})
    assert Comment.objects.count() == 1


def test_a_comment_is_gone_with_the_right_to_its_record(house: House, say: Any, api: Any) -> None:
    row = say(house.reader, house.risk).json()
    house.reader.person.roles.all().delete()
    at = f"{AT}{row['id']}/"
    assert api(house.reader).get(at).status_code == 404
    assert api(house.reader).patch(at, {"text": "No"}, version=1).status_code == 404


def test_its_author_alone_changes_it_and_the_history_says_so(
    house: House, say: Any, api: Any
) -> None:
    at = f"{AT}{say(house.reader, house.risk).json()['id']}/"
    assert api(house.manager).patch(at, {"text": "No"}, version=1).status_code == 403
    assert api(house.manager).delete(at, version=1).status_code == 403
    changed = api(house.reader).patch(at, {"text": "Shall we?"}, version=1)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    events = api(house.manager).get(f"{at}history/").json()["results"]
    assert [event["action"] for event in events] == ["changed", "created"]
    assert api(house.reader).delete(at, version=2).status_code == 204
    assert not Comment.objects.exists()


def test_a_comment_stays_with_its_record(house: House, say: Any, api: Any) -> None:
    row = say(house.reader, house.risk).json()
    moved = {"record_type": "project", "record_id": house.project.pk}
    refused = api(house.reader).patch(f"{AT}{row['id']}/", moved, version=1)
    assert refused.status_code == 400
    assert set(errors_of(refused)) <= {"/record_type", "/record_id"}


def test_nothing_is_no_comment(house: House, say: Any) -> None:
    for text in ("", "  ", "\u200b"):
        assert list(errors_of(say(house.reader, house.risk, text))) == ["/text"]


# Mentions


def test_a_comment_mentions_who_sees_the_record(house: House, say: Any, api: Any) -> None:
    text = f"{handle(house.manager)}, please ask {handle(house.manager).lower()} and a@b.example"
    row = say(house.reader, house.risk, text).json()
    assert row["mentions"] == [house.manager.person.pk]
    found = api(house.reader).get(f"{AT}?mentions={house.manager.person.pk}").json()
    assert [each["id"] for each in found["results"]] == [row["id"]]


def test_who_cannot_see_the_record_is_not_mentioned(house: House, say: Any, api: Any) -> None:
    refused = say(house.reader, house.risk, f"Dear {handle(house.other)}")
    assert (refused.status_code, errors_of(refused)) == (400, {"/text": "cannot_see"})
    nobody = factories.person()
    assert errors_of(say(house.reader, house.risk, f"@{nobody.code}")) == {"/text": "cannot_see"}
    assert not Comment.objects.exists()
    said = say(house.reader, house.risk, "At noon: @noon, and @ nothing")
    assert said.json()["mentions"] == []


def test_a_mention_stays_when_the_right_of_who_was_mentioned_has_gone(
    house: House, say: Any, api: Any
) -> None:
    row = say(house.manager, house.risk, handle(house.reader)).json()
    house.reader.person.roles.all().delete()
    longer = {"text": f"{handle(house.reader)}, are you there?"}
    kept = api(house.manager).patch(f"{AT}{row['id']}/", longer, version=1)
    assert (kept.status_code, kept.json()["mentions"]) == (200, [house.reader.person.pk])
    assert errors_of(say(house.manager, house.risk, handle(house.reader))) == {
        "/text": "cannot_see"
    }


def test_at_most_twenty_people_are_mentioned(house: House, say: Any) -> None:
    text = " ".join(f"@P{number}" for number in range(21))
    assert list(errors_of(say(house.reader, house.risk, text))) == ["/text"]


def test_those_are_offered_who_see_the_record(house: House, api: Any) -> None:
    sro, deputy = factories.user("sro"), factories.user("deputy")
    Programme.objects.filter(pk=house.programme.pk).update(sro=sro.person)
    factories.role(deputy, "viewer", portfolio=house.programme.portfolio)
    asked = f"{AT}mentionable/?record_type=risk&record_id={house.risk.pk}"
    found = {each["id"] for each in api(house.reader).get(asked).json()["results"]}
    assert found == {user.person.pk for user in (house.manager, house.reader, sro, deputy)}
    named = api(house.reader).get(f"{asked}&search={sro.person.name}").json()["results"]
    assert [each["code"] for each in named] == [sro.person.code]
    assert api(house.other).get(asked).status_code == 404
    wrong = api(house.reader).get(f"{AT}mentionable/?record_type=person&record_id=1")
    assert wrong.status_code == 400


# Following


def test_one_follows_what_one_sees_and_nobody_else_knows(house: House, api: Any) -> None:
    at = {"record_type": "project", "record_id": house.project.pk}
    made = api(house.reader).post("follows/", at)
    assert made.status_code == 201
    assert api(house.reader).post("follows/", at).status_code == 400
    assert api(house.manager).get("follows/").json()["count"] == 0
    assert api(house.manager).get(f"follows/{made.json()['id']}/").status_code == 404
    assert api(house.other).post("follows/", at).status_code == 404
    house.reader.person.roles.all().delete()
    assert api(house.reader).get("follows/").json()["count"] == 0
    factories.role(house.reader, "viewer", project=house.project)
    gone = api(house.reader).delete(f"follows/{made.json()['id']}/", version=1)
    assert gone.status_code == 204
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("किरण", "किरण"),
        ("Noe\u0308l", "NOËL"),
        ("A\u200dB", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("İ1", "i\u03071"),
        ("Straße-2", "STRASSE-2"),
    ],
)
def test_a_code_of_any_script_is_mentioned(house: House, say: Any, code: str, written: str) -> None:
    person = house.manager.person
    Person.objects.filter(pk=person.pk).update(code=code, name="Somebody")
    row = say(house.reader, house.risk, f"Ask @{written}, please").json()
    assert row["mentions"] == [person.pk]
    assert ">@Somebody</a>, please" in said(Comment.objects.get())
