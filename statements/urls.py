from django.urls import path

from statements.feeds import StatementFeed
from statements.views import Latest, OnTopic, statement

app_name = "statements"

urlpatterns = [
    path("", Latest.as_view(), name="latest"),
    path("feed.rss", StatementFeed(), name="feed"),
    path("statements/<int:pk>/<str:slug>/", statement, name="statement"),
    path("topics/<slug:slug>/", OnTopic.as_view(), name="topic"),
    path("topics/<slug:slug>/feed.rss", StatementFeed(), name="topic_feed"),
]
