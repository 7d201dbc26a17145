"""Pages of projects."""

from django.urls import path

from programmes.views.beginning import NewProject
from programmes.views.explain import ProjectExplainPage
from projects import views

urlpatterns = [
    path("projects/new/", NewProject.as_view(), name="new-project"),
    path("projects/<int:pk>/", views.ProjectPage.as_view(), name="project"),
    path(
        "projects/<int:pk>/explain/<slug:metric>/",
        ProjectExplainPage.as_view(),
        name="project-explain",
    ),
]
