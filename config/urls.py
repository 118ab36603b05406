"""Every address of the site. All the public reads is under a language: /ar/…, /en/…"""

from django.apps import apps
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.views import health
from subscriptions.urls import former_urlpatterns

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="statements:latest"), name="home"),
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
    path("anymail/", include("anymail.urls")),
    path("hub/", include("hub.urls")),
    *i18n_patterns(path("", include("statements.urls")), path("", include("subscriptions.urls"))),
    *former_urlpatterns,
]

if apps.is_installed("config.embedded"):
    urlpatterns.insert(0, path("mailbox/", include("config.embedded.urls")))
