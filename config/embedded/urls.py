from django.urls import path

from config.embedded import views

app_name = "mailbox"

urlpatterns = [
    path("", views.mails, name="list"),
    path("<int:pk>/", views.mail, name="mail"),
    path("<int:pk>/html/", views.html_part, name="html"),
    path("<int:pk>/mail.eml", views.original, name="original"),
    path("<int:pk>/one-click/", views.one_click, name="one_click"),
]
