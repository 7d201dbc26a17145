"""Pages of the frame: base classes of pages, signing in, the first page, pages that say no."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, redirect_to_login
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.http import quote_etag
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView, View

from pmhub import accounts, links
from pmhub.access import grants_of
from pmhub.collation import InOrder
from pmhub.forms import FirstAccountForm
from pmhub.past import as_at
from programmes.models import MetricValue, Portfolio, Programme
from projects.models import Project, ProjectForecast

Row = Mapping[str, Any]
LISTED = 40  # the tree stays one to read; the portfolio page lists, searches and filters all


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame shows; read only when a template asks."""
    return {"tree": SimpleLazyObject(lambda: tree(request.user))}


@as_at(None)
def tree(user: Any) -> list[dict[str, Any]]:
    """Of now, around a page of the past too: portfolios with their programmes, and the projects
    that stand alone or whose programme the user may not see, each with the health of its figures;
    five queries, of as many rows as are listed."""
    seen = Programme.objects.visible_to(user)
    programmes = first_of_each(seen.filter(archived_at=None), F("portfolio_id"))
    # A project is seen without its programme by a role on the project itself.
    held = grants_of(user).ids("project")
    alone = (
        Project.objects.visible_to(user)
        .filter(Q(programme=None) | Q(pk__in=held), archived_at=None)
        .exclude(programme__in=seen.order_by().values("pk"))
    )
    projects = first_of_each(alone, Coalesce("programme__portfolio_id", "portfolio_id"))
    figures = MetricValue.objects.filter(metric="health", valid_to__isnull=True)
    words = dict(figures.filter(programme__in=_ids(programmes)).values_list("programme", "word"))
    open_ones = ProjectForecast.objects.filter(valid_to__isnull=True)
    judged = dict(open_ones.filter(project__in=_ids(projects)).values_list("project", "health"))
    for each in programmes:
        each["health"] = words.get(each["id"])
    for each in projects:
        each["health"] = (judged.get(each["id"]) or {}).get("effective")
    return [
        branch(portfolio, programmes, projects)
        for portfolio in Portfolio.objects.visible_to(user)
        .filter(archived_at=None)
        .values("id", "name")
    ]


def first_of_each(rows: QuerySet, home: Any) -> list[dict[str, Any]]:
    """The first rows of each home, with how many there are (`all`)."""
    ranked = rows.annotate(
        home=home,
        place=Window(RowNumber(), partition_by="home", order_by=InOrder("code")),
        all=Window(Count("pk"), partition_by="home"),
    )
    return list(ranked.filter(place__lte=LISTED).values("id", "code", "name", "home", "all"))


def _ids(rows: Sequence[Row]) -> list[int]:
    return [each["id"] for each in rows]


def branch(
    portfolio: Mapping[str, Any], programmes: Sequence[Row], projects: Sequence[Row]
) -> dict[str, Any]:
    """One portfolio of the tree, with the number of those it does not list."""
    inside = [each for each in programmes if each["home"] == portfolio["id"]]
    alone = [each for each in projects if each["home"] == portfolio["id"]]
    more = sum(rows[0]["all"] - len(rows) for rows in (inside, alone) if rows)
    return {**portfolio, "programmes": inside, "projects": alone, "more": more}


class Page(TemplateView):
    """A page for people who have signed in. Others are asked to; a region's request is told 401."""

    title = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask a stranger to sign in and bring them back here."""
        if request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        if self.region:
            return HttpResponse("Signed out.", status=401, content_type="text/plain")
        return redirect_to_login(request.get_full_path())

    @property
    def region(self) -> str:
        """Which part of the page is asked for: `live`, `panel` or none for the whole."""
        headers = self.request.headers
        return headers.get("X-Region") or ("live" if headers.get("HX-Request") else "")

    def crumbs(self) -> list[tuple[str, str]]:
        """The way here: (name, address) of each page above this one."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Title and breadcrumb of the page."""
        return super().get_context_data(title=self.title, crumbs=self.crumbs(), **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Pages are private, and a region has the address of its page."""
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["HX-Request", "X-Region", "Cookie"])
        return response


class LivePage(Page):
    """A page with a region that re-reads itself.

    The region's ETag comes from `stamp()`, a few cheap reads, so that an unchanged region costs a
    304 and no rendering. `X-Rollup-State` tells the page how soon to ask again.
    """

    region_template_name = ""

    def find(self) -> None:
        """Fetch the object of the page; raises Http404 for whom it does not exist."""

    def stamp(self) -> tuple[str, str]:
        """(what the region's content depends on, as text; state of the figures)."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, its region, or 304 for a region that has not changed."""
        self.find()
        return self.answer()

    def answer(self) -> HttpResponse:
        """What `get` answers, once the object of the page is found."""
        stamp, state = self.stamp()
        etag = quote_etag(f"{stamp}:{state}:{self.request.user.pk}")
        if self.region == "live" and self.request.headers.get("If-None-Match") == etag:
            response = HttpResponse(status=304)
        else:
            context = self.get_context_data(
                region=self.region_template_name, etag=etag, state=state
            )
            response = self.render_to_response(context)
        response["ETag"] = etag
        response["X-Rollup-State"] = state
        return response

    def get_template_names(self) -> list[str]:
        """The region alone when it re-reads itself."""
        return [self.region_template_name] if self.region == "live" else [self.template_name or ""]


class SignIn(LoginView):
    """Name and password; then the page one came for. Says so while nobody has an account."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the first account is still to be made."""
        return super().get_context_data(no_accounts=accounts.are_none(), **kwargs)


@method_decorator(never_cache, name="dispatch")
class FirstAccount(FormView):
    """The first account, for who has the link that ./run or `manage.py first_account` printed."""

    template_name = "registration/first_account.html"
    form_class = FirstAccountForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 410 when the link works no more, or another was quicker."""
        try:
            accounts.check_first_link(kwargs["secret"])
            return super().dispatch(request, *args, **kwargs)
        except links.Spent:
            return render(request, "registration/spent.html", status=410)

    def form_valid(self, form: FirstAccountForm) -> HttpResponse:
        """Make the account and sign in."""
        login(self.request, accounts.add_first_account(**form.given()))
        return redirect("home")


class Home(View):
    """The first page: one's only programme or project, else the portfolio."""

    def get(self, request: HttpRequest) -> HttpResponseRedirect:
        """Send people to where their work is."""
        if not request.user.is_authenticated:
            return redirect("login")
        programmes = list(
            Programme.objects.visible_to(request.user).values_list("pk", flat=True)[:2]
        )
        if len(programmes) == 1:
            return redirect("programme", programmes[0])
        if not programmes:
            projects = list(
                Project.objects.visible_to(request.user).values_list("pk", flat=True)[:2]
            )
            if len(projects) == 1:
                return redirect("project", projects[0])
        return redirect("portfolio")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such page, or not for this person."""
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page exists and this person may not do that."""
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open for too long, or came from elsewhere."""
    return render(request, "403.html", {"csrf": True}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke: says so with the request's id and needs no database."""
    request_id = getattr(request, "request_id", "")
    return render(request, "500.html", {"request_id": request_id, "tree": None}, status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is busy or away: asks for patience and needs no database."""
    return render(request, "503.html", {"tree": None}, status=503)
