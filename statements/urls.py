from django.conf import settings
from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from statements.feeds.addresses import EXTENSIONS
from statements.feeds.views import feed, feeds, feeds_opml
from statements.views import Latest, Narrowed, Search, former, frozen, statement


class FeedExtension(StringConverter):
    regex = "|".join(EXTENSIONS)


register_converter(FeedExtension, "extension")

app_name = "statements"

# Outside the site's languages: such an address stands in mails and on other sites, whatever language is given up.
_ANY_LANGUAGE = "|".join(settings.MODELTRANSLATION_LANGUAGES)
former_urlpatterns = [
    re_path(rf"^(?:{_ANY_LANGUAGE})/statements/(?P<pk>[0-9]{{1,18}})/(?:(?P<slug>[^/]+)/)?$", former),
]

urlpatterns = [
    # Each feed right under the page of what it is of. First, because feed readers ask by far the most often.
    path("feed.<extension:extension>", feed, name="feed"),
    path("topics/<str:slug>/feed.<extension:extension>", feed, {"kind": "topic"}, name="topic_feed"),
    path("types/<str:slug>/feed.<extension:extension>", feed, {"kind": "type"}, name="type_feed"),
    path("issuers/<str:slug>/feed.<extension:extension>", feed, {"kind": "issuer"}, name="issuer_feed"),
    path("feeds/", feeds, name="feeds"),
    path("feeds.opml", feeds_opml, name="feeds_opml"),
    path("", Latest.as_view(), name="latest"),
    path("search/", Search.as_view(), name="search"),
    # Not <int:pk>: a number that no database column holds is an error on one of them.
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/$", statement, name="short"),
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/edition\.json$", frozen, name="frozen"),
    re_path(r"^statements/(?P<pk>[0-9]{1,18})/(?P<slug>[^/]+)/$", statement, name="statement"),
    path("topics/<str:slug>/", Narrowed.as_view(kind="topic"), name="topic"),
    path("types/<str:slug>/", Narrowed.as_view(kind="type"), name="type"),
    path("issuers/<str:slug>/", Narrowed.as_view(kind="issuer"), name="issuer"),
    re_path(r"^years/(?P<slug>[1-9][0-9]{0,3})/$", Narrowed.as_view(kind="year"), name="year"),
]
