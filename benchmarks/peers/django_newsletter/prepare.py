"""A newsletter with its subscribers, and a message submitted to them."""

import django

django.setup()

from django.contrib.sites.models import Site  # noqa: E402
from letter import MAILS, address, token  # noqa: E402
from newsletter.models import Message, Newsletter, Submission, Subscription  # noqa: E402

newsletter = Newsletter.objects.create(title="Statements", slug="statements", email="statements@example.org")
newsletter.site.set(Site.objects.all())
Subscription.objects.bulk_create(
    Subscription(newsletter=newsletter, email_field=address(number), activation_code=token(number), subscribed=True)
    for number in range(MAILS)
)
submission = Submission.from_message(Message.objects.create(title="Rivers", slug="rivers", newsletter=newsletter))
submission.prepared = True
submission.save()
