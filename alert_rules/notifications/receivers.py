"""Who is told. The service alone calls staff and relatives; operations hear without it, for it may be what is down."""

from __future__ import annotations

from alert_rules.notifications.rows import Channel, Receiver

SERVICE = Receiver(name="service", channels=(Channel.SERVICE,))
OPERATIONS = Receiver(name="operations", channels=(Channel.MAIL, Channel.OPERATIONS_WEBHOOK))
NOBODY = Receiver(name="nobody", channels=(Channel.NOBODY,))

RECEIVERS = (SERVICE, OPERATIONS, NOBODY)
