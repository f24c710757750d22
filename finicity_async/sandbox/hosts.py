"""Which hosts are this machine: events go there, and pages and the admin interface are for browsers on it."""

import ipaddress
from urllib.parse import urlsplit


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
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
