"""The options of a session, checked before anything is sent."""

import ipaddress
import math
from typing import Any

from yarl import URL

from finicity_async.errors import ConfigurationError


def checked_base_url(base_url: str) -> str:
    """
    Return a base URL without its last slash.

    Raises:
        ConfigurationError: It is no URL of a service, or would send secrets in the clear.
    """
    try:
        url = URL(base_url)
        host = url.host
    except (TypeError, ValueError):
        url, host = URL(), None
    if url.scheme not in ("https", "http") or not host or "@" in url.authority or url.query_string or url.fragment:
        raise ConfigurationError(
            "base_url (FINICITY_BASE_URL) must look like https://api.finicity.com, without user, query and fragment"
        )
    if url.scheme == "http" and not _is_loopback(host):
        raise ConfigurationError(
            "base_url (FINICITY_BASE_URL) must be https: plain http, which shows the secrets to the network, is for "
            "this machine alone"
        )
    return str(url).rstrip("/")


def checked_proxy(proxy: str | None, base_url: str) -> URL | None:
    """
    Return the URL of a proxy, None for none; no text shows it, because it may hold a password.

    Raises:
        ConfigurationError: It is no URL of a proxy, or would send secrets in the clear.
    """
    if proxy is None:
        return None
    try:
        url = URL(proxy)
        host = url.host
    except (TypeError, ValueError):
        url, host = URL(), None
    if url.scheme not in ("https", "http") or not host or url.raw_path not in ("", "/") or url.query or url.fragment:
        raise ConfigurationError(
            "proxy (FINICITY_PROXY) must look like http://user:password@proxy.example:3128.",
            advice="For socks, pass a connector of aiohttp-socks.",
        )
    if base_url.startswith("http:") and not _is_loopback(host):
        raise ConfigurationError(
            "base_url (FINICITY_BASE_URL) must be https to go through a proxy: it would see the secrets"
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_type(kind: type, **options: object) -> None:
    """
    Check that options are of a type.

    Raises:
        ConfigurationError: One is not; the text names it and does not show it, because it may be a secret.
    """
    for name, value in options.items():
        if not isinstance(value, kind):
            expected = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
            raise ConfigurationError(f"{name} must be a {expected}, and is of type {type(value).__name__}")


def check_positive(**options: Any) -> None:
    """
    Look whether options are numbers above 0.

    Raises:
        ConfigurationError: One is not; the text names it.
    """
    for name, value in options.items():
        if not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ConfigurationError(f"{name} must be a number above 0")
