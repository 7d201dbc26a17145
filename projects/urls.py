"""Pages of projects."""

from django.urls import path

from projects import views

urlpatterns = [path("projects/<int:pk>/", views.ProjectPage.as_view(), name="project")]
