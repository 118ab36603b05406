from django.urls import path, re_path

from statements.feeds import StatementFeed
from statements.views import Latest, OnTopic, statement

app_name = "statements"

urlpatterns = [
    path("", Latest.as_view(), name="latest"),
    path("feed.rss", StatementFeed(), name="feed"),
    # Not <int:pk>: a number that no database column holds is an error on one of them.
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/(?P<slug>[^/]+)/$", statement, name="statement"),
    path("topics/<slug:slug>/", OnTopic.as_view(), name="topic"),
    path("topics/<slug:slug>/feed.rss", StatementFeed(), name="topic_feed"),
]
