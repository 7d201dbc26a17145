"""Base classes of pages: what stands in the frame, what is cached of it, and live regions."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from hashlib import blake2b
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.http import quote_etag
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.views.generic import TemplateView

from pmhub.access.grants import Reader
from pmhub.caching import BoundedCache, quarter
from pmhub.database import touches
from pmhub.database.cached_reads import CachedReads
from pmhub.database.past import as_at
from pmhub.models import Person
from pmhub.queries import tree
from pmhub.queries.time_zones import zone_of
from pmhub.registers import registers as known_registers
from pmhub.views.clocks import asks_past
from pmhub.views.content import (
    ETAG,
    HOLE,
    STATE,
    TOKEN,
    CacheableRequest,
    Content,
    private,
)
from pmhub.views.favourites import cached_favourites as drawn_favourites
from pmhub.views.recently_viewed import remember

T = TypeVar("T")

# Bytes that a process keeps of them.
REGIONS, TREES, PANELS = 8_000_000, 2_000_000, 4_000_000
CONTENTS, FRAMES, READ_REGIONS = 6_000_000, 4_000_000, 3_000_000
ROW = 500  # bytes of a row of the tree, about

regions, trees, frames = BoundedCache(REGIONS), BoundedCache(TREES), BoundedCache(FRAMES)
panels = CachedReads(PANELS)
read_regions = CachedReads(READ_REGIONS)
contents = CachedReads(CONTENTS)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what every page's frame shows; read only when a template asks."""
    drawn = SimpleLazyObject(lambda: drawn_tree(Reader(request.user)))
    own = SimpleLazyObject(lambda: drawn_favourites(request.user, request.path, None))
    return {"tree": drawn, "favourites": own, "places": {}, "menu": known_registers.menu}


@as_at(None)
def drawn_tree(reader: Reader) -> SafeString:
    """Return the tree as HTML. It is of now, around a page of the past too; while nothing has
    another name or home, of its rows only the health is read."""
    at = reader.key, touches.stamp_of_tables([touches.EVERYWHERE])
    branches = trees.get(at)
    if branches is None:
        branches = tree.tree(reader)
        rows = sum(1 + len(branch["programmes"]) + len(branch["projects"]) for branch in branches)
        trees.put(at, branches, ROW * rows)
    healths = tree.healths(branches)
    key = *at, get_language(), *(tuple(by_id.items()) for by_id in healths.values())
    html: SafeString | None = trees.get(key)
    if html is None:
        html = render_to_string("parts/tree.html", {"tree": tree.judged(branches, healths)})
        trees.put(key, html, len(html))
    return html


