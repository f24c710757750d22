"""Which hosts are this machine: events go there, and pages and the admin interface are for browsers on it."""

import ipaddress
import re

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]*)?")
"""What a header ``Host`` may be; it has no user, path or zone."""


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, without asking a name server."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_own_host(host: str) -> bool:
    """
    Return whether a header ``Host`` names this machine.

    A site elsewhere could have its own name resolve to 127.0.0.1, and read what is here.
    """
    found = _HOST.fullmatch(host)
    return found is not None and is_loopback(found[1].strip("[]").lower())
