"""Asking a callback whether it meant it, before anything is done in its name (WebSub, section 5.3)."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models.functions import Now

from hub.callbacks import Answer, Call, call_all
from hub.models import Intent, Listener
from statements.feeds.documents import document_at
from statements.freshness import public_state

ATTEMPTS = 3


def verify_due() -> int:
    """Ask those whose intents are due; return how many were asked."""
    intents = Intent.objects.claim()
    challenges = [secrets.token_urlsafe(32) for _ in intents]
    answers = call_all(_question(intent, challenge) for intent, challenge in zip(intents, challenges, strict=True))
    for intent, challenge, answer in zip(intents, challenges, answers, strict=True):
        _settle(intent, answer, confirmed=answer.is_yes and answer.body == challenge.encode())
    return len(intents)


def _question(intent: Intent, challenge: str) -> Call:
    query = {"hub.mode": intent.mode, "hub.topic": intent.topic, "hub.challenge": challenge}
    if intent.mode == Intent.Mode.SUBSCRIBE:
        query["hub.lease_seconds"] = str(intent.lease_seconds)
    return Call("GET", f"{intent.callback}{'&' if '?' in intent.callback else '?'}{urlencode(query)}")


def _settle(intent: Intent, answer: Answer, *, confirmed: bool) -> None:
    """Do what was meant. A callback that is away for a moment is asked again; any other answer is a no."""
    if not confirmed and (answer.status == 0 or answer.status >= 500) and intent.attempts < ATTEMPTS:
        intent.put_off()
        return
    if confirmed:
        _fulfil(intent)
    Intent.objects.held(intent).delete()


def _fulfil(intent: Intent) -> None:
    key = {"callback": intent.callback, "topic": intent.topic}
    if intent.mode == Intent.Mode.UNSUBSCRIBE:
        Listener.objects.filter(**key).delete()
        return
    granted = {"secret": intent.secret, "until": Now() + timedelta(seconds=intent.lease_seconds)}
    Listener.objects.update_or_create(**key, defaults=granted, create_defaults={**granted, **_beginning(intent)})


def _beginning(intent: Intent) -> dict[str, Any]:
    """Return what a new listener has heard: all that stands in the feed now, which it can read there."""
    state = public_state()  # Before the feed is read: what comes between is told once too often, and not never.
    feed = document_at(intent.topic)
    return {"host": intent.host, "seen": state, "told": feed.etag if feed else ""}
