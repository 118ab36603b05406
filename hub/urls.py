from django.urls import path

from hub.views import hub

app_name = "hub"

urlpatterns = [path("", hub, name="hub")]
