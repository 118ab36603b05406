from django.urls import path, re_path

from statements.feeds import StatementFeed
from statements.views import Latest, Narrowed, Search, frozen, statement

app_name = "statements"

urlpatterns = [
    path("", Latest.as_view(), name="latest"),
    path("search/", Search.as_view(), name="search"),
    path("feed.rss", StatementFeed(), name="feed"),
    # Not <int:pk>: a number that no database column holds is an error on one of them.
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/$", statement, name="short"),
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/edition\.json$", frozen, name="frozen"),
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/(?P<slug>[^/]+)/$", statement, name="statement"),
    path("topics/<str:slug>/", Narrowed.as_view(kind="topic"), name="topic"),
    path("types/<str:slug>/", Narrowed.as_view(kind="type"), name="type"),
    path("issuers/<str:slug>/", Narrowed.as_view(kind="issuer"), name="issuer"),
    re_path(r"^years/(?P<slug>[1-9][0-9]{0,3})/$", Narrowed.as_view(kind="year"), name="year"),
    path("topics/<slug:slug>/feed.rss", StatementFeed(), name="topic_feed"),
]
