"""Attachments in a bucket: what is asked of a store that speaks S3, and how it is signed."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile

from pmhub import attachments
from pmhub.attachments.buckets import Bucket, Page, canonical, signed

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AT = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "https://examplebucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("address", "headers", "signature"),
    [
        (
            f"{HOST}/test.txt",
            {"range": "bytes=0-9"},
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            f"{HOST}/?{canonical({'prefix': 'J', 'max-keys': '2'})}",
            {},
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_a_request_is_signed_as_the_examples_of_the_standard_are(address, headers, signature):
    made = signed("GET", address, headers, b"", AT, region="us-east-1", key=KEY, secret=SECRET)
    assert made["Authorization"].endswith(f"Signature={signature}")
    assert f"Credential={KEY}/20130524/us-east-1/s3/aws4_request" in made["Authorization"]


class Store(BaseHTTPRequestHandler):
    """A store with one bucket, which takes what is signed with its secret alone."""

    files: dict[str, bytes] = {}  # emptied by the fixture
    page = 2

    def answer(self, status: int, body: bytes = b"") -> None:
        """Answer a request."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", format_datetime(AT, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def ask(self) -> None:
        """Check the signature and do what is asked."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        at = datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        address = f"http://{self.headers['Host']}{self.path}"
        own = signed(
            self.command, address, {}, body, at, region="here", key=KEY, secret=SECRET
        )  # fmt: skip
        if own["Authorization"] != self.headers["Authorization"]:
            self.answer(403)
            return
        name = urlsplit(self.path).path.removeprefix("/bucket").lstrip("/")
        if self.command == "PUT":
            self.files[name] = body
            self.answer(200)
        elif self.command == "DELETE":
            self.answer(204 if self.files.pop(name, None) is not None else 404)
        elif name:
            self.answer(200, self.files[name]) if name in self.files else self.answer(404)
        else:
            self.answer(200, self.listed(parse_qs(urlsplit(self.path).query)))

    do_GET = do_PUT = do_HEAD = do_DELETE = ask  # noqa: N815  # as the server names them

    def listed(self, query: dict[str, list[str]]) -> bytes:
        """Return a page of the list of files below a prefix."""
        [prefix] = query.get("prefix", [""])
        begin = int(query.get("continuation-token", ["0"])[0])
        names = [each.removeprefix(prefix) for each in self.files if each.startswith(prefix)]
        below = sorted({prefix + name[: name.find("/") + 1 or None] for name in names})
        shown, more = below[begin : begin + self.page], begin + self.page < len(below)
        rows = "".join(
            f"<CommonPrefixes><Prefix>{each}</Prefix></CommonPrefixes>"
            if each.endswith("/")
            else f"<Contents><Key>{each}</Key></Contents>"
            for each in shown
        )
        token = (
            f"<NextContinuationToken>{begin + self.page}</NextContinuationToken>" if more else ""
        )
        namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        return f'<ListBucketResult xmlns="{namespace}">{rows}{token}</ListBucketResult>'.encode()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """The address of the bucket of a running store, empty at first."""
    Store.files.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/bucket"
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(address) -> Bucket:
    """The bucket."""
    return Bucket(address=address, region="here", key=KEY, secret=SECRET)


def test_a_file_is_written_read_found_and_deleted(bucket):
    content = bytes(range(256)) * 1000
    name = bucket.save("ab/abcdef", ContentFile(content))
    assert (name, bucket.exists(name)) == ("ab/abcdef", True)
    with bucket.open(name) as file:
        assert b"".join(iter(lambda: file.read(attachments.BLOCK), b"")) == content
    assert bucket.get_modified_time(name) == AT
    bucket.delete(name)
    bucket.delete(name)
    assert not bucket.exists(name)
    with pytest.raises(FileNotFoundError):
        bucket.open(name)


def test_all_folders_and_files_are_listed_however_many_there_are(bucket):
    for name in ("aa/1", "aa/2", "aa/3", "ab/1", "ac/1"):
        bucket.save(name, ContentFile(b"x"))
    assert bucket.listdir("") == (["aa", "ab", "ac"], [])
    assert bucket.listdir("aa") == ([], ["1", "2", "3"])


def test_names_are_read_as_they_are_and_no_entity_does_anything():
    names = (
        "<Contents><Key>a&amp;b &lt;1&gt;</Key></Contents><Contents><Key>&boom;</Key></Contents>"
    )
    said = f"<!DOCTYPE x [<!ENTITY boom 'boom'>]><ListBucketResult>{names}</ListBucketResult>"
    assert Page(said).files == ["a&b <1>", "&boom;"]


def test_a_store_that_refuses_is_told_from_one_without_the_file(address):
    stranger = Bucket(address=address, region="here", key=KEY, secret="another")
    with pytest.raises(OSError, match="answers 403"):
        stranger.save("ab/abcdef", ContentFile(b"x"))
    assert Store.files == {}


@pytest.mark.django_db
def test_attachments_are_kept_and_swept_there(settings, address, monkeypatch):
    options = {"address": address, "region": "here", "key": KEY, "secret": SECRET}
    backend = {"BACKEND": "pmhub.attachments.buckets.Bucket", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "attachments": backend}
    upload = attachments.Upload.of(ContentFile(b"minutes", "minutes.txt"))
    kept = attachments.keep(upload)
    assert list(Store.files) == [kept]
    assert attachments.sweep() == 1  # it is older than a day, and no row names it
    assert Store.files == {}
