"""Files in a bucket of an object store with the S3 protocol, for installations without a folder of
their own.

Requests are signed by AWS Signature Version 4 and name the bucket in their path, which every such
store accepts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import quote, urlsplit

import requests
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

PATIENCE = 5, 60  # seconds until an answer begins, and between two parts of it
Query = Mapping[str, str]


@deconstructible
class Bucket(Storage):
    """A bucket at an `address` such as https://s3.eu-west-2.amazonaws.com/NAME."""

    def __init__(self, *, address: str, region: str, key: str, secret: str) -> None:
        self.address, self.region = address.rstrip("/"), region
        self.key, self.secret = key, secret

    def exists(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        return self._ask("HEAD", name, missing=True).status_code == HTTPStatus.OK

    def delete(self, name: str) -> None:
        """Delete a file; a file that does not exist is no error."""
        self._ask("DELETE", name, missing=True)

    def get_modified_time(self, name: str) -> datetime:
        """Return when a file was written; raises FileNotFoundError."""
        return parsedate_to_datetime(self._ask("HEAD", name).headers["Last-Modified"])

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the files in a folder; "" is the outermost."""
        start = f"{path}/" if path else ""
        folders: list[str] = []
        files: list[str] = []
        for page in self._pages({"list-type": "2", "delimiter": "/", "prefix": start}):
            folders += [folder.removeprefix(start).rstrip("/") for folder in page.folders]
            files += [file.removeprefix(start) for file in page.files]
        return folders, files

    def _open(self, name: str, mode: str = "rb") -> File:
        """Return a file that is read as it arrives; raises FileNotFoundError."""
        raw: IO[Any] = self._ask("GET", name, stream=True).raw
        return File(raw, name)

    def _save(self, name: str, content: Any) -> str:
        content.seek(0)
        self._ask("PUT", name, body=content.read())
        return name

    def _pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of a listing until the last."""
        parameters = dict(query)
        while True:
            page = Page(self._ask("GET", "", parameters).text)
            yield page
            if not page.following:
                return
            parameters["continuation-token"] = page.following

    def _ask(
        self,
        method: str,
        name: str,
        query: Query | None = None,
        *,
        body: bytes = b"",
        stream: bool = False,
        missing: bool = False,
    ) -> requests.Response:
        """Send a request to the store. Raises FileNotFoundError for a file that does not exist,
        unless it may be `missing`, and OSError if the store refuses."""
        address = f"{self.address}/{quote(name)}" if name else self.address
        if query:
            address += f"?{canonical(query)}"
        headers = signed(
            method, address, {}, body, datetime.now(UTC),
            region=self.region, key=self.key, secret=self.secret,
        )  # fmt: skip
        answer = requests.request(
            method, address, headers=headers, data=body or None, stream=stream, timeout=PATIENCE,
            allow_redirects=False,
        )  # fmt: skip
        if answer.status_code == HTTPStatus.NOT_FOUND and not missing:
            raise FileNotFoundError(name)
        if not answer.ok and answer.status_code != HTTPStatus.NOT_FOUND:
            raise OSError(f"The store of attachments answers {answer.status_code} to {method}.")
        return answer


class Page(HTMLParser):
    """A page of a listing: `folders`, `files`, and the token for the `following` page. It is parsed
    as tags and texts only, so that XML entities have no effect."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.folders: list[str] = []
        self.files: list[str] = []
        self.following = ""
        self._way: list[str] = []
        self._text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Enter an element."""
        self._way.append(tag)
        self._text = ""

    def handle_data(self, data: str) -> None:
        """Collect the text of an element, which arrives in parts."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Store the text of an element, and leave it."""
        match self._way[-2:]:
            case ["commonprefixes", "prefix"]:
                self.folders.append(self._text)
            case ["contents", "key"]:
                self.files.append(self._text)
            case [_, "nextcontinuationtoken"]:
                self.following = self._text
        self._way = self._way[:-1]


def signed(
    method: str,
    address: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
    *,
    region: str,
    key: str,
    secret: str,
) -> dict[str, str]:
    """Return the headers of a request, with those that sign it by AWS Signature Version 4. The
    query of the address must be in canonical form."""
    parts, moment = urlsplit(address), f"{at:%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(body).hexdigest()
    signed_headers = {**headers, "x-amz-content-sha256": digest, "x-amz-date": moment}
    headers_by_name = {
        name.lower(): value for name, value in {**signed_headers, "host": parts.netloc}.items()
    }
    names = ";".join(sorted(headers_by_name))
    lines = [f"{name}:{headers_by_name[name]}" for name in sorted(headers_by_name)]
    canonical_request = "\n".join(
        [method, parts.path or "/", parts.query, *lines, "", names, digest]
    )
    scope = f"{at:%Y%m%d}/{region}/s3/aws4_request"
    text = "\n".join(
        ["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical_request.encode()).hexdigest()]
    )
    own = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        own = hmac.digest(own, part.encode(), "sha256")
    signature = hmac.digest(own, text.encode(), "sha256").hex()
    signed_headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope},SignedHeaders={names},Signature={signature}"
    )
    return signed_headers


def canonical(query: Query) -> str:
    """Return a query with its names in order, and with all characters but letters, digits and -._~
    encoded."""
    return "&".join(
        f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query)
    )
