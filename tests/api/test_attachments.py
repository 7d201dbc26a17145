"""Files and links at records: who sees, adds and removes them, and how they are handed out."""

import hashlib
import io
import os
import socketserver
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from rest_framework.test import APIClient

from pmhub import attachments
from pmhub.attachments import kind_of, safe_name
from pmhub.database.history import for_good
from pmhub.models import LARGEST_FILE, Attachment, AuditEntry, User, attachable
from projects.models import Risk
from tests import factories
from tests.api.conftest import Api, House, errors_of

AT = "/api/v1/attachments/"
LISTED = "[Content_Types].xml"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def send(api_of: Callable[..., APIClient]) -> Callable[..., Any]:
    """`send(user, record, file=…, title=…)`: attach something as a form does."""

    def attach(user: User, record: Any, **fields: Any) -> Any:
        at = {"record_type": record._meta.model_name, "record_id": record.pk}
        return api_of(user).post(AT, at | fields, format="multipart")

    return attach


def file(content: bytes = PDF, name: str = "Case.pdf", kind: str = "text/html") -> Any:
    """A file as a browser sends it, with what it says of its kind."""
    return SimpleUploadedFile(name, content, kind)


def stored() -> list[str]:
    """The names of the files in the store."""
    folders, _ = storages["attachments"].listdir("")
    return [name for each in folders for name in storages["attachments"].listdir(each)[1]]


def content(answer: Any) -> bytes:
    """Return the content of a file that was answered."""
    return b"".join(answer.streaming_content)


# Who


def test_who_writes_the_record_attaches_and_who_sees_it_downloads(
    house: House, send: Any, api_of: Any
) -> None:
    made = send(house.manager, house.risk, file=file(), title="The case")
    assert made.status_code == 201
    row = made.json()
    assert (row["title"], row["file_name"], row["media_type"], row["size"], row["sha256"]) == (
        "The case", "Case.pdf", "application/pdf", len(PDF), hashlib.sha256(PDF).hexdigest(),
    )  # fmt: skip
    for user in (house.manager, house.reader):
        given = api_of(user).get(row["content_url"])
        assert (given.status_code, content(given)) == (200, PDF)
        assert api_of(user).get(AT).json()["count"] == 1
    assert send(house.reader, house.risk, file=file()).status_code == 403
    assert api_of(house.reader).delete(row["url"], headers={"If-Match": "*"}).status_code == 403


def test_a_stranger_finds_no_attachment_and_attaches_none(
    house: House, send: Any, api_of: Any
) -> None:
    url = send(house.manager, house.risk, file=file()).json()["url"]
    for stranger in (factories.user("stranger"), house.other):
        assert api_of(stranger).get(url).status_code == 404
        assert api_of(stranger).get(f"{url}content/").status_code == 404
        assert api_of(stranger).get(AT).json()["count"] == 0
        refused = send(stranger, house.risk, file=file())
        assert (refused.status_code, errors_of(refused)) == (404, {"/record_id": "does_not_exist"})
    assert APIClient().get(f"{url}content/").status_code == 401
    assert len(stored()) == 1


def test_what_was_seen_is_seen_no_more_once_the_role_has_gone(
    house: House, send: Any, api_of: Any
) -> None:
    url = send(house.manager, house.project, file=file()).json()["content_url"]
    assert api_of(house.reader).get(url).status_code == 200
    house.reader.person.roles.all().delete()
    assert api_of(house.reader).get(url).status_code == 404


def test_who_sees_a_project_sees_nothing_of_its_programme(
    house: House, send: Any, api_of: Any
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    url = send(office, house.programme, file=file()).json()["url"]
    assert api_of(house.reader).get(url).status_code == 404
    factories.role(house.reader, "viewer", programme=house.programme)
    assert api_of(house.reader).get(url).status_code == 200


def test_every_kind_of_record_but_a_person_may_have_attachments(house: House, send: Any) -> None:
    assert {"portfolio", "programme", "project", "risk", "benefit", "milestone"} <= {*attachable()}
    refused = send(house.manager, house.manager.person, file=file())
    assert errors_of(refused) == {"/record_type": "invalid_choice"}


# What


def test_a_link_is_an_address_of_the_web(house: House, send: Any) -> None:
    made = send(house.manager, house.project, link="https://example.org/case?page=2")
    row = made.json()
    assert (row["title"], row["content_url"], row["size"]) == (row["link"], None, None)
    for link in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "ftp://a/b",
        "file:/x",
        "https://bank.example@elsewhere.example/",
        "http://[::1",
        "https://[nowhere]/",
        "https://example.org:port/",
        "https:///path",
    ):
        refused = send(house.manager, house.project, link=link)
        assert (refused.status_code, list(errors_of(refused))) == (400, ["/link"])


