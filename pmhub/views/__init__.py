"""Base classes of pages: the frame around every page, the caching of pages, and live regions."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
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

from pmhub.caching import BoundedCache, quarter
from pmhub.database import touches
from pmhub.database.cached_reads import CachedReads
from pmhub.database.one_moment import of_one_moment
from pmhub.models import Person
from pmhub.queries.time_zones import zone_of
from pmhub.registers import registers as known_registers
from pmhub.views.clocks import asks_past
from pmhub.views.content import (
    ETAG,
    HOLE,
    STATE,
    TOKEN,
    CacheableRequest,
    Caching,
    Content,
    private,
)
from pmhub.views.favourites import cached_favourites as drawn_favourites
from pmhub.views.frame import drawn_tree
from pmhub.views.recently_viewed import remember

T = TypeVar("T")

# Bytes that a process keeps of regions and frames, which depend on their keys alone, and of other
# parts of pages, which depend on what they were read from.
REGIONS, FRAMES, CONTENTS = 8_000_000, 4_000_000, 13_000_000

regions, frames = BoundedCache(REGIONS), BoundedCache(FRAMES)
contents = CachedReads(CONTENTS)


class Page(TemplateView):
    """A page for users who have signed in. Others are asked to sign in; a request for a region is
    answered 401."""

    title = ""
    about = ""  # the part of a record that the page shows, if it does not show the whole record
    found_in = touches.TopicsRead()  # where the reads that found the page's object are noted

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send a user who is not signed in to the sign-in page, which leads back to this one."""
        if request.user.is_authenticated:
            reads = request.method in ("GET", "HEAD")
            kept = of_one_moment() if reads else nullcontext()
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
        """The part of the page that is asked for: `live`, `panel`, or empty for the whole page."""
        headers = self.request.headers
        return headers.get("X-Region") or ("live" if headers.get("HX-Request") else "")

    def looks_at(self) -> tuple[str, int] | None:
        """Return the kind and id of the record that the page shows; None if it shows none."""
        return None

    def in_rest(self) -> tuple[str, str]:
        """Return the operation and address of REST that answer what the page shows; else empty."""
        return "", ""

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one, as (name, address), for the breadcrumb."""
        return []

    @property
    def here(self) -> str:
        """The name of this page at the end of the breadcrumb."""
        return self.about or self.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the title, the breadcrumb, and the place of the page in the tree."""
        kwargs.setdefault("favourites", SimpleLazyObject(self.favourites))
        kwargs.setdefault("in_rest", self.in_rest())
        kwargs.setdefault("own_zone", SimpleLazyObject(lambda: zone_of(self.request.user)))
        way = [*self.crumbs(), (self.here, "")]
        return super().get_context_data(
            title=self.title, crumbs=way, places=self.places(), **kwargs
        )

    def favourites(self) -> SafeString:
        """Return the user's favourites as HTML, with the button that adds or removes this page."""
        return drawn_favourites(self.request.user, self.request.path, self.looks_at())

    def places(self) -> dict[str, str]:
        """Return the entries of the tree to mark, by address: `page` for this page, `true` for one
        to which it belongs."""
        return {}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Mark the response as private, and as different for a region, which has the same
        address."""
        return private(super().render_to_response(context, **kwargs))

    # What is cached for one reader alone

    @property
    def kind(self) -> Hashable:
        """A key for the pages that read from the same tables."""
        return type(self).__qualname__

    def cached_content(
        self, *depends_on: Hashable, before: Collection[str] = (), **more: Any
    ) -> Content:
        """Return the content of the page, from the cache or drawn now. It is cached for this user
        until a table that it was read from changes. `depends_on` are further values,
        `before` the topics of tables that were read earlier for it, `more` is further context."""
        cacheable = CacheableRequest(self.request, per_user=True)
        key = cacheable.key, self.region, depends_on, get_language(), quarter()
        return contents(
            ("content", self.kind), key, lambda: self.content(cacheable, more), len,
            {*before, topic_of_person()},
        )  # fmt: skip

    def content(self, cacheable: CacheableRequest, more: Mapping[str, Any]) -> Content:
        """Read and draw the content of the page."""
        with self.reading_as(cacheable):
            context = self.get_context_data(**more)
            context |= {"request": cacheable, "user": cacheable.user, "frame": "page_content.html"}
            html = render_to_string(self.get_template_names(), context)
        parts = tuple(html.encode().split(HOLE.encode()))
        title, crumbs, places = context["title"], context["crumbs"], context["places"]
        return Content(title, crumbs, places, context["in_rest"], parts)

    def kept(
        self,
        kind: str,
        read: Callable[[], T],
        size_of: Callable[[T], int],
        *depends_on: Hashable,
        of_found: bool = True,
    ) -> T:
        """Return what `read` returns, from the cache if possible. The cache is for this user, or,
        inside a `CacheableRequest` for a reader, for all with the same rights. A value is used
        while what `find` read, and what `read` itself read, would be read the same again. `read`
        may depend on nothing else but the values in `depends_on`; if it is not `of_found`, it may
        use only the address, not what `find` read."""
        cacheable: Any = self.request
        if not isinstance(cacheable, CacheableRequest):
            cacheable = CacheableRequest(cacheable, per_user=True)
        found = self.found_in.answers if of_found else ()
        # For reads that cannot be repeated, the touches of their tables are compared.
        before = set[str]() if found or not of_found else {*self.found_in}
        key = *depends_on, cacheable.key, found, get_language(), quarter()
        with self.reading_as(cacheable):
            return contents((kind, self.kind), key, read, size_of, before)

    @contextmanager
    def reading_as(self, cacheable: CacheableRequest) -> Iterator[None]:
        """Replace the request by a `CacheableRequest` inside the block."""
        request, self.request = self.request, cacheable  # type: ignore[assignment]  # with only what the cache's key holds
        try:
            yield
        finally:
            self.request = request

    def framed(self, content: Content, region: bytes = b"") -> HttpResponse:
        """Return the content in the frame of every page. The frame is cached by user, breadcrumb
        and the rest of what it shows."""
        cacheable = CacheableRequest(self.request, per_user=True)
        tree = drawn_tree(cacheable.reader)
        own = self.favourites()
        way = content.title, tuple(content.crumbs), tuple(content.places.items()), content.in_rest
        # Where the past is asked for, a page without a past shows a note about that.
        past = cacheable.GET.urlencode() if asks_past(cacheable.GET) else ""
        key = cacheable.path, cacheable.who, way, tree, own, past, get_language()
        frame: tuple[bytes, ...] | None = frames.get(key)
        if frame is None:
            said = {
                "title": content.title, "crumbs": content.crumbs, "places": content.places,
                "tree": tree, "favourites": own, "menu": known_registers.menu,
                "request": cacheable, "user": cacheable.user, "in_rest": content.in_rest,
                "content": HOLE, "csrf_token": TOKEN.decode(),
            }  # fmt: skip
            html = render_to_string("base.html", said).encode()
            frame = tuple(html.split(HOLE.encode()))
            frames.put(key, frame, len(html))
        token = get_token(self.request).encode()
        before, after = (half.replace(TOKEN, token) for half in frame)
        return private(HttpResponse(before + region.join(content.parts) + after))


def topic_of_person() -> str:
    """Return the topic of people: a page depends on it too, as the user's person is read before the
    page is."""
    return touches.topic_of(Person)


class Elsewhere(Exception):
    """Raised to redirect to another page than the one asked for."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class CachedPage(Page):
    """A page that is cached for one user, until a table that it was read from changes and its
    queries have other answers. It may depend on nothing but its address, its user, what it reads,
    and `depends_on`. `find` and `get_context_data` see a `CacheableRequest` in place of the
    request. Its template begins with `{% extends frame|default:"base.html" %}`. `regions` are parts
    of it that other pages show, each by a template of its own."""

    regions: ClassVar[Collection[str]] = ()

    def find(self) -> None:
        """Find the object of the page; raises Http404, PermissionDenied or Elsewhere."""

    def depends_on(self) -> Hashable:
        """Return what the page depends on beside its address, its user and what it reads."""
        return None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or the region of it that is asked for."""
        try:
            content = self.cached_content(self.depends_on())
        except Elsewhere as there:
            return redirect(there.address)
        if self.region in self.regions:
            return private(HttpResponse(b"".join(content.parts)))
        return self.framed(content)

    def content(self, cacheable: CacheableRequest, more: Mapping[str, Any]) -> Content:
        """Find the object of the page and draw its content."""
        with self.reading_as(cacheable):
            self.find()
        return super().content(cacheable, more)


class LivePage(Page):
    """A page with a region that the browser reads again by itself.

    The region's ETag comes from `stamp()`, a few cheap reads, so that an unchanged region costs a
    304 and no rendering. `X-Rollup-State` tells the browser how soon to ask again.

    `caching` says whether the region is cached. With `Caching.BY_STAMP` it is drawn once for all
    users with the same rights. It is cached by its stamp, which must change with whatever the
    region shows, by the request, and by the rights. It is drawn with a `CacheableRequest` in place
    of the request, so that nothing personal gets into it. With `Caching.PER_USER` it is cached in
    the same way, but drawn for one user. With `Caching.BY_READS` it is drawn for one user, and
    drawn again when any of its queries has another answer: its stamp need not cover everything.

    The panels in `computed_panels` show what is computed, such as whether a tolerance is kept: they
    are drawn at the end of the region and read again with it. Each is cached for itself, and its
    stamp is what it says.
    """

    region_template_name = ""
    computed_panels: ClassVar[Sequence[str]] = ()  # names of panels that are cached
    caching = Caching.NOT

    @property
    def is_cached(self) -> bool:
        """Whether the region is cached."""
        return self.caching is not Caching.NOT

    def find(self) -> None:
        """Find the object of the page; raises Http404 if it does not exist for the user."""

    def stamp(self) -> tuple[str, str]:
        """Return what the content of the region depends on, and the state of the figures."""
        raise NotImplementedError

    def region_context(self) -> dict[str, Any]:
        """Return the context of the region's template."""
        return {}

    def record_of_panels(self) -> Any:
        """Return the record that the panels in `computed_panels` are about; None where they show
        nothing."""
        return None

    def drawn_computed_panels(self) -> bytes:
        """Return the panels in `computed_panels` as HTML."""
        record = self.record_of_panels() if self.computed_panels else None
        if record is None:
            return b""
        given = {"names": self.computed_panels, "record": record, "request": self.request}
        drawn = render_to_string("parts/computed_panels.html", given).strip()
        return f'<div class="stack after" data-folds>{drawn}</div>'.encode() if drawn else b""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, its region, or 304 if the region has not changed."""
        with touches.note_topics(asking=True) as self.found_in:
            self.find()
        return self.answer()

    def answer(self) -> HttpResponse:
        """Return the response, once the object of the page has been found."""
        stamp, state = self.stamp()
        panels = self.drawn_computed_panels()
        shown = f"{stamp}:{state}:{self.request.user.pk}".encode() + panels
        etag = quote_etag(blake2b(shown, digest_size=12).hexdigest())
        if self.region == "live" and self.request.headers.get("If-None-Match") == etag:
            response = HttpResponse(status=304)
        elif self.region:
            response = private(HttpResponse(self.drawn(stamp, state) + panels))
        elif self.caches_frame:
            # First, so that it notes only what was found and not what the region reads.
            content = self.content_around(etag, state)
            response = self.framed(content, self.drawn(stamp, state) + panels)
        else:
            region = SafeString((self.drawn(stamp, state) + panels).decode())
            context = {"region": region, "etag": etag, "state": state}
            response = self.render_to_response(self.get_context_data(**context))
        response["ETag"] = etag
        response["X-Rollup-State"] = state
        return response

    def content_around(self, etag: str, state: str) -> Content:
        """Return the content around the region, from the cache while `find` finds the same."""
        answers, before = self.found_in.answers, set[str]()
        if answers is None:  # the stamp says when the answer may differ
            answers, before = (etag.encode(),), self.found_in - {touches.UNTOUCHED}
        content = self.cached_content(
            answers, self.content_depends_on(), before=before,
            region=HOLE, etag=ETAG.decode(), state=STATE.decode(),
        )  # fmt: skip
        values = {ETAG: escape(etag).encode(), STATE: state.encode()}
        parts = content.parts
        for name, value in values.items():
            parts = tuple(part.replace(name, value) for part in parts)
        return replace(content, parts=parts)

    def content_depends_on(self) -> Hashable:
        """Return what the content around the region depends on, beside what was found and what it
        reads itself."""
        return None

    @property
    def caches_frame(self) -> bool:
        """Whether the content around the region is cached."""
        return self.is_cached

    def drawn(self, stamp: str, state: str) -> bytes:
        """Return the region as HTML, from the cache or drawn now."""
        if self.caching is Caching.BY_READS:
            return self.drawn_by_reads(stamp, state)
        if self.caching is Caching.NOT:
            return self.draw(state, self.request).encode()
        cacheable = CacheableRequest(self.request, per_user=self.caching is Caching.PER_USER)
        key = (self.region_template, cacheable.key, stamp, state, get_language(), quarter())
        region: bytes | None = regions.get(key)
        if region is None:
            with self.reading_as(cacheable):
                region = self.draw(state).encode()
            if self.is_cached:  # drawing may have found that it must not be kept
                regions.put(key, region, len(region))
        return region

    def drawn_by_reads(self, stamp: str, state: str) -> bytes:
        """Return the region as HTML, from the cache while what it was read from stays the same."""
        depends_on = self.region_template, stamp, state
        return self.kept("region", lambda: self.draw(state).encode(), len, *depends_on)

    def draw(self, state: str, request: HttpRequest | None = None) -> SafeString:
        """Draw the region; with a request, its template may use what belongs to the user alone,
        such as the CSRF token."""
        context = {"request": self.request, "user": self.request.user, "title": self.title}
        context |= {**self.region_context(), "state": state}
        return render_to_string(self.region_template, context, request)

    @property
    def region_template(self) -> str:
        """The name of the template for the region that is asked for."""
        return self.region_template_name
