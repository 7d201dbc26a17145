"""Digests: what people are told by mail of what waits for them, when, and how they end that."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pmhub import environment
from pmhub.accounts import digests
from pmhub.accounts.inbox import page_of
from pmhub.models import (
    Comment,
    Digest,
    Follow,
    NoticeKind,
    SignInRule,
    Token,
    Topic,
    User,
    attachable,
)
from pmhub.queries.notices import Notice
from programmes.models import Portfolio
from projects.models import Project
from tests import factories
from tests.access.conftest import Post
from tests.api.conftest import Api, errors_of
from tests.factories import AS_OF

# After all that the database's own clock says of what a test makes.
MONDAY = datetime(2040, 1, 2, 8, tzinfo=UTC)
LONG_AGO = dict.fromkeys(Topic.values, "2020-01-01T00:00:00+00:00")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
YESTERDAY = AS_OF - DAY
pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings: Any) -> str:
    """Where the installation is found."""
    settings.SITE_URL = "https://pmhub.example.org"
    return "https://pmhub.example.org"


@pytest.fixture
def project(nothing: None) -> Project:
    """A project in which something is to be done."""
    return factories.project()


@pytest.fixture
def owner(project: Project) -> User:
    """Somebody who sees the project, has an address, and was told of nothing yet."""
    return reader_of(project, "owner")


def reader_of(project: Project, name: str, role: str = "viewer") -> User:
    """Somebody who sees a project, and whose digests have come for a while."""
    user = factories.user(name, email=f"{name}@example.org")
    factories.role(user, role, programme=project.programme)
    before = MONDAY - 3 * DAY
    Digest.objects.create(user=user, due_at=before, begun_at=before, told_at=LONG_AGO)
    return user


@pytest.fixture
def morning(post: Post, site: str) -> Callable[..., list[EmailMessage]]:
    """`morning(moment)`: the digests that arrive when worker and beat are there then."""

    def at(moment: datetime) -> list[EmailMessage]:
        with time_machine.travel(moment, tick=False):
            digests.send_due()
        arrived, post.whole = post.whole, []
        return arrived

    return at


def plain(mail: EmailMessage) -> str:
    """The text of a mail."""
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def html(mail: EmailMessage) -> str:
    """What a mail says as HTML."""
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def stop_link(mail: EmailMessage) -> str:
    """The path by which the reader of a mail ends digests."""
    link = re.fullmatch(r"<https://pmhub\.example\.org(/\S+)>", mail["List-Unsubscribe"].strip())
    assert link
    return link[1]


# What it says


def test_it_says_what_waits_in_the_words_of_home_with_its_links(
    owner: User, project: Project, morning: Any, site: str
) -> None:
    late = factories.action(project, owner=owner.person, due_on=YESTERDAY, title="Buy <the> crane")
    factories.action(project, owner=owner.person, due_on=AS_OF, title="Paint it")
    (mail,) = morning(MONDAY)
    assert (mail["To"], mail["Subject"]) == ("owner@example.org", "pmhub: 2 things wait for you")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = plain(mail)
    assert "Overdue (1)" in text
    assert "Due within a week (1)" in text
    place = f"{project.code} {project.name}"
    assert f"* Buy <the> crane\n  Actions to do, {place}, due 30 Oct 2026\n" in text
    assert f"Mark as done: {site}/actions/{late.pk}/#" in text
    assert f"All that waits for you (2): {site}/\n" in text
    marked = html(mail)
    assert "Buy &lt;the&gt; crane" in marked
    assert f'href="{site}/actions/{late.pk}/"' in marked
    assert "<img" not in marked


def test_dates_stand_as_the_reader_likes_them(owner: User, project: Project, morning: Any) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    User.objects.update(date_order="year_first")
    (mail,) = morning(MONDAY)
    assert "due 2026-10-31" in plain(mail)
    assert 'lang="en-ca"' in html(mail)


def test_it_tells_what_is_new_or_has_become_overdue_and_each_week_what_still_is(
    owner: User, project: Project, morning: Any
) -> None:
    said = ["Old", "Older"]
    factories.action(project, owner=owner.person, due_on=AS_OF, title="Old")
    factories.action(project, owner=owner.person, due_on=YESTERDAY, title="Older")
    days = [MONDAY + number * DAY for number in range(8)]

    def told(day: datetime) -> list[str]:
        return [word for mail in morning(day) for word in said if f"* {word}\n" in plain(mail)]

    assert told(days[0]) == ["Old", "Older"]
    assert told(days[1]) == []
    factories.action(project, owner=owner.person, due_on=AS_OF, title="New")
    said.append("New")
    assert told(days[2]) == ["New"]
    Portfolio.objects.update(status_date=AS_OF + DAY)
    assert told(days[3]) == ["Old", "New"]
    assert told(days[4]) == []
    assert told(days[7]) == ["Old", "Older", "New"]


def test_what_somebody_asked_of_themself_is_told_once_it_is_overdue(
    project: Project, morning: Any, api_of: Any
) -> None:
    manager = reader_of(project, "manager", "pmo")
    for by, title in ((manager, "Mine"), (reader_of(project, "other", "pmo"), "Theirs")):
        body = {"project": project.pk, "title": title, "owner": manager.person.pk}
        body |= {"due_on": AS_OF.isoformat()}
        assert Api(api_of(by)).post("actions/", body).status_code == 201
    (mail,) = [mail for mail in morning(MONDAY) if mail["To"] == "manager@example.org"]
    assert "* Theirs\n" in plain(mail)
    assert "* Mine\n" not in plain(mail)
    Portfolio.objects.update(status_date=AS_OF + DAY)
    (mail,) = morning(MONDAY + DAY)
    assert "Overdue (2)" in plain(mail)


def test_without_news_no_mail_comes(owner: User, morning: Any) -> None:
    assert morning(MONDAY) == []
    assert Digest.objects.get().due_at == MONDAY + DAY


def test_once_a_week_is_on_its_first_working_day_or_on_the_next_that_a_worker_is_there(
    owner: User, project: Project, morning: Any
) -> None:
    User.objects.update(digest_waiting="weekly")
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert len(morning(MONDAY + DAY)) == 1
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(MONDAY + 2 * DAY) == []
    (mail,) = morning(MONDAY + 7 * DAY)
    assert mail["Subject"] == "pmhub: 1 thing waits for you"


def test_comments_that_mention_somebody_are_told_by_others_than_themself(
    owner: User, project: Project, morning: Any, site: str, api_of: Any
) -> None:
    other = reader_of(project, "other")
    risk = factories.risk(project, title="Rain")
    at = {"record_type": "risk", "record_id": risk.pk}
    for by, text in ((other, "Well,\n\n@{}?"), (owner, "I am @{}."), (other, "Nobody.")):
        said = at | {"text": text.format(owner.person.code)}
        assert Api(api_of(by)).post("comments/", said).status_code == 201
    row = Comment.objects.get(text__startswith="Well")
    (mail,) = morning(MONDAY)
    assert mail["Subject"] == "pmhub: 1 comment mentions you"
    assert f"* {risk.code} Rain\n  {other.person.name}: Well, @" in plain(mail)
    assert f"{site}/comments/{row.pk}/" in plain(mail)
    assert morning(MONDAY + 7 * DAY) == []


def test_changes_of_what_somebody_follows_are_told_but_not_their_own(
    owner: User, project: Project, morning: Any, site: str, api_of: Any
) -> None:
    manager = reader_of(project, "manager", "pmo")
    risks = [factories.risk(project, title=title) for title in ("Rain", "Snow")]
    for user in (owner, manager):
        for risk in risks:
            at = {"record_type": "risk", "record_id": risk.pk}
            assert Api(api_of(user)).post("follows/", at).status_code == 201
    for risk in risks:
        changed = Api(api_of(manager)).patch(f"risks/{risk.pk}/", {"title": f"{risk.title} again"})
        assert changed.status_code == 200
    (mail,) = morning(MONDAY)
    assert (mail["To"], mail["Subject"]) == (
        "owner@example.org", "pmhub: 2 records that you follow changed",
    )  # fmt: skip
    assert f"{risks[0].code} Rain again" in plain(mail)
    assert f"by {manager.person.name}\n  {site}/risks/{risks[0].pk}/" in plain(mail)
    assert morning(MONDAY + 7 * DAY) == []


def test_a_topic_that_somebody_does_not_want_is_left_out(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    User.objects.update(digest_waiting="off")
    assert morning(MONDAY) == []


def test_who_wants_a_topic_again_does_not_hear_what_was_said_before(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="off")
    said = Comment.objects.create(
        record_type="project", record_id=project.pk, text="Well?", created_by=other
    )
    said.mentions.add(owner.person)
    assert morning(MONDAY) == []
    User.objects.filter(pk=owner.pk).update(digest_mentions="daily")
    assert morning(MONDAY + DAY) == []


def test_every_kind_of_record_that_somebody_may_follow_has_a_place_to_lead_to() -> None:
    for kind in attachable():
        notice = Notice(NoticeKind.CHANGE, "1", MONDAY, "", (kind, 1), "")
        assert page_of(notice).startswith("/")


# Who gets none


@pytest.mark.parametrize(
    "changes",
    [
        {"is_active": False},
        {"is_service": True, "password": "!"},
        {"email": ""},
    ],
)
def test_who_gets_none(owner: User, project: Project, morning: Any, changes: Any) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    User.objects.update(**changes)
    assert morning(MONDAY) == []
    User.objects.update(is_active=True, is_service=False, email="owner@example.org")
    assert len(morning(MONDAY)) == 1


def test_nothing_is_told_of_what_one_may_see_no_more(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    Follow.objects.create(created_by=owner, record_type="project", record_id=project.pk)
    owner.person.roles.all().delete()
    assert morning(MONDAY) == []


def test_who_has_to_set_up_a_second_factor_is_told_nothing_before(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    SignInRule.objects.create(role="viewer")
    assert morning(MONDAY) == []


def test_who_is_new_has_the_first_one_on_the_next_morning(project: Project, morning: Any) -> None:
    new = factories.user("new", email="new@example.org")
    factories.role(new, "viewer", programme=project.programme)
    factories.action(project, owner=new.person, due_on=AS_OF)
    assert morning(MONDAY + 2 * MINUTE) == []
    assert morning(MONDAY + DAY - MINUTE) == []
    assert len(morning(MONDAY + DAY)) == 1


def test_without_a_mail_server_none_is_sent_and_the_page_says_so(
    owner: User, project: Project, client_of: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    with time_machine.travel(MONDAY, tick=False):
        assert digests.send_due() == 0
    assert Digest.objects.get().due_at < MONDAY
    assert "sends no mail yet" in client_of(owner).get("/account/mail/").content.decode()


# When


def test_it_comes_at_eight_of_its_reader_once_a_day_and_late_where_nobody_was_there(
    owner: User, project: Project, morning: Any
) -> None:
    zone = {"time_zone": "Australia/Sydney"}
    User.objects.update(**zone)
    for _ in range(2):
        factories.action(project, owner=owner.person, due_on=AS_OF)
    monday_there = MONDAY - timedelta(hours=11)
    assert morning(monday_there - MINUTE) == []
    assert len(morning(monday_there)) == 1
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(monday_there + timedelta(hours=10)) == []
    assert len(morning(monday_there + 3 * DAY + timedelta(hours=6))) == 1
    User.objects.update(time_zone="")  # of the portfolio: London
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(monday_there + 4 * DAY) == []
    assert len(morning(MONDAY + 4 * DAY)) == 1


def test_a_mail_that_no_server_took_is_tried_again_on_that_day(
    owner: User, project: Project, morning: Any, settings: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    assert morning(MONDAY) == []
    settings.EMAIL_PORT = port
    assert morning(MONDAY + MINUTE - timedelta(seconds=1)) == []
    assert len(morning(MONDAY + MINUTE)) == 1
    assert morning(MONDAY + 2 * MINUTE) == []


def test_a_mail_that_the_server_refuses_holds_nobody_up(
    owner: User, project: Project, morning: Any, post: Post
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    post.answer = "451 Later"
    assert morning(MONDAY) == []
    assert morning(MONDAY + 2 * MINUTE) == []
    assert Digest.objects.get().due_at == MONDAY + 4 * MINUTE
    assert morning(MONDAY + timedelta(hours=15, minutes=59)) == []
    assert Digest.objects.get().due_at == MONDAY + DAY
    post.answer = "250 OK"
    assert len(morning(MONDAY + DAY)) == 1


def test_one_that_cannot_be_written_holds_nobody_up(
    owner: User, project: Project, morning: Any, monkeypatch: Any
) -> None:
    other, written = reader_of(project, "other"), digests.contents
    for user in (owner, other):
        factories.action(project, owner=user.person, due_on=AS_OF)

    def contents(user: User, *args: Any, **options: Any) -> Any:
        if user.pk == owner.pk:
            raise ValueError
        return written(user, *args, **options)

    monkeypatch.setattr(digests, "contents", contents)
    assert [mail["To"] for mail in morning(MONDAY)] == ["other@example.org"]


class Broken:
    """A mail server that takes a mail and is gone before it says so."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """Speak with one client."""
        client, _ = self.server.accept()
        with client, client.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 here\r\n")
            for line in map(bytes.upper, lines):
                if line.startswith(b"EHLO"):
                    lines.write(b"250 here\r\n")
                elif line.startswith(b"DATA"):
                    lines.write(b"354 go on\r\n")
                elif line == b".\r\n":
                    return
                elif line.startswith((b"MAIL", b"RCPT")):
                    lines.write(b"250 OK\r\n")


@pytest.fixture
def broken() -> Iterator[Broken]:
    """One of them."""
    server = Broken()
    yield server
    server.server.close()


def test_a_mail_that_may_have_arrived_is_not_sent_twice_and_what_it_said_comes_next_day(
    owner: User, project: Project, morning: Any, settings: Any, broken: Broken
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, broken.port
    assert morning(MONDAY) == []
    settings.EMAIL_PORT = port
    assert morning(MONDAY + timedelta(hours=4)) == []
    assert len(morning(MONDAY + DAY)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends_it(owner: User, project: Project, morning: Any) -> None:
    other = reader_of(project, "other")
    for user in (owner, other):
        factories.action(project, owner=user.person, due_on=AS_OF)
    with transaction.atomic():  # as a worker that has begun the first and not said so
        Digest.objects.filter(user=owner).select_for_update().get()
        arrived: list[EmailMessage] = []
        worker = threading.Thread(target=lambda: arrived.extend(in_thread(morning)))
        worker.start()
        worker.join()
    assert [mail["To"] for mail in arrived] == ["other@example.org"]
    assert [mail["To"] for mail in morning(MONDAY)] == ["owner@example.org"]


def in_thread(morning: Callable[..., list[EmailMessage]]) -> list[EmailMessage]:
    """What a worker sends that has a connection of its own."""
    try:
        return morning(MONDAY)
    finally:
        connection.close()


def test_it_takes_as_many_queries_for_much_as_for_little(
    owner: User, project: Project, morning: Any
) -> None:
    def queries(day: int, actions: int) -> int:
        for _ in range(actions):
            factories.action(project, owner=owner.person, due_on=AS_OF)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert len(morning(MONDAY + day * DAY)) == 1
        return len(asked)

    queries(0, 1)
    assert queries(1, 1) == queries(2, 5)


@pytest.mark.parametrize(
    ("said", "hosts", "site"),
    [
        ("", ["*", ".example.org", "other.org"], "https://example.org"),
        ("http://pmhub.here:8000/", ["example.org"], "http://pmhub.here:8000"),
        ("pmhub.here", [], None),
    ],
)
def test_links_lead_to_the_address_that_is_set_or_the_first_host(
    monkeypatch: pytest.MonkeyPatch, said: str, hosts: list[str], site: str | None
) -> None:
    monkeypatch.setenv("SITE_URL", said)
    if site is None:
        with pytest.raises(ImproperlyConfigured):
            environment.site(hosts)
    else:
        assert environment.site(hosts) == site


# Who wants none


def test_one_link_ends_them_without_signing_in_and_only_when_it_is_meant(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    for user in (owner, other):
        factories.action(project, owner=user.person, due_on=AS_OF)
    first, _ = sorted(morning(MONDAY), key=lambda mail: mail["To"] != "owner@example.org")
    link = stop_link(first)
    assert link in plain(first)
    asks = Client().get(link)
    assert (asks.status_code, "owner" in asks.content.decode()) == (200, True)
    assert "no-store" in asks.headers["Cache-Control"]
    owner.refresh_from_db()
    assert owner.digest_waiting == "daily"  # programs follow links
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):  # as RFC 8058 has it, and again
        done = strict.post(link, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
        assert done.status_code == 200
    owner.refresh_from_db()
    other.refresh_from_db()
    assert {getattr(owner, topic) for topic in Topic.values} == {"off"}
    assert other.digest_waiting == "daily"


def test_a_link_of_nobody_or_of_an_address_of_before_ends_nothing(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    (mail,) = morning(MONDAY)
    link = stop_link(mail)
    assert Client().post(f"{link[:-2]}x/").status_code == 410
    User.objects.update(email="new@example.org")
    for ask in (Client().get, Client().post):
        assert ask(link).status_code == 410
    owner.refresh_from_db()
    assert owner.digest_waiting == "daily"


# What one chooses


def test_one_chooses_for_oneself_on_a_page(owner: User, project: Project, client_of: Any) -> None:
    other = reader_of(project, "other")
    page = client_of(owner).get("/account/mail/").content.decode()
    assert "That of your portfolio: Europe/London" in page
    chosen = {
        "digest_waiting": "weekly", "digest_mentions": "off", "digest_followed": "daily",
        "time_zone": "Pacific/Auckland",
    }  # fmt: skip
    saved = client_of(owner).post("/account/mail/", chosen)
    assert (saved.status_code, saved["Location"]) == (302, "/account/mail/?saved")
    owner.refresh_from_db()
    other.refresh_from_db()
    again = client_of(owner).get("/account/mail/").content.decode()
    assert '<option value="Pacific/Auckland" selected>Pacific/Auckland</option>' in again
    assert again.count(" selected>") == 1
    assert {name: getattr(owner, name) for name in chosen} == chosen
    assert (other.digest_waiting, other.time_zone) == ("daily", "")
    for wrong, said in (
        ({"digest_waiting": "hourly"}, "hourly is not one of the available choices"),
        ({"time_zone": "Wexmoor"}, "Enter a time zone such as Europe/London."),
    ):
        answer = client_of(owner).post("/account/mail/", chosen | wrong)
        assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert Client().post("/account/mail/", chosen).status_code == 302
    owner.refresh_from_db()
    assert owner.digest_waiting == "weekly"


def test_one_chooses_for_oneself_over_rest(owner: User, project: Project, api_of: Any) -> None:
    other = reader_of(project, "other")
    client = Api(api_of(owner))
    assert client.get("me/").json()["digest_waiting"] == "daily"
    changed = client.patch("me/", {"digest_mentions": "daily", "time_zone": "Asia/Tokyo"})
    assert (changed.status_code, changed.json()["time_zone"]) == (200, "Asia/Tokyo")
    assert client.patch("me/", {"time_zone": ""}).json()["time_zone"] == ""
    for wrong in ({"digest_waiting": "hourly"}, {"time_zone": "Factory"}, {"time_zone": 3}):
        refused = client.patch("me/", wrong)
        assert (refused.status_code, *errors_of(refused)) == (400, f"/{next(iter(wrong))}")
    token = api_of(owner, token=True)
    Token.objects.update(scopes="read")
    assert Api(token).patch("me/", {"digest_waiting": "off"}).status_code == 403
    other.refresh_from_db()
    assert other.digest_mentions == "weekly"


@pytest.mark.parametrize("wrong", [{"digest_followed": "hourly"}, {"time_zone": "Factory"}])
def test_no_statement_stores_another_choice(owner: User, wrong: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(**wrong)


def test_whoever_runs_the_machine_sees_what_the_next_would_say(
    owner: User, project: Project, site: str
) -> None:
    def printed(name: str) -> str:
        out = StringIO()
        call_command("digest", name, stdout=out)
        return out.getvalue()

    assert printed("owner") == "There is nothing to tell them.\n"
    factories.action(project, owner=owner.person, due_on=AS_OF, title="Paint it")
    before = Digest.objects.values().get()
    assert "* Paint it\n" in printed("owner")
    assert Digest.objects.values().get() == before
    with pytest.raises(CommandError):
        printed("nobody")


# At once, and what was committed late


def mention(project: Project, by: User, whom: User, text: str = "Well?") -> Comment:
    """A comment that mentions somebody."""
    row = Comment.objects.create(
        record_type="project", record_id=project.pk, text=text, created_by=by
    )
    row.mentions.add(whom.person)
    return row


def write_at(comment: Comment, at: datetime) -> None:
    """Have a comment, and its history, say that it was written at another moment, as one does whose
    transaction began then and was committed now."""
    moments = {"pmhub_comment": "updated_at", "pmhub_commentevent": "pgh_created_at"}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, column in moments.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [at, comment.pk])  # noqa: S608  # ours
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_mention_is_told_at_once_and_once(owner: User, project: Project, morning: Any) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="at_once")
    night = MONDAY - timedelta(hours=12)  # of a Sunday
    assert morning(night - MINUTE) == []
    mention(project, other, owner)
    mention(project, owner, owner, "Note to myself")
    (mail,) = morning(night)
    assert (mail["To"], mail["Subject"]) == ("owner@example.org", "pmhub: 1 comment mentions you")
    assert "Well?" in plain(mail)
    assert "Note to myself" not in plain(mail)
    assert morning(night + MINUTE) == []
    assert morning(MONDAY) == []


def test_what_another_asks_is_told_at_once_and_what_becomes_overdue_in_the_morning(
    owner: User, project: Project, morning: Any, api_of: Any
) -> None:
    manager = reader_of(project, "manager", "pmo")
    User.objects.filter(pk=owner.pk).update(digest_waiting="at_once")
    night = MONDAY - timedelta(hours=12)
    for due, title in ((AS_OF, "Near"), (AS_OF + 300 * DAY, "Far")):
        body = {"project": project.pk, "title": title, "owner": owner.person.pk}
        answer = Api(api_of(manager)).post("actions/", body | {"due_on": due.isoformat()})
        assert answer.status_code == 201
    (mail,) = morning(night)
    assert mail["Subject"] == "pmhub: 1 thing waits for you, 1 thing was given to you"
    assert "* Near\n" in plain(mail)
    assert f"Far\n  as owner, by {manager.person.name}\n" in plain(mail)
    assert morning(night + MINUTE) == []
    Portfolio.objects.update(status_date=AS_OF + DAY)
    assert morning(night + 2 * MINUTE) == []
    (mail,) = morning(MONDAY)
    assert "Overdue (1)" in plain(mail)
    assert "Far" not in plain(mail)


def test_an_action_that_passes_to_another_owner_is_told_to_them(
    owner: User, project: Project, morning: Any, api_of: Any
) -> None:
    manager, late = reader_of(project, "manager", "pmo"), AS_OF + 300 * DAY
    action = factories.action(project, owner=manager.person, due_on=late, title="Far")
    changed = Api(api_of(manager)).patch(f"actions/{action.pk}/", {"owner": owner.person.pk})
    assert changed.status_code == 200
    (mail,) = morning(MONDAY)
    assert (mail["To"], mail["Subject"]) == (
        "owner@example.org", "pmhub: 1 thing was given to you",
    )  # fmt: skip


def test_comments_on_what_somebody_follows_are_told(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    Follow.objects.create(created_by=owner, record_type="project", record_id=project.pk)
    for by, text in ((other, "Rain ahead"), (owner, "My own")):
        Comment.objects.create(
            record_type="project", record_id=project.pk, text=text, created_by=by
        )
    (mail,) = morning(MONDAY)
    assert mail["Subject"] == "pmhub: 1 comment on what you follow"
    assert f"{other.person.name}: Rain ahead" in plain(mail)
    assert "My own" not in plain(mail)


def test_what_was_written_before_a_digest_and_committed_after_it_is_told_by_the_next(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="daily")
    write_at(mention(project, other, owner, "In time"), MONDAY - 2 * MINUTE)
    (mail,) = morning(MONDAY)
    assert "In time" in plain(mail)
    write_at(mention(project, other, owner, "Late"), MONDAY - MINUTE)
    (mail,) = morning(MONDAY + DAY)
    assert mail["Subject"] == "pmhub: 1 comment mentions you"
    assert "Late" in plain(mail)
    assert "In time" not in plain(mail)
    assert morning(MONDAY + 2 * DAY) == []


def test_while_nothing_is_written_nobody_is_looked_for_at_once(
    owner: User, project: Project, morning: Any
) -> None:
    others = [reader_of(project, f"other{number}") for number in range(3)]
    User.objects.update(**dict.fromkeys(Topic.values, "at_once"))
    night = MONDAY - timedelta(hours=12)
    assert morning(night) == []
    with CaptureQueriesContext(connection) as queries:
        assert morning(night + 2 * MINUTE) == []
    assert len(queries) < 10, [query["sql"][:80] for query in queries]
    assert {*Digest.objects.values_list("looked_at", flat=True)} == {night}
    mention(project, others[0], owner)
    (mail,) = morning(night + 3 * MINUTE)
    assert mail["To"] == "owner@example.org"


def test_a_comment_whose_words_are_mended_mentions_somebody_once(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    User.objects.filter(pk=owner.pk).update(digest_mentions="at_once")
    night = MONDAY - timedelta(hours=12)
    mention(project, other, owner)
    assert len(morning(night)) == 1
    Comment.objects.update(text="Well, well?")
    assert morning(night + MINUTE) == []


def test_a_mail_that_its_server_refuses_is_not_offered_to_it_each_minute(
    owner: User, project: Project, morning: Any, post: Post, monkeypatch: Any
) -> None:
    tries = []

    def refuse(mail: Any) -> None:
        tries.append(mail.to)
        raise digests.NotTaken("SMTPRecipientsRefused")

    monkeypatch.setattr(digests, "deliver", refuse)
    User.objects.filter(pk=owner.pk).update(digest_mentions="at_once")
    mention(project, reader_of(project, "other"), owner)
    night = MONDAY - timedelta(hours=12)
    for minute in range(30):
        morning(night + minute * MINUTE)
    assert len(tries) == 2
