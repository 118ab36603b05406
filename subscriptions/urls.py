from django.urls import path

from subscriptions import views

app_name = "subscriptions"

# Outside the site's languages: an unsubscribe link works for ever, in whatever language its mail was.
former_urlpatterns = [path("<slug:former_language>/u/<str:token>/", views.unsubscribe)]

urlpatterns = [
    path("sign-up/", views.sign_up, name="sign_up"),
    path("sign-up/check-inbox/", views.check_inbox, name="check_inbox"),
    path("sign-up/welcome/", views.preferences, {"welcome": True}, name="welcome"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("sign-in/<str:token>/", views.sign_in, name="sign_in"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/sign-out/", views.sign_out, name="sign_out"),
    # Short: it stands in a header that must not be folded.
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
