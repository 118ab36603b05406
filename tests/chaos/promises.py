"""What holds whatever happens, asserted."""

from collections import Counter
from collections.abc import Collection

from subscriptions.models import Delivery
from tests.chaos.production import BOOKS, Production


def assert_each_got_it(site: Production, people: Collection[str], *, statements: int = 1, copies: int = 0) -> None:
    """Each of these people, and nobody else, got a mail for each statement; its copies are few and bear its
    Message-ID."""
    mails = {mail.message_id: mail.address for mail in site.relay.taken}
    assert Counter(mails.values()) == dict.fromkeys(people, statements)
    assert site.relay.copies <= copies


def assert_the_books_close(site: Production) -> None:
    """Staff see that all that is owed is settled or waits, and none called sent that the relay did not take."""
    books = site.books()
    assert books.pop("owed") == sum(books.values())
    assert books["sent"] <= len(set(site.relay.addresses))


def assert_the_books_say(site: Production, **sums: int) -> None:
    """Staff see these sums, and nought for the others; together they are what is owed."""
    assert site.books() == {**dict.fromkeys(BOOKS, 0), "owed": sum(sums.values()), **sums}
    assert sum(sums.values()) == Delivery.objects.count()


def assert_tries_are_few(site: Production, *, in_a_minute: int, in_all: int) -> None:
    """No recipient was named to the relay more often than that within a minute, and no mail tried more often in all."""
    assert max(map(_most_in_a_minute, site.relay.tries.values())) <= in_a_minute
    assert max(Delivery.objects.values_list("attempts", flat=True)) <= in_all


def _most_in_a_minute(moments: list[float]) -> int:
    return max(sum(begin <= moment < begin + 60 for moment in moments) for begin in moments)
