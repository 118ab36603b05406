"""What staff see of readers and of the ledger: to look things up, to steer what is sent, to help one person."""

from subscriptions.admin.announcement import AnnouncementAdmin
from subscriptions.admin.delivery import DeliveryAdmin, DigestRunAdmin
from subscriptions.admin.subscriber import SubscriberAdmin, SuppressionAdmin

__all__ = ["AnnouncementAdmin", "DeliveryAdmin", "DigestRunAdmin", "SubscriberAdmin", "SuppressionAdmin"]
