"""The routes of the site."""

from django.contrib import admin
from django.urls import include, path

from pmhub.api import health
from pmhub.views import (
    attachments,
    audit,
    comments,
    help_pages,
    home,
    inbox,
    jobs,
    search,
    sign_in,
)

handler400 = "pmhub.middleware.bad_request"
handler403 = "pmhub.views.error_pages.forbidden"
handler404 = "pmhub.middleware.not_found"
handler500 = "pmhub.middleware.broken"

admin.autodiscover()

urlpatterns = [
    path("", home.HomePage.as_view(), name="home"),
    path("api/", include("pmhub.api.routes")),
    path("", include("programmes.urls")),
    path("", include("projects.urls")),
    path("accounts/login/", sign_in.SignIn.as_view(), name="login"),
    path("accounts/first/<str:secret>/", sign_in.FirstAccount.as_view(), name="first-account"),
    path("accounts/logout/", sign_in.SignOut.as_view(), name="logout"),
    path("account/", include("pmhub.urls.account")),
    path("admin/logout/", sign_in.SignOut.as_view()),
    path("jobs/", jobs.Jobs.as_view(), name="jobs"),
    path("attachments/", attachments.AttachmentsPage.as_view(), name="attachments"),
    path("attachments/<int:pk>/", attachments.OneAttachment.as_view(), name="attachment"),
    path(
        "attachments/<slug:record_type>/<int:record_id>/",
        attachments.AttachmentsOfRecord.as_view(),
        name="attachments-of",
    ),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("help/", help_pages.HelpPage.as_view(), name="help"),
    path("glossary/", help_pages.GlossaryPage.as_view(), name="glossary"),
    path("comments/", comments.CommentsPage.as_view(), name="comments"),
    path("comments/<int:pk>/", comments.OneComment.as_view(), name="comment"),
    path(
        "comments/<slug:record_type>/<int:record_id>/",
        comments.CommentsOfRecord.as_view(),
        name="comments-of",
    ),
    path("inbox/", inbox.InboxPage.as_view(), name="inbox"),
    path("follows/", comments.FollowsPage.as_view(), name="follows"),
    path("audit/", audit.Audit.as_view(), name="audit"),
    path("admin/", admin.site.urls),
    path("", include("pmhub.urls.registers")),
    path("livez", health.livez),
    path("readyz", health.readyz),
]
