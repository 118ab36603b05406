"""Doorbells. A task says "go and look"; the work stands in the database, so a task may be lost or doubled."""

import gc
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_init
from django.core.mail import get_connection
from django.db import connections
from kombu.exceptions import OperationalError

from statements.doorbell import ring
from subscriptions import changing_address, emails, erasing, leaving
from subscriptions.delivery import letters
from subscriptions.delivery.digests import run_due
from subscriptions.delivery.drain import drain, give_way
from subscriptions.delivery.ledger import announce_due
from subscriptions.delivery.outcomes import Fate, of_error
from subscriptions.links import open_wish
from subscriptions.models import Subscriber, Suppression
from subscriptions.throttle import may_write_to

logger = logging.getLogger(__name__)


@worker_init.connect
def warm_up(**kwargs: Any) -> None:
    """Before a worker forks: its processes then have it all, and need not look it through for garbage."""
    letters.warm_up()
    gc.collect()
    gc.freeze()


def _wake() -> None:
    ring(deliver)


@shared_task
def announce() -> None:
    """Fill the ledger for what became public."""
    announce_due(_wake)


@shared_task(acks_late=True)
def deliver() -> None:
    """Send what is due. Whoever finds more than a batch wakes another, so that all workers share a long send."""
    give_way()
    drain(_wake)


@shared_task
def digest() -> None:
    """Begin the digest runs whose hour has come."""
    if run_due():
        ring(deliver)


class NotSent(Exception):
    """A letter could not be sent just now. Says why in our words: a relay's own often repeat the address."""


@shared_task(bind=True, max_retries=5)
def send_link(self: Task, sealed_wish: str) -> None:  # type: ignore[type-arg]
    """Send the letter that someone at the sign-up form waits for, trying again for about a minute."""
    _try(self, answer_wish, sealed_wish)


def answer_wish(sealed_wish: str, *, count: bool = True) -> None:
    """Send the letter that answers a wish. Raises NotSent where trying again may help.

    A known address gets the link to its preferences, an unknown one the question whether it is theirs, a suppressed
    one nothing. That is decided here and not in the request, whose answer takes the same time for all three. The
    message carries the wish encrypted: it is nowhere else, because nobody has said yes yet.
    """
    wish = open_wish(sealed_wish).wish
    if Suppression.covers(wish.email) or (count and not may_write_to(wish.email)):
        return
    subscriber = Subscriber.objects.at(wish.email)
    _hand_over(emails.sign_in(subscriber, wish.languages[0], wish) if subscriber else emails.confirmation(wish))


def request_link(sealed_wish: str) -> None:
    """Have a link sent. Raises NotSent."""
    _ring(send_link, answer_wish, sealed_wish)


@shared_task(bind=True, max_retries=5)
def send_address_question(self: Task, token: str, language: str) -> None:  # type: ignore[type-arg]
    """Ask at a new address whether it is theirs who wants it."""
    _try(self, ask_at_new_address, token, language)


def ask_at_new_address(token: str, language: str, *, count: bool = True) -> None:
    """Send what answers the wish for a new address, decided here for the reason given above. Raises NotSent."""
    letter = changing_address.question(token, language)
    if letter and (not count or may_write_to(letter.to[0])):
        _hand_over(letter)


def request_new_address(token: str, language: str) -> None:
    """Have a new address asked. Raises NotSent."""
    _ring(send_address_question, ask_at_new_address, token, language)


@shared_task(bind=True, max_retries=5)
def send_address_notice(self: Task, token: str) -> None:  # type: ignore[type-arg]
    """Tell an old address where its mails go now."""
    _try(self, tell_old_address, token)


def tell_old_address(token: str, *, count: bool = True) -> None:
    """Send the letter with the way back. Not counted: nobody typed this address in. Raises NotSent."""
    if letter := changing_address.notice(token):
        _hand_over(letter)
    changing_address.told(token)


@shared_task
def send_address_notices() -> None:
    """Tell the old addresses that could not be told at once: who lost their preferences to a thief must hear of it."""
    for token in changing_address.untold():
        try:
            tell_old_address(token)
        except NotSent:
            return  # The mail server is away. The clock asks again.


def request_address_notice(token: str) -> None:
    """Have an old address told."""
    _ring_for_notice(send_address_notice, tell_old_address, token)


@shared_task(bind=True, max_retries=5)
def send_goodbye(self: Task, token: str, language: str) -> None:  # type: ignore[type-arg]
    """Say goodbye to who left everything."""
    _try(self, say_goodbye, token, language)


def say_goodbye(token: str, language: str, *, count: bool = True) -> None:
    """Send the letter with the way back. Counted: leaving and coming back can be done as often as one likes."""
    letter = leaving.goodbye(token, language)
    if letter and (not count or may_write_to(letter.to[0])):
        _hand_over(letter)


def request_goodbye(token: str, language: str) -> None:
    """Have who left everything told."""
    _ring_for_notice(send_goodbye, say_goodbye, token, language)


@shared_task(bind=True, max_retries=5)
def send_erased(self: Task, sealed_reader: str) -> None:  # type: ignore[type-arg]
    """Say goodbye to who was erased."""
    _try(self, tell_erased, sealed_reader)


def tell_erased(sealed_reader: str, *, count: bool = True) -> None:
    """Send the last letter. Raises NotSent."""
    _hand_over(erasing.goodbye(sealed_reader))


def request_erased(sealed_reader: str) -> None:
    """Have who was erased told."""
    _ring_for_notice(send_erased, tell_erased, sealed_reader)


def _ring_for_notice(task: Task, answer: Callable[..., None], *arguments: str) -> None:  # type: ignore[type-arg]
    """Have a letter sent that only says what was done: it stays done, said or not."""
    try:
        _ring(task, answer, *arguments)
    except NotSent:
        logger.warning("a letter that says what was done could not be sent")


# Where no worker can be reached, the process that serves the pages does the work, after it answered.
_stand_in = ThreadPoolExecutor(max_workers=2, thread_name_prefix="letters")


def _ring(task: Task, answer: Callable[..., None], *arguments: str) -> None:  # type: ignore[type-arg]
    """Have a letter sent, in the same time for every address: the work that differs is done by somebody else.

    Raises NotSent where that is certain for all of them: neither a worker nor the mail server can be reached.
    """
    try:
        task.delay(*arguments)
    except (OperationalError, OSError):
        logger.warning("broker unreachable, sending a letter from this process")
        _greet_mail_server()
        _stand_in.submit(_stand_in_for_worker, answer, *arguments)


def _greet_mail_server() -> None:
    try:
        with get_connection():
            pass
    except Exception as error:
        raise NotSent(of_error(error).fate.name.lower()) from None


def _stand_in_for_worker(answer: Callable[..., None], *arguments: str) -> None:
    try:
        answer(*arguments)
    except Exception as error:
        logger.warning("a letter could not be sent: %s", type(error).__name__)
    finally:
        connections.close_all()


def _try(task: Task, answer: Callable[..., None], *arguments: str) -> None:  # type: ignore[type-arg]
    try:
        answer(*arguments, count=not task.request.retries)
    except NotSent as error:
        raise task.retry(exc=error, countdown=2**task.request.retries) from None


def _hand_over(letter: emails.Mail) -> None:
    """Send a letter. Raises NotSent where trying again may help."""
    try:
        letter.send()
    except Exception as error:
        outcome = of_error(error)
        if outcome.fate is not Fate.REFUSED:
            raise NotSent(outcome.fate.name.lower()) from None
        logger.info("a letter was refused by its recipient's server")
