from django.urls import path

from subscriptions.views.address import change_address, new_address, old_address
from subscriptions.views.digest_time import digest_time
from subscriptions.views.embedding import embed
from subscriptions.views.erase import erase_all, erased
from subscriptions.views.leaving import left, unsubscribe
from subscriptions.views.own import data, data_file, mails
from subscriptions.views.pause import end_pause, pause
from subscriptions.views.preferences import preferences, sign_in, sign_out, sign_out_everywhere
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
    path("preferences/address/", change_address, name="change_address"),
    path("preferences/pause/", pause, name="pause"),
    path("preferences/pause/end/", end_pause, name="end_pause"),
    path("preferences/digest-time/", digest_time, name="digest_time"),
    path("preferences/mails/", mails, name="mails"),
    path("preferences/data/", data, name="data"),
    path("preferences/data.json", data_file, name="data_file"),
    path("preferences/erase/", erase_all, name="erase"),
    path("preferences/erased/", erased, name="erased"),
    path("preferences/sign-out/", sign_out, name="sign_out"),
    path("preferences/sign-out-everywhere/", sign_out_everywhere, name="sign_out_everywhere"),
    path("address/<str:token>/", new_address, name="new_address"),
    path("address/back/<str:token>/", old_address, name="old_address"),
    # Short: it stands in a header that must not be folded.
    path("u/<str:token>/", unsubscribe, name="unsubscribe"),
    path("left/<str:token>/", left, name="left"),
]
