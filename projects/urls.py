"""Pages of projects."""

from django.urls import path

from programmes.views.creation import NewProject
from programmes.views.explanation import ProjectExplanationPage
from programmes.views.money import ProjectMoneyPage
from projects import views
from projects.views.reorganisation import ProjectMergerPage, ProjectSplitPage

urlpatterns = [
    path("projects/new/", NewProject.as_view(), name="new-project"),
    path("projects/<int:pk>/", views.ProjectPage.as_view(), name="project"),
    path("projects/<int:pk>/money/", ProjectMoneyPage.as_view(), name="project-money"),
    path("projects/<int:pk>/closure/", views.ProjectClosurePage.as_view(), name="project-closure"),
    path("projects/<int:pk>/split/", ProjectSplitPage.as_view(), name="project-split"),
    path("projects/<int:pk>/merger/", ProjectMergerPage.as_view(), name="project-merger"),
    path("projects/<int:pk>/update/", views.UpdatePage.as_view(), name="project-update"),
    path(
        "projects/<int:pk>/explain/<slug:metric>/",
        ProjectExplanationPage.as_view(),
        name="project-explain",
    ),
]
