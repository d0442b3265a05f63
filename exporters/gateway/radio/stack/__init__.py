"""The Zigbee stack in our own terms. Alone in importing zigpy, and the libraries of the sticks that it speaks to."""

from __future__ import annotations

import logging

from exporters.gateway.radio.stack.network import Down, Radio, Unanswered

__all__ = ["Down", "Radio", "Unanswered"]

logging.getLogger("zigpy").setLevel(logging.ERROR)  # what matters of it is said by those who listen