def test_it_is_a_file_or_a_link_and_never_both_or_nothing(
    house: House, send: Any, api: Any
) -> None:
    assert list(errors_of(send(house.manager, house.project))) == ["/file"]
    both = send(house.manager, house.project, file=file(), link="https://example.org/")
    assert list(errors_of(both)) == ["/link"]
    at = {"record_type": "project", "record_id": house.project.pk}
    in_json = api(house.manager).post("attachments/", at | {"file": "Case.pdf"})
    assert errors_of(in_json) == {"/file": "invalid"}
    assert api(house.manager).post("attachments/", at | {"link": "https://a.example/"}).json()["id"]


def test_an_empty_file_and_one_too_large_are_refused(house: House, send: Any) -> None:
    assert errors_of(send(house.manager, house.project, file=file(b""))) == {"/file": "empty"}
    large = send(house.manager, house.project, file=file(b"x" * (LARGEST_FILE + 1)))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert not Attachment.objects.exists()


def test_a_form_gives_each_name_once_and_only_names_that_there_are(house: House, send: Any) -> None:
    twice = send(house.manager, house.project, link=["https://a.example/", "https://b.example/"])
    assert errors_of(twice) == {"/link": "duplicate_key"}
    strange = send(house.manager, house.project, file=file(), stored_as="../../etc/passwd")
    assert errors_of(strange) == {"/stored_as": "unknown_field"}
    nul = send(house.manager, house.project, link="https://a.example/\x00")
    assert errors_of(nul) == {"/link": "null_character"}


