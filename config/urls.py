"""Every address of the site. All the public reads is under a language: /ar/…, /en/…"""

from django.apps import apps
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps import views as sitemaps
from django.urls import include, path
from django.views.generic import RedirectView, TemplateView

from config.views import colours, health, logo
from statements.sitemaps import SITEMAPS
from statements.urls import former_urlpatterns as former_statements
from subscriptions.urls import former_urlpatterns as former_subscriptions

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="statements:latest"), name="home"),
    path("health/", health, name="health"),
    path("logo", logo, name="logo"),
    path("colours.css", colours, name="colours"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain"), name="robots"),
    path("sitemap.xml", sitemaps.index, {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_part"}, name="sitemap"),
    path("sitemap-<section>.xml", sitemaps.sitemap, {"sitemaps": SITEMAPS}, name="sitemap_part"),
    path("admin/", admin.site.urls),
    path("anymail/", include("anymail.urls")),
    path("hub/", include("hub.urls")),
    *i18n_patterns(path("", include("statements.urls")), path("", include("subscriptions.urls"))),
    *former_statements,
    *former_subscriptions,
]

if apps.is_installed("config.embedded"):
    urlpatterns.insert(0, path("mailbox/", include("config.embedded.urls")))
