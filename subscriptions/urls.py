from django.urls import path

from subscriptions.views.embedding import embed
from subscriptions.views.leaving import unsubscribe
from subscriptions.views.preferences import preferences, sign_in, sign_out
from subscriptions.views.sign_up import check_inbox, choose, confirm, sign_up

app_name = "subscriptions"

# Outside the site's languages: an unsubscribe link works for ever, in whatever language its mail was.
former_urlpatterns = [path("<slug:former_language>/u/<str:token>/", unsubscribe)]

urlpatterns = [
    path("sign-up/", sign_up, name="sign_up"),
    path("sign-up/choose/", choose, name="choose"),
    path("sign-up/embed/", embed, name="embed"),
    path("sign-up/check-inbox/", check_inbox, name="check_inbox"),
    path("sign-up/welcome/", preferences, {"welcome": True}, name="welcome"),
    path("confirm/<str:token>/", confirm, name="confirm"),
    path("sign-in/<str:token>/", sign_in, name="sign_in"),
    path("preferences/", preferences, name="preferences"),
    path("preferences/sign-out/", sign_out, name="sign_out"),
    # Short: it stands in a header that must not be folded.
    path("u/<str:token>/", unsubscribe, name="unsubscribe"),
]