def packed(*names: str) -> bytes:
    """A file of several files."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name in names:
            made.writestr(name, "application/vnd.oasis.opendocument.text")
    return into.getvalue()


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (packed(LISTED, "word/document.xml"), attachments.PACKED[b"word/document.xml"]),
        (packed(LISTED, "xl/workbook.xml"), attachments.PACKED[b"xl/workbook.xml"]),
        (packed("mimetype"), "application/vnd.oasis.opendocument.text"),
        (packed("../../etc/passwd", "a" * 60_000), "application/zip"),
        (b"PK\x03\x04 and no more", "application/zip"),
        ("Größe, ø".encode(), "text/plain"),
        (b"\x00\x01\x02\x03 nothing known", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_file_is_what_is_in_it(sent: bytes, kind: str) -> None:
    assert kind_of(io.BytesIO(sent)) == kind


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\Windows\\win.ini", "win.ini"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "abSet-Cookie: x.pdf"),
        ("plan\u202efdp.exe", "planfdp.exe"),
        ("..", "file"),
        ("", "file"),
        ("x" * 400 + ".docx", "x" * 145 + ".docx"),
    ],
)
def test_the_name_of_a_file_is_never_trusted(name: str, kept: str) -> None:
    assert safe_name(name) == kept


@pytest.mark.parametrize(
    "sent",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"GIF89a/*<script>*/=alert(1)//",
        b"%PDF-1.7 <script>alert(1)</script>",
        b"MZ\x90\x00 a program",
    ],
)
def test_nothing_is_shown_in_place_whatever_it_is(
    sent: bytes, house: House, send: Any, api_of: Any
) -> None:
    row = send(house.manager, house.project, file=file(sent, "x.html", "text/html")).json()
    given = api_of(house.reader).get(row["content_url"])
    assert content(given) == sent
    assert given["Content-Type"] in attachments.PASSIVE | {attachments.UNKNOWN}
    assert given["Content-Disposition"].startswith("attachment;")
    assert given["X-Content-Type-Options"] == "nosniff"
    assert given["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_a_download_is_whole_known_again_and_noted(house: House, send: Any, api_of: Any) -> None:
    url = send(house.manager, house.project, file=file()).json()["content_url"]
    client = api_of(house.reader)
    given = client.get(url, headers={"Range": "bytes=0-3"})
    assert (given.status_code, content(given)) == (200, PDF)
    assert given["Content-Length"] == str(len(PDF))
    same = client.get(url, headers={"If-None-Match": given["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert AuditEntry.objects.filter(act="exported", details__path__startswith=AT).count() == 1


def test_a_file_that_was_lost_is_said_to_be(house: House, send: Any, api_of: Any) -> None:
    row = send(house.manager, house.project, file=file()).json()
    attachments.let_go(Attachment.objects.get().stored_as)
    lost = api_of(house.manager).get(row["content_url"])
    assert (lost.status_code, lost.json()["code"]) == (410, "file_lost")
    link = send(house.manager, house.project, link="https://example.org/").json()
    none = api_of(house.manager).get(f"{link['url']}content/")
    assert (none.status_code, none.json()["code"]) == (409, "no_file")


# Versions, and the end of one


def test_what_was_attached_is_followed_and_never_replaced(
    house: House, send: Any, api: Any
) -> None:
    client = api(house.manager)
    first = send(house.manager, house.project, file=file()).json()
    at = f"attachments/{first['id']}/"
    for change in ({"link": "https://example.org/"}, {"record_id": house.risk.pk + 1}):
        assert client.patch(at, change).status_code == 400
    named = client.patch(at, {"title": "The first case"}).json()
    assert (named["title"], named["version"]) == ("The first case", 2)
    second = send(house.manager, house.project, file=file(b"2"), version_of=first["id"]).json()
    assert client.get(at).json()["superseded_by"] == second["id"]
    again = send(house.manager, house.project, file=file(b"3"), version_of=first["id"])
    assert (again.status_code, list(errors_of(again))) == (400, ["/version_of"])
    elsewhere = send(house.manager, house.risk, file=file(), version_of=second["id"])
    assert (elsewhere.status_code, list(errors_of(elsewhere))) == (400, ["/version_of"])
    latest = client.get("attachments/?latest=true").json()["results"]
    assert [each["id"] for each in latest] == [second["id"]]


def test_the_newest_version_goes_first_and_its_file_with_it(
    house: House, send: Any, api: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = api(house.manager)
    first = send(house.manager, house.project, file=file()).json()["id"]
    second = send(house.manager, house.project, file=file(b"2"), version_of=first).json()["id"]
    held = client.delete(f"attachments/{first}/")
    assert (held.status_code, held.json()["code"]) == (409, "in_use")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"attachments/{second}/?preview=1").status_code == 200
    assert len(stored()) == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"attachments/{second}/").status_code == 204
        assert client.delete(f"attachments/{first}/").status_code == 204
    assert stored() == []


def test_a_record_is_held_by_what_is_attached_to_it(house: House, send: Any, api: Any) -> None:
    client = api(house.manager)
    made = send(house.manager, house.risk, file=file(), title="Survey").json()
    held = client.delete(f"risks/{house.risk.pk}/")
    assert (held.status_code, "1 attachment" in held.json()["detail"]) == (409, True)
    assert client.delete(f"attachments/{made['id']}/").status_code == 204
    assert client.delete(f"risks/{house.risk.pk}/").status_code == 204


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE pmhub_attachment SET stored_as = 'another'",
        "UPDATE pmhub_attachment SET record_id = record_id + 1",
        "UPDATE pmhub_attachment SET sha256 = ''",
        "UPDATE pmhub_attachment SET link = 'https://example.org/'",
        "INSERT INTO pmhub_attachment (record_type, record_id, title, link, file_name, media_type,"
        " sha256, stored_as) VALUES ('risk', 1, 'X', 'javascript:x', '', '', '', '')",
        "INSERT INTO pmhub_attachment (record_type, record_id, title, link, file_name, media_type,"
        " sha256, stored_as, version_of_id)"
        " SELECT 'risk', 1, 'X', 'https://a.example/', '', '', '', '', id FROM pmhub_attachment",
    ],
)
def test_plain_sql_replaces_nothing_and_attaches_no_other_link(
    sql: str, house: House, send: Any
) -> None:
    send(house.manager, house.project, file=file())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_files_that_nobody_has_are_swept_away(house: House, send: Any) -> None:
    send(house.manager, house.project, file=file())
    send(house.manager, house.risk, file=file(b"of the risk"))
    with for_good():
        Risk.objects.filter(pk=house.risk.pk)._raw_delete("default")
    for name in ("old", "new"):
        attachments.store().save(f"aa/{name}", io.BytesIO(b"left by a refused request"))
    two_days = time.time() - 2 * 86400
    os.utime(attachments.store().path("aa/old"), (two_days, two_days))
    assert attachments.sweep() == 2
    assert Attachment.objects.get().record_id == house.project.pk
    assert len(stored()) == 2
    assert "new" in stored()


def test_where_nothing_was_ever_attached_nothing_is_swept(house: House) -> None:
    assert attachments.sweep() == 0


def test_the_same_request_repeated_attaches_once(house: House, api_of: Any) -> None:
    client = api_of(house.manager)

    def attach(sent: bytes) -> Any:
        body = {"record_type": "project", "record_id": house.project.pk, "file": file(sent)}
        return client.post(AT, body, format="multipart", headers={"Idempotency-Key": "one"})

    first, again, other = attach(PDF), attach(PDF), attach(b"another")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Attachment.objects.count() == 1


def test_its_history_says_who_named_it_what(house: House, send: Any, api: Any) -> None:
    row = send(house.manager, house.project, file=file(), title="Case").json()
    Api(api(house.manager).client).patch(f"attachments/{row['id']}/", {"title": "The case"})
    events = api(house.reader).get(f"attachments/{row['id']}/history/").json()["results"]
    assert [each["action"] for each in events] == ["changed", "created"]


# A virus scanner


class Scanner(socketserver.StreamRequestHandler):
    """A virus scanner that answers as clamd does to a file sent in blocks."""

    def handle(self) -> None:
        """Read the file, and find what is in it."""
        said = self.rfile.read(len(b"zINSTREAM\0"))
        sent = b""
        while size := int.from_bytes(self.rfile.read(4)):
            sent += self.rfile.read(size)
        server: Any = self.server
        server.asked.append((said, sent))
        harmful = b"EICAR" in sent
        self.wfile.write(b"stream: Eicar-Test FOUND\0" if harmful else server.otherwise)


@pytest.fixture
def scanner(settings: Any) -> Iterator[Any]:
    """A scanner on this machine."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Scanner)
    server.asked, server.otherwise = [], b"stream: OK\0"  # type: ignore[attr-defined]  # ours
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SCANNER_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


