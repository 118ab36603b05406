"""What this application tells others, which it knows nothing about."""

from django.dispatch import Signal

# A release was written and committed. Sent with `release`. Its moment may still be to come.
released = Signal()

# Staff are about to confirm a release. Sent with `draft` (publishing.Draft); a receiver returns safe HTML to show them.
reviewing = Signal()
