"""When the lease of a worker is over, whatever clocks do."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone


def lapsed(lease: timedelta) -> Q:
    """Leases that nobody renewed in time. One that ends later than any can was given before the clock was set back."""
    now = timezone.now()
    return Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * lease)