def test_what_is_known_as_harmful_is_attached_to_nothing(
    house: House, send: Any, scanner: Any
) -> None:
    whole = b"x" * 70_000  # more than one block
    assert send(house.manager, house.project, file=file(whole)).status_code == 201
    assert scanner.asked == [(b"zINSTREAM\0", whole)]
    before = stored()
    refused = send(house.manager, house.project, file=file(whole + b"EICAR"))
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/file"])
    assert "Eicar-Test" in refused.content.decode()
    assert (stored(), Attachment.objects.count()) == (before, 1)


def test_who_may_attach_nothing_has_nothing_scanned(house: House, send: Any, scanner: Any) -> None:
    assert send(house.other, house.project, file=file()).status_code == 404
    assert scanner.asked == []


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK nothing\0"]
)
def test_while_the_scanner_says_nothing_of_a_file_none_is_taken(
    house: House, send: Any, scanner: Any, answer: bytes
) -> None:
    scanner.otherwise = answer
    refused = send(house.manager, house.project, file=file())
    assert (refused.status_code, refused.json()["code"]) == (503, "unscanned")
    assert refused.headers["Retry-After"] == "60"
    assert not Attachment.objects.exists()


def test_a_scanner_that_is_away_lets_nothing_through(
    house: House, send: Any, settings: Any
) -> None:
    settings.SCANNER_URL = "tcp://127.0.0.1:9"
    assert send(house.manager, house.project, file=file()).status_code == 503
    link = send(house.manager, house.project, link="https://example.org/case")
    assert link.status_code == 201
