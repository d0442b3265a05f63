"""Addresses on which what is meant for one machine may listen: loopback, or a sentence that says why no other."""

from __future__ import annotations

import ipaddress

from provisioning.errors import NotLoopback


def split(address: str, why: str) -> tuple[str, int]:
    """Host and port of a loopback address. Names are refused too: what they mean is another's to decide."""
    host, _, port = address.rpartition(":")
    try:
        is_loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback or not port.isdecimal() or int(port) > 65_535:
        raise NotLoopback(
            f"--listen: expected a loopback address and a port such as 127.0.0.1:8180, got {address!r}; {why}",
            field="--listen",
        )
    return host.strip("[]"), int(port)