class Page(TemplateView):
    """A page for people who have signed in. Others are asked to; a region's request is told 401."""

    title = ""
    about = ""  # what of a record it is about, where it is no page of a whole one
    found_in = (
        touches.TopicsRead()
    )  # what was read to find the object of the page, where it is noted

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask a stranger to sign in and bring them back here."""
        if request.user.is_authenticated:
            reads = request.method in ("GET", "HEAD")
            kept = touches.of_one_moment() if reads else nullcontext()
            with kept, override(request.user.language):
                response = super().dispatch(request, *args, **kwargs)
                if isinstance(response, TemplateResponse):
                    response.render()
                if (looked := self.looks_at()) and response.status_code == 200 and not self.region:
                    remember(request, response, *looked)
                return response
        if self.region:
            return HttpResponse("Signed out.", status=401, content_type="text/plain")
        return redirect_to_login(request.get_full_path())

    @property
    def region(self) -> str:
        """Return which part of the page is asked for: `live`, `panel` or none for the whole."""
        headers = self.request.headers
        return headers.get("X-Region") or ("live" if headers.get("HX-Request") else "")

    def looks_at(self) -> tuple[str, int] | None:
        """Return the record that the page is about, by kind and id, if it is about one."""
        return None

    def in_rest(self) -> tuple[str, str]:
        """Return the request that answers what the page shows: (its operation, its address); empty
        for none."""
        return "", ""

    def crumbs(self) -> list[tuple[str, str]]:
        """The way here: (name, address) of each page above this one."""
        return []

    @property
    def here(self) -> str:
        """Return what the page is called where the way to it is told."""
        return self.about or self.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Title, breadcrumb, and where in the tree the page is."""
        kwargs.setdefault("favourites", SimpleLazyObject(self.favourites))
        kwargs.setdefault("in_rest", self.in_rest())
        kwargs.setdefault("own_zone", SimpleLazyObject(lambda: zone_of(self.request.user)))
        way = [*self.crumbs(), (self.here, "")]
        return super().get_context_data(
            title=self.title, crumbs=way, places=self.places(), **kwargs
        )

    def favourites(self) -> SafeString:
        """Return what the user keeps beside every page, with the button of this one."""
        return drawn_favourites(self.request.user, self.request.path, self.looks_at())

    def places(self) -> dict[str, str]:
        """Return where in the tree one is, by address: `page` for the page itself, `true` for a
        page that this one belongs to."""
        return {}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Pages are private, and a region has the address of its page."""
        return private(super().render_to_response(context, **kwargs))

    # What is cached of a page for its reader alone

    @property
    def kind(self) -> Hashable:
        """Return which pages are read from the same tables."""
        return type(self).__qualname__

    def cached_content(self, *told: Hashable, before: Collection[str] = (), **more: Any) -> Content:
        """Return what the page shows, read and drawn now or before: for its reader alone, until a
        table is touched from which it is read. `told`: what it depends on else; `before`: the
        topics of what was read already; `more`: further context."""
        asked = CacheableRequest(self.request, per_user=True)
        key = asked.key, self.region, told, get_language(), quarter()
        return contents(
            ("content", self.kind), key, lambda: self.content(asked, more), len,
            {*before, topic_of_person()},
        )  # fmt: skip

    def content(self, asked: CacheableRequest, more: Mapping[str, Any]) -> Content:
        """Read and draw what the page shows."""
        with self.reading_as(asked):
            context = self.get_context_data(**more)
            context |= {"request": asked, "user": asked.user, "frame": "page_content.html"}
            html = render_to_string(self.get_template_names(), context)
        parts = tuple(html.encode().split(HOLE.encode()))
        title, crumbs, places = context["title"], context["crumbs"], context["places"]
        return Content(title, crumbs, places, context["in_rest"], parts)

    def kept(
        self,
        kind: str,
        read: Callable[[], T],
        size_of: Callable[[T], int],
        *told: Hashable,
        of_found: bool = True,
    ) -> T:
        """Return what is read of what was found, now or before: for the reader alone, or within
        what is drawn for all who see the same for these, as long as the same was found and would be
        read. It is made of nothing else but what is `told`; what is not `of_found`, of no more of
        that than the address names."""
        asked: Any = self.request
        if not isinstance(asked, CacheableRequest):
            asked = CacheableRequest(asked, per_user=True)
        found = self.found_in.answers if of_found else ()
        # What was found and cannot be asked again is told by the touches of its tables.
        before = set[str]() if found or not of_found else {*self.found_in}
        key = *told, asked.key, found, get_language(), quarter()
        with self.reading_as(asked):
            return read_regions((kind, self.kind), key, read, size_of, before)

    @contextmanager
    def reading_as(self, asked: CacheableRequest) -> Iterator[None]:
        """Stand `CacheableRequest` in the place of the request, of which it is less."""
        request, self.request = self.request, asked  # type: ignore[assignment]  # less of it
        try:
            yield
        finally:
            self.request = request

    def framed(self, content: Content, region: bytes = b"") -> HttpResponse:
        """Return what the page shows, in the frame of every page, which is drawn once for its
        reader and way."""
        asked = CacheableRequest(self.request, per_user=True)
        tree = drawn_tree(asked.reader)
        own = self.favourites()
        way = content.title, tuple(content.crumbs), tuple(content.places.items()), content.in_rest
        # A page that has no past says so where it is asked for.
        past = asked.GET.urlencode() if asks_past(asked.GET) else ""
        key = asked.path, asked.who, way, tree, own, past, get_language()
        frame: tuple[bytes, ...] | None = frames.get(key)
        if frame is None:
            said = {
                "title": content.title, "crumbs": content.crumbs, "places": content.places,
                "tree": tree, "favourites": own, "menu": known_registers.menu,
                "request": asked, "user": asked.user, "in_rest": content.in_rest,
                "content": HOLE, "csrf_token": TOKEN.decode(),
            }  # fmt: skip
            html = render_to_string("base.html", said).encode()
            frame = tuple(html.split(HOLE.encode()))
            frames.put(key, frame, len(html))
        token = get_token(self.request).encode()
        before, after = (half.replace(TOKEN, token) for half in frame)
        return private(HttpResponse(before + region.join(content.parts) + after))


def topic_of_person() -> str:
    """Return the topic of people: who signs in is read with the user, before any page."""
    return touches.topic_of(Person)


class Elsewhere(Exception):
    """Another page is shown in the place of the one that was asked for."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class CachedPage(Page):
    """A page that is cached for its reader alone, until a table that it is read from is touched and
    answers otherwise. It is made of its address, its reader, what it reads, and what `depends_on`
    says; `find` and `get_context_data` see `CacheableRequest` in the place of the request. Its
    template begins with `{% extends frame|default:"base.html" %}`. `regions` are parts of it that
    are shown elsewhere, each by a template of its own."""

    regions: ClassVar[Collection[str]] = ()

    def find(self) -> None:
        """Find what the page is about; raises Http404, PermissionDenied and Elsewhere."""

    def depends_on(self) -> Hashable:
        """Return what the page depends on beside its address, its reader and what it reads."""
        return None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or what is asked for of it."""
        try:
            content = self.cached_content(self.depends_on())
        except Elsewhere as there:
            return redirect(there.address)
        if self.region in self.regions:
            return private(HttpResponse(b"".join(content.parts)))
        return self.framed(content)

    def content(self, asked: CacheableRequest, more: Mapping[str, Any]) -> Content:
        """Find what the page is about, and draw what it shows of it."""
        with self.reading_as(asked):
            self.find()
        return super().content(asked, more)


class LivePage(Page):
    """A page with a region that re-reads itself.

    The region's ETag comes from `stamp()`, a few cheap reads, so that an unchanged region costs a
    304 and no rendering. `X-Rollup-State` tells the page how soon to ask again.

    A region that is `cached` is made once for all who see the same: by its stamp, which has to
    change with whatever it shows, by what is asked and by what the reader may see. It is made with
    `CacheableRequest` in the place of the request, so that nothing of one user alone gets into it.
    One that is `cached_by_reads` is made for its reader alone, and made again too when anything
    that it reads is answered otherwise: its stamp need not know all of that.
    """

    region_template_name = ""
    cached: ClassVar[bool] = False
    cached_per_user: ClassVar[bool] = False  # for each user alone
    cached_by_reads: ClassVar[bool] = False

    def find(self) -> None:
        """Fetch the object of the page; raises Http404 for whom it does not exist."""

    def stamp(self) -> tuple[str, str]:
        """(what the region's content depends on, as text; state of the figures)."""
        raise NotImplementedError

    def region_context(self) -> dict[str, Any]:
        """Everything the region shows."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, its region, or 304 for a region that has not changed."""
        with touches.note_topics(asking=True) as self.found_in:
            self.find()
        return self.answer()

    def answer(self) -> HttpResponse:
        """Return what `get` answers, once the object of the page is found."""
        stamp, state = self.stamp()
        told = f"{stamp}:{state}:{self.request.user.pk}".encode()
        etag = quote_etag(blake2b(told, digest_size=12).hexdigest())
        if self.region == "live" and self.request.headers.get("If-None-Match") == etag:
            response = HttpResponse(status=304)
        elif self.region:
            response = private(HttpResponse(self.drawn(stamp, state)))
        elif self.caches_frame:
            # First, so that it is of what was found, and not of what the region reads.
            content = self.content_around(etag, state)
            response = self.framed(content, self.drawn(stamp, state))
        else:
            region = SafeString(self.drawn(stamp, state).decode())
            context = {"region": region, "etag": etag, "state": state}
            response = self.render_to_response(self.get_context_data(**context))
        response["ETag"] = etag
        response["X-Rollup-State"] = state
        return response

    def content_around(self, etag: str, state: str) -> Content:
        """Return what the page shows around its region: cached as long as the same is found."""
        answers, before = self.found_in.answers, set[str]()
        if answers is None:  # the stamp says when it may be another
            answers, before = (etag.encode(),), self.found_in - {touches.UNTOUCHED}
        content = self.cached_content(
            answers, self.content_depends_on(), before=before,
            region=HOLE, etag=ETAG.decode(), state=STATE.decode(),
        )  # fmt: skip
        told = {ETAG: escape(etag).encode(), STATE: state.encode()}
        parts = content.parts
        for name, value in told.items():
            parts = tuple(part.replace(name, value) for part in parts)
        return replace(content, parts=parts)

    def content_depends_on(self) -> Hashable:
        """Return what stands around the region depends on, beside what was found and what it reads
        itself."""
        return None

    @property
    def caches_frame(self) -> bool:
        """Return whether what stands around the region is cached."""
        return self.cached or self.cached_per_user or self.cached_by_reads

    def drawn(self, stamp: str, state: str) -> bytes:
        """The region as HTML: from the cache, or drawn now."""
        if self.cached_by_reads:
            return self.drawn_by_reads(stamp, state)
        if not self.cached and not self.cached_per_user:
            return self.draw(state, self.request).encode()
        asked = CacheableRequest(self.request, per_user=self.cached_per_user)
        key = (self.region_template, asked.key, stamp, state, get_language(), quarter())
        region: bytes | None = regions.get(key)
        if region is None:
            with self.reading_as(asked):
                region = self.draw(state).encode()
            if self.cached or self.cached_per_user:  # what was drawn may say that it is not to be
                regions.put(key, region, len(region))
        return region

    def drawn_by_reads(self, stamp: str, state: str) -> bytes:
        """The region as HTML, drawn now or before: as long as the same was found and is read."""
        told = self.region_template, stamp, state
        return self.kept("region", lambda: self.draw(state).encode(), len, *told)

    def draw(self, state: str, request: HttpRequest | None = None) -> SafeString:
        """Draw the region: with a request, also what that says of its user."""
        context = {"request": self.request, "user": self.request.user, "title": self.title}
        context |= {**self.region_context(), "state": state}
        return render_to_string(self.region_template, context, request)

    @property
    def region_template(self) -> str:
        """The template of the region that is asked for."""
        return self.region_template_name
